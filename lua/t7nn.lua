--- Networks, losses and instances of classes as tables of fields, as Torch7's files have them.
--
-- Torch7 keeps a layer as its class's name and a table: weight, bias, gradWeight, gradBias, train,
-- _type, what it was made with, and the children in `modules`. decode makes the engine's layer of
-- that, encode the reverse. Nothing of a file is executed: a layer is made by the engine's own
-- constructor, with options that it checks.

local core, reference = require 'aelua.modules', require 'aelua.reference'
local torch, nn = require 'torch', core.nn
local t7names = require 'aelua.lua.t7names'
local inward, outward = t7names.inward, t7names.outward

local nets = {}

local layers, losses = {}, {}
for _, layer in ipairs(reference.layers) do layers['nn.' .. layer.name] = layer end
for _, loss in ipairs(reference.losses) do losses['nn.' .. loss.name] = loss end

-- What Torch7 keeps in modules and the engine has no use for.
local scratch = {output = true, gradInput = true, _type = true, train = true, modules = true,
  size = true, numElements = true, nelement = true, batchsize = true, v2 = true, aelua = true,
  gradWeight = true, gradBias = true, weight = true, bias = true, permutations = true,
  running_std = true, padding = true}

-- ---- options ----

local kindOf = {
  boolean = function(value)
    if torch.isTensor(value) then return true end
    if type(value) == 'boolean' then return value end
  end,
  sizes = function(value)
    if torch.isStorage(value) then return value:totable() end
    if type(value) == 'table' then return value end
  end,
  tensor = function(value) return torch.isTensor(value) and value or nil end,
  integer = function(value) return math.type(value) and value or nil end,
  number = function(value) return math.type(value) and value or nil end,
}

-- Whether the option says that there is a parameter of its name: nn.Linear's bias.
local function isSwitch(descriptor, option)
  for _, parameter in ipairs(descriptor.parameters or {}) do
    if parameter.name == option.name then return true end
  end
  return false
end

-- What the constructor is called with, or no value when nothing is said.
local function optionsOf(name, descriptor, fields)
  local options, other = {}, {}
  if inward[name] then
    local ok, result = pcall(inward[name], fields)
    if not ok then error(('%s: %s'):format(name, tostring(result)), 0) end
    other = result
  end
  for _, option in ipairs(descriptor.options) do
    local key = option.name
    local value
    if isSwitch(descriptor, option) then
      value = torch.isTensor(fields[key])
    else
      value = kindOf[option.kind](other[key])
      if value == nil then value = kindOf[option.kind](fields[key]) end
    end
    if value == nil and option.required then
      error(('%s: the file does not say its %s'):format(name, key), 0)
    end
    options[key] = value
  end
  if next(options) ~= nil then return options end
end

-- ---- layers ----

local function sizeText(tensor) return table.concat(tensor:size():totable(), 'x') end

-- The tensor as the module holds it: of its type, with the same sizes or as many elements. It stays
-- the same memory where nothing has to be converted.
local function fitting(name, slot, value, existing)
  if value:type() ~= existing:type() then value = value:type(existing:type()) end
  if value:isSameSizeAs(existing) then return value end
  if value:nElement() == existing:nElement() and value:nElement() > 0 then
    return value:contiguous():view(existing:size())
  end
  error(('%s: its %s is %s in the file, want %s'):format(name, slot, sizeText(value),
    sizeText(existing)), 0)
end

-- optional: a gradient, which may be missing or empty.
local function setTensor(module, name, slot, value, optional)
  local existing = module[slot]
  if not torch.isTensor(existing) then return end
  if optional and (not torch.isTensor(value) or value:nElement() ~= existing:nElement()) then
    return
  end
  if not torch.isTensor(value) then error(('%s: the file has no %s'):format(name, slot), 0) end
  module[slot] = fitting(name, slot, value, existing)
end

local function realType(fields)
  local name = fields._type
  if name == nil and torch.isTensor(fields.weight) then name = fields.weight:type() end
  if name == 'torch.CudaDoubleTensor' then name = 'torch.DoubleTensor' end
  return name == 'torch.DoubleTensor' and name or 'torch.FloatTensor'
end

local function addChildren(module, name, fields)
  local names = type(fields.aelua) == 'table' and fields.aelua.names or {}
  if type(fields.modules) ~= 'table' then error(name .. ': the file has no modules', 0) end
  for i, child in ipairs(fields.modules) do
    if core.kind(child) ~= 'module' then
      error(('%s: its module %d is %s, which is no layer here'):format(name, i,
        type(child) == 'table' and child.__typename or torch.type(child)), 0)
    end
    module:add(child, type(names[i]) == 'string' and names[i] or nil)
  end
end

-- What scripts kept in the module: all of it when aelua wrote the file; else numbers, texts,
-- booleans and tables, for tensors are Torch7's scratch.
local function setFields(fields, own, taken)
  local kept = type(fields.aelua) == 'table' and fields.aelua.fields
  for key, value in pairs(fields) do
    local wanted = kept and kept[key] or not kept and not scratch[key] and not taken[key]
    if wanted and (kept or not torch.isTensor(value)) then own[key] = value end
  end
end

local function takenNames(descriptor)
  local taken = {}
  for _, list in ipairs {descriptor.options, descriptor.parameters or {}} do
    for _, entry in ipairs(list) do
      taken[entry.name] = true
      if entry.grad then taken[entry.grad] = true end
    end
  end
  for _, buffer in ipairs(descriptor.buffers or {}) do taken[buffer] = true end
  return taken
end

local function checkMemory(name, slot, value)
  if torch.isTensor(value) and value:nElement() > 0
    and value:nElement() > value:storage():size() then
    error(('%s: its %s has more elements than memory'):format(name, slot), 0)
  end
end

-- Raises unless the parameters are there, with memory for all their elements: an expanded tensor
-- may claim any size, and the layer is about to be made in that size.
local function checkParameters(name, layer, fields)
  local switches = {}
  for _, option in ipairs(layer.options) do switches[option.name] = true end
  for _, buffer in ipairs(layer.buffers) do checkMemory(name, buffer, fields[buffer]) end
  for _, p in ipairs(layer.parameters) do
    local value = fields[p.name]
    checkMemory(name, p.name, value)
    local optional = switches[p.name] or switches.affine and not fields.weight
    if not torch.isTensor(value) and not optional then
      error(('%s: the file has no %s'):format(name, p.name), 0)
    end
  end
end

-- The descriptor of the engine's layer or loss that a class is, or is made from, and its name.
local function baseOf(class, list)
  while class do
    local name = class.__typename
    if list[name] then return list[name], name end
    class = class.__parent
  end
end

-- class: written in Lua, from the layer [optional]
local function decodeLayer(name, layer, fields, class)
  checkParameters(name, layer, fields)
  local ok, module = pcall(nn[layer.name], optionsOf(name, layer, fields))
  if not ok then error(tostring(module), 0) end
  module:type(realType(fields))
  for _, p in ipairs(layer.parameters) do
    setTensor(module, name, p.name, fields[p.name])
    setTensor(module, name, p.grad, fields[p.grad], true)
  end
  for _, buffer in ipairs(layer.buffers) do setTensor(module, name, buffer, fields[buffer]) end
  if layer.container then addChildren(module, name, fields) end
  if fields.train ~= nil then module.train = fields.train and true or false end
  setFields(fields, core.fields(module), takenNames(layer))
  if class then core.class(module, class) end
  core.override(module)
  return module
end

local function encodeLayer(module, name, layer)
  local fields, kind = {aelua = {fields = {}}}, core.methods.typeName(module)
  local options = core.options(module)
  for key, value in pairs(core.fields(module)) do
    fields[key] = value
    fields.aelua.fields[key] = true
  end
  for _, option in ipairs(layer.options) do
    local value = options[option.name]
    if type(value) == 'table' then value = #value > 0 and torch.LongStorage(value) or nil end
    if not isSwitch(layer, option) then fields[option.name] = value end
  end
  for key, value in pairs(outward[name] and outward[name](options) or {}) do fields[key] = value end
  for _, p in ipairs(layer.parameters) do
    fields[p.name], fields[p.grad] = module[p.name], module[p.grad]
  end
  for _, buffer in ipairs(layer.buffers) do fields[buffer] = module[buffer] end
  fields._type, fields.train = kind, module.train
  fields.output, fields.gradInput = torch.Tensor():type(kind), torch.Tensor():type(kind)
  if layer.container then
    fields.modules, fields.aelua.names = core.methods.children(module), module:names()
  end
  return fields
end

-- ---- losses ----

local function decodeLoss(name, loss, fields, class)
  local ok, criterion = pcall(nn[loss.name], optionsOf(name, loss, fields))
  if not ok then error(tostring(criterion), 0) end
  criterion:type(realType(fields))
  setFields(fields, core.lossFields(criterion), takenNames(loss))
  if class then core.lossClass(criterion, class) end
  return criterion
end

local function encodeLoss(criterion, loss)
  local fields = {aelua = {fields = {}}, output = criterion.output,
                  _type = criterion:type(), gradInput = torch.Tensor():type(criterion:type())}
  for _, option in ipairs(loss.options) do fields[option.name] = criterion[option.name] end
  for key, value in pairs(core.lossFields(criterion)) do
    fields[key] = value
    fields.aelua.fields[key] = true
  end
  return fields
end

-- ---- modules written in Lua ----

local slots = {'weight', 'bias', 'gradWeight', 'gradBias'}

local function decodeOwn(name, fields)
  local module = nets.bare(name)
  core.methods.setType(module, realType(fields))
  for _, slot in ipairs(slots) do
    if torch.isTensor(fields[slot]) then module[slot] = fields[slot] end
  end
  if core.methods.children(module) then addChildren(module, name, fields) end
  if fields.train ~= nil then module.train = fields.train and true or false end
  setFields(fields, core.fields(module), {})
  core.override(module)
  return module
end

local function encodeOwn(module)
  local layer, base = baseOf(core.class(module), layers)
  if layer then return encodeLayer(module, base, layer) end
  local fields = {aelua = {fields = {}}, train = module.train,
                  _type = core.methods.typeName(module)}
  for _, slot in ipairs(slots) do fields[slot] = core.tensor(module, slot) end
  for key, value in pairs(core.fields(module)) do
    fields[key] = value
    fields.aelua.fields[key] = true
  end
  if core.methods.children(module) then
    fields.modules, fields.aelua.names = core.methods.children(module), module:names()
  end
  return fields
end

-- ---- the interface ----

--- Whether a class's instances are Lua tables.
function nets.isTable(name)
  local class = torch.getmetatable(name)
  return class ~= nil and type(class) == 'table' and class.__lua
    and class.__make ~= nn.Module.__make and class.__make ~= nn.Container.__make
    and type(nets.bare(name)) == 'table'
end

--- An instance of a class, without __init.
function nets.bare(name) return torch.factory(name)() end

--- The object of a class's name and fields. An unknown class gives the fields, with __typename.
function nets.decode(name, fields)
  if layers[name] then return decodeLayer(name, layers[name], fields) end
  if losses[name] then return decodeLoss(name, losses[name], fields) end
  local class = torch.factory(name) and torch.getmetatable(name)
  local layer, base = baseOf(class, layers)
  if layer then return decodeLayer(base, layer, fields, class) end
  local loss, lossName = baseOf(class, losses)
  if loss then return decodeLoss(lossName, loss, fields, class) end
  if class and (class.__make == nn.Module.__make or class.__make == nn.Container.__make) then
    return decodeOwn(name, fields)
  end
  fields.__typename = name
  return fields
end

--- The fields of a module, a loss or an instance of a class.
function nets.encode(object, name)
  local kind = core.kind(object)
  if kind == 'module' then
    if layers[name] then return encodeLayer(object, name, layers[name]) end
    return encodeOwn(object)
  end
  if kind == 'criterion' then
    return encodeLoss(object, (baseOf(core.lossClass(object), losses)))
  end
  local fields = {}
  for key, value in next, object do fields[key] = value end
  return fields
end

return nets
