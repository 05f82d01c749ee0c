-- gesv, inverse and potrf: by what they should give back.
local test = require 'harness'
local system = require 'aelua.system'

local function largest(t) return t:clone():abs():max() end

local function positive(n)
  local x = torch.randn(n, n):double()
  return x * x:t() + torch.eye(n):double()
end

test.case('gesv', function()
  for _, n in ipairs {1, 2, 5, 40, 150} do
    local a, b = torch.randn(n, n):double() + torch.eye(n):double(), torch.randn(n, 3):double()
    local x, lu = torch.gesv(b, a)
    test.check(largest(a * x - b) < 1e-11, n .. ': a x = b')
    local product = (torch.tril(lu, -1) + torch.eye(n):double()) * torch.triu(lu)
    test.check(largest(torch.sort(product:select(2, 1)) - torch.sort(a:select(2, 1))) < 1e-12,
      n .. ': L U has the rows of a')
    test.check(largest(torch.tril(lu, -1)) <= 1, n .. ': the largest pivots')
  end
  local a = torch.DoubleTensor {{0, 2}, {4, 1}}
  test.equal(torch.gesv(torch.DoubleTensor {{2}, {9}}, a), {{2}, {1}})
  test.equal(a, {{0, 2}, {4, 1}}, 'a is left alone')
  local x, lu = torch.DoubleTensor(), torch.DoubleTensor()
  test.equal(torch.gesv(x, lu, torch.DoubleTensor {{2}, {9}}, a), x)
  test.equal({x[1][1], lu}, {2.0, {{4, 1}, {0, 2}}})
end)

test.case('inverse', function()
  for _, n in ipairs {1, 3, 20, 120} do
    local a = torch.randn(n, n):double()
    test.check(largest(torch.inverse(a) * a - torch.eye(n):double()) < 1e-10, n)
  end
  local hilbert = torch.DoubleTensor(3, 3)
  for i = 1, 3 do for j = 1, 3 do hilbert[i][j] = 1 / (i + j - 1) end end
  test.near(torch.inverse(hilbert), {{9, -36, 30}, {-36, 192, -180}, {30, -180, 180}}, 1e-11)
  local y = torch.Tensor()
  torch.inverse(y, torch.Tensor {{2, 0}, {0, 4}})
  test.equal(y, {{0.5, 0}, {0, 0.25}})
  test.equal(torch.inverse(torch.Tensor {{0, 1}, {2, 0}}:t()), {{0, 1}, {0.5, 0}})
end)

test.case('potrf', function()
  for _, n in ipairs {1, 2, 5, 40, 150} do
    local a = positive(n)
    local u, l = torch.potrf(a), torch.potrf(a, 'L')
    test.check(largest(u:t() * u - a) < 1e-12 * n ^ 2, n .. ': u\'u')
    test.check(largest(l * l:t() - a) < 1e-12 * n ^ 2, n .. ': l l\'')
    test.equal({torch.triu(u), torch.tril(l)}, {u, l}, 'triangles')
    test.equal(torch.potrf(torch.triu(a)), u, 'the upper triangle is read')
    test.equal(torch.potrf(torch.tril(a), 'L'), l, 'the lower triangle is read')
  end
  test.equal(torch.potrf(torch.Tensor {{4, 2}, {2, 10}}), {{2, 1}, {0, 3}})
end)

test.case('the same bits at any number of threads', function()
  local a, b, p, threads = torch.randn(200, 200), torch.randn(200, 90), positive(200),
    system.threads()
  local x, u = torch.gesv(b, a), torch.potrf(p)
  for _, n in ipairs {1, 2, 5} do
    system.setThreads(n)
    test.equal({torch.gesv(b, a), torch.potrf(p)}, {x, u}, n .. ' threads')
  end
  system.setThreads(threads)
end)

test.case('mistakes', function()
  local singular = torch.Tensor {{1, 2}, {2, 4}}
  test.fails(function() torch.inverse(singular) end, 'inverse', 'singular', 'pivot 2')
  test.fails(function() torch.gesv(torch.ones(2, 1), singular) end, 'gesv', 'singular')
  test.fails(function() torch.gesv(torch.ones(3, 1), singular) end, 'gesv', 'b is 3x1',
    'want 2 rows')
  test.fails(function() torch.inverse(torch.ones(2, 3)) end, 'inverse', 'square')
  test.fails(function() torch.potrf(torch.Tensor {{1, 2}, {2, 1}}) end, 'potrf',
    'not positive definite', '2 rows')
  test.fails(function() torch.potrf(torch.Tensor {{0 / 0}}) end, 'potrf', 'nan')
end)
