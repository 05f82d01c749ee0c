--- Networks as files: weights in the safetensors format, structure as JSON beside them.
--
-- Tensors are named as PyTorch's state_dict names them (`encoder.0.weight`, [out,in]), so that
-- Python's safetensors loads the file. The metadata's `aelua.network` holds the structure: class,
-- options, children; a module that stands in several places is there once. `aelua.shared` tells
-- which tensors are the same memory. Nothing read is ever executed: a class must be one of nn's.

local torch, nn = require 'torch', require 'nn'
local file, json = require 'aelua.file', require 'json'
local core, reference = require 'aelua.modules', require 'aelua.reference'

local model = {}

local layers = {}
for _, layer in ipairs(reference.layers) do layers['nn.' .. layer.name] = layer end

local function layerOf(module, path)
  local name = torch.typename(module)
  return layers[name] or error(('save: %s is a %s, which is no layer of the engine; only those can '
    .. 'be saved as data'):format(path == '' and 'the network' or path, tostring(name)), 0)
end

-- ---- structure ----

-- Numbers that JSON lacks, as json.lua writes them.
local INFINITE = {[tostring(math.huge)] = math.huge, [tostring(-math.huge)] = -math.huge}

-- An option as JSON has it; nil when it was not given, or is no number any more.
local function optionValue(value)
  if value ~= value then return nil end
  if torch.isTensor(value) then return {tensor = value:totable()} end
  if type(value) == 'table' and #value == 0 then return nil end
  return value
end

local function joined(path, name) return path == '' and tostring(name) or path .. '.' .. name end

-- seen: modules met so far and their paths; a later place refers to the first.
local function structureOf(module, path, seen)
  if seen[module] then return {same = seen[module]} end
  seen[module] = path
  local layer = layerOf(module, path)
  local node = {class = 'nn.' .. layer.name, options = {}}
  for name, value in pairs(core.options(module)) do node.options[name] = optionValue(value) end
  if next(node.options) == nil then node.options = nil end
  if layer.container then
    node.children = {}
    for i, name in ipairs(module:names()) do
      node.children[i] = structureOf(module:get(i), joined(path, name or i - 1), seen)
      node.children[i].name = name or nil
    end
  end
  return node
end

-- Raises for the place unless the condition holds.
local function demand(condition, path, what)
  if not condition then error((path == '' and 'the network' or path) .. ': ' .. what, 0) end
end

-- The options a layer is made with, or no value: then it is called without an argument.
local function optionsOf(node, path)
  local options = {}
  demand(type(node.options or {}) == 'table', path, 'options that are no table')
  for name, value in pairs(node.options or {}) do
    if type(value) == 'table' and value.tensor then value = torch.Tensor(value.tensor) end
    options[name] = INFINITE[value] or value
  end
  if next(options) then return options end
end

-- The module a structure describes; seen: those made so far by their paths.
local function build(node, path, seen)
  demand(type(node) == 'table', path, 'no layer')
  if node.same then
    demand(seen[node.same], path, ('the same as %s, which is none'):format(tostring(node.same)))
    return seen[node.same]
  end
  local layer = layers[node.class]
  demand(layer, path, 'no layer ' .. tostring(node.class))
  demand(not node.children or layer.container, path, 'children of a ' .. node.class)
  local ok, module = pcall(nn[layer.name], optionsOf(node, path))
  demand(ok, path, tostring(module))
  for i, child in ipairs(node.children or {}) do
    demand(type(child) == 'table', path, 'no layer')
    module:add(build(child, joined(path, child.name or i - 1), seen), child.name)
  end
  seen[path] = module -- once complete: nothing can be inside itself
  return module
end

-- ---- tensors ----

-- Calls visit(name, tensor, gradient's name, gradient) for each parameter and each kept buffer, in
-- the network's order.
local function eachTensor(module, path, visit)
  local layer = layerOf(module, path)
  for _, p in ipairs(layer.parameters) do
    local value = module[p.name]
    if value then visit(joined(path, p.name), value, joined(path, p.grad), module[p.grad]) end
  end
  for _, name in ipairs(layer.buffers) do
    if module[name] then visit(joined(path, name), module[name]) end
  end
  if not layer.container then return end
  for i, name in ipairs(module:names()) do
    eachTensor(module:get(i), joined(path, name or i - 1), visit)
  end
end

-- A function that gives, for a tensor, the name under which its memory was first met.
local function newMemory()
  local first = {} -- storage -> place in it -> name
  return function(tensor, name)
    if tensor:dim() == 0 then return name end
    local storage = tensor:storage()
    local place = ('%d:%s:%s'):format(tensor:storageOffset(), table.concat(tensor:size():totable(),
      'x'), table.concat(tensor:stride():totable(), 'x'))
    first[storage] = first[storage] or {}
    first[storage][place] = first[storage][place] or name
    return first[storage][place]
  end
end

--- The network's tensors in order, each once: a list of {name, tensor}; and the names of tensors,
-- and of gradients, that are the same memory as an earlier one, with the earlier one's name.
-- @param net a module of the engine's layers
function model.tensors(net)
  local entries, shared, memory = {}, {}, newMemory()
  eachTensor(net, '', function(name, tensor, gradName, gradient)
    local first = memory(tensor, name)
    if first == name then entries[#entries + 1] = {name, tensor} else shared[name] = first end
    local firstGrad = gradient and memory(gradient, gradName)
    if firstGrad ~= gradName then shared[gradName] = firstGrad end
  end)
  return entries, shared
end

-- Makes the tensors of these names the same memory as the earlier ones.
local function share(net, names)
  local tensors = {}
  eachTensor(net, '', function(name, tensor, gradName, gradient)
    tensors[name] = tensor
    if gradName then tensors[gradName] = gradient end
  end)
  for name, first in pairs(names) do
    local a, b = tensors[name], tensors[first]
    demand(a and b, '', ('aelua.shared: no tensors %s and %s'):format(name, tostring(first)))
    demand(a:isSameSizeAs(b), '', ('aelua.shared: %s and %s differ in size'):format(name, first))
    a:set(b)
  end
end

--- Writes the network, and what else is given, to one file; atomically.
-- @param path file name, usually *.safetensors
-- @param net a module of the engine's layers
-- @param[opt] extra list of {name, tensor} written after the network's
-- @param[opt] metadata table of strings
-- @return true, or nil and a message
function model.save(path, net, extra, metadata)
  local entries, shared = model.tensors(net)
  local texts = {format = 'pt'}
  for key, value in pairs(metadata or {}) do texts[key] = value end
  texts['aelua.network'] = json.encode(structureOf(net, '', {}))
  texts['aelua.type'] = net:type()
  if next(shared) then texts['aelua.shared'] = json.encode(shared) end
  for _, entry in ipairs(extra or {}) do entries[#entries + 1] = entry end
  return file.writeSafetensors(path, entries, texts)
end

local function sizeText(tensor) return table.concat(tensor:size():totable(), 'x') end

-- The table of names in the metadata; empty when there is none.
local function sharedOf(contents)
  local shared = json.decode(contents.metadata['aelua.shared'] or '{}')
  return type(shared) == 'table' and shared or {}
end

--- Copies the tensors of a file read before into a network of the same structure.
-- @param net module
-- @param contents what file.readSafetensors gave
-- @param path for messages
-- @return true, or nil and a message; the network is changed only when everything fits
function model.restore(net, contents, path)
  local entries, shared = model.tensors(net), sharedOf(contents)
  local found = {}
  for i, entry in ipairs(entries) do
    local name, tensor = entry[1], entry[2]
    local stored = contents.tensors[name] or contents.tensors[shared[name]]
    if not stored then
      return nil, ('%s: no tensor %s: a checkpoint of another network'):format(path, name)
    end
    if not stored:isSameSizeAs(tensor) then
      return nil, ('%s: %s is %s, the network has %s: a checkpoint of another network'):format(
        path, name, sizeText(stored), sizeText(tensor))
    end
    found[i] = stored
  end
  for i, entry in ipairs(entries) do entry[2]:copy(found[i]) end
  return true
end

-- The network of a file's metadata, its parameters as they happen to be.
local function networkOf(contents)
  local structure, why = json.decode(contents.metadata['aelua.network'])
  if not structure then error('aelua.network: ' .. why, 0) end
  local net = build(structure, '', {})
  net:type(contents.metadata['aelua.type'] or 'torch.FloatTensor')
  share(net, sharedOf(contents))
  return net
end

--- The network in a file written by model.save.
-- @param path file name
-- @return module and the file's metadata, or nil and a message
function model.load(path)
  local contents, message = file.readSafetensors(path)
  if not contents then return nil, message end
  if not contents.metadata['aelua.network'] then
    return nil, path .. ': holds tensors but no network (no aelua.network)'
  end
  local ok, net = pcall(networkOf, contents)
  if not ok then return nil, path .. ': ' .. tostring(net) end
  local done, failure = model.restore(net, contents, path)
  if not done then return nil, failure end
  return net, contents.metadata
end

nn.save, nn.load = model.save, model.load

return model
