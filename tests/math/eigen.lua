-- symeig: against known values, by what it should give back, on hard matrices, and its bits.
local test = require 'harness'
local system = require 'aelua.system'

local function largest(t) return t:clone():abs():max() end

-- Checks values and vectors of x; returns them.
local function check(x, what, limit)
  local n, scale = x:size(1), math.max(largest(x), 1e-300)
  local e, v = torch.symeig(x, 'V')
  test.equal({e:size():totable(), v:size():totable()}, {{n}, {n, n}}, what .. ': sizes')
  limit = (limit or 1e-15) * (n + 10)
  test.check(largest(v * torch.diag(e) * v:t() - x) <= limit * scale, what .. ': x = v diag(e) v\'')
  test.check(largest(v:t() * v - torch.eye(n):double()) <= limit, what .. ': v is orthogonal')
  for i = 2, n do test.check(e[i - 1] <= e[i], what .. ': ascending') end
  test.near(torch.symeig(x) / scale, e / scale, limit, what .. ': without vectors')
  return e, v
end

local function symmetric(n)
  local x = torch.randn(n, n):double()
  return x + x:t()
end

-- n values as the eigenvalues of a dense matrix.
local function dense(values)
  local n = values:size(1)
  local _, q = torch.symeig(symmetric(n), 'V')
  local x = q * torch.diag(values) * q:t()
  return (x + x:t()) / 2
end

test.case('random matrices', function()
  for _, n in ipairs {1, 2, 3, 4, 7, 30, 65, 130} do check(symmetric(n), n) end
end)

test.case('known values: second differences have 2 - 2 cos(k pi / (n + 1))', function()
  local n = 40
  local x, want = torch.zeros(n, n):double(), {}
  for i = 1, n do
    x[i][i], want[i] = 2, 2 - 2 * math.cos(i * math.pi / (n + 1))
    if i < n then x[i][i + 1], x[i + 1][i] = -1, -1 end
  end
  test.near(check(x, 'differences'), want, 1e-14)
end)

test.case('numbers of another program', function() -- numpy.linalg.eigh of the Hilbert matrix
  local x = torch.DoubleTensor(4, 4)
  for i = 1, 4 do for j = 1, 4 do x[i][j] = 1 / (i + j - 1) end end
  local e, v = check(x, 'Hilbert')
  test.near(e, {9.67023040e-05, 6.73827361e-03, 1.69141220e-01, 1.50021428e+00}, 5e-9)
  test.near(torch.abs(v:select(2, 4)), {0.79260829, 0.45192312, 0.32241640, 0.25216117}, 5e-9)
end)

test.case('hard matrices', function()
  check(torch.zeros(5, 5):double(), 'zeros')
  check(torch.eye(6):double(), 'identity')
  check(torch.ones(20, 20):double(), 'rank 1')
  check(torch.diag(torch.DoubleTensor {3, -1, 2, 3}), 'diagonal')
  check(torch.DoubleTensor {{0, 1}, {1, 0}}, 'shift of zero')
  test.near(check(dense(torch.DoubleTensor {1, 1, 1, 2, 2, 5, 5, 5}), 'repeated'),
    {1, 1, 1, 2, 2, 5, 5, 5}, 1e-13)
  local graded = torch.DoubleTensor(30)
  for i = 1, 30 do graded[i] = 10.0 ^ (i - 20) end
  check(dense(graded), 'graded')
  for _, scale in ipairs {1e-300, 1e-160, 1e160, 1e300} do
    check(symmetric(12) * scale, ('scale %g'):format(scale))
  end
  local mixed = symmetric(12) -- parts whose squares are nothing
  mixed:narrow(1, 7, 6):mul(1e-170)
  mixed:narrow(2, 7, 6):mul(1e-170)
  check(mixed, 'mixed')
  local blocks = torch.zeros(10, 10):double()
  blocks:narrow(1, 1, 4):narrow(2, 1, 4):copy(symmetric(4))
  blocks:narrow(1, 5, 6):narrow(2, 5, 6):copy(symmetric(6))
  check(blocks, 'blocks')
end)

test.case('one triangle is read, strides do not matter, results can be given', function()
  local x = symmetric(6)
  local want = torch.symeig(x)
  local upper, lower = torch.triu(x), torch.tril(x)
  test.equal(torch.symeig(upper), want)
  test.equal(torch.symeig(upper, 'N', 'U'), want)
  test.equal(torch.symeig(lower, 'N', 'L'), want)
  test.equal(torch.symeig(lower:t()), want)
  test.check(largest(torch.symeig(upper, 'V', 'L') - want) > 0.1, 'the other triangle')
  local e, v = torch.DoubleTensor(), torch.DoubleTensor(2, 3)
  test.equal(torch.symeig(e, v, x, 'V'), e)
  test.equal(e, want)
  test.equal(v:size():totable(), {6, 6})
end)

test.case('float', function()
  local x = symmetric(40):float()
  local e, v = torch.symeig(x, 'V')
  test.equal({e:type(), v:type()}, {'torch.FloatTensor', 'torch.FloatTensor'})
  test.check(largest(v * torch.diag(e) * v:t() - x) < 2e-5, 'x = v diag(e) v\'')
end)

test.case('the same bits at any number of threads and on every kernel path', function()
  local x, threads, path = symmetric(300), system.threads(), system.kernels()
  local want, vectors = torch.symeig(x, 'V')
  for _, kernels in ipairs(system.availableKernels()) do
    for _, n in ipairs {1, 2, 5} do
      system.setKernels(kernels)
      system.setThreads(n)
      local e, v = torch.symeig(x, 'V')
      test.check(e:equal(want) and v:equal(vectors), ('%s, %d threads'):format(kernels, n))
    end
  end
  system.setKernels(path)
  system.setThreads(threads)
end)

test.case('mistakes', function()
  test.fails(function() torch.symeig(torch.zeros(2, 3)) end, 'symeig', 'square', '2x3')
  test.fails(function() torch.symeig(torch.zeros(3)) end, 'symeig', 'square')
  test.fails(function() torch.symeig(torch.Tensor()) end, 'symeig')
  test.fails(function() torch.symeig(torch.LongTensor(2, 2)) end, 'symeig', 'LongTensor')
  test.fails(function() torch.symeig(torch.Tensor {{1, 2}, {0 / 0, 1}}) end, 'element (2,1) is',
    'nan')
  test.fails(function() torch.symeig(torch.eye(2), 'X') end, 'X')
end)
