--- net:exportONNX(path): a feed-forward network for other programs, in the ONNX format (IR 7,
-- operator set 13).
--
-- A sample's sizes are fixed, the batch is the free dimension "N". The network is exported as it
-- is in evaluation: dropout and noise do nothing. Parameters are named as PyTorch's state_dict has
-- them. The file is protobuf: each field is its number and kind, then a varint (kind 0), a length
-- and bytes (2), or four bytes (5).

local torch, nn = require 'torch', require 'nn'
local stream = require 'aelua.stream'
local system, layers = require 'aelua.system', require 'aelua.lua.onnxlayers'

local onnx = {}

local IR, OPSET = 7, 13
local FLOAT, INT64, DOUBLE = 1, 7, 11 -- TensorProto's element types

-- ---- protobuf ----

local function varint(n)
  local bytes = {}
  repeat
    local low = n & 127
    n = n >> 7
    bytes[#bytes + 1] = string.char(n ~= 0 and low | 128 or low)
  until n == 0
  return table.concat(bytes)
end

local function integer(field, n) return varint(field << 3) .. varint(n) end
local function bytes(field, text) return varint(field << 3 | 2) .. varint(#text) .. text end
local function float(field, x) return varint(field << 3 | 5) .. ('<f'):pack(x) end

-- ---- parts of a model ----

-- AttributeProto: by the value's type a float (kind 1), an integer (2), a text (3) or integers (7).
local function attribute(name, value)
  if math.type(value) == 'float' then return bytes(1, name) .. float(2, value) .. integer(20, 1) end
  if math.type(value) then return bytes(1, name) .. integer(3, value) .. integer(20, 2) end
  if type(value) == 'string' then return bytes(1, name) .. bytes(4, value) .. integer(20, 3) end
  local parts = {}
  for i, n in ipairs(value) do parts[i] = integer(8, n) end
  return bytes(1, name) .. table.concat(parts) .. integer(20, 7)
end

-- NodeProto; attributes: name -> value
local function node(operator, inputs, output, attributes)
  local parts, names = {}, {}
  for _, name in ipairs(inputs) do parts[#parts + 1] = bytes(1, name) end
  parts[#parts + 1] = bytes(2, output) .. bytes(3, output) .. bytes(4, operator)
  for name in pairs(attributes or {}) do names[#names + 1] = name end
  table.sort(names)
  for _, name in ipairs(names) do
    parts[#parts + 1] = bytes(5, attribute(name, attributes[name]))
  end
  return table.concat(parts)
end

local elementType = {['torch.FloatTensor'] = FLOAT, ['torch.DoubleTensor'] = DOUBLE,
                     ['torch.LongTensor'] = INT64}

-- TensorProto; with other sizes of as many elements; no sizes: a single number.
local function initializer(name, tensor, sizes)
  local parts, whole = {}, tensor:contiguous()
  for d, size in ipairs(sizes) do parts[d] = integer(1, size) end
  parts[#parts + 1] = integer(2, elementType[tensor:type()]) .. bytes(8, name)
  parts[#parts + 1] = bytes(9, stream.bytes(whole:storage(), whole:storageOffset(),
    whole:nElement()))
  return table.concat(parts)
end

-- ValueInfoProto; sizes of a sample
local function valueInfo(name, kind, sizes)
  local shape = {bytes(1, bytes(2, 'N'))}
  for _, size in ipairs(sizes) do shape[#shape + 1] = bytes(1, integer(1, size)) end
  local tensor = integer(1, elementType[kind]) .. bytes(2, table.concat(shape))
  return bytes(1, name) .. bytes(2, bytes(1, tensor))
end

-- ---- layers ----
--
-- The graph is made while a copy of the network runs on a batch of two zeros, layer by layer: so
-- all sizes are known. A value is {name =, x = tensor}; a table of tensors is a list of values.

local BATCH = 2

local Graph = {}
Graph.__index = Graph

local function sizesOf(x) return x:size():totable() end

-- Tensors of the same memory and sizes are the same; `kept` keeps the memory from being reused.
local function identity(tensor, sizes)
  return ('%p %d %s'):format(tensor:storage(), tensor:storageOffset(), table.concat(sizes, 'x'))
end

--- The name of a parameter, which is written when it is met first.
-- @param name in the file
-- @param tensor
-- @param[opt] sizes others than the tensor's
function Graph:constant(name, tensor, sizes)
  sizes = sizes or sizesOf(tensor)
  local key = tensor:isContiguous() and identity(tensor, sizes) or tensor
  if not self.constants[key] then
    self.constants[key] = name
    self.kept[#self.kept + 1] = tensor:storage()
    self.initializers[#self.initializers + 1] = initializer(name, tensor, sizes)
  end
  return self.constants[key]
end

--- The name of a number of the network's type.
-- @param[opt={1}] sizes {} where the format wants no dimensions
function Graph:number(name, x, sizes)
  return self:constant(name, torch.Tensor{x}:type(self.type), sizes)
end

function Graph:integers(name, list, sizes)
  return self:constant(name, torch.LongTensor(list), sizes)
end

--- A node; returns its output's name.
-- @param inputs names
-- @param[opt] attributes name -> value
function Graph:node(operator, inputs, attributes)
  self.count = self.count + 1
  local output = ('value_%d'):format(self.count)
  self.nodes[#self.nodes + 1] = node(operator, inputs, output, attributes)
  return output
end

function Graph:reshape(input, path, sizes)
  return self:node('Reshape', {input.name, self:integers(path .. 'shape', sizes)})
end

local function titleOf(path) return path == '' and 'the network' or path:sub(1, -2) end

--- Raises: the layer cannot be written, and why.
function Graph.refuse(module, path, why)
  error(('exportONNX: %s is a %s, %s'):format(titleOf(path), torch.typename(module), why), 0)
end

local function tensorsOf(value)
  if value.name then return value.x end
  local list = {}
  for i, part in ipairs(value) do list[i] = tensorsOf(part) end
  return list
end

-- Names, and the tensors of the same structure, as values; the layer's own tensors may change when
-- it runs again.
local function valuesOf(names, tensors)
  if type(names) == 'string' then return {name = names, x = tensors:clone()} end
  if names.name then return names end
  local list = {}
  for i, name in ipairs(names) do list[i] = valuesOf(name, tensors[i]) end
  return list
end

local function known()
  local words = {}
  for _, list in ipairs {layers.leaf, layers.container} do
    for word in pairs(list) do words[#words + 1] = word end
  end
  table.sort(words)
  return table.concat(words, ', ')
end

--- The value a module makes of a value.
function Graph:module(module, input, path)
  local class = torch.typename(module)
  if layers.container[class] then return layers.container[class](self, module, input, path) end
  local leaf = layers.leaf[class]
  if not leaf then
    self.refuse(module, path, 'which has no form in ONNX here; there are ' .. known())
  end
  local y = module:forward(tensorsOf(input))
  return valuesOf(leaf(self, module, input, path, y), y)
end

--- The value the i-th child of a container makes of a value.
function Graph:child(module, i, input, path)
  local name = module:names()[i] or i - 1
  return self:module(module:get(i), input, ('%s%s.'):format(path, name))
end

-- ---- sizes ----

-- Sizes of a sample when the first layer that says any is a Linear.
local function inputSizes(net)
  for _, module in ipairs(net:listModules()) do
    local class = torch.typename(module)
    if class == 'nn.Linear' then return {module.weight:size(2)} end
    if class == 'nn.TiedLinear' then return {module.weight:size(1)} end
    if class ~= 'nn.Sequential' and not layers.keepsSizes[class] then return nil end
  end
end

-- ---- the model ----

-- Sizes of the output of one sample.
local function outputSizes(last)
  if not last.name then error('exportONNX: the network gives a table, want one tensor', 0) end
  local y = sizesOf(last.x)
  if y[1] ~= BATCH then
    error(('exportONNX: two samples give an output %s; the batch is no longer its first dimension')
      :format(table.concat(y, 'x')), 0)
  end
  return table.move(y, 2, #y, 1, {})
end

local function graphOf(net, sizes)
  local graph = setmetatable({nodes = {}, initializers = {}, constants = {}, kept = {}, count = 0,
    type = net:type()}, Graph)
  local x = torch.Tensor(BATCH, table.unpack(sizes)):type(net:type()):zero()
  local copy = net:clone()
  copy:evaluate()
  local last = graph:module(copy, {name = 'input', x = x}, '')
  local output = valueInfo('output', net:type(), outputSizes(last))
  graph.nodes[#graph.nodes + 1] = node('Identity', {last.name}, 'output')
  local parts = {}
  for _, n in ipairs(graph.nodes) do parts[#parts + 1] = bytes(1, n) end
  parts[#parts + 1] = bytes(2, 'network')
  for _, tensor in ipairs(graph.initializers) do parts[#parts + 1] = bytes(5, tensor) end
  parts[#parts + 1] = bytes(11, valueInfo('input', net:type(), sizes)) .. bytes(12, output)
  return table.concat(parts)
end

--- The network as the bytes of an ONNX file.
-- @param net module
-- @param[opt] sizes of a sample: {1, 28, 28}; a network that begins with a Linear says them itself
function onnx.encode(net, sizes)
  sizes = sizes or inputSizes(net)
  if not sizes then
    error('exportONNX: the sizes of a sample are needed: net:exportONNX(path, {1, 28, 28})', 0)
  end
  return integer(1, IR) .. bytes(2, 'aelua') .. bytes(3, system.version)
    .. bytes(7, graphOf(net, sizes)) .. bytes(8, integer(2, OPSET))
end

local function write(net, path, sizes)
  local out <close> = assert(stream.output(path))
  assert(out:write(onnx.encode(net, sizes)))
  assert(out:keep())
end

--- Writes an ONNX file, at once or not at all; raises when it cannot.
-- @param net module
-- @param path file name, *.onnx
-- @param[opt] sizes of a sample
-- @return net
function onnx.export(net, path, sizes)
  local ok, message = pcall(write, net, path, sizes)
  if not ok then error(message, 2) end
  return net
end

nn.Module.exportONNX = onnx.export

return onnx
