--- Networks as files: weights in the safetensors format, structure as JSON beside them.
--
-- Tensors are named as PyTorch's state_dict names them (`encoder.0.weight`, [out,in]), so that
-- Python's safetensors loads the file. The metadata's `aelua.network` holds the structure: class,
-- options, children; a module that stands in several places is there once. `aelua.shared` tells
-- which tensors are the same memory. A class written in Lua is kept with its fields, see
-- lua/fields.lua, and comes back where torch.class has made it again. Nothing read is executed.

local torch, nn = require 'torch', require 'nn'
local file, json, system = require 'aelua.file', require 'json', require 'aelua.system'
local core, reference = require 'aelua.modules', require 'aelua.reference'
local fields = require 'aelua.lua.fields'

local model = {}

local layers = {}
for _, layer in ipairs(reference.layers) do layers['nn.' .. layer.name] = layer end

-- What classes written in Lua have that descend from none of these layers.
local WEIGHTS = {{name = 'weight', grad = 'gradWeight'}, {name = 'bias', grad = 'gradBias'}}
local own = {parameters = WEIGHTS, buffers = {}, options = {}}
local ownContainer = {parameters = WEIGHTS, buffers = {}, options = {}, container = true}

-- The descriptor of the layer that a class is, or is made from; nil for no class of modules.
local function descriptorOf(class)
  while class do
    local name = class.__typename
    if layers[name] then return layers[name] end
    if name == 'nn.Container' then return ownContainer end
    if name == 'nn.Module' then return own end
    class = class.__parent
  end
end

local function layerOf(module, path)
  local class = core.class(module)
  local known = class and (class.__lua or layers[class.__typename])
  return known and descriptorOf(class) or error(('save: %s is a %s, which is no layer'):format(
    path == '' and 'the network' or path, torch.type(module)), 0)
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

-- seen: modules met so far and their paths; a later place refers to the first. written: gets those
-- of classes written in Lua, {module, node, path}.
local function structureOf(module, path, seen, written)
  if seen[module] then return {same = seen[module]} end
  seen[module] = path
  local layer = layerOf(module, path)
  local node = {class = torch.typename(module), options = {}}
  if core.class(module).__lua then written[#written + 1] = {module, node, path} end
  for name, value in pairs(core.options(module)) do node.options[name] = optionValue(value) end
  if next(node.options) == nil then node.options = nil end
  if layer.container then
    node.children = {}
    for i, name in ipairs(module:names()) do
      node.children[i] = structureOf(module:get(i), joined(path, name or i - 1), seen, written)
      node.children[i].name = name or nil
    end
  end
  return node
end

--- The structure of a network as plain data: classes, options, children; no values of tensors and
-- of fields.
-- @param net a module of the engine's layers
function model.structure(net)
  return json.decode(json.encode(structureOf(net, '', {}, {})))
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

-- The class of a name, and the descriptor of what it is made from.
local function classOf(name, path)
  local class = type(name) == 'string' and torch.getmetatable(name) or nil
  local layer = descriptorOf(class)
  local known = layer and (layers[name] or class.__lua)
  local why = type(name) == 'string' and not class
    and '; a class written in Lua has to be there before a file with it is loaded' or ''
  demand(known, path, 'no layer ' .. tostring(name) .. why)
  return class, layer
end

-- The tensor of a name in a file, or of the earlier name it shares the memory of.
local function storedTensor(contents, shared, name)
  return contents.tensors[name] or contents.tensors[shared[name]]
end

-- A module that has nothing but Lua's methods: its weights are those in the file.
local function buildOwn(class, layer, path, context)
  local module = core.instance(class)
  core.initLua(module, layer.container or false)
  core.methods.setType(module, context.type)
  for _, p in ipairs(layer.parameters) do
    local stored = storedTensor(context.contents, context.shared, joined(path, p.name))
    if stored then
      demand(stored:type() == context.type, path, p.name .. ' is of another type')
      module[p.name], module[p.grad] = stored:clone(), stored:clone():zero()
    end
  end
  return module
end

local function buildLayer(class, layer, node, path)
  local ok, module = pcall(nn[layer.name], optionsOf(node, path))
  demand(ok, path, tostring(module))
  core.class(module, class)
  return module
end

-- Parameters that are an earlier one's memory become it at once: while a network is built, too, it
-- takes no more than its file has.
local function shareEarly(module, layer, path, context)
  local function visit(name)
    local tensor, key = module[name], joined(path, name)
    local first = context.met[context.shared[key]]
    if not torch.isTensor(tensor) then return end
    if first and first:type() == tensor:type() and first:isSameSizeAs(tensor) then
      tensor:set(first)
    end
    context.met[key] = tensor
  end
  for _, p in ipairs(layer.parameters) do
    visit(p.name)
    visit(p.grad)
  end
end

-- The module a structure describes. context: {contents =, shared =, type =, seen = paths to those
-- made so far, met = tensors by their names}.
local function build(node, path, context)
  local seen = context.seen
  demand(type(node) == 'table', path, 'no layer')
  if node.same then
    demand(seen[node.same], path, ('the same as %s, which is none'):format(tostring(node.same)))
    return seen[node.same]
  end
  local class, layer = classOf(node.class, path)
  local children = node.children
  demand(not children or layer.container, path, 'children of a ' .. node.class)
  demand(not children or type(children) == 'table' and (#children > 0 or not next(children)), path,
    'children that are no list')
  local module = layer.name and buildLayer(class, layer, node, path)
    or buildOwn(class, layer, path, context)
  shareEarly(module, layer, path, context)
  for i, child in ipairs(children or {}) do
    demand(type(child) == 'table', path, 'no layer')
    core.methods.add(module, build(child, joined(path, child.name or i - 1), context), child.name)
  end
  core.override(module)
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
    if torch.isTensor(value) then
      visit(joined(path, p.name), value, joined(path, p.grad), module[p.grad])
    end
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

-- A module's fields; tables that are its output or gradInput begin anew, as tensors there do.
local function keptFields(module)
  local kept = {}
  for key, value in pairs(core.fields(module)) do
    local slot = key == 'output' or key == 'gradInput'
    kept[key] = slot and type(value) == 'table' and {} or value
  end
  return kept
end

-- Everything of the network: entries {name, tensor}, shared names, structure.
local function describe(net)
  local entries, shared = model.tensors(net)
  local names, seen, written = {}, {}, {}
  local function note(module, path)
    eachTensor(module, path, function(name, tensor, gradName, gradient)
      names[tensor] = names[tensor] or name
      if gradient then names[gradient] = names[gradient] or gradName end
    end)
  end
  local context = {names = names, entries = entries, seen = seen}
  function context.structure(module, path) -- one that is in a field
    if seen[module] then return structureOf(module, path, seen, written) end
    eachTensor(module, path, function(name, tensor) entries[#entries + 1] = {name, tensor} end)
    note(module, path)
    return structureOf(module, path, seen, written)
  end
  note(net, '')
  local structure, done = structureOf(net, '', seen, written), 0
  while done < #written do
    done = done + 1
    local module, node, path = table.unpack(written[done])
    node.fields = fields.encode(keptFields(module), path, context)
  end
  return entries, shared, structure
end

--- Writes the network, and what else is given, to one file; atomically.
-- @param path file name, usually *.safetensors
-- @param net a module
-- @param[opt] extra list of {name, tensor} written after the network's
-- @param[opt] metadata table of strings
-- @return true, or nil and a message
function model.save(path, net, extra, metadata)
  local entries, shared, structure = describe(net)
  local texts = {format = 'pt'}
  for key, value in pairs(metadata or {}) do texts[key] = value end
  texts['aelua.network'] = json.encode(structure)
  texts['aelua.type'] = core.methods.typeName(net)
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

-- The stored tensors for those in a list of {name, tensor}, or nil and a message.
local function matching(entries, contents, shared, path)
  local found = {}
  for i, entry in ipairs(entries) do
    local name, tensor = entry[1], entry[2]
    local stored = storedTensor(contents, shared, name)
    if not stored then
      return nil, ('%s: no tensor %s: a checkpoint of another network'):format(path, name)
    end
    if not stored:isSameSizeAs(tensor) then
      return nil, ('%s: %s is %s, the network has %s: a checkpoint of another network'):format(
        path, name, sizeText(stored), sizeText(tensor))
    end
    found[i] = stored
  end
  return found
end

-- Calls visit(module, node, path) for a module and what is inside, with the structure it came from.
local function together(module, node, path, visit)
  if type(node) ~= 'table' or node.same then return end
  visit(module, node, path)
  for i, child in ipairs(core.methods.children(module) or {}) do
    local name = core.methods.names(module)[i] or i - 1
    together(child, type(node.children) == 'table' and node.children[i], joined(path, name), visit)
  end
end

-- Puts the fields of the structure into the modules of classes written in Lua; or, on trial, into
-- tables and modules that are dropped, so that an error leaves those of the net as they are.
local function restoreFields(net, structure, contents, shared, trial)
  local context = {contents = contents, shared = shared, stored = contents.tensors, tensors = {},
                   seen = {}, met = {}, type = core.methods.typeName(net)}
  local function note(module, node, path)
    together(module, node, path, function(m, _, place) context.seen[place] = m end)
    eachTensor(module, path, function(name, tensor, gradName, gradient)
      context.tensors[name] = tensor
      if gradName then context.tensors[gradName] = gradient end
    end)
  end
  local function fill(module, node, path)
    together(module, node, path, function(m, inner, place)
      if not core.class(m).__lua then return end
      fields.decode(inner.fields, trial and {} or core.fields(m), place, context)
      if not trial then core.override(m) end
    end)
  end
  function context.module(node, path, existing)
    local stays = not trial and core.kind(existing) == 'module'
    local module = stays and existing or build(node, path, context)
    note(module, node, path)
    eachTensor(module, path, function(name, tensor)
      local stored = contents.tensors[name]
      demand(stored and stored:isSameSizeAs(tensor), path, 'no tensor that fits ' .. name)
      tensor:copy(stored)
    end)
    fill(module, node, path)
    return module
  end
  note(net, structure, '')
  fill(net, structure, '')
end

-- Calls what makes modules from a file: with memory for its tensors as doubles, their gradients and
-- copies, and for the tables its text may become, no more. A few words can ask for any size.
-- Returns true and the result, or false and a message.
local function confined(contents, make, ...)
  local bytes = 64 << 20
  for _, tensor in pairs(contents.tensors) do bytes = bytes + 32 * tensor:nElement() end
  for _, text in pairs(contents.metadata) do bytes = bytes + 256 * #text end
  local ok, result, met = system.withMemory(bytes, make, ...)
  if ok then return true, result end
  return false, (met and 'the network is too large for the tensors there: ' or '') ..
    tostring(result)
end

--- Copies the tensors of a file read before into a network of the same structure, and the fields of
-- classes written in Lua.
-- @param net module
-- @param contents what file.readSafetensors gave
-- @param path for messages
-- @return true, or nil and a message; the network is changed only when every tensor fits and all
-- fields can be read
function model.restore(net, contents, path)
  local entries, shared = model.tensors(net), sharedOf(contents)
  local found, message = matching(entries, contents, shared, path)
  if not found then return nil, message end
  local text = contents.metadata['aelua.network']
  local structure = text and json.decode(text)
  local generator = torch.getRNGState() -- that the modules of the trial begin with
  local ok, problem = confined(contents, restoreFields, net, structure, contents, shared, true)
  torch.setRNGState(generator)
  if ok then
    for i, entry in ipairs(entries) do entry[2]:copy(found[i]) end
    ok, problem = confined(contents, restoreFields, net, structure, contents, shared)
  end
  if not ok then return nil, ('%s: %s'):format(path, problem) end
  return true
end

-- The network of a file's metadata, its parameters as they happen to be.
local function networkOf(contents)
  local structure, why = json.decode(contents.metadata['aelua.network'])
  if not structure then error('aelua.network: ' .. why, 0) end
  local shared, kind = sharedOf(contents), contents.metadata['aelua.type'] or 'torch.FloatTensor'
  demand(kind == 'torch.FloatTensor' or kind == 'torch.DoubleTensor', '', 'of type ' .. kind)
  local net = build(structure, '', {contents = contents, shared = shared, type = kind, seen = {},
                                     met = {}})
  net:type(kind)
  share(net, shared)
  return net
end

--- The network in a file written by model.save. Its weights are as they are in the file, NaN
-- included, to be looked at; training refuses such ones, with their place (anomaly.parameters).
-- @param path file name
-- @return module and the file's metadata, or nil and a message
function model.load(path)
  local contents, message = file.readSafetensors(path)
  if not contents then return nil, message end
  if not contents.metadata['aelua.network'] then
    return nil, path .. ': holds tensors but no network (no aelua.network)'
  end
  local ok, net = confined(contents, networkOf, contents)
  if not ok then return nil, path .. ': ' .. net end
  local done, failure = model.restore(net, contents, path)
  if not done then return nil, failure end
  return net, contents.metadata
end

return model
