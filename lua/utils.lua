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

local function convert(value, name, depth)
  local kind = core.kind(value)
  if torch.isTensor(value) or kind == 'module' or kind == 'criterion' then
    return value:type(name)
  elseif type(value) == 'table' then
    depth = deeper('recursiveType', depth)
    for key, inner in pairs(value) do value[key] = convert(inner, name, depth) end
  end
  return value
end

--- Converts tensors, modules and losses; tables keep their identity.
-- @param value any value; what has no type stays as it is
-- @param name "torch.DoubleTensor"
-- @return the converted value
function utils.recursiveType(value, name) return convert(value, name, 0) end

-- Gives a the form of b, one call of f(tensor of a, tensor of b) each; returns a.
local function follow(name, a, b, f, depth)
  if torch.isTensor(b) then
    a = torch.isTensor(a) and a or b.new()
    f(a:resize(b:size()), b)
    return a
  elseif type(b) ~= 'table' then
    wrong(name, b)
  end
  depth = deeper(name, depth or 0)
  a = type(a) == 'table' and a or {a}
  for key, inner in pairs(b) do a[key] = follow(name, a[key], inner, f, depth) end
  for key in pairs(a) do
    if b[key] == nil then a[key] = nil end
  end
  return a
end

--- Gives a the sizes of b, making what is missing.
-- @return a (a new one where it was not of b's kind), b
function utils.recursiveResizeAs(a, b)
  return follow('recursiveResizeAs', a, b, function() end), b
end

--- Copies b to a, with its sizes.
-- @return a (a new one where it was not of b's kind), b
function utils.recursiveCopy(a, b)
  return follow('recursiveCopy', a, b, function(to, from) to:copy(from) end), b
end

local function fill(value, number, depth)
  if torch.isTensor(value) then
    value:fill(number)
  elseif type(value) == 'table' then
    depth = deeper('recursiveFill', depth)
    for _, inner in pairs(value) do fill(inner, number, depth) end
  else
    wrong('recursiveFill', value)
  end
end

--- Fills every tensor with a number.
function utils.recursiveFill(value, number) fill(value, number, 0) end

-- Calls f(tensor of a, tensor of b) for each two in the same place.
local function eachPair(a, b, f, depth)
  if torch.isTensor(a) and torch.isTensor(b) then
    f(a, b)
  elseif type(a) == 'table' and type(b) == 'table' then
    depth = deeper('recursiveAdd', depth)
    for key, inner in pairs(b) do eachPair(a[key], inner, f, depth) end
  else
    wrong('recursiveAdd', torch.isTensor(a) and b or a)
  end
end

local function checkSum(a, b)
  if a:type() == b:type() and a:nElement() == b:nElement() then return end
  error(('nn.utils.recursiveAdd: a %s of %d elements and a %s of %d'):format(a:type(), a:nElement(),
    b:type(), b:nElement()), 0)
end

--- a = a + factor * b; all of a changes, or nothing.
-- @param a tensor or table
-- @param[opt=1] factor number
-- @param b of the same form
-- @return a, b
function utils.recursiveAdd(a, factor, b)
  if b == nil then factor, b = 1, factor end
  eachPair(a, b, checkSum, 0)
  eachPair(a, b, function(to, from) to:add(factor, from) end, 0)
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
