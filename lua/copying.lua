--- Copies and conversions of what scripts keep in objects: tensors, tables, modules, losses.

local core = require 'aelua.modules'

local copying = {}

local isReal = {['torch.FloatTensor'] = true, ['torch.DoubleTensor'] = true}

-- Pairs everything in a tree with its counterpart in the engine's copy, and gives the copies their
-- classes. order: list of the originals, in which their fields are to be copied.
local function pair(from, to, seen, order)
  if seen[from] then return end
  seen[from] = to
  order[#order + 1] = from
  local class = core.class(from)
  core.class(to, class)
  if class.__lua or class.__overridden then core.override(to) end
  local inner = core.methods.children(to) or {}
  for i, child in ipairs(core.methods.children(from) or {}) do
    pair(child, inner[i], seen, order)
  end
end

-- Fields that hold a parameter of the tree shall hold the copy's.
local function pairParameters(from, to, seen)
  local values, grads = core.methods.parameters(from)
  local copies, copiedGrads = core.methods.parameters(to)
  for i, value in ipairs(values) do
    seen[value], seen[grads[i]] = copies[i], copiedGrads[i]
  end
end

local function copyModule(module, seen)
  local copy, order = core.methods.copy(module), {}
  pair(module, copy, seen, order)
  pairParameters(module, copy, seen)
  for _, from in ipairs(order) do
    local fields = core.fields(seen[from])
    for key, value in pairs(core.fields(from)) do fields[key] = copying.copy(value, seen) end
  end
  return copy
end

local function copyTable(from, seen)
  local copy = {}
  seen[from] = copy
  for key, value in pairs(from) do copy[copying.copy(key, seen)] = copying.copy(value, seen) end
  return setmetatable(copy, getmetatable(from))
end

--- A deep copy: what is met twice is copied once. Functions and foreign userdata are kept.
-- @param value anything
-- @param seen table of originals to copies
function copying.copy(value, seen)
  if seen[value] then return seen[value] end
  local kind = core.kind(value)
  if kind == 'module' then return copyModule(value, seen) end
  if kind == 'table' then return copyTable(value, seen) end
  if kind == 'tensor' or kind == 'criterion' then
    seen[value] = value:clone()
    return seen[value]
  end
  return value
end

--- Converts the Float and Double tensors in a module's or loss's fields, and what the fields hold.
-- @param fields table, changed in place
-- @param name "torch.DoubleTensor"
-- @param seen set of the tables and modules already done
function copying.convert(fields, name, seen)
  if seen[fields] then return end
  seen[fields] = true
  for key, value in pairs(fields) do
    local kind = core.kind(value)
    if kind == 'tensor' and isReal[value:type()] then
      fields[key] = value:type(name)
    elseif kind == 'table' then
      copying.convert(value, name, seen)
    elseif kind == 'module' then
      copying.convertModule(value, name, seen)
    elseif kind == 'criterion' then
      value:type(name)
    end
  end
end

--- Converts a module, everything inside it, and what their fields hold.
function copying.convertModule(module, name, seen)
  if seen[module] then return end
  local ok, message = pcall(core.methods.setType, module, name)
  if not ok then error(message, 0) end -- the method that was called adds the place
  local function visit(m)
    if seen[m] then return end
    seen[m] = true
    copying.convert(core.fields(m), name, seen)
    for _, child in ipairs(core.methods.children(m) or {}) do visit(child) end
  end
  visit(module)
end

return copying
