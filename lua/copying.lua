--- Copies and conversions of what scripts keep in objects: tensors, tables, modules, losses.
--
-- Both keep what is the same memory the same memory, among fields and with the engine's own tensors
-- (self.view = self.weight:view(-1)). A class's own `clone` or `type` is called for modules inside;
-- the parent's, which it calls, joins the work under way.

local core = require 'aelua.modules'

local copying = {}

local isReal = {['torch.FloatTensor'] = true, ['torch.DoubleTensor'] = true}

-- ---- tensors ----

-- Work on tensors: seen = originals to results, tables, modules and storages too; views = storages
-- of which one view was met, to that view; type = what Float and Double tensors become; changes =
-- fields that were converted, in their order.
local function newWork(type) return {seen = {}, views = {}, type = type, changes = {}} end

local function resultType(work, tensor)
  return work.type and isReal[tensor:type()] and work.type or tensor:type()
end

local function converted(work, tensor)
  local kind = resultType(work, tensor)
  if kind == tensor:type() then return tensor:clone() end
  return tensor:type(kind)
end

-- The result's storage for that of a tensor, with all its elements.
local function wholeStorage(work, tensor)
  local storage = tensor:storage()
  if not work.seen[storage] then
    local class = require 'torch'[tensor:type():match('%.(.+)')]
    work.seen[storage] = converted(work, class(storage)):storage()
  end
  return work.seen[storage]
end

local function place(result, tensor, storage)
  return result:set(storage, tensor:storageOffset(), tensor:size(), tensor:stride())
end

-- A tensor's counterpart. The first view of a storage takes along no more than its elements; when
-- there is a second one both are put on a copy of the storage.
local function copyTensor(work, tensor)
  local result = converted(work, tensor)
  work.seen[tensor] = result
  if tensor:dim() == 0 then return result end
  local storage = tensor:storage()
  local first = work.views[storage]
  if not work.seen[storage] and not first then
    work.views[storage] = tensor
    return result
  end
  local whole = wholeStorage(work, tensor)
  if first then
    place(work.seen[first], first, whole)
    work.views[storage] = nil
  end
  return place(result, tensor, whole)
end

-- Notes the counterparts of a module's tensors: of {name = tensor} before, in the module that has
-- them now. Outputs and scratch begin anew, so that their storages have none.
local function noteTensors(work, before, after)
  for name, tensor in pairs(before) do
    local now = after[name]
    if now and now ~= tensor then
      work.seen[tensor] = now
      local same = tensor:dim() > 0 and now:dim() == tensor:dim()
        and now:storage():size() == tensor:storage():size()
      if same then work.seen[tensor:storage()] = now:storage() end
    end
  end
end

-- ---- copies ----

local copying_now -- the work under way

-- Pairs everything in a tree with its counterpart in the engine's copy, and gives the copies their
-- classes. order: list of the originals, in which their fields are to be copied.
local function pair(work, from, to, order)
  if work.seen[from] then return end
  work.seen[from] = to
  order[#order + 1] = from
  core.class(to, core.class(from))
  core.override(to)
  noteTensors(work, core.tensors(from), core.tensors(to))
  local inner = core.methods.children(to) or {}
  for i, child in ipairs(core.methods.children(from) or {}) do
    pair(work, child, inner[i], order)
  end
end

local copyValue

local function copyFields(work, from)
  local to = work.seen[from]
  local fields = core.fields(to)
  for key, value in pairs(core.fields(from)) do
    fields[copyValue(work, key)] = copyValue(work, value)
  end
  core.override(to)
end

-- Calls the clone that classes of modules inside have of their own. What it returns takes the
-- copy's place, if it is another one.
local function cloneInside(work, from, parent)
  local to = work.seen[from]
  for i, child in ipairs(core.methods.children(from) or {}) do
    if child.clone ~= parent.clone then
      local copy = child:clone()
      if copy ~= work.seen[child] then to:replaceChild(i, copy) end
    else
      cloneInside(work, child, parent)
    end
  end
end

local function copyModule(work, module)
  local copy, order = core.methods.copy(module), {}
  pair(work, module, copy, order)
  for _, from in ipairs(order) do copyFields(work, from) end
  cloneInside(work, module, core.nn.Module)
  return copy
end

local function copyTable(work, from)
  local copy = {}
  work.seen[from] = copy
  for key, value in pairs(from) do copy[copyValue(work, key)] = copyValue(work, value) end
  return setmetatable(copy, getmetatable(from))
end

function copyValue(work, value)
  if value ~= nil and work.seen[value] then return work.seen[value] end
  local kind = core.kind(value)
  if kind == 'table' then return copyTable(work, value) end
  if kind == 'tensor' then return copyTensor(work, value) end
  local own = kind == 'module' and value.clone ~= core.nn.Module.clone
  if kind == 'module' and not own then return copyModule(work, value) end
  if own or kind == 'criterion' then
    work.seen[value] = value:clone()
    return work.seen[value]
  end
  return value
end

local function copyAs(work, f, ...)
  copying_now = work
  return f(work, ...)
end

-- Runs f(work, ...) as part of the work under way, or as new work.
local function during(work, f, ...)
  local outer = copying_now
  local ok, result = pcall(copyAs, work, f, ...)
  copying_now = outer
  if not ok then error(result, 0) end
  return result
end

--- A deep copy: what is met twice is copied once. Functions and foreign userdata are kept.
-- @param value anything
-- @param[opt] seen table of originals to copies that are there already
function copying.copy(value, seen)
  local work = newWork()
  work.seen = seen or work.seen
  return during(work, copyValue, value)
end

--- nn.Module.clone: of a module inside one that is being copied, the copy that is made there.
function copying.module(module)
  if copying_now and copying_now.seen[module] then return copying_now.seen[module] end
  return during(newWork(), copyModule, module)
end

-- ---- conversions ----

local converting -- the work under way

local convertFields

local function convertValue(work, value)
  local kind = core.kind(value)
  if kind == 'tensor' then
    if work.seen[value] then return work.seen[value] end
    if not isReal[value:type()] or value:type() == work.type then return value end
    return copyTensor(work, value)
  end
  if kind == 'table' then
    convertFields(work, value)
  elseif kind == 'module' and not work.seen[value] then
    value:type(work.type)
  elseif kind == 'criterion' then
    value:type(work.type)
  end
  return value
end

-- What a field was is noted, for `takeBack`.
function convertFields(work, fields)
  if work.seen[fields] then return end
  work.seen[fields] = true
  for key, value in pairs(fields) do
    local new = convertValue(work, value)
    if new ~= value then
      table.insert(work.changes, {fields = fields, key = key, value = value})
      fields[key] = new
    end
  end
end

-- Undoes the changes of fields from the n-th on; without new memory, of which there may be none.
local function takeBack(changes, n)
  for i = #changes, n, -1 do
    local change = changes[i]
    change.fields[change.key] = change.value
    changes[i] = nil
  end
end

-- Calls visit for a module and those inside that do not convert themselves, but for what is inside
-- one that visit returns false for.
local function eachPlain(module, parent, visit)
  if not visit(module) then return end
  for _, child in ipairs(core.methods.children(module) or {}) do
    local own = child.type ~= parent.type or child.float ~= parent.float
      or child.double ~= parent.double
    if not own then eachPlain(child, parent, visit) end
  end
end

local function convertTree(work, module)
  local parent, list, before = core.nn.Module, {}, {}
  eachPlain(module, parent, function(m)
    if work.seen[m] then return false end
    work.seen[m] = true
    list[#list + 1] = m
    before[m] = core.tensors(m)
    return true
  end)
  core.methods.setType(module, work.type, function()
    for _, m in ipairs(list) do noteTensors(work, before[m], core.tensors(m)) end
    for _, m in ipairs(list) do convertFields(work, core.fields(m)) end
  end)
end

local function convertAs(work, f, ...)
  converting = work
  f(work, ...)
end

-- Runs f as part of the conversion to a type that is under way, or as a new one. When it fails the
-- fields are as they were.
local function duringConversion(name, f, ...)
  local outer = converting
  local work = outer and outer.type == name and outer or newWork(name)
  local before = #work.changes
  local ok, message = pcall(convertAs, work, f, ...)
  converting = outer
  if ok then return end
  takeBack(work.changes, before + 1)
  error(message, 0) -- the method that was called adds the place
end

--- Converts the Float and Double tensors in a loss's fields, and what the fields hold. When it
-- fails, they are as they were.
-- @param fields table, changed in place
-- @param name "torch.DoubleTensor"
-- @param owner what the fields belong to
-- @param[opt] engine function(owner, name) that converts the rest, or fails and changes nothing
function copying.convert(fields, name, owner, engine)
  duringConversion(name, function(work)
    if owner ~= fields then work.seen[owner] = true end
    convertFields(work, fields)
    if engine then engine(owner, name) end
  end)
end

--- Converts a module, everything inside it, and what their fields hold; or fails and all is as it
-- was, but for losses in fields and for what a class's own `type` has done.
function copying.convertModule(module, name)
  local ok, type = pcall(core.typeNamed, name)
  if not ok then error(type, 0) end
  duringConversion(type, convertTree, module)
end

return copying
