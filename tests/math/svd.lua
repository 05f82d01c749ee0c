-- svd: by what it should give back, on hard matrices, and its bits.
local test = require 'harness'
local system = require 'aelua.system'

local function largest(t) return t:clone():abs():max() end

local function orthonormal(t) -- its columns
  return largest(t:t() * t - torch.eye(t:size(2)):double())
end

local function check(x, what)
  local m, n = x:size(1), x:size(2)
  local k, limit = math.min(m, n), 1e-15 * (m + n + 10)
  local scale = math.max(largest(x), 1e-300)
  local u, s, v = torch.svd(x)
  test.equal({u:size():totable(), s:size():totable(), v:size():totable()}, {{m, k}, {k}, {n, k}},
    what .. ': sizes')
  test.check(largest(u * torch.diag(s) * v:t() - x) <= limit * scale, what .. ': x = u s v\'')
  test.check(orthonormal(u) <= limit and orthonormal(v) <= limit, what .. ': orthonormal')
  for i = 1, k do test.check(s[i] >= 0 and (i == 1 or s[i - 1] >= s[i]), what .. ': descending') end
  local all_u, all_s, all_v = torch.svd(x, 'A')
  test.equal({all_u:size():totable(), all_v:size():totable()}, {{m, m}, {n, n}})
  test.check(orthonormal(all_u) <= limit and orthonormal(all_v) <= limit, what .. ': all of them')
  test.equal(all_s, s)
  test.equal(all_u:narrow(2, 1, k):clone(), u)
  return s
end

test.case('random matrices of all shapes', function()
  for _, size in ipairs {{1, 1}, {1, 5}, {5, 1}, {2, 2}, {7, 4}, {4, 7}, {33, 20}, {64, 65}} do
    check(torch.randn(size[1], size[2]):double(), ('%dx%d'):format(size[1], size[2]))
  end
  check(torch.randn(9, 6):double():t(), 'transposed')
end)

test.case('its squares are the eigenvalues of x\'x', function()
  local x = torch.randn(30, 12):double()
  local e = torch.symeig(x:t() * x)
  local s = check(x, 'x')
  for i = 1, 12 do test.near(s[i] ^ 2, e[13 - i], 1e-12) end
end)

test.case('hard matrices', function()
  check(torch.zeros(4, 3):double(), 'zeros')
  check(torch.eye(5):double(), 'identity')
  test.near(check(torch.ones(6, 4):double(), 'rank 1'), {math.sqrt(24), 0, 0, 0}, 1e-14)
  check(torch.randn(10, 2):double() * torch.randn(2, 8):double(), 'rank 2')
  check(torch.randn(6, 5):double() * 1e200, 'large')
  check(torch.randn(6, 5):double() * 1e-200, 'small')
  local x = torch.randn(8, 5):double()
  x:select(2, 3):zero()
  x:select(2, 5):copy(x:select(2, 1))
  check(x, 'equal columns and one of zeros')
end)

test.case('small singular values are exact to their own size', function()
  local x = torch.DoubleTensor {{1, 0}, {0, 1e-12}, {1e-20, 0}}
  test.near(torch.svd(x):size(1), 3, 0)
  local _, s = torch.svd(x)
  test.near(s[2] / 1e-12, 1, 1e-14)
end)

test.case('float, given results, and the same bits everywhere', function()
  local x, threads, path = torch.randn(70, 90), system.threads(), system.kernels()
  local u, s, v = torch.svd(x)
  test.equal(s:type(), 'torch.FloatTensor')
  test.check(largest(u * torch.diag(s) * v:t() - x) < 1e-4, 'x = u s v\'')
  local a, b, c = torch.Tensor(), torch.Tensor(), torch.Tensor()
  for _, kernels in ipairs(system.availableKernels()) do
    for _, n in ipairs {1, 3} do
      system.setKernels(kernels)
      system.setThreads(n)
      torch.svd(a, b, c, x)
      test.check(a:equal(u) and b:equal(s) and c:equal(v), kernels .. ' ' .. n)
    end
  end
  system.setKernels(path)
  system.setThreads(threads)
end)

test.case('mistakes', function()
  test.fails(function() torch.svd(torch.zeros(3)) end, 'svd', 'a matrix expected')
  test.fails(function() torch.svd(torch.ByteTensor(2, 2)) end, 'svd', 'ByteTensor')
  test.fails(function() torch.svd(torch.Tensor {{1, 2}, {math.huge, 1}}) end, 'svd', 'is inf')
end)
