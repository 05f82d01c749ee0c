-- Element-wise functions in all their forms, against plain Lua.
local test = require 'harness'

local function lua(x, f)
  local y, list = x:clone(), x:contiguous():view(-1):totable()
  for i, v in ipairs(list) do list[i] = f(v) end
  return y:copy(torch.DoubleTensor(list))
end

local function sign(v) return v > 0 and 1 or v < 0 and -1 or 0 end
local function trunc(v) return v < 0 and math.ceil(v) or math.floor(v) end
local function round(v) return sign(v) * math.floor(math.abs(v) + 0.5) end

-- name, function, further numbers
local unary = {
  {'neg', function(x) return -x end},
  {'abs', math.abs},
  {'sign', sign},
  {'square', function(x) return x * x end},
  {'sqrt', math.sqrt, positive = true},
  {'rsqrt', function(x) return 1 / math.sqrt(x) end, positive = true},
  {'cinv', function(x) return 1 / x end},
  {'floor', math.floor},
  {'ceil', math.ceil},
  {'round', round},
  {'trunc', trunc},
  {'frac', function(x) return x - trunc(x) end},
  {'exp', math.exp},
  {'log', math.log, positive = true},
  {'log1p', function(x) return math.log(1 + x) end, positive = true},
  {'tanh', function(x) return 1 - 2 / (math.exp(2 * x) + 1) end},
  {'sigmoid', function(x) return 1 / (1 + math.exp(-x)) end},
  {'sin', math.sin},
  {'cos', math.cos},
  {'tan', math.tan, unit = true},
  {'asin', math.asin, unit = true},
  {'acos', math.acos, unit = true},
  {'atan', math.atan},
  {'sinh', function(x) return (math.exp(x) - math.exp(-x)) / 2 end},
  {'cosh', function(x) return (math.exp(x) + math.exp(-x)) / 2 end},
  {'add', function(x, a) return x + a end, 1.5},
  {'csub', function(x, a) return x - a end, 1.5},
  {'mul', function(x, a) return x * a end, -2.5},
  {'div', function(x, a) return x / a end, 4},
  {'rsub', function(x, a) return a - x end, 3},
  {'rdiv', function(x, a) return a / x end, 3},
  {'fmod', function(x, a) return math.fmod(x, a) end, 0.75},
  {'remainder', function(x, a) return x - a * math.floor(x / a) end, 0.75},
  {'cmax', function(x, a) return math.max(x, a) end, 0.25},
  {'cmin', function(x, a) return math.min(x, a) end, 0.25},
  {'clamp', function(x, a, b) return math.min(math.max(x, a), b) end, -0.5, 0.5},
  {'pow', function(x, a) return x ^ a end, 2.5, positive = true},
  {'rpow', function(x, a) return a ^ x end, 2.5},
  {'threshold', function(x, a, b) return x > a and x or b end, 0.25, -7},
  {'leakyrelu', function(x, a) return x > 0 and x or a * x end, 0.1},
  {'elu', function(x, a) return x > 0 and x or a * (math.exp(x) - 1) end, 0.5},
}

local function operand(case)
  local x = torch.DoubleTensor(3, 4):uniform(-2, 2)
  if case.positive then x:abs():add(0.1) end
  if case.unit then x:mul(0.5) end
  return x
end

for _, case in ipairs(unary) do
  local name, f, a, b = table.unpack(case, 1, 4)
  local numbers = {a, b}
  test.case(name .. ' of a tensor' .. (a and ' and numbers' or ''), function()
    local x = operand(case)
    local want = lua(x, function(v) return f(v, a, b) end)
    local function arguments(...)
      local list = table.pack(...)
      for _, v in ipairs(numbers) do list[#list + 1] = v end
      return table.unpack(list)
    end
    test.near(torch[name](arguments(x)), want, 1e-13, 'torch.f(x)')
    local res = torch.DoubleTensor()
    test.check(rawequal(torch[name](arguments(res, x)), res), 'torch.f(res, x) returns res')
    test.near(res, want, 1e-13, 'torch.f(res, x)')
    local other = torch.DoubleTensor()
    test.check(rawequal(other[name](arguments(other, x)), other), 'res:f(x) returns res')
    test.near(other, want, 1e-13, 'res:f(x)')
    test.near(torch[name](arguments(x:t())), want:t():clone(), 1e-13, 'of a strided tensor')
    local y = x:clone()
    test.check(rawequal(y[name](arguments(y)), y), 'x:f() returns x')
    test.near(y, want, 1e-13, 'x:f()')
    test.near(torch[name](arguments(x:float())), want:float(), 1e-4, 'in float')
    test.equal(torch[name](arguments(x:float())):type(), 'torch.FloatTensor')
  end)
end

local binary = {
  {'add', function(x, y) return x + y end},
  {'csub', function(x, y) return x - y end},
  {'mul', function(x, y) return x * y end},
  {'div', function(x, y) return x / y end},
  {'cmul', function(x, y) return x * y end},
  {'cdiv', function(x, y) return x / y end},
  {'cpow', function(x, y) return x ^ y end, positive = true},
  {'cmax', math.max},
  {'cmin', math.min},
  {'atan2', math.atan},
}

local function lua2(x, y, f)
  local a, b = x:view(-1):totable(), y:view(-1):totable()
  for i = 1, #a do a[i] = f(a[i], b[i]) end
  return torch.DoubleTensor(a):viewAs(x)
end

for _, case in ipairs(binary) do
  local name, f = case[1], case[2]
  test.case(name .. ' of two tensors', function()
    local x, y = operand(case), operand(case)
    local want = lua2(x, y, f)
    test.near(torch[name](x, y), want, 1e-13, 'torch.f(x, y)')
    local res = torch.DoubleTensor()
    test.check(rawequal(torch[name](res, x, y), res))
    test.near(res, want, 1e-13, 'torch.f(res, x, y)')
    test.near(torch.DoubleTensor()[name](torch.DoubleTensor(), x, y), want, 1e-13, 'res:f(x, y)')
    local z = x:clone()
    test.check(rawequal(z[name](z, y), z), 'x:f(y) returns x')
    test.near(z, want, 1e-13, 'x:f(y)')
    test.fails(function() torch[name](x, torch.DoubleTensor(5)) end, '3x4', '5')
    test.fails(function() torch[name](x, y:float()) end, 'Double', 'Float')
  end)
end

test.case('add and csub take a factor', function()
  local x, y = torch.Tensor{1, 2}, torch.Tensor{10, 20}
  test.equal(torch.add(x, 3, y), {31, 62})
  test.equal(torch.add(torch.Tensor(), x, 3, y), {31, 62})
  test.equal(x:clone():add(3, y), {31, 62})
  test.equal(torch.Tensor():add(x, 3, y), {31, 62})
  test.equal(torch.Tensor():add(x, y), {11, 22})
  test.equal(torch.Tensor():add(x, 3), {4, 5})
  test.equal(torch.csub(x, 3, y), {-29, -58})
  test.equal(x:clone():csub(y), {-9, -18})
end)

test.case('pow of a number', function()
  local x = torch.DoubleTensor{0, 1, 3}
  test.equal(torch.pow(2, x), torch.DoubleTensor{1, 2, 8})
  local res = torch.DoubleTensor()
  test.equal(torch.pow(res, 2, x), res)
  test.equal(res, torch.DoubleTensor{1, 2, 8})
  test.equal(torch.DoubleTensor():pow(2, x), res)
end)

test.case('addcmul and addcdiv', function()
  local x, y, z = torch.Tensor{1, 2}, torch.Tensor{3, 4}, torch.Tensor{2, 8}
  test.equal(torch.addcmul(x, y, z), {7, 34})
  test.equal(torch.addcmul(x, 2, y, z), {13, 66})
  test.equal(torch.addcmul(torch.Tensor(), x, 2, y, z), {13, 66})
  test.equal(x:clone():addcmul(2, y, z), {13, 66})
  test.equal(torch.addcdiv(x, 4, y, z), {7, 4})
  local w = x:clone()
  test.check(rawequal(w:addcdiv(y, z), w))
  test.equal(w, {2.5, 2.5})
end)

test.case('integer tensors', function()
  local x = torch.LongTensor{7, -7, 9}
  test.equal(torch.add(x, 2), torch.LongTensor{9, -5, 11})
  test.equal(torch.abs(x), torch.LongTensor{7, 7, 9})
  test.equal(torch.cmul(x, x), torch.LongTensor{49, 49, 81})
  test.fails(function() torch.div(x, 0) end, 'div')
  test.fails(function() torch.exp(x) end, 'exp', 'Long')
end)

test.case('numbers that no double holds reach integer tensors as they are', function()
  local large = (1 << 53) + 1
  local x, y = torch.LongTensor{0, 1}, torch.LongTensor{1, 2}
  test.equal(torch.add(x, large), torch.LongTensor{large, large + 1})
  test.equal(x:clone():csub(large), torch.LongTensor{-large, 1 - large})
  test.equal(torch.mul(y, large), torch.LongTensor{large, 2 * large})
  test.equal(torch.add(x, large, y), torch.LongTensor{large, 2 * large + 1})
  test.equal(torch.csub(x, large, y), torch.LongTensor{-large, 1 - 2 * large})
  test.equal(torch.addcmul(x, large, y, y), torch.LongTensor{large, 4 * large + 1})
  test.equal(torch.addcdiv(x, large, y, y), torch.LongTensor{large, large + 1})
  test.equal(torch.clamp(x, large, large + 2), torch.LongTensor{large, large})
  test.equal(x + large, torch.LongTensor{large, large + 1})
  test.equal(large - x, torch.LongTensor{large, large - 1})
  test.equal(large * y, torch.LongTensor{large, 2 * large})
  test.equal((y * 0 + large) / large, torch.LongTensor{1, 1})
end)

test.case('comparisons with numbers and tensors', function()
  local operators = {
    lt = function(a, b) return a < b end, le = function(a, b) return a <= b end,
    gt = function(a, b) return a > b end, ge = function(a, b) return a >= b end,
    eq = function(a, b) return a == b end, ne = function(a, b) return a ~= b end,
  }
  local x, y = torch.Tensor{1, 2, 3, 2}, torch.Tensor{2, 2, 2, 3}
  for name, holds in pairs(operators) do
    local numbers, tensors = {}, {}
    for i = 1, 4 do
      numbers[i] = holds(x[i], 2) and 1 or 0
      tensors[i] = holds(x[i], y[i]) and 1 or 0
    end
    test.equal(torch[name](x, 2), torch.ByteTensor(numbers), name)
    test.equal(x[name](x, 2), torch.ByteTensor(numbers), name)
    test.equal(torch[name](x, y), torch.ByteTensor(tensors), name)
    local res = torch.ByteTensor()
    test.check(rawequal(torch[name](res, x, y), res))
    test.equal(res, torch.ByteTensor(tensors), name)
    test.equal(torch[name](res, x, 2), torch.ByteTensor(numbers), name)
  end
  test.equal(x, {1, 2, 3, 2}, 'x is untouched')
  local big = torch.LongTensor{(1 << 60) + 1}
  test.equal(big:eq((1 << 60) + 1)[1], 1)
  test.equal(big:eq(1 << 60)[1], 0)
end)

test.case('equal, all, any', function()
  local x = torch.Tensor{1, 2}
  test.check(x:equal(torch.Tensor{1, 2}) and torch.equal(x, x))
  test.check(not x:equal(torch.Tensor{1, 3}) and not x:equal(torch.Tensor{{1, 2}}))
  test.equal({x:gt(0):all(), x:gt(1):all(), x:gt(1):any(), x:gt(2):any()},
             {true, false, true, false})
  test.check(torch.all(torch.ByteTensor()) and not torch.any(torch.ByteTensor()))
  test.fails(function() return x:all() end, 'ByteTensor')
end)

test.case('wrong arguments are named', function()
  local x = torch.Tensor{1}
  test.fails(function() x:add() end, "'add'", 'number expected, got no value')
  test.fails(function() x:add(nil) end, "bad argument #1 to 'add'", 'got nil')
  test.fails(function() x:cmul(2) end, "'cmul'", 'tensor expected, got number')
  test.fails(function() x:exp(2) end, "'exp'", 'one argument too many')
  test.fails(function() x:clamp(1) end, "'clamp'", 'number expected, got no value')
  test.fails(function() torch.sqrt(4) end, 'tensor expected, got number')
  test.fails(function() torch.add(x, {}) end, 'number expected, got table')
end)

test.case('lerp', function()
  for _, kind in ipairs {'Float', 'Double'} do
    local a, b = torch[kind .. 'Tensor'](3, 4):normal(), torch[kind .. 'Tensor'](4, 3):normal():t()
    local want = a:double() + (b:double() - a:double()) * 0.3
    test.near(torch.lerp(a, b, 0.3):double(), want, 1e-6)
    local m = torch[kind .. 'Tensor']()
    test.check(rawequal(m:lerp(a, b, 0.3), m))
    test.near(m:double(), want, 1e-6)
    test.near(torch.lerp(m, a, b, 0):double(), a:double(), 0)
    test.check(rawequal(a:lerp(b, 0.3), a))
    test.near(a:double(), want, 1e-6, 'in place')
  end
  test.equal(torch.lerp(1, 3, 0.25), 1.5)
  test.fails(function() return torch.lerp(torch.Tensor(2), torch.Tensor(3), 1) end, '2', '3')
  test.fails(function() return torch.lerp(torch.Tensor(2), torch.Tensor(2)) end, 'number expected')
  test.fails(function()
    return torch.lerp(torch.LongTensor(2), torch.LongTensor(2), 1)
  end, 'LongTensor')
end)

test.case('allclose', function()
  local a = torch.Tensor{{1, 100}, {-3, 1 / 0}}
  local b = a:clone()
  b[{1, 2}] = 100.0005
  test.equal(a:allclose(b), true)
  test.equal(a:allclose(b, 1e-7), false)
  test.equal(a:allclose(b, 0, 1e-3), true)
  test.equal(a:allclose(a:t():clone():t(), 0, 0), true, 'strided')
  test.equal(a:allclose(a:double()), false, 'another type')
  test.equal(a:allclose(a:view(4)), false, 'other sizes')
  b:copy(a)
  b[{2, 2}] = 0 / 0
  test.equal(b:allclose(b), false, 'a NaN')
  local long = torch.Tensor(5000):fill(1)
  local other = long:clone()
  other[4999] = 1.1
  test.equal(torch.allclose(long, other), false)
  test.equal(torch.allclose(long, long), true)
end)
