-- unsup: principal components and whitening.
local test = require 'harness'
local unsup = require 'unsup'

-- Correlated data with known axes: n samples of d numbers.
local function correlated(n, d)
  local mixing = torch.randn(d, d):double()
  return torch.randn(n, d):double() * mixing + torch.range(1, d):double():view(1, d):expand(n, d)
end

local function covariance(x)
  local centred = x - x:mean(1):expandAs(x)
  return centred:t() * centred / (x:size(1) - 1)
end

local function largest(t) return t:clone():abs():max() end

test.case('pcacov and pca', function()
  local x = correlated(200, 6)
  local e, v = unsup.pcacov(x)
  test.near(v * torch.diag(e) * v:t(), covariance(x), 1e-11)
  local values, vectors = unsup.pca(x)
  test.equal({values:size(1), vectors:size():totable()}, {6, {6, 6}})
  for k = 1, 6 do
    test.equal(values[k], e[7 - k])
    test.near((x * vectors:select(2, k)):var(), values[k], 1e-10, 'variance along axis ' .. k)
  end
  local few = unsup.pca(x:narrow(1, 1, 4))
  test.equal(few:size(1), 4, 'no more axes than samples')
end)

test.case('a line: one axis', function()
  local t = torch.randn(50, 1):double()
  local x = t * torch.DoubleTensor {{3, 4}}
  local e, v = unsup.pca(x)
  test.near({e[1], e[2]}, {25 * t:var(), 0}, 1e-12)
  test.near(torch.abs(v:select(2, 1)), {0.6, 0.8}, 1e-13)
end)

test.case('zca_whiten: variance 1, no correlation, and the way back', function()
  local x = correlated(300, 5)
  local before = x:clone()
  local white, means, P, invP = unsup.zca_whiten(x, nil, nil, nil, 1e-12)
  test.equal(x, before, 'the data')
  test.near(covariance(white), torch.eye(5):double(), 1e-8)
  test.near(white:mean(1), torch.zeros(1, 5):double(), 1e-10)
  test.near(P, P:t():contiguous(), 1e-12, 'P is symmetric')
  test.near(P * invP, torch.eye(5):double(), 1e-9)
  test.near(unsup.zca_colorize(white, means, invP), x, 1e-9)
  local few = x:narrow(1, 1, 7)
  test.near(unsup.zca_whiten(few, means, P, invP), white:narrow(1, 1, 7):clone(), 1e-12)
end)

test.case('epsilon', function()
  local x = torch.DoubleTensor {{1, 0}, {-1, 0}, {1, 0}, {-1, 0}} -- variances 4/3 and 0
  local white, _, P = unsup.zca_whiten(x, nil, nil, nil, 0.5)
  test.near(P, {{1 / math.sqrt(4 / 3 + 0.5), 0}, {0, 1 / math.sqrt(0.5)}}, 1e-13)
  test.near(white[1][1], P[1][1], 1e-13)
end)

test.case('pca_whiten', function()
  local x = correlated(300, 5)
  local white, means, P, invP = unsup.pca_whiten(x, nil, nil, nil, 1e-12)
  test.near(covariance(white), torch.eye(5):double(), 1e-8)
  test.near(unsup.pca_colorize(white, means, invP), x, 1e-9)
  local _, vectors = unsup.pca(x)
  local first = (x - x:mean(1):expandAs(x)) * vectors:select(2, 1)
  test.near(white:select(2, 1) * first:std(), first, 1e-8, 'the first component')
  test.equal(unsup.pca_whiten(x, means, P:narrow(2, 1, 2), invP):size():totable(), {300, 2})
end)

test.case('images, in float, more than a block of them', function()
  local x = torch.rand(5000, 2, 3)
  local white, means, P, invP = unsup.zca_whiten(x)
  test.equal({white:size():totable(), white:type(), P:type()},
    {{5000, 2, 3}, 'torch.FloatTensor', 'torch.FloatTensor'})
  test.check(largest(covariance(white:view(5000, 6):double()) - torch.eye(6):double()) < 1e-3)
  test.near(unsup.zca_colorize(white, means, invP), x, 1e-5)
end)

test.case('pixels that are always 0 stay finite', function()
  local x = torch.rand(20, 50)
  x:narrow(2, 10, 5):zero()
  local white = unsup.zca_whiten(x)
  test.check(white:sum() == white:sum(), 'no NaN')
  test.near(white:narrow(2, 10, 5):clone(), torch.zeros(20, 5), 1e-3)
end)

test.case('require sets the global, as in Torch', function()
  test.equal(_G.unsup, unsup)
end)

test.case('mistakes', function()
  test.fails(function() unsup.zca_whiten(torch.zeros(5)) end, 'unsup.zca_whiten', '1 dimensions')
  test.fails(function() unsup.pca(3) end, 'unsup.pca', 'number')
  local x = torch.rand(9, 4)
  local _, means, P, invP = unsup.zca_whiten(x)
  test.fails(function() unsup.zca_whiten(torch.rand(9, 5), means, P, invP) end,
    'samples have 5 numbers, the means 4 and P 4 rows')
  test.fails(function() unsup.pca_whiten(x, nil, nil, nil, 0) end, 'epsilon is 0')
end)
