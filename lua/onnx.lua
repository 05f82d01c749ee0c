--- net:exportONNX(path): a feed-forward network for other programs, in the ONNX format (IR 7,
-- operator set 13).
--
-- A sample's sizes are fixed, the batch is the free dimension "N". The network is exported as it
-- is in evaluation: dropout and noise do nothing. Parameters are named as PyTorch's state_dict has
-- them. The file is protobuf: each field is its number and kind, then a varint (kind 0), a length
-- and bytes (2), or four bytes (5).

local torch, nn = require 'torch', require 'nn'
local core, stream = require 'aelua.modules', require 'aelua.stream'
local system = require 'aelua.system'

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

-- AttributeProto
local function floatAttribute(name, x)
  return bytes(1, name) .. float(2, x) .. integer(20, 1)
end
local function intAttribute(name, n) return bytes(1, name) .. integer(3, n) .. integer(20, 2) end

-- NodeProto
local function node(operator, inputs, output, attributes)
  local parts = {}
  for _, name in ipairs(inputs) do parts[#parts + 1] = bytes(1, name) end
  parts[#parts + 1] = bytes(2, output) .. bytes(3, output) .. bytes(4, operator)
  for _, attribute in ipairs(attributes or {}) do parts[#parts + 1] = bytes(5, attribute) end
  return table.concat(parts)
end

local elementType = {['torch.FloatTensor'] = FLOAT, ['torch.DoubleTensor'] = DOUBLE,
                     ['torch.LongTensor'] = INT64}

-- TensorProto
local function initializer(name, tensor)
  local parts, whole = {}, tensor:contiguous()
  for d = 1, tensor:dim() do parts[d] = integer(1, tensor:size(d)) end
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

local Graph = {}
Graph.__index = Graph

-- The name of a parameter, which is written when it is met first.
function Graph:constant(name, tensor)
  if not self.constants[tensor] then
    self.constants[tensor] = name
    self.initializers[#self.initializers + 1] = initializer(name, tensor)
  end
  return self.constants[tensor]
end

-- A node with the value of this name as its first input; returns its output's name.
function Graph:node(operator, input, others, attributes)
  self.count = self.count + 1
  local output, inputs = ('value_%d'):format(self.count), {input}
  for _, name in ipairs(others or {}) do inputs[#inputs + 1] = name end
  self.nodes[#self.nodes + 1] = node(operator, inputs, output, attributes)
  return output
end

function Graph:reshape(input, path, sizes)
  local shape = torch.LongTensor(sizes)
  return self:node('Reshape', input, {self:constant(path .. 'shape', shape)})
end

local emit = {} -- class -> function(graph, module, input, path), which returns the output's name

local function plain(operator)
  return function(graph, _, input) return graph:node(operator, input) end
end
local function skip(_, _, input) return input end

emit['nn.ReLU'], emit['nn.Tanh'] = plain 'Relu', plain 'Tanh'
emit['nn.Sigmoid'] = plain 'Sigmoid'
emit['nn.Identity'], emit['nn.Dropout'], emit['nn.WhiteNoise'] = skip, skip, skip

local function alongFeatures(operator)
  return function(graph, _, input)
    return graph:node(operator, input, nil, {intAttribute('axis', 1)})
  end
end
emit['nn.SoftMax'], emit['nn.LogSoftMax'] = alongFeatures 'Softmax', alongFeatures 'LogSoftmax'

emit['nn.LeakyReLU'] = function(graph, module, input)
  return graph:node('LeakyRelu', input, nil, {floatAttribute('alpha', module.negval)})
end

emit['nn.ELU'] = function(graph, module, input)
  return graph:node('Elu', input, nil, {floatAttribute('alpha', module.alpha)})
end

emit['nn.Linear'] = function(graph, module, input, path)
  local parameters = {graph:constant(path .. 'weight', module.weight)}
  if module.bias then parameters[2] = graph:constant(path .. 'bias', module.bias) end
  return graph:node('Gemm', input, parameters, {intAttribute('transB', 1)})
end

-- -1 is inferred and 0 is the input's own size.
emit['nn.View'] = function(graph, module, input, path)
  local options = core.options(module)
  local sizes, open = table.move(options.sizes, 1, #options.sizes, 1, {}), false
  for _, size in ipairs(sizes) do open = open or size == -1 end
  if not open then
    table.insert(sizes, 1, -1)
  elseif options.numInputDims > 0 then
    table.insert(sizes, 1, 0)
  end
  return graph:reshape(input, path, sizes)
end

emit['nn.Reshape'] = function(graph, module, input, path)
  local options = core.options(module)
  local sizes = table.move(options.sizes, 1, #options.sizes, 1, {})
  if options.batchMode ~= false then table.insert(sizes, 1, -1) end
  return graph:reshape(input, path, sizes)
end

function Graph:module(module, input, path)
  local class = torch.typename(module)
  if class == 'nn.Sequential' then
    for i, name in ipairs(module:names()) do
      input = self:module(module:get(i), input, ('%s%s.'):format(path, name or i - 1))
    end
    return input
  end
  if not emit[class] then
    local words = {}
    for word in pairs(emit) do words[#words + 1] = word end
    table.sort(words)
    error(('exportONNX: %s is a %s, which has no form in ONNX here; there are nn.Sequential, %s')
      :format(path == '' and 'the network' or path:sub(1, -2), class, table.concat(words, ', ')), 0)
  end
  return emit[class](self, module, input, path)
end

-- ---- sizes ----

local keepsSizes = {['nn.ReLU'] = true, ['nn.Tanh'] = true, ['nn.Sigmoid'] = true,
  ['nn.ELU'] = true, ['nn.LeakyReLU'] = true, ['nn.Identity'] = true, ['nn.Dropout'] = true,
  ['nn.WhiteNoise'] = true, ['nn.SoftMax'] = true, ['nn.LogSoftMax'] = true}

-- Sizes of a sample when the first layer that says any is a Linear.
local function inputSizes(net)
  for _, module in ipairs(net:listModules()) do
    local class = torch.typename(module)
    if class == 'nn.Linear' then return {module.weight:size(2)} end
    if class ~= 'nn.Sequential' and not keepsSizes[class] then return nil end
  end
end

-- Sizes of the output of one sample, found by running a copy on a batch of two.
local function outputSizes(net, sizes)
  local copy = net:clone()
  copy:evaluate()
  local x = torch.Tensor(2, table.unpack(sizes)):type(net:type()):zero()
  local y = copy:forward(x):size():totable()
  if y[1] ~= 2 then
    error(('exportONNX: two samples give an output %s; the batch is no longer its first dimension')
      :format(table.concat(y, 'x')), 0)
  end
  return table.move(y, 2, #y, 1, {})
end

-- ---- the model ----

local function graphOf(net, sizes)
  local graph = setmetatable({nodes = {}, initializers = {}, constants = {}, count = 0}, Graph)
  local last = graph:module(net, 'input', '')
  graph.nodes[#graph.nodes + 1] = node('Identity', {last}, 'output')
  local parts = {}
  for _, n in ipairs(graph.nodes) do parts[#parts + 1] = bytes(1, n) end
  parts[#parts + 1] = bytes(2, 'network')
  for _, tensor in ipairs(graph.initializers) do parts[#parts + 1] = bytes(5, tensor) end
  parts[#parts + 1] = bytes(11, valueInfo('input', net:type(), sizes))
  parts[#parts + 1] = bytes(12, valueInfo('output', net:type(), outputSizes(net, sizes)))
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
