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
  for _, size in ipairs(f[1] or {}) do n = n * size end
  local size = string.packsize('<' .. format)
  for i = 1, n do values[i] = ('<' .. format):unpack(f[9][1], (i - 1) * size + 1) end
  test.equal(#f[9][1], n * size, 'bytes of ' .. f[8][1])
  return f[8][1], torch[kind .. 'Tensor'](values):view(table.unpack(f[1] or {1}))
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
    local kind = a[20][1]
    attributes[a[1][1]] = kind == 7 and a[8] or a[kind + 1][1]
  end
  return {operator = f[4][1], inputs = f[1], outputs = f[2], attributes = attributes}
end

-- ---- running a graph ----

local function mapped(f) return function(x) return x:clone():apply(f) end end

-- f of all elements, of tensors whose sizes are 1 or equal, from the last on.
local function broadcast(f)
  return function(_, ...)
    local tensors, sizes, views = {...}, {}, {}
    for _, t in ipairs(tensors) do
      for d = 0, t:dim() - 1 do
        local size = t:size(t:dim() - d)
        test.check(size == 1 or (sizes[d] or 1) == 1 or size == sizes[d], 'sizes fit')
        sizes[d] = math.max(size, sizes[d] or 1)
      end
    end
    local all = torch.LongStorage(#sizes + 1)
    for d = 0, #sizes do all[#sizes + 1 - d] = sizes[d] end
    for i, t in ipairs(tensors) do
      local own = t:size():totable()
      while #own < #all do table.insert(own, 1, 1) end
      views[i] = t:contiguous():view(table.unpack(own)):expand(all):contiguous():view(-1)
    end
    local values = {}
    for i = 1, views[1]:nElement() do
      local v = {}
      for k, view in ipairs(views) do v[k] = view[i] end
      values[i] = f(table.unpack(v))
    end
    local kind = views[#views]:type()
    return torch.Tensor(values):type(kind):view(all)
  end
end

local function folded(f)
  return broadcast(function(first, ...)
    for _, v in ipairs {...} do first = f(first, v) end
    return first
  end)
end

local function alongRows(x, log)
  local y = x:clone()
  local rows = y:view(x:size(1), x:size(2), -1)
  for i = 1, x:size(1) do
    local sum = rows[i]:clone():exp():sum(1)
    for j = 1, x:size(2) do
      local row = rows[i][j]
      if log then row:add(-1, sum:clone():log()) else row:exp():cdiv(sum) end
    end
  end
  return y
end

local function reduced(method)
  return function(a, x)
    local axis = a.axes[1] < 0 and x:dim() + a.axes[1] or a.axes[1]
    local y = x[method](x, axis + 1)
    return a.keepdims == 1 and y or y:select(axis + 1, 1)
  end
end

-- Windows of an image (B,C,H,W): give(b, c, r, s, row, column) for each element inside it.
local function windows(x, a, visit)
  local kh, kw = table.unpack(a.kernel_shape)
  local top, left, bottom, right = table.unpack(a.pads)
  local rows = (x:size(3) + top + bottom - kh) // a.strides[1] + 1
  local columns = (x:size(4) + left + right - kw) // a.strides[2] + 1
  for r = 1, rows do
    for s = 1, columns do
      for i = 1, kh do
        for j = 1, kw do
          local row, column = (r - 1) * a.strides[1] + i - top, (s - 1) * a.strides[2] + j - left
          local inside = row >= 1 and row <= x:size(3) and column >= 1 and column <= x:size(4)
          visit(r, s, i, j, row, column, inside)
        end
      end
    end
  end
  return rows, columns
end

-- The same by planes of the output (B, planes, rows, columns): f(y, count, at, inside).
local function pooled(x, a, start, step)
  local rows, columns = windows(x, a, function() end)
  local y = x.new(x:size(1), x:size(2), rows, columns):fill(start)
  local n = y:clone():zero()
  windows(x, a, function(r, s, _, _, row, column, inside)
    for b = 1, x:size(1) do
      for c = 1, x:size(2) do
        if inside then y[{b, c, r, s}] = step(y[{b, c, r, s}], x[{b, c, row, column}]) end
        if inside or a.count_include_pad == 1 then n[{b, c, r, s}] = n[{b, c, r, s}] + 1 end
      end
    end
  end)
  return y, n
end

local operators = {
  Identity = function(_, x) return x end,
  Relu = function(_, x) return mapped(function(v) return math.max(v, 0) end)(x) end,
  Tanh = function(_, x) return mapped(function(v) return 1 - 2 / (math.exp(2 * v) + 1) end)(x) end,
  Sigmoid = function(_, x) return mapped(function(v) return 1 / (1 + math.exp(-v)) end)(x) end,
  Softplus = function(_, x) return mapped(function(v) return math.log(1 + math.exp(v)) end)(x) end,
  Softsign = function(_, x) return mapped(function(v) return v / (1 + math.abs(v)) end)(x) end,
  Abs = function(_, x) return mapped(math.abs)(x) end,
  Sqrt = function(_, x) return mapped(math.sqrt)(x) end,
  Exp = function(_, x) return mapped(math.exp)(x) end,
  Log = function(_, x) return mapped(math.log)(x) end,
  Neg = function(_, x) return mapped(function(v) return -v end)(x) end,
  LeakyRelu = function(a, x)
    return mapped(function(v) return v > 0 and v or a.alpha * v end)(x)
  end,
  Elu = function(a, x)
    return mapped(function(v) return v > 0 and v or a.alpha * (math.exp(v) - 1) end)(x)
  end,
  Shrink = function(a, x)
    local bias = a.bias or 0
    return mapped(function(v)
      return v < -a.lambd and v + bias or v > a.lambd and v - bias or 0
    end)(x)
  end,
  Clip = broadcast(function(v, low, high) return math.min(math.max(v, low), high) end),
  Greater = broadcast(function(v, w) return v > w and 1 or 0 end),
  Where = broadcast(function(c, v, w) return c ~= 0 and v or w end),
  PRelu = broadcast(function(v, slope) return v > 0 and v or slope * v end),
  Pow = broadcast(function(v, w) return v ^ w end),
  Add = broadcast(function(v, w) return v + w end),
  Sub = broadcast(function(v, w) return v - w end),
  Mul = broadcast(function(v, w) return v * w end),
  Div = broadcast(function(v, w) return v / w end),
  Sum = folded(function(v, w) return v + w end),
  Max = folded(math.max),
  Min = folded(math.min),
  Softmax = function(a, x) test.equal(a.axis, 1); return alongRows(x) end,
  LogSoftmax = function(a, x) test.equal(a.axis, 1); return alongRows(x, true) end,
  ReduceMean = reduced 'mean',
  ReduceMax = reduced 'max',
  ReduceMin = reduced 'min',
  ReduceSum = function(a, x, axes)
    return reduced 'sum'({axes = axes:totable(), keepdims = a.keepdims}, x)
  end,
  Reshape = function(_, x, shape)
    local sizes = shape:totable()
    for d, size in ipairs(sizes) do if size == 0 then sizes[d] = x:size(d) end end
    return x:contiguous():view(table.unpack(sizes))
  end,
  Transpose = function(a, x)
    local order = {}
    for i, d in ipairs(a.perm) do order[i] = d + 1 end
    return x:permute(table.unpack(order)):contiguous()
  end,
  Slice = function(_, x, starts, ends, axes)
    return x:narrow(axes[1] + 1, starts[1] + 1, ends[1] - starts[1])
  end,
  Gather = function(a, x, index) return x:select(a.axis + 1, index[1] + 1) end,
  Concat = function(a, ...) return torch.cat({...}, a.axis + 1) end,
  Gemm = function(a, x, weight, bias)
    local y = torch.mm(x, a.transB == 1 and weight:t() or weight)
    for i = 1, x:size(1) do if bias then y[i]:add(bias) end end
    return y
  end,
  BatchNormalization = function(a, x, scale, bias, mean, variance)
    local y = x:clone()
    for c = 1, x:size(2) do
      local factor = scale[c] / math.sqrt(variance[c] + a.epsilon)
      y:select(2, c):add(-mean[c]):mul(factor):add(bias[c])
    end
    return y
  end,
  Conv = function(a, x, weight, bias)
    local rows, columns = windows(x, a, function() end)
    local y = x.new(x:size(1), weight:size(1), rows, columns)
    for o = 1, weight:size(1) do y:select(2, o):fill(bias and bias[o] or 0) end
    windows(x, a, function(r, s, i, j, row, column, inside)
      for b = 1, inside and x:size(1) or 0 do
        for o = 1, weight:size(1) do
          local sum = y[{b, o, r, s}]
          for c = 1, x:size(2) do sum = sum + weight[{o, c, i, j}] * x[{b, c, row, column}] end
          y[{b, o, r, s}] = sum
        end
      end
    end)
    return y
  end,
  ConvTranspose = function(a, x, weight, bias)
    local function size(d)
      return (x:size(d + 2) - 1) * a.strides[d] + a.output_padding[d] + a.kernel_shape[d]
        - a.pads[d] - a.pads[d + 2]
    end
    local y = x.new(x:size(1), weight:size(2), size(1), size(2))
    for o = 1, weight:size(2) do y:select(2, o):fill(bias and bias[o] or 0) end
    local like = {kernel_shape = a.kernel_shape, strides = a.strides, pads = a.pads}
    windows(y, like, function(r, s, i, j, row, column, inside)
      for b = 1, inside and r <= x:size(3) and s <= x:size(4) and x:size(1) or 0 do
        for o = 1, weight:size(2) do
          local sum = y[{b, o, row, column}]
          for c = 1, x:size(2) do sum = sum + weight[{c, o, i, j}] * x[{b, c, r, s}] end
          y[{b, o, row, column}] = sum
        end
      end
    end)
    return y
  end,
  MaxPool = function(a, x) return (pooled(x, a, -math.huge, math.max)) end,
  AveragePool = function(a, x)
    local y, n = pooled(x, a, 0, function(v, w) return v + w end)
    return y:cdiv(n)
  end,
  Pad = function(_, x, pads)
    test.equal({pads[1], pads[2], pads[5], pads[6]}, {0, 0, 0, 0})
    local top, left = pads[3], pads[4]
    local y = x.new(x:size(1), x:size(2), x:size(3) + top + pads[7], x:size(4) + left + pads[8])
    y:zero()
    for r = 1, y:size(3) do
      for c = 1, y:size(4) do
        local inside = r > top and r - top <= x:size(3) and c > left and c - left <= x:size(4)
        if inside then y[{{}, {}, r, c}]:copy(x[{{}, {}, r - top, c - left}]) end
      end
    end
    return y
  end,
  Resize = function(a, x, _, scales)
    test.equal(a, {mode = 'nearest', coordinate_transformation_mode = 'asymmetric',
      nearest_mode = 'floor'})
    test.equal({scales[1], scales[2], scales:type()}, {1, 1, 'torch.FloatTensor'})
    local y = x.new(x:size(1), x:size(2), x:size(3) * scales[3], x:size(4) * scales[4])
    for r = 1, y:size(3) do
      for c = 1, y:size(4) do
        local row, column = (r - 1) // scales[3], (c - 1) // scales[4]
        y[{{}, {}, r, c}]:copy(x[{{}, {}, math.tointeger(row) + 1, math.tointeger(column) + 1}])
      end
    end
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
      arguments[i] = name ~= '' and assert(values[name], 'a value before it is made: ' .. name)
    end
    test.equal(values[n.outputs[1]], nil, 'made twice')
    values[n.outputs[1]] = operators[n.operator](n.attributes, table.unpack(arguments))
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

-- ---- each layer ----

-- What the file computes is what the network does in evaluation.
local function agrees(net, x, ...)
  for _, kind in ipairs {'torch.FloatTensor', 'torch.DoubleTensor'} do
    local typed = net:clone():type(kind)
    local got, values = exported(typed, x:type(kind), {table.unpack(x:size():totable(), 2)}, ...)
    typed:evaluate()
    local want = typed:forward(x:type(kind):clone())
    test.equal(got:size():totable(), want:size():totable(), tostring(net))
    test.near(got, want, 1e-4, tostring(net))
    if kind == 'torch.DoubleTensor' then return values end
  end
end

test.case('layers element by element', function()
  local x = torch.randn(3, 4, 2, 3):mul(1.5)
  local positive = x:clone():abs():add(0.1)
  for _, layer in ipairs {nn.HardTanh(), nn.HardTanh(-0.3, 0.6), nn.Clamp(-0.2, 0.7),
      nn.SoftPlus(), nn.SoftPlus(3), nn.SoftSign(), nn.Abs(), nn.Square(), nn.Exp(),
      nn.LogSigmoid(), nn.TanhShrink(), nn.HardShrink(0.4), nn.SoftShrink(0.4),
      nn.Threshold(0.3, -2), nn.Power(2), nn.PReLU(), nn.PReLU(4), nn.AddConstant(1.5),
      nn.MulConstant(-0.5), nn.SpatialDropout(0.3), nn.Contiguous(), nn.Copy(),
      nn.L1Penalty(0.1), nn.SoftMax(), nn.LogSoftMax(), nn.SoftMin(), nn.ELU(0.5),
      nn.LeakyReLU(0.2), nn.Mul(), nn.Add(24), nn.Add(1, true), nn.CMul(4, 2, 3), nn.CMul(24),
      nn.CMul(1, 4, 1, 1), nn.CAdd(1, 1, 2, 3), nn.CAdd(4, 2, 3)} do
    agrees(layer, x)
  end
  for _, layer in ipairs {nn.Sqrt(), nn.Log(), nn.Power(0.7)} do agrees(layer, positive) end
end)

test.case('layers on vectors', function()
  local x = torch.randn(3, 5)
  local normal = nn.BatchNormalization(5, 1e-2)
  normal.running_mean:uniform(-1, 1)
  normal.running_var:uniform(0.5, 2)
  normal.bias:uniform(-1, 1)
  local bare = nn.BatchNormalization(5, nil, nil, false)
  bare.running_mean:uniform(-1, 1)
  local lines = nn.LayerNormalization(5, 0.3)
  lines.weight:uniform(-1, 1)
  for _, layer in ipairs {normal, bare, lines, nn.LayerNormalization(5, 0, 1e-3, false),
      nn.Normalize(2), nn.Normalize(1.5), nn.PReLU(5), nn.TiedLinear(5, 7),
      nn.TiedLinear(5, 2, false), nn.SoftMin()} do
    agrees(layer, x)
  end
  agrees(nn.LayerNormalization(3), torch.randn(2, 4, 3))
end)

test.case('layers on images', function()
  local x = torch.randn(2, 3, 7, 6)
  local normal = nn.SpatialBatchNormalization(3)
  normal.running_mean:uniform(-1, 1)
  normal.running_var:uniform(0.5, 2)
  for _, layer in ipairs {normal, nn.SpatialConvolution(3, 4, 3, 2), nn.Identity(),
      nn.SpatialConvolution(3, 2, 2, 3, 2, 1, 1, 0), nn.SpatialConvolutionMM(3, 4, 3, 2, 2, 2, 1),
      nn.SpatialFullConvolution(3, 2, 3, 2),
      nn.SpatialFullConvolution(3, 2, 3, 2, 2, 3, 1, 0, 1, 2),
      nn.SpatialMaxPooling(2, 3), nn.SpatialMaxPooling(3, 2, 2, 2, 1, 1),
      nn.SpatialMaxPooling(3, 3, 2, 3, 1, 1):ceil(), nn.SpatialAveragePooling(2, 3, 2, 2),
      nn.SpatialAveragePooling(3, 2, 2, 1, 1, 1), nn.SpatialAveragePooling(4, 3, 3, 2, 1, 1):ceil(),
      nn.SpatialAveragePooling(3, 3, 2, 2, 1, 1):ceil():setCountExcludePad(),
      nn.SpatialAveragePooling(2, 2, 2, 2, 1, 1, true, true, false),
      nn.SpatialZeroPadding(1, 2, 0, 3), nn.SpatialZeroPadding(-1, 2, -2, 0),
      nn.SpatialUpSamplingNearest(2)} do
    agrees(layer, x)
  end
end)

test.case('layers that change sizes', function()
  local x = torch.randn(3, 4, 5, 1)
  for _, layer in ipairs {nn.Transpose({2, 3}), nn.Transpose({2, 4}, {2, 3}), nn.Narrow(2, 2, 3),
      nn.Narrow(3, 2, -2), nn.Select(2, 3), nn.Select(3, -2), nn.Mean(3), nn.Mean(1, 3), nn.Max(2),
      nn.Min(-2), nn.Sum(2), nn.Sum(3, -1, true), nn.Sum(2, -1, false, false), nn.Squeeze(),
      nn.Squeeze(3, 3), nn.Unsqueeze(1, 3), nn.Unsqueeze(4)} do
    agrees(layer, x)
  end
  for _, layer in ipairs {nn.Mean(1), nn.Select(1, 1), nn.Transpose({1, 2}), nn.Narrow(1, 1, 2)} do
    test.fails(function() layer:exportONNX(test.folder() .. '/no.onnx', {4, 5}) end,
               'exportONNX: the network is a ' .. torch.typename(layer), 'the batch')
  end
  test.fails(function() nn.SoftMax():exportONNX(test.folder() .. '/no.onnx', {4, 5}) end,
             'a batch of two dimensions for one sample of three')
end)

test.case('branches and tables', function()
  local function two(a, b) return nn.ConcatTable():add(a):add(b) end
  local x = torch.randn(3, 4)
  for _, name in ipairs {'CAddTable', 'CSubTable', 'CMulTable', 'CDivTable', 'CMaxTable',
                         'CMinTable'} do
    agrees(nn.Sequential():add(two(nn.Linear(4, 3), nn.Sequential():add(nn.Linear(4, 3))
      :add(nn.Exp()))):add(nn[name]()), x)
  end
  agrees(nn.Sequential():add(two(nn.Identity(), nn.Linear(4, 4)):add(nn.Tanh()))
    :add(nn.CAddTable()), x)
  agrees(nn.Concat(2):add(nn.Linear(4, 3)):add(nn.Tanh()), x)
  agrees(nn.Sequential():add(two(nn.Linear(4, 3), nn.Identity()))
    :add(nn.ParallelTable():add(nn.Linear(3, 2)):add(nn.Tanh())):add(nn.JoinTable(1, 1)), x)
  agrees(nn.Sequential():add(two(two(nn.Tanh(), nn.Abs()), nn.Square())):add(nn.FlattenTable())
    :add(nn.NarrowTable(2, -1)):add(nn.SelectTable(-1)), x)
  agrees(nn.Sequential():add(nn.SplitTable(2)):add(nn.NarrowTable(2, 2)):add(nn.CSubTable()),
    torch.randn(3, 4, 2))
  agrees(nn.Sequential():add(nn.Concat(2):add(nn.SpatialConvolution(2, 3, 1, 1))
    :add(nn.SpatialMaxPooling(3, 3, 1, 1, 1, 1))):add(nn.ReLU()), torch.randn(2, 2, 4, 3))
  local path = test.folder() .. '/no.onnx'
  test.fails(function() nn.SplitTable(2):exportONNX(path, {4}) end, 'the network gives a table')
  test.fails(function() nn.Concat(1):add(nn.Tanh()):exportONNX(path, {4}) end, 'along the batch')
  test.fails(function() nn.Parallel(2, 2):add(nn.Tanh()):exportONNX(path, {4}) end,
             'nn.Parallel, which has no form')
end)

test.case('tied weights and layers used twice are written once', function()
  local first = nn.Linear(4, 3)
  local net = nn.Sequential():add(first, 'encoder'):add(nn.Tanh()):add(nn.TiedLinear(first))
  local values = agrees(net, torch.randn(3, 4))
  test.equal(values['2.weight'], nil)
  test.equal(values['encoder.weight'], first.weight:double())
  local relu = nn.ReLU()
  agrees(nn.Sequential():add(relu):add(nn.Linear(4, 2)):add(relu):add(nn.ConcatTable():add(relu)
    :add(nn.Linear(2, 2))):add(nn.CAddTable()), torch.randn(3, 4))
end)
