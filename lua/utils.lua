--- nn.utils: what layers written for Torch7 use on tensors and on tables of them, nested to any
-- depth.

local torch = require 'torch'
local core = require 'aelua.modules'
local nn = core.nn

local utils = {}
nn.utils = utils

local function wrong(name, value)
  error(('nn.utils.%s: expected a tensor or a table of them, got %s')
    :format(name, torch.type(value)), 3)
end

local DEEPEST = 100

-- A table that holds itself has no end.
local function deeper(name, depth)
  if depth < DEEPEST then return depth + 1 end
  error(('nn.utils.%s: the table holds tables more than %d deep inside'):format(name, DEEPEST), 0)
end

local function convertsItself(value)
  local kind = core.kind(value)
  return kind == 'module' or kind == 'criterion'
end

-- Collects what a table and those in it hold, {table, key, value}: tensors already converted, and
-- apart from them what converts itself.
local function collect(value, name, depth, tensors, others)
  depth = deeper('recursiveType', depth)
  for key, inner in pairs(value) do
    if torch.isTensor(inner) then
      table.insert(tensors, {value, key, inner:type(name)})
    elseif convertsItself(inner) then
      table.insert(others, {value, key, inner})
    elseif type(inner) == 'table' then
      collect(inner, name, depth, tensors, others)
    end
  end
end

--- Converts tensors, modules and losses; tables keep their identity, and their tensors when one of
-- these cannot be converted.
-- @param value any value; what has no type stays as it is
-- @param name "torch.DoubleTensor"
-- @return the converted value
function utils.recursiveType(value, name)
  if torch.isTensor(value) or convertsItself(value) then return value:type(name) end
  if type(value) ~= 'table' then return value end
  local tensors, others = {}, {}
  collect(value, name, 0, tensors, others)
  for _, entry in ipairs(others) do entry[3] = entry[3]:type(name) end
  for _, list in ipairs {others, tensors} do
    for _, entry in ipairs(list) do entry[1][entry[2]] = entry[3] end
  end
  return value
end

-- Raises unless a value is a tensor or a table of them: before anything is changed.
local function check(name, value, depth)
  if torch.isTensor(value) then return end
  if type(value) ~= 'table' then wrong(name, value) end
  depth = deeper(name, depth)
  for _, inner in pairs(value) do check(name, inner, depth) end
end

-- Gives a the form of b, which was checked, by a call of f(tensor of a, tensor of b) for each;
-- returns a.
local function follow(a, b, f)
  if torch.isTensor(b) then
    a = torch.isTensor(a) and a or b.new()
    f(a:resize(b:size()), b)
    return a
  end
  a = type(a) == 'table' and a or {a}
  for key, inner in pairs(b) do a[key] = follow(a[key], inner, f) end
  for key in pairs(a) do
    if b[key] == nil then a[key] = nil end
  end
  return a
end

--- Gives a the sizes of b, making what is missing.
-- @return a (a new one where it was not of b's kind), b
function utils.recursiveResizeAs(a, b)
  check('recursiveResizeAs', b, 0)
  return follow(a, b, function() end), b
end

--- Copies b to a, with its sizes.
-- @return a (a new one where it was not of b's kind), b
function utils.recursiveCopy(a, b)
  check('recursiveCopy', b, 0)
  return follow(a, b, function(to, from) to:copy(from) end), b
end

local function fill(value, number)
  if torch.isTensor(value) then return value:fill(number) end
  for _, inner in pairs(value) do fill(inner, number) end
end

--- Fills every tensor with a number.
function utils.recursiveFill(value, number)
  check('recursiveFill', value, 0)
  fill(value, number)
end

-- Calls f(tensor of a, tensor of b) for each of b.
local function together(a, b, f, depth)
  if torch.isTensor(a) and torch.isTensor(b) then
    f(a, b)
  elseif type(a) == 'table' and type(b) == 'table' then
    depth = deeper('recursiveAdd', depth)
    for key, inner in pairs(b) do together(a[key], inner, f, depth) end
  else
    wrong('recursiveAdd', torch.isTensor(a) and b or a)
  end
end

local function checkSum(a, b)
  if a:type() == b:type() and a:nElement() == b:nElement() then return end
  error(('nn.utils.recursiveAdd: a %s of %d elements and a %s of %d'):format(a:type(), a:nElement(),
    b:type(), b:nElement()), 0)
end

--- a = a + factor * b.
-- @param a tensor or table
-- @param[opt=1] factor number
-- @param b of the same form
-- @return a, b
function utils.recursiveAdd(a, factor, b)
  if b == nil then factor, b = 1, factor end
  together(a, b, checkSum, 0)
  together(a, b, function(sum, tensor) sum:add(factor, tensor) end, 0)
  return a, b
end

--- The tensor with one more dimension of size 1: (A,B) and 2 give (A,1,B).
-- @param ... [view,] tensor [, dim = 1]: the view given becomes the result
function utils.addSingletonDimension(...)
  local view, tensor, dim = ...
  if not torch.isTensor(tensor) then view, tensor, dim = nil, ... end
  if not torch.isTensor(tensor) then wrong('addSingletonDimension', tensor) end
  local longer = tensor:unsqueeze(dim or 1)
  return view and view:set(longer) or longer
end

--- input:view(...), by way of a copy in output when input is not contiguous.
-- @param output tensor or nil
-- @return output, or a new tensor
function utils.contiguousView(output, input, ...)
  output = output or input.new()
  if input:isContiguous() then return output:view(input, ...) end
  output:resize(input:size()):copy(input)
  return output:view(output, ...)
end

--- Empties fields of a module: tensors become empty, tables {}, others nil.
-- @param module module or table
-- @param ... names, or one list of names
-- @return module
function utils.clear(module, ...)
  local names = type(...) == 'table' and (...) or {...}
  for _, name in ipairs(names) do
    local value = module[name]
    if torch.isTensor(value) then
      value:set()
    elseif type(value) == 'table' then
      module[name] = {}
    elseif value ~= nil then
      module[name] = nil
    end
  end
  return module
end

return utils
