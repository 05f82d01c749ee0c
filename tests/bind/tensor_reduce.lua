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

test.case('along a dimension with elements, where another has none', function()
  local x = torch.Tensor(2, 0)
  for _, name in ipairs {'sum', 'prod', 'mean', 'max', 'min', 'norm', 'var', 'median', 'mode'} do
    local y = name == 'norm' and x:norm(2, 1) or x[name](x, 1)
    test.equal(y:size():totable(), {1, 0})
  end
  test.equal(x:cumsum(1):size():totable(), {2, 0})
  test.fails(function() x:sum(2) end, 'sum: dimension 2 has no elements')
end)

test.case('cumsum and cumprod', function()
  local x = torch.Tensor{{1, 2}, {3, 4}, {5, 6}}
  test.equal(x:cumsum(), {{1, 2}, {4, 6}, {9, 12}})
  test.equal(x:cumsum(2), {{1, 3}, {3, 7}, {5, 11}})
  test.equal(torch.cumprod(x, 1), {{1, 2}, {3, 8}, {15, 48}})
  test.equal(torch.cumprod(torch.DoubleTensor{-1, -0.5, 1e300}), {-1, 0.5, 5e299})
  test.equal(torch.cumsum(torch.Tensor(), x, 2)[3], {5, 11})
  test.equal(torch.LongTensor{1 << 60, 1}:cumsum()[2], (1 << 60) + 1)
end)

-- Every line of a (rows, n) tensor along its last dimension as a list of {value, place}, sorted.
local function sortedLines(x)
  local lines = x:totable()
  for i, line in ipairs(lines) do
    local pairs_ = {}
    for k, value in ipairs(line) do pairs_[k] = {value, k} end
    table.sort(pairs_, function(a, b)
      if a[1] ~= b[1] then return a[1] < b[1] end
      return a[2] < b[2]
    end)
    lines[i] = pairs_
  end
  return lines
end

-- Checks f(x, ...) -> values and indices along the last and the first dimension, as function and
-- method, for every type and a strided tensor, against pick(sorted line) -> {value, place}.
local function checkLines(name, pick, ...)
  local arguments = {...}
  for _, kind in ipairs {'Float', 'Double', 'Long', 'Byte'} do
    local x = torch[kind .. 'Tensor'](7, 9):random(0, 4)
    for _, t in ipairs {x, x:t():clone():t()} do
      local values, places = {}, {}
      for i, line in ipairs(sortedLines(t)) do
        local best = pick(line)
        values[i], places[i] = {best[1]}, {best[2]}
      end
      local v, i = torch[name](t, table.unpack(arguments))
      test.equal(v:totable(), values, name .. ' of ' .. kind)
      test.equal(i, torch.LongTensor(places), 'places of ' .. name)
      arguments[#arguments + 1] = 1
      v, i = t:t()[name](t:t(), table.unpack(arguments))
      arguments[#arguments] = nil
      test.equal(v:t():totable(), values, name .. ' along 1')
      test.equal(i:t(), torch.LongTensor(places), 'places along 1')
      local rv, ri = t:clone(), torch.LongTensor()
      local a, b = torch[name](rv, ri, t, table.unpack(arguments))
      test.check(rawequal(a, rv) and rawequal(b, ri), 'the results given are returned')
      test.equal(rv:totable(), values, 'into results')
    end
  end
end

test.case('kthvalue, median and mode', function()
  for k = 1, 9 do checkLines('kthvalue', function(line) return line[k] end, k) end
  checkLines('median', function(line) return line[5] end)
  checkLines('mode', function(line)
    local count, best = {}, 1
    for i, entry in ipairs(line) do
      count[entry[1]] = (count[entry[1]] or 0) + 1
      if count[entry[1]] > count[line[best][1]] or line[best][1] == entry[1] then best = i end
    end
    return line[best]
  end)
end)

test.case('the median of an even number is the one before the middle', function()
  local v, i = torch.median(torch.Tensor{4, 1, 3, 2})
  test.equal(v, {2})
  test.equal(i, torch.LongTensor{4})
  local x = torch.Tensor{{3, 0 / 0, 1, 2}}
  test.equal((x:median()), {{2}}, 'NaN is the largest')
  test.equal((x:kthvalue(4)), {{0 / 0}})
  test.equal((torch.kthvalue(x, torch.LongTensor(), x, 1)), {{1}}, 'onto itself')
end)

test.case('kthvalue and its like check their arguments', function()
  local x = torch.Tensor(2, 3)
  test.fails(function() return x:kthvalue(4) end, 'kthvalue: k is 4', '3 elements')
  test.fails(function() return x:kthvalue(0) end, 'kthvalue: k is 0')
  test.fails(function() return x:kthvalue() end, 'number expected')
  test.fails(function() return x:median(3) end, 'dimension 3 of a tensor with 2')
  test.fails(function() return torch.Tensor():mode() end, 'empty')
  test.fails(function() return torch.mode(x, torch.Tensor(), x) end, 'must be a LongTensor')
end)

-- ---- histograms and bounded norms ----

local function counted(list, bins, low, high)
  local count = {}
  for b = 1, bins do count[b] = 0 end
  for _, v in ipairs(list) do
    if v >= low and v <= high then
      local bin = math.min(bins, math.floor((v - low) / (high - low) * bins) + 1)
      count[bin] = count[bin] + 1
    end
  end
  return count
end

test.case('histc and bhistc', function()
  for _, kind in ipairs {'Float', 'Double'} do
    local x = torch[kind .. 'Tensor'](8, 50):normal()
    local list = x:t():clone():view(-1):totable()
    test.equal(x:t():histc(10, -1, 2), counted(list, 10, -1, 2))
    local own = torch.histc(x)
    test.equal(own, counted(list, 100, x:min(), x:max()))
    test.equal(own:sum(), 400.0)
    local rows = {}
    for i = 1, 8 do rows[i] = counted(x[i]:totable(), 7, x:min(), x:max()) end
    test.equal(torch.bhistc(x, 7), rows)
  end
  local res = torch.Tensor(4, 2):zero()
  torch.histc(res:select(2, 1), torch.Tensor{0, 1, 2, 3, 4, 5}, 4, 0, 4)
  test.equal(res, {{1, 0}, {1, 0}, {1, 0}, {2, 0}}, 'into a column')
  test.equal(torch.histc(torch.Tensor(5):fill(3), 2), {0, 5})
  test.equal(torch.histc(torch.Tensor{1, 0 / 0, 2}, 2, 1, 2), {1, 1}, 'a NaN is not counted')
  test.fails(function() return torch.histc(torch.Tensor{1, 0 / 0}, 2) end, 'not an interval')
  test.fails(function() return torch.histc(torch.Tensor{1, 2}, 2, 3, 1) end, 'not an interval')
  test.fails(function() return torch.histc(torch.Tensor{1}, 0) end, '0 bins')
  test.fails(function() return torch.histc(torch.Tensor()) end, 'empty')
  test.fails(function() return torch.bhistc(torch.Tensor{1}) end, 'a matrix expected')
  test.fails(function() return torch.ByteTensor{1}:histc() end, 'ByteTensor')
end)

test.case('renorm', function()
  for _, kind in ipairs {'Float', 'Double'} do
    local x = torch[kind .. 'Tensor'](5, 4, 3):normal()
    for _, p in ipairs {1, 2, 3} do
      for dim = 1, 3 do
        local want, limit = x:clone(), 2.5
        for i = 1, x:size(dim) do
          local slice = want:select(dim, i)
          local size = norm(slice:clone():view(-1):totable(), p)
          if size > limit then slice:mul(limit / (size + 1e-7)) end
        end
        test.near(torch.renorm(x, p, dim, limit), want, 1e-6)
        local y = x:transpose(1, 2):clone():transpose(1, 2)
        test.check(rawequal(y:renorm(p, dim, limit), y))
        test.near(y, want, 1e-6, 'in place')
        test.near(torch.renorm(torch[kind .. 'Tensor'](), x, p, dim, limit), want, 1e-6)
      end
    end
  end
  test.fails(function() return torch.renorm(torch.Tensor(2, 2), 0, 1, 1) end, 'p is 0')
  test.fails(function() return torch.renorm(torch.Tensor(2, 2), 2, 1, -1) end, 'largest norm is -1')
  test.fails(function() return torch.renorm(torch.Tensor(2, 2), 2, 3, 1) end, 'dimension 3')
end)

test.case('nonFinite: how many, and the place of the first', function()
  for _, name in ipairs {'FloatTensor', 'DoubleTensor'} do
    local x = torch[name](300, 700):fill(name == 'FloatTensor' and 3e38 or 1e308)
    test.equal({x:nonFinite()}, {0})
    x[299][700], x[300][1], x[7][11] = 0 / 0, math.huge, -math.huge
    test.equal({x:nonFinite()}, {3, {7, 11}})
    test.equal({x:t():nonFinite()}, {3, {1, 300}}, 'in the order of the view')
    test.equal({x:narrow(1, 8, 290):nonFinite()}, {0})
    test.equal({x:narrow(1, 250, 51):select(2, 700):nonFinite()}, {1, {50}})
    test.equal({torch[name]():nonFinite()}, {0})
    test.equal({torch[name]{0 / 0}:nonFinite()}, {1, {1}})
  end
  test.equal({torch.LongTensor {1, 2}:nonFinite()}, {0})
  test.fails(function() torch.Tensor(2):nonFinite(1) end, 'nonFinite')
end)

test.case('a dot product of more elements than are added up at a time', function()
  local n = (1 << 20) + 4097
  test.equal(torch.ones(n):dot(torch.ones(n):fill(2)), 2 * n)
end)
