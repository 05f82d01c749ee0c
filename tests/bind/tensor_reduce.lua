-- Reductions over everything and along a dimension, and sorting, against plain Lua.
local test = require 'harness'

local function sum(list) local s = 0; for _, v in ipairs(list) do s = s + v end; return s end
local function mean(list) return sum(list) / #list end

local function var(list, biased)
  local m, s = mean(list), 0
  for _, v in ipairs(list) do s = s + (v - m) ^ 2 end
  return s / (biased and #list or #list - 1)
end

local function norm(list, p)
  local s = 0
  for _, v in ipairs(list) do s = s + math.abs(v) ^ p end
  return s ^ (1 / p)
end

local functions = {
  sum = sum, mean = mean, var = var,
  prod = function(list) local p = 1; for _, v in ipairs(list) do p = p * v end; return p end,
  std = function(list, biased) return math.sqrt(var(list, biased)) end,
}

-- f applied to each line of x along dim, which becomes 1.
local function along(x, dim, f)
  local lines = x:transpose(dim, x:dim())
  local sizes = lines:size()
  sizes[x:dim()] = 1
  local result = {}
  local flat = lines:contiguous():view(-1, x:size(dim))
  for i = 1, flat:size(1) do result[i] = f(flat[i]:totable()) end
  return torch.DoubleTensor(result):view(sizes):transpose(dim, x:dim()):clone()
end

local function all(x) return x:contiguous():view(-1):totable() end

for name, f in pairs(functions) do
  test.case(name, function()
    local x = torch.DoubleTensor(3, 4, 5):normal()
    test.near(x[name](x), f(all(x)), 1e-12, 'x:f()')
    test.near(torch[name](x:transpose(1, 3)), f(all(x)), 1e-12, 'torch.f(x)')
    for dim = 1, 3 do
      local want = along(x, dim, f)
      test.near(x[name](x, dim), want, 1e-12, 'x:f(dim)')
      local res = torch.DoubleTensor()
      test.check(rawequal(torch[name](res, x, dim), res))
      test.near(res, want, 1e-12, 'torch.f(res, x, dim)')
    end
    test.fails(function() return x[name](x, 4) end, 'dimension 4 of a tensor with 3')
  end)
end

test.case('std and var with the biased flag', function()
  local x = torch.DoubleTensor(3, 6):normal()
  test.near(x:var(2, true), along(x, 2, function(l) return var(l, true) end), 1e-12)
  test.near(x:std(2, true), along(x, 2, function(l) return math.sqrt(var(l, true)) end), 1e-12)
end)

test.case('norm', function()
  local x = torch.DoubleTensor(3, 4):normal()
  test.near(x:norm(), norm(all(x), 2), 1e-12)
  test.near(x:norm(3), norm(all(x), 3), 1e-12)
  test.near(torch.norm(x, 1, 2), along(x, 2, function(l) return norm(l, 1) end), 1e-12)
  test.near(x:norm(math.huge), x:clone():abs():max(), 0)
end)

test.case('integer sums are integers', function()
  local x = torch.ByteTensor(1000):fill(255)
  test.equal(x:sum(), 255000)
  test.equal(math.type(x:sum()), 'integer')
  test.equal(torch.LongTensor{1 << 60, 3}:sum(), (1 << 60) + 3)
  test.fails(function() return x:mean() end, 'mean')
end)

test.case('min and max: a number, or values and 1-based indices', function()
  local x = torch.Tensor{{3, 1, 2}, {4, 9, 9}}
  test.equal({x:min(), x:max()}, {1.0, 9.0})
  local v, i = x:max(2)
  test.equal(v, {{3}, {9}})
  test.equal(i, torch.LongTensor{{1}, {2}})
  v, i = torch.min(x, 1)
  test.equal(v, {{3, 1, 2}})
  test.equal(i, torch.LongTensor{{1, 1, 1}})
  local values, indices = torch.Tensor(), torch.LongTensor()
  local a, b = torch.max(values, indices, x, 1)
  test.check(rawequal(a, values) and rawequal(b, indices))
  test.equal(indices, torch.LongTensor{{2, 2, 2}})
  test.fails(function() return torch.Tensor():max() end, 'empty')
end)

test.case('sort', function()
  local x = torch.Tensor{{3, 1, 2}, {6, 5, 4}}
  local v, i = x:sort()
  test.equal(v, {{1, 2, 3}, {4, 5, 6}})
  test.equal(i, torch.LongTensor{{2, 3, 1}, {3, 2, 1}})
  test.equal(x:sort(true)[1], {3, 2, 1})
  test.equal((x:sort(1, true)), {{6, 5, 4}, {3, 1, 2}})
  local values, indices = torch.Tensor(), torch.LongTensor()
  torch.sort(values, indices, x, 2, true)
  test.equal(indices, torch.LongTensor{{1, 3, 2}, {1, 2, 3}})
  test.equal(x, {{3, 1, 2}, {6, 5, 4}}, 'x itself')
  local r = torch.DoubleTensor(500):normal()
  local list = r:totable()
  table.sort(list)
  test.equal((r:sort()), torch.DoubleTensor(list))
end)

test.case('topk: the smallest unless asked for the largest', function()
  local x = torch.Tensor{5, 1, 4, 2, 3}
  local v, i = x:topk(2)
  test.equal(v, {1, 2})
  test.equal(i, torch.LongTensor{2, 4})
  test.equal((x:topk(3, true)), {5, 4, 3})
  test.equal((torch.topk(x:view(1, 5), 2, 2, true)), {{5, 4}})
  test.fails(function() return x:topk(6) end, 'topk', '6')
end)

test.case('cumsum and cumprod', function()
  local x = torch.Tensor{{1, 2}, {3, 4}, {5, 6}}
  test.equal(x:cumsum(), {{1, 2}, {4, 6}, {9, 12}})
  test.equal(x:cumsum(2), {{1, 3}, {3, 7}, {5, 11}})
  test.equal(torch.cumprod(x, 1), {{1, 2}, {3, 8}, {15, 48}})
  test.equal(torch.cumsum(torch.Tensor(), x, 2)[3], {5, 11})
  test.equal(torch.LongTensor{1 << 60, 1}:cumsum()[2], (1 << 60) + 1)
end)
