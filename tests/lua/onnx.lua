-- ONNX: the file is taken apart by the format's field numbers and run in plain Lua.
local test = require 'harness'
local nn = require 'nn'

-- ---- a reader of protobuf ----

-- The fields of a message: number -> list of values (integers, floats, or bytes).
local function fieldsOf(text)
  local fields, at = {}, 1
  local function varint()
    local value, shift = 0, 0
    repeat
      local byte = text:byte(at)
      value, shift, at = value | (byte & 127) << shift, shift + 7, at + 1
    until byte < 128
    return value
  end
  while at <= #text do
    local key = varint()
    local field, kind = key >> 3, key & 7
    local value
    if kind == 0 then
      value = varint()
    elseif kind == 5 then
      value, at = ('<f'):unpack(text, at)
    else
      assert(kind == 2, 'kind ' .. kind)
      local n = varint()
      assert(at + n <= #text + 1, 'a field ends in its message')
      value, at = text:sub(at, at + n - 1), at + n
    end
    fields[field] = fields[field] or {}
    table.insert(fields[field], value)
  end
  return fields
end

local formats = {[1] = {'f', 'Float'}, [7] = {'i8', 'Long'}, [11] = {'d', 'Double'}}

local function tensorOf(text)
  local f = fieldsOf(text)
  local format, kind = table.unpack(formats[f[2][1]])
  local values, n = {}, 1
  for _, size in ipairs(f[1]) do n = n * size end
  local size = string.packsize('<' .. format)
  for i = 1, n do values[i] = ('<' .. format):unpack(f[9][1], (i - 1) * size + 1) end
  test.equal(#f[9][1], n * size, 'bytes of ' .. f[8][1])
  return f[8][1], torch[kind .. 'Tensor'](values):view(table.unpack(f[1]))
end

-- Name, element type and sizes of a ValueInfo; the batch is its name.
local function valueOf(text)
  local f = fieldsOf(text)
  local tensor = fieldsOf(fieldsOf(f[2][1])[1][1])
  local sizes = {}
  for i, dim in ipairs(fieldsOf(tensor[2][1])[1]) do
    local d = fieldsOf(dim)
    sizes[i] = d[1] and d[1][1] or d[2][1]
  end
  return f[1][1], tensor[1][1], sizes
end

local function nodeOf(text)
  local f, attributes = fieldsOf(text), {}
  for _, attribute in ipairs(f[5] or {}) do
    local a = fieldsOf(attribute)
    if a[20][1] == 1 then attributes[a[1][1]] = a[2][1] else attributes[a[1][1]] = a[3][1] end
  end
  return {operator = f[4][1], inputs = f[1], outputs = f[2], attributes = attributes}
end

-- ---- running a graph ----

local function mapped(f) return function(x) return x:clone():apply(f) end end

local function alongRows(x, log)
  local y = x:clone()
  for i = 1, x:size(1) do
    local sum = 0
    for j = 1, x:size(2) do sum = sum + math.exp(x[{i, j}]) end
    for j = 1, x:size(2) do
      y[{i, j}] = log and x[{i, j}] - math.log(sum) or math.exp(x[{i, j}]) / sum
    end
  end
  return y
end

local operators = {
  Identity = function(x) return x end,
  Relu = mapped(function(v) return math.max(v, 0) end),
  Tanh = mapped(function(v) return 1 - 2 / (math.exp(2 * v) + 1) end),
  Sigmoid = mapped(function(v) return 1 / (1 + math.exp(-v)) end),
  LeakyRelu = function(x, a)
    return mapped(function(v) return v > 0 and v or a.alpha * v end)(x)
  end,
  Elu = function(x, a)
    return mapped(function(v) return v > 0 and v or a.alpha * (math.exp(v) - 1) end)(x)
  end,
  Softmax = function(x, a) test.equal(a.axis, 1); return alongRows(x) end,
  LogSoftmax = function(x, a) test.equal(a.axis, 1); return alongRows(x, true) end,
  Reshape = function(x, _, shape)
    local sizes = shape:totable()
    for d, size in ipairs(sizes) do if size == 0 then sizes[d] = x:size(d) end end
    return x:view(table.unpack(sizes))
  end,
  Gemm = function(x, a, weight, bias)
    test.equal(a.transB, 1)
    local y = torch.mm(x, weight:t())
    for i = 1, x:size(1) do if bias then y[i]:add(bias) end end
    return y
  end,
}

local function contents(path)
  local f <close> = assert(io.open(path, 'rb'))
  return f:read('a')
end

-- Exports the network, checks the file's frame and runs it on x.
local function exported(net, x, sizes)
  local path = test.folder() .. '/net.onnx'
  test.check(rawequal(net:exportONNX(path, sizes), net))
  local model = fieldsOf(contents(path))
  test.equal({model[1][1], model[2][1], fieldsOf(model[8][1])[2][1]}, {7, 'aelua', 13})
  local graph, values = fieldsOf(model[7][1]), {}
  for _, text in ipairs(graph[5] or {}) do
    local name, tensor = tensorOf(text)
    test.equal(values[name], nil, 'a second ' .. name)
    values[name] = tensor
  end
  local input, kind, inputSizes = valueOf(graph[11][1])
  test.equal(kind, net:type() == 'torch.DoubleTensor' and 11 or 1)
  test.equal(inputSizes, {'N', table.unpack(x:size():totable(), 2)})
  values[input] = x
  for _, text in ipairs(graph[1]) do
    local n, arguments = nodeOf(text), {}
    for i, name in ipairs(n.inputs) do
      arguments[i] = assert(values[name], 'a value before it is made: ' .. name)
    end
    local first = table.remove(arguments, 1)
    test.equal(values[n.outputs[1]], nil, 'made twice')
    values[n.outputs[1]] = operators[n.operator](first, n.attributes, table.unpack(arguments))
  end
  local output, _, outputSizes = valueOf(graph[12][1])
  test.equal(outputSizes, {'N', table.unpack(values[output]:size():totable(), 2)})
  return values[output], values
end

test.case('a classifier with every kind of layer', function()
  for _, kind in ipairs {'torch.FloatTensor', 'torch.DoubleTensor'} do
    local net = nn.Sequential():add(nn.View(6)):add(nn.WhiteNoise()):add(nn.Linear(6, 5), 'first')
      :add(nn.ReLU()):add(nn.Dropout(0.4)):add(nn.Sequential():add(nn.Linear(5, 4, false))
      :add(nn.Tanh())):add(nn.LeakyReLU(0.3)):add(nn.ELU(0.7)):add(nn.Identity())
      :add(nn.Reshape(2, 2)):add(nn.View(-1, 2, 2):setNumInputDims(2))
      :add(nn.View(4)):add(nn.Sigmoid()):add(nn.Linear(4, 3)):add(nn.LogSoftMax()):type(kind)
    local x = torch.randn(5, 2, 3):type(kind)
    local got, values = exported(net, x, {2, 3})
    net:evaluate()
    test.near(got, net:forward(x):view(got:size()), 1e-5)
    test.equal(values['first.weight'], net.first.weight)
    test.equal(values['5.0.weight'], net:get(6):get(1).weight)
    test.equal(values['5.0.bias'], nil)
  end
end)

test.case('a network that begins with a Linear says its sizes itself', function()
  local net = nn.Sequential():add(nn.Tanh()):add(nn.Linear(3, 2)):add(nn.SoftMax())
  local x = torch.randn(4, 3)
  test.near(exported(net, x), net:forward(x), 1e-6)
  test.near(exported(nn.Linear(3, 2), x):size(2), 2, 0)
  test.equal(net.train, true, 'the network itself is as it was')
end)

test.case('a layer in two places has its parameters once', function()
  local shared = nn.Linear(3, 3)
  local net = nn.Sequential():add(shared):add(nn.Tanh()):add(shared)
  local x = torch.randn(4, 3)
  local got, values = exported(net, x)
  test.near(got, net:forward(x), 1e-5)
  test.equal(values['2.weight'], nil)
end)

test.case('what has no form is refused, and nothing is written', function()
  local path = test.folder() .. '/net.onnx'
  torch.class('nn.OnnxOwn', 'nn.Module')
  test.fails(function() nn.Sequential():add(nn.Linear(1, 1)):add(nn.OnnxOwn()):exportONNX(path) end,
             'exportONNX: 1 is a nn.OnnxOwn, which has no form in ONNX here', 'nn.Linear')
  test.fails(function() nn.Sequential():add(nn.View(4)):exportONNX(path) end,
             'the sizes of a sample are needed')
  test.fails(function() nn.Sequential():add(nn.View(4)):exportONNX(path, {3}) end, 'nn.View')
  test.fails(function() nn.Sequential():add(nn.View(4)):exportONNX(path, {2}) end,
             'two samples give an output 4')
  test.fails(function() nn.Linear(1, 1):exportONNX('/no-such-folder/a.onnx') end, 'No such file')
  test.equal(require 'aelua.system'.exists(path), false)
end)
