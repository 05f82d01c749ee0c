--- How each layer is written in ONNX (operator set 13), for lua/onnx.lua.
--
-- leaf: class -> function(graph, module, input, path, y), which adds nodes and returns the name of
-- the output, or a list of them for a table. input is a value, {name =, x = tensor}, or a list of
-- values; y what the layer gave for input's tensors. container: likewise, but it runs its children
-- itself and returns values. Layers on images are in lua/onnximages.lua.

local torch, core = require 'torch', require 'aelua.modules'

local leaf, container, keepsSizes = require 'aelua.lua.onnximages', {}, {}

-- ---- element by element ----

-- Entries whose output has the input's sizes.
local function pointwise(names, emit)
  for name in names:gmatch '%S+' do leaf['nn.' .. name], keepsSizes['nn.' .. name] = emit, true end
end

-- Operators one after the other, without options.
local function plain(...)
  local operators = {...}
  return function(graph, _, input)
    local name = input.name
    for _, operator in ipairs(operators) do name = graph:node(operator, {name}) end
    return name
  end
end

pointwise('Identity Dropout WhiteNoise Contiguous Copy L1Penalty KLSparsity',
  function(_, _, input) return input end)

pointwise('ReLU', plain 'Relu')
pointwise('Tanh', plain 'Tanh')
pointwise('Sigmoid', plain 'Sigmoid')
pointwise('SoftSign', plain 'Softsign')
pointwise('Abs', plain 'Abs')
pointwise('Sqrt', plain 'Sqrt')
pointwise('Exp', plain 'Exp')
pointwise('Log', plain 'Log')
pointwise('LogSigmoid', plain('Neg', 'Softplus', 'Neg')) -- log(1 / (1 + e^-x)) = -log(1 + e^-x)

pointwise('Square', function(graph, _, input)
  return graph:node('Mul', {input.name, input.name})
end)

pointwise('TanhShrink', function(graph, _, input)
  return graph:node('Sub', {input.name, graph:node('Tanh', {input.name})})
end)

-- An operator with a float attribute from an option.
local function attribute(operator, name, option)
  return function(graph, module, input)
    return graph:node(operator, {input.name}, {[name] = core.options(module)[option] + 0.0})
  end
end
pointwise('LeakyReLU', attribute('LeakyRelu', 'alpha', 'negval'))
pointwise('ELU', attribute('Elu', 'alpha', 'alpha'))
pointwise('HardShrink', attribute('Shrink', 'lambd', 'lambda'))

pointwise('SoftShrink', function(graph, module, input)
  local lambda = core.options(module).lambda + 0.0
  return graph:node('Shrink', {input.name}, {lambd = lambda, bias = lambda})
end)

pointwise('HardTanh Clamp', function(graph, module, input, path)
  local options = core.options(module)
  return graph:node('Clip', {input.name, graph:number(path .. 'min', options.min_val, {}),
    graph:number(path .. 'max', options.max_val, {})})
end)

-- (1 / beta) log(1 + e^(beta x))
pointwise('SoftPlus', function(graph, module, input, path)
  local beta = core.options(module).beta
  if beta == 1 then return graph:node('Softplus', {input.name}) end
  local name = graph:number(path .. 'beta', beta)
  local y = graph:node('Softplus', {graph:node('Mul', {input.name, name})})
  return graph:node('Div', {y, name})
end)

pointwise('Threshold', function(graph, module, input, path)
  local options = core.options(module)
  local above = graph:node('Greater', {input.name,
    graph:number(path .. 'threshold', options.threshold)})
  return graph:node('Where', {above, input.name, graph:number(path .. 'val', options.val)})
end)

local function withNumber(operator, option)
  return function(graph, module, input, path)
    local x = core.options(module)[option]
    return graph:node(operator, {input.name, graph:number(path .. option, x)})
  end
end
pointwise('Power', withNumber('Pow', 'pow'))
pointwise('AddConstant', withNumber('Add', 'constant_scalar'))
-- Unlike Dropout it scales in evaluation, not in training.
pointwise('SpatialDropout', function(graph, module, input, path)
  return graph:node('Mul', {input.name, graph:number(path .. 'kept', 1 - core.options(module).p)})
end)
pointwise('MulConstant', withNumber('Mul', 'constant_scalar'))

-- ---- along the features ----

-- Their dimension of a batch: in three dimensions Torch takes the first for them.
local function checkFeatures(graph, module, input, path)
  if input.x:dim() == 3 then
    graph.refuse(module, path, 'which takes a batch of two dimensions for one sample of three')
  end
end

local function alongFeatures(operator, before)
  return function(graph, module, input, path)
    checkFeatures(graph, module, input, path)
    local name = before and graph:node(before, {input.name}) or input.name
    return graph:node(operator, {name}, {axis = 1})
  end
end
pointwise('SoftMax', alongFeatures 'Softmax')
pointwise('LogSoftMax', alongFeatures 'LogSoftmax')
pointwise('SoftMin', alongFeatures('Softmax', 'Neg'))

pointwise('PReLU', function(graph, module, input, path)
  local sizes = {module.weight:nElement()}
  if core.options(module).nOutputPlane > 0 then
    checkFeatures(graph, module, input, path)
    for d = 2, input.x:dim() - 1 do sizes[d] = 1 end
  end
  return graph:node('PRelu', {input.name, graph:constant(path .. 'weight', module.weight, sizes)})
end)

-- x / (sum |x|^p + eps)^(1/p)
pointwise('Normalize', function(graph, module, input, path)
  local options = core.options(module)
  if options.p == math.huge then graph.refuse(module, path, 'whose p is infinite') end
  local y = graph:node('Abs', {input.name})
  y = graph:node('Pow', {y, graph:number(path .. 'p', options.p)})
  y = graph:node('ReduceSum', {y, graph:integers(path .. 'axes', {1})}, {keepdims = 1})
  y = graph:node('Add', {y, graph:number(path .. 'eps', options.eps)})
  y = graph:node('Pow', {y, graph:number(path .. 'root', 1 / options.p)})
  return graph:node('Div', {input.name, y})
end)

-- ---- with parameters ----

local function affine(transB)
  return function(graph, module, input, path)
    local inputs = {input.name, graph:constant(path .. 'weight', module.weight)}
    if module.bias then inputs[3] = graph:constant(path .. 'bias', module.bias) end
    return graph:node('Gemm', inputs, {transB = transB})
  end
end
leaf['nn.Linear'], leaf['nn.TiedLinear'] = affine(1), affine(0)

-- Sizes with which a parameter stands for each sample alike, src/layer/broadcast.c.
local function spread(graph, module, x, parameter, path)
  local n, sizes = parameter:nElement(), x:size():totable()
  if n == 1 then return {1} end
  if parameter:dim() == #sizes and parameter:size(1) == 1 then return nil end
  if n * sizes[1] == x:nElement() then return table.move(sizes, 2, #sizes, 1, {}) end
  graph.refuse(module, path, 'whose parameter is not the same for each sample')
end

local function withParameter(operator, slot)
  return function(graph, module, input, path)
    local parameter = module[slot]
    local sizes = spread(graph, module, input.x, parameter, path)
    return graph:node(operator, {input.name, graph:constant(path .. slot, parameter, sizes)})
  end
end
pointwise('Mul CMul', withParameter('Mul', 'weight'))
pointwise('CAdd Add', withParameter('Add', 'bias'))

pointwise('BatchNormalization SpatialBatchNormalization', function(graph, module, input, path)
  local mean, inputs = module.running_mean, {input.name}
  inputs[2] = graph:constant(path .. 'weight', module.weight or mean:clone():fill(1))
  inputs[3] = graph:constant(path .. 'bias', module.bias or mean:clone():zero())
  inputs[4] = graph:constant(path .. 'running_mean', mean)
  inputs[5] = graph:constant(path .. 'running_var', module.running_var)
  return graph:node('BatchNormalization', inputs, {epsilon = core.options(module).eps + 0.0})
end)

-- (x - mean) / sqrt(variance + eps) * w + b of each line
pointwise('LayerNormalization', function(graph, module, input, path)
  local last = {axes = {-1}, keepdims = 1}
  local x = graph:node('Sub', {input.name, graph:node('ReduceMean', {input.name}, last)})
  local variance = graph:node('ReduceMean', {graph:node('Mul', {x, x})}, last)
  local eps = graph:number(path .. 'eps', core.options(module).eps)
  local y = graph:node('Div', {x, graph:node('Sqrt', {graph:node('Add', {variance, eps})})})
  if not module.weight then return y end
  y = graph:node('Mul', {y, graph:constant(path .. 'weight', module.weight)})
  return graph:node('Add', {y, graph:constant(path .. 'bias', module.bias)})
end)

-- ---- sizes ----

-- -1 is inferred and 0 is the input's own size.
leaf['nn.View'] = function(graph, module, input, path)
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

leaf['nn.Reshape'] = function(graph, module, input, path)
  local options = core.options(module)
  local sizes = table.move(options.sizes, 1, #options.sizes, 1, {})
  if options.batchMode ~= false then table.insert(sizes, 1, -1) end
  return graph:reshape(input, path, sizes)
end

-- The output's own sizes.
local function reshaped(graph, module, input, path, y)
  local sizes = y:size():totable()
  if sizes[1] ~= input.x:size(1) then graph.refuse(module, path, 'which changes the batch') end
  sizes[1] = -1
  return graph:reshape(input, path, sizes)
end
leaf['nn.Squeeze'], leaf['nn.Unsqueeze'] = reshaped, reshaped

-- A dimension of Torch's as one counted from 0; the batch's is refused.
local function axisOf(graph, module, x, dimension, sampleDims, path)
  local batch = sampleDims and sampleDims > 0 and x:dim() == sampleDims + 1
  local axis = dimension < 0 and x:dim() + dimension or dimension - 1 + (batch and 1 or 0)
  if axis == 0 then graph.refuse(module, path, 'which works along the batch') end
  return axis
end

leaf['nn.Transpose'] = function(graph, module, input, path)
  local options, order = core.options(module), {}
  for d = 1, input.x:dim() do order[d] = d - 1 end
  for i = 1, 7 do
    local swap = options['swap' .. i]
    if swap and #swap == 2 then
      order[swap[1]], order[swap[2]] = order[swap[2]], order[swap[1]]
    end
  end
  if order[1] ~= 0 then graph.refuse(module, path, 'which moves the batch') end
  return graph:node('Transpose', {input.name}, {perm = order})
end

leaf['nn.Narrow'] = function(graph, module, input, path, y)
  local options = core.options(module)
  local axis = axisOf(graph, module, input.x, options.dimension, nil, path)
  local first = options.index < 0 and 0 or options.index - 1
  return graph:node('Slice', {input.name, graph:integers(path .. 'starts', {first}),
    graph:integers(path .. 'ends', {first + y:size(axis + 1)}),
    graph:integers(path .. 'axes', {axis})})
end

-- The slice of this index, counted from 0; its dimension goes.
local function slice(graph, input, path, axis, index)
  return graph:node('Gather', {input.name,
    graph:integers(('%sindex_%d'):format(path, index), {index}, {})}, {axis = axis})
end

leaf['nn.Select'] = function(graph, module, input, path)
  local options = core.options(module)
  local axis, index = axisOf(graph, module, input.x, options.dimension, nil, path), options.index
  return slice(graph, input, path, axis, index < 0 and input.x:size(axis + 1) + index or index - 1)
end

local function reduced(operator)
  return function(graph, module, input, path)
    local options = core.options(module)
    local axis = axisOf(graph, module, input.x, options.dimension, options.nInputDims, path)
    return graph:node(operator, {input.name}, {axes = {axis}, keepdims = 0})
  end
end
leaf['nn.Mean'], leaf['nn.Max'], leaf['nn.Min'] = reduced 'ReduceMean', reduced 'ReduceMax',
  reduced 'ReduceMin'

leaf['nn.Sum'] = function(graph, module, input, path)
  local options = core.options(module)
  local axis = axisOf(graph, module, input.x, options.dimension, options.nInputDims, path)
  local keep = options.squeeze and 0 or 1
  if options.sizeAverage then
    return graph:node('ReduceMean', {input.name}, {axes = {axis}, keepdims = keep})
  end
  return graph:node('ReduceSum', {input.name, graph:integers(path .. 'axes', {axis})},
    {keepdims = keep})
end

-- ---- tables ----

local function namesOf(values)
  local names = {}
  for i, value in ipairs(values) do names[i] = value.name end
  return names
end

local function ofAll(operator)
  return function(graph, _, input) return graph:node(operator, namesOf(input)) end
end
leaf['nn.CAddTable'], leaf['nn.CMaxTable'], leaf['nn.CMinTable'] = ofAll 'Sum', ofAll 'Max',
  ofAll 'Min'
leaf['nn.CSubTable'], leaf['nn.CDivTable'] = ofAll 'Sub', ofAll 'Div'

leaf['nn.CMulTable'] = function(graph, _, input)
  local name = input[1].name
  for i = 2, #input do name = graph:node('Mul', {name, input[i].name}) end
  return name
end

leaf['nn.JoinTable'] = function(graph, module, input, path)
  local options = core.options(module)
  local axis = axisOf(graph, module, input[1].x, options.dimension, options.nInputDims, path)
  return graph:node('Concat', namesOf(input), {axis = axis})
end

leaf['nn.SplitTable'] = function(graph, module, input, path, y)
  local options, names = core.options(module), {}
  local axis = axisOf(graph, module, input.x, options.dimension, options.nInputDims, path)
  for i = 1, #y do names[i] = slice(graph, input, path, axis, i - 1) end
  return names
end

-- What only passes values on; these are not run.

container['nn.SelectTable'] = function(graph, module, input, path)
  local index = core.options(module).index
  return input[index < 0 and #input + index + 1 or index]
    or graph.refuse(module, path, ('there are %d tensors'):format(#input))
end

container['nn.NarrowTable'] = function(graph, module, input, path)
  local options = core.options(module)
  local length = options.length
  if length < 0 then length = #input - options.offset + 2 + length end
  local values = table.move(input, options.offset, options.offset + length - 1, 1, {})
  if #values ~= length or length < 1 then
    graph.refuse(module, path, ('there are %d tensors'):format(#input))
  end
  return values
end

local function flatten(value, list)
  if value.name then
    list[#list + 1] = value
  else
    for _, part in ipairs(value) do flatten(part, list) end
  end
  return list
end
container['nn.FlattenTable'] = function(_, _, input) return flatten(input, {}) end

-- ---- containers ----

container['nn.Sequential'] = function(graph, module, input, path)
  for i = 1, module:size() do input = graph:child(module, i, input, path) end
  return input
end

container['nn.ConcatTable'] = function(graph, module, input, path)
  local values = {}
  for i = 1, module:size() do values[i] = graph:child(module, i, input, path) end
  return values
end

container['nn.ParallelTable'] = function(graph, module, input, path)
  local values = {}
  for i = 1, module:size() do
    if not input[i] then graph.refuse(module, path, ('its input %d is missing'):format(i)) end
    values[i] = graph:child(module, i, input[i], path)
  end
  return values
end

container['nn.Concat'] = function(graph, module, input, path)
  local values = container['nn.ConcatTable'](graph, module, input, path)
  local tensors = {}
  for i, value in ipairs(values) do tensors[i] = value.x end
  local axis = axisOf(graph, module, tensors[1], core.options(module).dimension, nil, path)
  return {name = graph:node('Concat', namesOf(values), {axis = axis}),
          x = torch.cat(tensors, axis + 1)}
end

return {leaf = leaf, container = container, keepsSizes = keepsSizes}
