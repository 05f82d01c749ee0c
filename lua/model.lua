--- Networks as files: weights in the safetensors format, structure as JSON beside them.
--
-- Tensors are named as PyTorch's state_dict names them (`encoder.0.weight`, [out,in]), so that
-- Python's safetensors loads the file. The metadata's `aelua.network` holds the structure: class,
-- options, children. Nothing read is ever executed: a class must be one of nn's.

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

-- An option as JSON has it; nil when it was not given.
local function optionValue(value)
  if torch.isTensor(value) then return {tensor = value:totable()} end
  if type(value) == 'table' and #value == 0 then return nil end
  return value
end

local function structureOf(module, path)
  local layer = layerOf(module, path)
  local node = {class = 'nn.' .. layer.name, options = {}}
  for name, value in pairs(core.options(module)) do node.options[name] = optionValue(value) end
  if next(node.options) == nil then node.options = nil end
  if layer.container then
    node.children = {}
    for i, name in ipairs(module:names()) do
      local inner = path .. (path == '' and '' or '.') .. (name or i - 1)
      node.children[i] = structureOf(module:get(i), inner)
      node.children[i].name = name or nil
    end
  end
  return node
end

local function build(node, path)
  local layer = type(node) == 'table' and layers[node.class]
  if not layer then
    error(('%s: no layer %s'):format(path, tostring(type(node) == 'table' and node.class)), 0)
  end
  local options = {}
  for name, value in pairs(node.options or {}) do
    if type(value) == 'table' and value.tensor then value = torch.Tensor(value.tensor) end
    options[name] = value
  end
  local class = nn[layer.name]
  local module = next(options) and class(options) or class()
  for i, child in ipairs(node.children or {}) do
    module:add(build(child, path .. '.' .. (child.name or i - 1)), child.name)
  end
  return module
end

-- ---- tensors ----

-- Calls visit(name, tensor) for each parameter and each kept buffer, in the network's order.
local function eachTensor(module, path, visit)
  local layer = layerOf(module, path)
  local prefix = path == '' and '' or path .. '.'
  local names = {table.unpack(layer.buffers)}
  for i, parameter in ipairs(layer.parameters) do table.insert(names, i, parameter.name) end
  for _, name in ipairs(names) do
    if module[name] then visit(prefix .. name, module[name]) end
  end
  if not layer.container then return end
  for i, name in ipairs(module:names()) do
    eachTensor(module:get(i), prefix .. (name or i - 1), visit)
  end
end

--- The network's tensors in order, each once: a list of {name, tensor}, and for those that occur
-- again a table of the later names to the first.
-- @param net a module of the engine's layers
function model.tensors(net)
  local entries, first, shared = {}, {}, {}
  eachTensor(net, '', function(name, tensor)
    if first[tensor] then
      shared[name] = first[tensor]
    else
      first[tensor] = name
      entries[#entries + 1] = {name, tensor}
    end
  end)
  return entries, shared
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
  texts['aelua.network'] = json.encode(structureOf(net, ''))
  texts['aelua.type'] = net:type()
  if next(shared) then texts['aelua.shared'] = json.encode(shared) end
  for _, entry in ipairs(extra or {}) do entries[#entries + 1] = entry end
  return file.writeSafetensors(path, entries, texts)
end

--- Copies the tensors of a file read before into a network of the same structure.
-- @param net module
-- @param contents what file.readSafetensors gave
-- @param path for messages
-- @return true, or nil and a message; the network is changed only when everything fits
function model.restore(net, contents, path)
  local entries = model.tensors(net)
  for _, entry in ipairs(entries) do
    local name, tensor = entry[1], entry[2]
    local stored = contents.tensors[name]
    if not stored then
      return nil, ('%s: no tensor %s: a checkpoint of another network'):format(path, name)
    end
    if not stored:isSameSizeAs(tensor) then
      return nil, ('%s: %s is %s, the network has %s: a checkpoint of another network'):format(
        path, name, table.concat(stored:size():totable(), 'x'),
        table.concat(tensor:size():totable(), 'x'))
    end
  end
  for _, entry in ipairs(entries) do entry[2]:copy(contents.tensors[entry[1]]) end
  return true
end

--- The network in a file written by model.save.
-- @param path file name
-- @return module and the file's metadata, or nil and a message
function model.load(path)
  local contents, message = file.readSafetensors(path)
  if not contents then return nil, message end
  local text = contents.metadata['aelua.network']
  if not text then return nil, path .. ': holds tensors but no network (no aelua.network)' end
  local structure, why = json.decode(text)
  if not structure then return nil, ('%s: aelua.network: %s'):format(path, why) end
  local ok, net = pcall(build, structure, path)
  if not ok then return nil, tostring(net) end
  if contents.metadata['aelua.type'] then net:type(contents.metadata['aelua.type']) end
  local done, failure = model.restore(net, contents, path)
  if not done then return nil, failure end
  return net, contents.metadata
end

nn.save, nn.load = model.save, model.load

return model
