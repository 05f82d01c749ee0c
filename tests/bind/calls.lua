-- What the tests of call forms share: every function of tensors is called in each of Torch's forms,
-- for every type it is defined for, on contiguous and strided operands, and compared with plain
-- loops over single elements:
--
--     torch.f(x, ...)      torch.f(res, x, ...)      x:f(...)      res:f(x, ...)
--
-- forms*.lua beside this file hold the tables.
local test = require 'harness'

local REAL, ALL = {'Float', 'Double'}, {'Float', 'Double', 'Long', 'Byte', 'Char', 'Short', 'Int'}
local BITS = {Long = 64, Byte = 8, Char = 8, Short = 16, Int = 32}
local unpack = table.unpack

-- ---- elements ----

-- The elements as nested tables, each read by its place.
local function values(t)
  local list = {}
  if t:dim() == 0 then return list end
  for i = 1, t:size(1) do
    if t:dim() == 1 then
      list[i] = t[i]
    else
      list[i] = values(t[i])
    end
  end
  return list
end

-- What a type stores of a number: integers are cut off and wrap around.
local function stored(type, v)
  local bits = BITS[type]
  if not bits then return v + 0.0 end
  v = math.type(v) == 'integer' and v or math.tointeger(v < 0 and math.ceil(v) or math.floor(v))
  if bits == 64 then return v end
  v = v & (1 << bits) - 1
  return type ~= 'Byte' and v >= 1 << (bits - 1) and v - (1 << bits) or v
end

local function mapped(f, a, ...)
  if type(a) ~= 'table' then return f(a, ...) end
  local list, others = {}, {...}
  for i = 1, #a do
    local parts = {}
    for k, other in ipairs(others) do parts[k] = other[i] end
    list[i] = mapped(f, a[i], unpack(parts))
  end
  return list
end

local function storedAll(type, list) return mapped(function(v) return stored(type, v) end, list) end

-- ---- layouts ----

local MARGIN = 77

-- Tensors with these elements (rank 1 or 2): contiguous, turned, every second one, a window; each
-- with a function that fails when anything beside the elements was changed.
local function laidOut(type, list)
  local class, none = torch[type .. 'Tensor'], function() end
  local plain = class(list)
  local n = plain:dim()
  local turned = n == 2 and plain:t():clone():t() or plain:clone()
  local wide = class(plain:size(1) * 2, n == 2 and plain:size(2) or 1):fill(MARGIN)
  local spaced = n == 2 and wide or wide:select(2, 1)
  local every = n == 2 and wide:unfold(1, 1, 2):select(3, 1) or spaced:unfold(1, 1, 2):select(2, 1)
  every:copy(plain)
  local frame = class(plain:size(1) + 2, n == 2 and plain:size(2) + 3 or 1):fill(MARGIN)
  local window = frame:narrow(1, 2, plain:size(1))
  window = n == 2 and window:narrow(2, 3, plain:size(2)) or window:select(2, 1)
  window:copy(plain)
  local function untouched(base, inside)
    return function()
      local marks = 0
      for i = 1, base:size(1) do
        for j = 1, base:size(2) do marks = marks + (base[i][j] == MARGIN and 1 or 0) end
      end
      test.equal(marks, base:nElement() - inside:nElement(), 'elements beside the tensor')
    end
  end
  return {{plain, none}, {turned, none}, {every, untouched(wide, every)},
          {window, untouched(frame, window)}}
end

-- Results to be overwritten: of no size, of another, contiguous, strided.
local function results(type, like)
  local class = torch[type .. 'Tensor']
  local list = {class(), class(7):fill(3)}
  if like:dim() > 0 then list[3] = class():resizeAs(like):fill(5) end
  if like:dim() == 2 then list[4] = class(like:size(2), like:size(1)):fill(5):t() end
  return list
end

-- ---- forms ----

local function same(type, got, want, what)
  test.check(torch.isTensor(got), what .. ' is a tensor')
  test.equal(got:type(), 'torch.' .. type .. 'Tensor', what)
  if BITS[type] then
    test.equal(values(got), want, what)
  else
    local limit = type == 'Float' and 2e-5 or 1e-11
    test.near(values(got), want, limit, what)
  end
end

-- Checks one call in its forms. args begin with a tensor; want: its nested elements.
-- spec: {name =, type = the operands', result = the result's type, inPlace =, alias = whether an
-- operand occurs twice}
local function checkForms(spec, args, want)
  local f, result, what = torch[spec.name], spec.result or spec.type, spec.name .. spec.type
  local kept = {}
  for i, a in ipairs(args) do kept[i] = torch.isTensor(a) and a:clone() end
  local function unchanged(from)
    for i = from, #args do
      if kept[i] then test.equal(args[i], kept[i], what .. ': argument ' .. i) end
    end
  end
  local new = f(unpack(args))
  same(result, new, want, what .. ' new')
  for i, res in ipairs(results(result, new)) do
    test.check(rawequal(f(res, unpack(args)), res), what .. ' returns its result')
    same(result, res, want, what .. ' result ' .. i)
  end
  local res = torch[result .. 'Tensor']()
  test.check(rawequal(res[spec.name](res, unpack(args)), res), what .. ' method with a result')
  same(result, res, want, what .. ' method with a result')
  unchanged(1)
  local own = args[1][spec.name](unpack(args))
  same(result, own, want, what .. ' method')
  test.equal(rawequal(own, args[1]), spec.inPlace or false, what .. ' is in place')
  if not spec.alias then unchanged(spec.inPlace and 2 or 1) end
end

-- Runs checkForms for each type and layout; operands: lists of elements, arguments(x, y, ...)
-- gives those of the call, f(a, b, ...) the elements of the result.
local function eachLayout(spec, types, operands, arguments, f)
  for _, type in ipairs(types) do
    local lists = {}
    for k, list in ipairs(operands) do
      lists[k] = storedAll(type, list)
    end
    local want = f(unpack(lists))
    if not spec.result then want = storedAll(type, want) end
    for i = 1, 4 do
      local tensors, checks = {}, {}
      for k = 1, #operands do
        local one = laidOut(type, lists[k])[(i + k - 2) % 4 + 1]
        tensors[k], checks[k] = one[1], one[2]
      end
      checkForms({name = spec.name, type = type, result = spec.result, inPlace = spec.inPlace,
                  alias = spec.alias}, arguments(unpack(tensors)), want)
      for _, check in ipairs(checks) do check() end
    end
  end
end

local calls = {REAL = REAL, ALL = ALL, BITS = BITS, values = values, stored = stored,
  storedAll = storedAll, mapped = mapped, laidOut = laidOut, results = results, same = same,
  checkForms = checkForms, eachLayout = eachLayout}

-- Operands of one size, small enough for every type.
calls.X = {{1, 5, 2, 4}, {3, 1, 7, 2}, {6, 2, 3, 5}}
calls.Y = {{2, 1, 3, 2}, {1, 4, 2, 3}, {5, 2, 1, 1}}
calls.Z = {{3, 2, 1, 4}, {2, 2, 5, 1}, {1, 3, 2, 2}}

--- The sum of a list, of f of each element when given.
function calls.sum(list, f)
  local total = 0
  for _, v in ipairs(list) do total = total + (f and f(v) or v) end
  return total
end

-- A function that is wrong in one of its forms, by which(is method, has result).
local function wrongIn(which)
  local metatable = debug.getregistry()['torch.Tensor']
  local whole = {torch.abs, metatable.abs}
  local function planted(method)
    return function(...)
      local result = whole[method and 2 or 1](...)
      if which(method, select('#', ...) == 2) then result[{1, 1}] = 50 end
      return result
    end
  end
  torch.abs, metatable.abs = planted(false), planted(true)
  local ok = pcall(eachLayout, {name = 'abs', inPlace = true}, {'Int'}, {calls.X},
    function(x) return {x} end, function(x) return mapped(math.abs, x) end)
  torch.abs, metatable.abs = whole[1], whole[2]
  return not ok
end

test.case('a planted mistake is found in every form', function()
  for form = 0, 3 do
    local method, given = form % 2 == 1, form >= 2
    test.check(wrongIn(function(m, g) return m == method and g == given end), 'a mistake is found')
  end
  test.check(not wrongIn(function() return false end), 'no mistake is found where there is none')
end)

return calls
