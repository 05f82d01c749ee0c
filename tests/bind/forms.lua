-- Element-wise functions, operators and reductions in all their call forms; see calls.lua.
local test, calls = require 'harness', require 'bind.calls'

local REAL, ALL, BITS, values, stored, storedAll, mapped, laidOut, results, same, eachLayout, X,
  Y, Z, sum =
  calls.REAL, calls.ALL, calls.BITS, calls.values, calls.stored, calls.storedAll, calls.mapped,
  calls.laidOut, calls.results, calls.same, calls.eachLayout, calls.X, calls.Y, calls.Z, calls.sum
local unpack = table.unpack

local UNIT = {{-0.9, 0.25, 0.5}, {0.125, -0.5, 0.75}}
local POSITIVE = {{0.5, 2, 1.25}, {3.5, 0.125, 9}}
local SIGNED = {{-2.5, 1.5, 0.25}, {3.75, -0.5, -1}}

-- ---- element-wise ----

local function truncated(v) return v < 0 and math.ceil(v) or math.floor(v) end
local function quotient(a, b)
  if math.type(a) == 'integer' and math.type(b) == 'integer' then return truncated(a / b) end
  return a / b
end
local function sinh(x) return (math.exp(x) - math.exp(-x)) / 2 end
local function cosh(x) return (math.exp(x) + math.exp(-x)) / 2 end
local function signOf(x) return x > 0 and 1 or x < 0 and -1 or 0 end

test.case('functions of one element', function()
  local of = {
    abs = {SIGNED, math.abs, ALL}, neg = {X, function(x) return -x end, ALL},
    sign = {SIGNED, signOf, ALL}, square = {X, function(x) return x * x end, ALL},
    sqrt = {POSITIVE, math.sqrt}, rsqrt = {POSITIVE, function(x) return 1 / math.sqrt(x) end},
    cinv = {POSITIVE, function(x) return 1 / x end}, floor = {SIGNED, math.floor},
    ceil = {SIGNED, math.ceil}, trunc = {SIGNED, truncated},
    round = {SIGNED, function(x) return truncated(x + 0.5 * signOf(x)) end},
    frac = {SIGNED, function(x) return x - truncated(x) end}, exp = {SIGNED, math.exp},
    log = {POSITIVE, math.log}, log1p = {POSITIVE, function(x) return math.log(1 + x) end},
    tanh = {SIGNED, function(x) return sinh(x) / cosh(x) end}, sin = {SIGNED, math.sin},
    sigmoid = {SIGNED, function(x) return 1 / (1 + math.exp(-x)) end}, cos = {SIGNED, math.cos},
    tan = {UNIT, math.tan}, asin = {UNIT, math.asin}, acos = {UNIT, math.acos},
    atan = {SIGNED, math.atan}, sinh = {SIGNED, sinh}, cosh = {SIGNED, cosh}}
  for name, o in pairs(of) do
    eachLayout({name = name, inPlace = true}, o[3] or REAL, {o[1]}, function(x) return {x} end,
               function(x) return mapped(o[2], x) end)
  end
end)

test.case('functions of one element and numbers', function()
  local of = {
    {'add', {2}, function(x) return x + 2 end, ALL},
    {'csub', {2}, function(x) return x - 2 end, ALL},
    {'mul', {3}, function(x) return x * 3 end, ALL},
    {'mul', {100}, function(x) return x * 100 end, ALL},
    {'div', {2}, function(x) return quotient(x, 2) end, ALL},
    {'rsub', {2}, function(x) return 2 - x end, ALL},
    {'rdiv', {12}, function(x) return quotient(12, x) end, ALL},
    {'fmod', {3}, function(x) return math.fmod(x, 3) end, ALL},
    {'remainder', {3}, function(x) return x % 3 end, ALL},
    {'cmax', {3}, function(x) return math.max(x, 3) end, ALL},
    {'cmin', {3}, function(x) return math.min(x, 3) end, ALL},
    {'clamp', {2, 5}, function(x) return math.max(2, math.min(x, 5)) end, ALL},
    {'threshold', {2, 9}, function(x) return x > 2 and x or 9 end, ALL},
    {'pow', {3}, function(x) return x ^ 3 end, REAL},
    {'rpow', {2}, function(x) return 2 ^ x end, REAL},
    {'add', {0.5}, function(x) return x + 0.5 end, REAL},
    {'leakyrelu', {0.5}, function(x) return x > 0 and x or x / 2 end, REAL},
    {'elu', {0.5}, function(x) return x > 0 and x or 0.5 * (math.exp(x) - 1) end, REAL}}
  for _, o in ipairs(of) do
    eachLayout({name = o[1], inPlace = true}, o[4], {o[4] == ALL and X or SIGNED},
      function(x) return {x, unpack(o[2])} end, function(x) return mapped(o[3], x) end)
  end
  for _, type in ipairs(REAL) do
    local x, want = torch[type .. 'Tensor'](X), mapped(function(v) return 2.0 ^ v end, X)
    same(type, torch.pow(2, x), want, 'a number to the power of a tensor')
    same(type, torch.pow(torch[type .. 'Tensor'](), 2, x), want, 'the same into a result')
  end
end)

test.case('functions of two tensors', function()
  local of = {
    {'add', function(x, y) return x + y end, ALL}, {'csub', function(x, y) return x - y end, ALL},
    {'cmul', function(x, y) return x * y end, ALL}, {'cdiv', quotient, ALL},
    {'cmax', math.max, ALL}, {'cmin', math.min, ALL},
    {'cpow', function(x, y) return x ^ y end, REAL}, {'atan2', math.atan, REAL}}
  for _, o in ipairs(of) do
    local want = function(x, y) return mapped(o[2], x, y) end
    local spec = {name = o[1], inPlace = true}
    eachLayout(spec, o[3], {X, Y}, function(x, y) return {x, y} end, want)
    spec.alias = true
    eachLayout(spec, o[3], {X}, function(x) return {x, x} end, function(x) return want(x, x) end)
  end
  for name, sign in pairs {add = 1, csub = -1} do
    for factor, types in pairs {[3] = ALL, [-2] = ALL, [0.25] = REAL} do
      eachLayout({name = name, inPlace = true}, types, {X, Y},
        function(x, y) return {x, factor, y} end, function(x, y)
          return mapped(function(a, b) return a + sign * factor * b end, x, y)
        end)
    end
  end
  for _, type in ipairs(ALL) do -- the result is the second operand
    for _, layout in ipairs(laidOut(type, Y)) do
      local x, y = torch[type .. 'Tensor'](X), layout[1]
      test.check(rawequal(torch.csub(y, x, y), y))
      same(type, y, storedAll(type, mapped(function(a, b) return a - b end, X, Y)), 'onto y')
    end
  end
end)

test.case('functions of three tensors', function()
  local of = {addcmul = function(x, v, y, z) return x + v * y * z end,
              addcdiv = function(x, v, y, z) return x + quotient(v * y, z) end}
  for name, f in pairs(of) do
    eachLayout({name = name, inPlace = true}, ALL, {X, Y, Z},
      function(x, y, z) return {x, y, z} end,
      function(...) return mapped(function(x, y, z) return f(x, 1, y, z) end, ...) end)
    eachLayout({name = name, inPlace = true}, ALL, {X, Y, Z},
      function(x, y, z) return {x, 6, y, z} end,
      function(...) return mapped(function(x, y, z) return f(x, 6, y, z) end, ...) end)
  end
  eachLayout({name = 'lerp', inPlace = true}, REAL, {X, Y}, function(x, y) return {x, y, 0.25} end,
    function(...) return mapped(function(x, y) return x + 0.25 * (y - x) end, ...) end)
end)

test.case('comparisons', function()
  local of = {lt = function(a, b) return a < b end, le = function(a, b) return a <= b end,
              gt = function(a, b) return a > b end, ge = function(a, b) return a >= b end,
              eq = function(a, b) return a == b end, ne = function(a, b) return a ~= b end}
  for name, holds in pairs(of) do
    local function one(a, b) return holds(a, b) and 1 or 0 end
    eachLayout({name = name, result = 'Byte'}, ALL, {X, Y}, function(x, y) return {x, y} end,
      function(...) return mapped(one, ...) end)
    eachLayout({name = name, result = 'Byte'}, ALL, {X}, function(x) return {x, 3} end,
      function(x) return mapped(function(v) return one(v, 3) end, x) end)
  end
end)

test.case('operators', function()
  for _, type in ipairs(ALL) do
    for i = 1, 4 do
      local x, y = laidOut(type, X)[i][1], laidOut(type, Y)[i % 4 + 1][1]
      local function check(got, f)
        same(type, got, storedAll(type, mapped(f, values(x), values(y))), 'operator')
      end
      check(x + y, function(a, b) return a + b end)
      check(x - y, function(a, b) return a - b end)
      check(x / y, quotient)
      check(-x, function(a) return -a end)
      check(x + 2, function(a) return a + 2 end)
      check(2 + x, function(a) return a + 2 end)
      check(x - 2, function(a) return a - 2 end)
      check(9 - x, function(a) return 9 - a end)
      check(x * 2, function(a) return a * 2 end)
      check(2 * x, function(a) return a * 2 end)
      check(x / 2, function(a) return quotient(a, 2) end)
      check(12 / x, function(a) return quotient(12, a) end)
      test.equal(x[1] * y[1], stored(BITS[type] and 'Long' or 'Double', 1 * 2 + 5 + 2 * 3 + 4 * 2))
    end
  end
end)

-- ---- reductions ----

-- f of each line along dimension dim of a list of rows, as a matrix with one row or one column.
local function along(list, dim, f)
  local result = {}
  if dim == 2 then
    for i, row in ipairs(list) do result[i] = {f(row)} end
    return result
  end
  result[1] = {}
  for j = 1, #list[1] do
    local column = {}
    for i = 1, #list do column[i] = list[i][j] end
    result[1][j] = f(column)
  end
  return result
end

local function flat(list)
  local all = {}
  for _, row in ipairs(list) do for _, v in ipairs(row) do all[#all + 1] = v end end
  return all
end

local function product(list)
  local result = 1
  for _, v in ipairs(list) do result = result * v end
  return result
end

local function mean(list) return sum(list) / #list end

local function variance(list, biased)
  local m = mean(list)
  return sum(list, function(v) return (v - m) ^ 2 end) / (#list - (biased and 0 or 1))
end

local function power(p)
  return function(list) return sum(list, function(v) return math.abs(v) ^ p end) ^ (1 / p) end
end

local function sorted(list, descending)
  local places = {}
  for i = 1, #list do places[i] = i end
  table.sort(places, function(a, b)
    local x, y = list[a], list[b]
    if x == y then return a < b end
    if descending then return x > y end
    return x < y
  end)
  local ordered = {}
  for i, place in ipairs(places) do ordered[i] = list[place] end
  return ordered, places
end

test.case('reductions', function()
  local of = {
    {'sum', {}, sum, ALL}, {'prod', {}, product, ALL}, {'mean', {}, mean, REAL},
    {'var', {}, variance, REAL}, {'std', {}, function(l) return variance(l) ^ 0.5 end, REAL},
    {'var', {true}, function(l) return variance(l, true) end, REAL},
    {'norm', {2}, power(2), REAL, true}, {'norm', {1}, power(1), REAL, true},
    {'norm', {3}, power(3), REAL, true}}
  for _, o in ipairs(of) do
    local name, extra, f, types, before = unpack(o)
    for dim = 1, 2 do
      eachLayout({name = name}, types, {X}, function(x)
        return before and {x, extra[1], dim} or {x, dim, unpack(extra)}
      end, function(x) return along(x, dim, f) end)
    end
    for _, type in ipairs(types) do
      for _, layout in ipairs(laidOut(type, X)) do
        local x, want = layout[1], f(flat(X))
        local arguments = before and extra or #extra > 0 and {nil, extra[1], n = 2} or {}
        local n = arguments.n or #arguments
        for _, got in ipairs {torch[name](x, unpack(arguments, 1, n)),
                              x[name](x, unpack(arguments, 1, n))} do
          test.near(got, want, 1e-5 * math.abs(want), name .. type)
          test.equal(math.type(got), BITS[type] and 'integer' or 'float', name .. type)
        end
      end
    end
  end
end)

test.case('running sums and products', function()
  for name, step in pairs {cumsum = function(a, b) return a + b end,
                           cumprod = function(a, b) return a * b end} do
    local function run(line)
      local result = {line[1]}
      for i = 2, #line do result[i] = step(result[i - 1], line[i]) end
      return result
    end
    eachLayout({name = name}, ALL, {X}, function(x) return {x, 2} end,
               function(x) return {run(x[1]), run(x[2]), run(x[3])} end)
    eachLayout({name = name}, ALL, {{1, 2, 3, 4, 5}}, function(x) return {x} end, run)
  end
end)

-- values, indices = f(x, ...) in its forms; want(line) gives both for a line of the last dimension.
local function checkPair(name, extra, want)
  local wanted = {{}, {}}
  for i, row in ipairs(X) do wanted[1][i], wanted[2][i] = want(row) end
  for _, type in ipairs(ALL) do
    for _, layout in ipairs(laidOut(type, X)) do
      local x, what = layout[1], name .. type
      local function check(value, index)
        same(type, value, storedAll(type, wanted[1]), what)
        same('Long', index, wanted[2], what .. ' places')
      end
      check(torch[name](x, unpack(extra)))
      check(x[name](x, unpack(extra)))
      for _, value in ipairs(results(type, torch[type .. 'Tensor'](wanted[1]))) do
        local index = torch.LongTensor()
        local a, b = torch[name](value, index, x, unpack(extra))
        test.check(rawequal(a, value) and rawequal(b, index), what .. ' returns its results')
        check(a, b)
        check(value[name](value, index, x, unpack(extra)))
      end
      layout[2]()
    end
  end
end

test.case('values with their places', function()
  local function at(k, descending)
    return function(line)
      local ordered, places = sorted(line, descending)
      return {ordered[k]}, {places[k]}
    end
  end
  checkPair('max', {2}, at(1, true))
  checkPair('min', {2}, at(1))
  checkPair('kthvalue', {2}, at(2))
  checkPair('kthvalue', {3, 2}, at(3))
  checkPair('median', {}, at(2))
  checkPair('sort', {}, sorted)
  checkPair('sort', {2}, sorted)
  checkPair('sort', {2, true}, function(line) return sorted(line, true) end)
  checkPair('sort', {true}, function(line) return sorted(line, true) end)
  checkPair('topk', {2, 2, true}, function(line)
    local ordered, places = sorted(line, true)
    return {ordered[1], ordered[2]}, {places[1], places[2]}
  end)
  for _, type in ipairs(ALL) do
    for _, layout in ipairs(laidOut(type, X)) do
      local x = layout[1]
      test.equal({x:max(), x:min(), torch.max(x), torch.min(x)},
                 storedAll(type, {7, 1, 7, 1}), type)
      local value, place = torch.LongTensor{2, 5, 2}:mode()
      test.equal({value, place}, {{2}, {3}})
    end
  end
end)

test.case('numbers of two tensors', function()
  for _, type in ipairs(ALL) do
    for i = 1, 4 do
      local x, y = laidOut(type, X)[i][1], laidOut(type, Y)[i % 4 + 1][1]
      local want = sum(flat(mapped(function(a, b) return a * b end, X, Y)))
      test.equal({x:dot(y), torch.dot(x, y)}, {want, want}, type)
      test.check(x:equal(x:clone()) and not x:equal(y) and torch.equal(y, y:clone()), 'equal')
      if not BITS[type] then
        local far = sum(flat(mapped(function(a, b) return (a - b) ^ 2 end, X, Y))) ^ 0.5
        test.near({torch.dist(x, y), x:dist(y)}, {far, far}, 1e-5)
      end
    end
  end
end)

