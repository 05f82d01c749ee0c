-- Layers as Torch7's own .t7 files have them: objects of its class names and fields, by hand.
local test = require 'harness'
local nn = require 'nn'

local nextIndex = 0
local function index()
  nextIndex = nextIndex + 1
  return ('<i4'):pack(nextIndex)
end
local function chars(s) return ('<s4'):pack(s) end

-- A value as bytes; {class =, version =, fields...} is an object, everything else by its type.
local write

local function tableBytes(list)
  local parts, n = {}, 0
  for key, value in pairs(list) do
    if key ~= 'class' and key ~= 'version' then
      n = n + 1
      parts[#parts + 1] = write(key) .. write(value)
    end
  end
  return ('<i4'):pack(3) .. index() .. ('<i4'):pack(n) .. table.concat(parts)
end

local function objectBytes(class, payload, version)
  return ('<i4'):pack(4) .. index() .. chars('V ' .. (version or 1)) .. chars(class) .. payload
end

local function storageBytes(kind, format, values)
  return objectBytes('torch.' .. kind .. 'Storage', ('<i8'):pack(#values)
    .. ('<' .. format:rep(#values)):pack(table.unpack(values)))
end

-- {tensor = {values}, sizes = {...}}, of doubles
local function tensorBytes(values, sizes)
  local strides, step, longs = {}, 1, '<' .. ('i8'):rep(#sizes)
  for d = #sizes, 1, -1 do strides[d], step = step, step * sizes[d] end
  return objectBytes('torch.DoubleTensor', ('<i4'):pack(#sizes) .. longs:pack(table.unpack(sizes))
    .. longs:pack(table.unpack(strides)) .. ('<i8'):pack(1) .. storageBytes('Double', 'd', values))
end

function write(value)
  if type(value) == 'number' then return ('<i4d'):pack(1, value) end
  if type(value) == 'string' then return ('<i4'):pack(2) .. chars(value) end
  if type(value) == 'boolean' then return ('<i4i4'):pack(5, value and 1 or 0) end
  if value.tensor then return tensorBytes(value.tensor, value.sizes or {#value.tensor}) end
  if value.longs then return storageBytes('Long', 'i8', value.longs) end
  if value.class then return objectBytes(value.class, tableBytes(value), value.version) end
  return tableBytes(value)
end

local function module(class, fields, version)
  fields.class, fields.version = 'nn.' .. class, version
  fields._type, fields.train = 'torch.DoubleTensor', false
  return fields
end

local function read(fields) return torch.deserialize(write(fields)) end

-- What is read does to x what the layer here does, and survives being saved again.
local function same(fields, layer, x)
  local got = read(fields)
  test.equal({torch.typename(got), got:type(), got.train},
             {torch.typename(layer), 'torch.DoubleTensor', false})
  layer:double():evaluate()
  local want = layer:forward(x)
  test.equal(got:forward(x), want, tostring(layer))
  test.equal(torch.deserialize(torch.serialize(got)):forward(x), want, tostring(layer))
end

local function counted(...)
  local n, values = 1, {}
  for _, size in ipairs {...} do n = n * size end
  for i = 1, n do values[i] = (i * 7 % 11 - 5) / 4 end
  return {tensor = values, sizes = {...}}
end

local function filled(layer, fields)
  for _, slot in ipairs {'weight', 'bias'} do
    if fields[slot] then layer[slot]:copy(torch.DoubleTensor(fields[slot].tensor)) end
  end
  return layer
end

local images = torch.DoubleTensor(counted(2, 3, 5, 6).tensor):view(2, 3, 5, 6)
local vectors = torch.DoubleTensor(counted(3, 4).tensor):view(3, 4)

test.case('element by element', function()
  same(module('HardTanh', {min_val = -0.3, max_val = 0.7, inplace = false}),
       nn.HardTanh(-0.3, 0.7), vectors)
  same(module('HardTanh', {}), nn.HardTanh(), vectors)
  same(module('Clamp', {min_val = -0.5, max_val = 0.2}), nn.Clamp(-0.5, 0.2), vectors)
  same(module('ReLU', {threshold = 0, val = 0, inplace = false}), nn.ReLU(), vectors)
  same(module('Threshold', {threshold = 0.3, val = -1}), nn.Threshold(0.3, -1), vectors)
  same(module('SoftPlus', {beta = 2, threshold = 20}), nn.SoftPlus(2), vectors)
  same(module('SoftShrink', {lambda = 0.3}), nn.SoftShrink(0.3), vectors)
  same(module('Power', {pow = 3}), nn.Power(3), vectors)
  same(module('AddConstant', {constant_scalar = 2}), nn.AddConstant(2), vectors)
  same(module('MulConstant', {constant_scalar = 2}), nn.MulConstant(2), vectors)
  same(module('ELU', {alpha = 0.5}), nn.ELU(0.5), vectors)
  same(module('Normalize', {p = 2, eps = 1e-10}), nn.Normalize(2), vectors)
  same(module('SpatialDropout', {p = 0.25}), nn.SpatialDropout(0.25), images)
  same(module('Dropout', {p = 0.25, v2 = true}), nn.Dropout(0.25), vectors)
  for _, name in ipairs {'Abs', 'Square', 'Exp', 'SoftSign', 'LogSigmoid', 'TanhShrink'} do
    same(module(name, {}), nn[name](), vectors)
  end
  test.fails(function() read(module('Dropout', {p = 0.25, v2 = false})) end,
             'nn.Dropout: it is of the first version')
end)

test.case('with parameters', function()
  local function with(class, fields, layer, x)
    same(module(class, fields), filled(layer, fields), x)
  end
  with('PReLU', {nOutputPlane = 3, weight = {tensor = {0.125, 0.25, 0.5}}}, nn.PReLU(3), images)
  with('CMul', {size = {longs = {1, 4}}, weight = counted(1, 4)}, nn.CMul(1, 4), vectors)
  with('CAdd', {size = {longs = {3, 1, 1}}, bias = counted(3, 1, 1)}, nn.CAdd(3, 1, 1),
       images:narrow(1, 1, 1):squeeze())
  with('Mul', {weight = {tensor = {1.5}}}, nn.Mul(), vectors)
  with('Add', {bias = counted(4), scalar = false}, nn.Add(4), vectors)
  with('Add', {bias = counted(1), scalar = true}, nn.Add(4, true), vectors)
end)

test.case('batch normalization, with the variance or the older inverse deviation', function()
  local mean, variance = {0.5, -0.25, 1}, {2, 0.5, 1}
  for _, affine in ipairs {true, false} do
    for _, class in ipairs {'SpatialBatchNormalization', 'BatchNormalization'} do
      local x = class == 'BatchNormalization' and vectors:narrow(2, 1, 3) or images
      local fields = {eps = 0.25, momentum = 0.2, affine = affine, running_mean = {tensor = mean},
        running_var = {tensor = variance}, weight = affine and counted(3) or nil,
        bias = affine and {tensor = {3, 2, 1}} or nil}
      local layer = filled(nn[class](3, 0.25, 0.2, affine), fields)
      layer.running_mean:copy(torch.DoubleTensor(mean))
      layer.running_var:copy(torch.DoubleTensor(variance))
      same(module(class, fields, 2), layer, x)
      fields.running_var = nil
      fields.running_std = {tensor = {1 / 1.5, 1 / math.sqrt(0.75), 1 / math.sqrt(1.25)}}
      local old = read(module(class, fields))
      test.near(old.running_var, torch.DoubleTensor(variance), 1e-12)
      test.near(old:forward(x), layer:forward(x), 1e-12)
      test.equal({old.momentum, old.running_std}, {0.2})
    end
  end
  test.fails(function() read(module('BatchNormalization', {eps = 1})) end, 'nn.BatchNormalization')
  test.fails(function()
    read(module('BatchNormalization', {eps = 1, weight = counted(3), bias = counted(3),
      running_mean = counted(3), running_std = counted(4)}))
  end, 'nn.BatchNormalization: its running_std has other sizes')
end)

test.case('convolutions', function()
  local function fields(more)
    local f = {nInputPlane = 3, nOutputPlane = 2, kW = 3, kH = 2, dW = 1, dH = 2, padW = 1,
      padH = 0, weight = counted(2, 3, 2, 3), bias = counted(2), gradWeight = counted(2, 3, 2, 3)}
    for key, value in pairs(more or {}) do f[key] = value or nil end
    return f
  end
  local f = fields()
  same(module('SpatialConvolution', f),
       filled(nn.SpatialConvolution(3, 2, 3, 2, 1, 2, 1, 0), f), images)
  f = fields{bias = false}
  same(module('SpatialConvolution', f),
       filled(nn.SpatialConvolution(3, 2, 3, 2, 1, 2, 1, 0):noBias(), f), images)
  f = fields{weight = counted(2, 18)}
  same(module('SpatialConvolutionMM', f),
       filled(nn.SpatialConvolutionMM(3, 2, 3, 2, 1, 2, 1, 0), f), images)
  f = fields{padW = false, padH = false, padding = 1}
  same(module('SpatialConvolutionMM', f),
       filled(nn.SpatialConvolutionMM(3, 2, 3, 2, 1, 2, 1, 1), f), images)
  f = fields{weight = counted(3, 2, 2, 3), adjW = 0, adjH = 1}
  same(module('SpatialFullConvolution', f),
       filled(nn.SpatialFullConvolution(3, 2, 3, 2, 1, 2, 1, 0, 0, 1), f), images)
  test.fails(function() read(module('SpatialConvolution', fields{nInputPlane = 1 << 20})) end,
             'nn.SpatialConvolution: its weight has 36 elements in the file, want 12582912')
  test.fails(function() read(module('SpatialConvolution', fields{kW = 'x'})) end,
             'nn.SpatialConvolution: the file does not say its kW')
end)

test.case('pooling, padding and enlarging', function()
  local f = {kW = 3, kH = 2, dW = 2, dH = 2, padW = 1, padH = 0, ceil_mode = true,
             indices = counted(2, 3, 3, 3)}
  same(module('SpatialMaxPooling', f), nn.SpatialMaxPooling(3, 2, 2, 2, 1, 0):ceil(), images)
  same(module('SpatialMaxPooling', {kW = 2, kH = 2, dW = 1, dH = 2}),
       nn.SpatialMaxPooling(2, 2, 1, 2), images)
  f = {kW = 3, kH = 2, dW = 2, dH = 2, padW = 1, padH = 0, ceil_mode = false,
       count_include_pad = false, divide = true}
  same(module('SpatialAveragePooling', f),
       nn.SpatialAveragePooling(3, 2, 2, 2, 1, 0):setCountExcludePad(), images)
  same(module('SpatialAveragePooling', {kW = 2, kH = 2, dW = 2, dH = 2}),
       nn.SpatialAveragePooling(2, 2, 2, 2, 0, 0, false, true, false), images)
  same(module('SpatialZeroPadding', {pad_l = 1, pad_r = 2, pad_t = 0, pad_b = -1}),
       nn.SpatialZeroPadding(1, 2, 0, -1), images)
  same(module('SpatialUpSamplingNearest', {scale_factor = 2, inputSize = {longs = {2, 3, 5, 6}},
       outputSize = {longs = {2, 3, 10, 12}}}), nn.SpatialUpSamplingNearest(2), images)
end)

test.case('sizes', function()
  same(module('Transpose', {permutations = {{2, 3}, {3, 4}}}), nn.Transpose({2, 3}, {3, 4}), images)
  same(module('Reshape', {size = {longs = {2, 2}}, nelement = 4, batchsize = {longs = {1, 2, 2}}}),
       nn.Reshape(2, 2), vectors)
  same(module('Select', {dimension = 2, index = 3}), nn.Select(2, 3), images)
  same(module('Narrow', {dimension = 2, index = 2, length = 2}), nn.Narrow(2, 2, 2), images)
  same(module('Mean', {dimension = 2, sizeAverage = true, squeeze = true}), nn.Mean(2), images)
  same(module('Sum', {dimension = 2}), nn.Sum(2), images)
  same(module('Max', {dimension = 2}), nn.Max(2), images)
  same(module('Squeeze', {}), nn.Squeeze(), images:narrow(2, 1, 1))
  same(module('Unsqueeze', {pos = 2}), nn.Unsqueeze(2), images)
  same(module('Padding', {dim = 2, pad = -1, value = 3, index = 1}), nn.Padding(2, -1, -1, 3),
       images)
  test.fails(function() read(module('Transpose', {permutations = {{1, 2}}, numInputDims = 2})) end,
             'nn.Transpose: its numInputDims')
end)

test.case('containers and tables', function()
  local function leaf(name) return module(name, {}) end
  same(module('Concat', {dimension = 2, size = {longs = {3, 8}},
       modules = {leaf 'Tanh', leaf 'Abs'}}), nn.Concat(2):add(nn.Tanh()):add(nn.Abs()), vectors)
  local branches = module('ConcatTable', {modules = {leaf 'Tanh', leaf 'Identity'}})
  local each = module('ParallelTable', {modules = {leaf 'Abs', leaf 'Square'}})
  local function net(last, fields)
    return module('Sequential', {modules = {branches, each, module(last, fields)}})
  end
  local function layers(last)
    return nn.Sequential():add(nn.ConcatTable():add(nn.Tanh()):add(nn.Identity()))
      :add(nn.ParallelTable():add(nn.Abs()):add(nn.Square())):add(last)
  end
  for _, name in ipairs {'CAddTable', 'CSubTable', 'CMulTable', 'CDivTable', 'CMaxTable'} do
    same(net(name, {}), layers(nn[name]()), vectors)
  end
  same(net('JoinTable', {dimension = 1, nInputDims = 1, size = {longs = {3, 8}}}),
       layers(nn.JoinTable(1, 1)), vectors)
  same(net('SelectTable', {index = -1}), layers(nn.SelectTable(-1)), vectors)
  same(module('Sequential', {modules = {module('SplitTable', {dimension = 2}),
       module('NarrowTable', {offset = 2, length = 2}), leaf 'CSubTable'}}),
       nn.Sequential():add(nn.SplitTable(2)):add(nn.NarrowTable(2, 2)):add(nn.CSubTable()), vectors)
  same(module('DepthConcat', {dimension = 2, modules = {leaf 'Tanh', leaf 'Abs'}}),
       nn.DepthConcat(2):add(nn.Tanh()):add(nn.Abs()), images)
  same(module('Parallel', {inputDimension = 2, outputDimension = 1,
       modules = {leaf 'Tanh', leaf 'Abs', leaf 'Exp'}}),
       nn.Parallel(2, 1):add(nn.Tanh()):add(nn.Abs()):add(nn.Exp()), images)
end)
