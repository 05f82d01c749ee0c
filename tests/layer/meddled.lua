-- Whatever a script did to a layer's tensors or its input since forward, a step ends or raises.
local test = require 'harness'
local reference = require 'aelua.reference'
local nn = require 'nn'

local function rows() return torch.rand(4, 6) end
local function planes() return torch.rand(2, 3, 4, 4) end
local function pair() return {torch.rand(4, 6), torch.rand(4, 6)} end
local function mixture() return {torch.rand(4, 2), pair()} end
local function numbers() return torch.Tensor {{1, 2}, {3, 1}} end
local function product() return {torch.rand(2, 4, 6), torch.rand(2, 6, 3)} end
local function vectors() return {torch.rand(2, 4, 6), torch.rand(2, 6)} end
local function ones() return torch.rand(4, 1, 6) end

-- {input, options}; of those not named here: rows, no options.
local described = {
  Add = {rows, 6}, AddConstant = {rows, 1}, BatchNormalization = {rows, 6}, CAdd = {rows, 6},
  CAddTable = {pair}, CDivTable = {pair}, CMaxTable = {pair}, CMinTable = {pair}, CMul = {rows, 6},
  CMulTable = {function() return {rows(), rows(), rows()} end}, CSubTable = {pair},
  Concat = {rows, 2}, ContractivePenalty = {rows, 3, 6}, CosineDistance = {pair},
  DepthConcat = {rows, 2}, DotProduct = {pair}, FlattenTable = {mixture}, JoinTable = {pair, 2},
  KLSparsity = {rows, 0.1}, L1Penalty = {rows, 1}, LayerNormalization = {rows, 6},
  Linear = {rows, 6, 40}, LookupTable = {numbers, 3, 5}, MM = {product}, MV = {vectors},
  MapTable = {pair}, Max = {rows, 1}, Mean = {rows, 1}, Min = {rows, 1}, MixtureTable = {mixture},
  MulConstant = {rows, 2}, Narrow = {rows, 2, 2, 3}, NarrowTable = {pair, 1}, PReLU = {rows, 6},
  Padding = {rows, 2, 3}, PairwiseDistance = {pair}, Parallel = {pair, 1, 1},
  ParallelTable = {pair}, Power = {rows, 2}, Replicate = {rows, 3}, Reshape = {rows, 2, 3},
  Select = {rows, 2, 1}, SelectTable = {pair, 1}, SpatialAveragePooling = {planes, 2, 2},
  SpatialBatchNormalization = {planes, 3}, SpatialConvolution = {planes, 3, 5, 3, 3},
  SpatialConvolutionMM = {planes, 3, 5, 3, 3}, SpatialDropout = {planes},
  SpatialFullConvolution = {planes, 3, 5, 3, 3}, SpatialMaxPooling = {planes, 2, 2},
  SpatialMaxUnpooling = {function() return torch.rand(2, 3, 2, 2) end},
  SpatialUpSamplingNearest = {planes, 2}, SpatialZeroPadding = {planes, 1, 1, 1, 1},
  SplitTable = {rows, 1}, Squeeze = {ones}, Sum = {rows, 1}, TiedLinear = {rows, 6, 40},
  Transpose = {rows, {1, 2}}, Unsqueeze = {rows, 2}, View = {rows, 3, 2},
}

local function make(entry)
  local case = described[entry.name] or {rows}
  local x = case[1]()
  if entry.name == 'SpatialMaxUnpooling' then
    local pool = nn.SpatialMaxPooling(2, 2)
    pool:forward(planes())
    return nn.SpatialMaxUnpooling(pool), x
  elseif entry.name == 'Parallel' then
    local layer = nn.Parallel(1, 1)
    for _ = 1, 4 do layer:add(nn.Linear(6, 2)) end
    return layer, rows()
  end
  local layer = nn[entry.name](table.unpack(case, 2))
  if entry.container then
    layer:add(nn.LayerNormalization(6))
    if entry.name ~= 'MapTable' then layer:add(nn.Linear(6, 6)) end
  end
  return layer, x
end

local function tensors(value, list)
  list = list or {}
  if torch.isTensor(value) then
    list[#list + 1] = value
  elseif type(value) == 'table' then
    for _, part in ipairs(value) do tensors(part, list) end
  end
  return list
end

-- ---- what is done to tensors ----

local function turned(sizes)
  local other = {}
  for i, size in ipairs(sizes) do other[#sizes + 1 - i] = size end
  return other
end

local function resized(change)
  return function(t) t:resize(torch.LongStorage(change(t:size():totable()))) end
end

local done = {
  deepened = resized(function(sizes) return {1, table.unpack(sizes)} end),
  emptied = function(t) t:set() end,
  filled = function(t) t:fill(1e30) end,
  flattened = function(t) t:resize(t:nElement()) end,
  grown = function(t)
    t:resize(torch.LongStorage{t:size(1) * 50, table.unpack(t:size():totable(), 2)})
    t:fill(0.5) -- numbers that nobody wrote are no error of the engine's
  end,
  shrunk = function(t) t:resize(2) end,
  spread = function(t) t:set(torch.rand(1):expand(t:size())) end,
  transposed = function(t)
    local sizes = t:size():totable()
    local other = torch.rand(torch.LongStorage(turned(sizes)))
    for d = 1, #sizes // 2 do other = other:transpose(d, #sizes + 1 - d) end
    t:set(other)
  end,
  turned = resized(turned),
}

-- To each tensor in a list of tensors and tables once; some may not be possible.
local function all(how, list)
  local seen = {}
  for _, t in ipairs(tensors(list)) do
    if not seen[t] then pcall(done[how], t) end
    seen[t] = true
  end
end

-- What may have been done between forward and backward, the slot named: with layer, x, gy.
local meddlings = {
  function(layer, _, _, slot, how) all(how, {layer[slot]}) end,
  function(layer, _, gy, slot, how) all(how, {layer[slot], gy}) end,
  function(layer, x, gy, slot, how) all(how, {layer[slot], layer.output, x, gy}) end,
  function(layer, x, gy, _, how) all(how, {layer.output, x, gy}) end,
  function(layer, _, _, slot, how)
    local t = torch.isTensor(layer[slot]) and layer[slot]:clone() or torch.rand(4, 6)
    all(how, {t})
    layer[slot] = t
  end,
  function(layer, x, _, slot, how)
    all(how, {x})
    layer[slot] = tensors(x)[1]
  end,
  function(layer, _, gy, slot, how)
    all(how, {gy})
    layer[slot] = tensors(gy)[1]
  end,
  function(layer, x, gy, slot, how)
    local list = tensors(x)
    all(how, {list[1]})
    layer[slot] = {list[2] or tensors(gy)[1], list[1]}
  end,
}

-- ---- the steps ----

local function steps(layer, x, gy)
  for _, mode in ipairs {'training', 'evaluate'} do
    layer[mode](layer)
    for _, step in ipairs {'updateGradInput', 'accGradParameters', 'backward'} do
      pcall(layer[step], layer, x, gy)
    end
  end
  layer:training()
  pcall(layer.forward, layer, x)
  pcall(layer.backward, layer, x, gy)
end

local function meddle(entry, work, ...)
  local layer, x = make(entry)
  local gy = nn.utils.recursiveCopy(nil, layer:forward(x))
  layer:backward(x, gy)
  pcall(work, layer, x, gy, ...)
  steps(layer, x, gy)
end

local function slots(entry)
  local names = {'output', 'gradInput', table.unpack(entry.buffers or {})}
  for _, parameter in ipairs(entry.parameters or {}) do
    names[#names + 1] = parameter.name
    names[#names + 1] = parameter.grad
  end
  return names
end

for _, entry in ipairs(reference.layers) do
  test.case(entry.name, function()
    if os.getenv 'AELUA_SANITIZE' == 'thread' then
      test.skip 'an error costs ThreadSanitizer memory for good: 24 GB here, for one thread\'s work'
    end
    for how in pairs(done) do
      for i = 1, #tensors(select(2, make(entry))) do
        meddle(entry, function(_, x) all(how, {tensors(x)[i]}) end)
      end
      for _, slot in ipairs(slots(entry)) do
        for _, work in ipairs(meddlings) do meddle(entry, work, slot, how) end
      end
    end
    for _, slot in ipairs(slots(entry)) do
      for _, other in ipairs(slots(entry)) do
        meddle(entry, function(layer) layer[slot] = layer[other] end)
      end
    end
  end)
end

-- ---- what the steps say, or give ----

test.case('what forward left for backward is looked at', function()
  local x, gy = torch.rand(200, 4), torch.ones(200, 4)
  for _, name in ipairs {'BatchNormalization', 'LayerNormalization'} do
    local layer = nn[name](4)
    layer:forward(torch.rand(4, 4))
    layer.output:resize(200, 4)
    for _, step in ipairs {'backward', 'accGradParameters', 'updateGradInput'} do
      test.fails(function() layer[step](layer, x, gy) end, 'nn.' .. name, 'gradOutput is 200x4',
        'what forward left for it is 4x4')
    end
    layer:forward(x)
    layer.normalized:set()
    test.fails(function() layer:backward(x, gy) end, 'nn.' .. name, 'forward left')
  end
end)

test.case('a tensor that a step reads and would resize is left alone', function()
  local layer, x, gy = nn.Linear(3, 2), torch.rand(4, 3), torch.rand(4, 2)
  local y = layer:forward(x):clone()
  local gx = layer:backward(x, gy):clone()
  layer.gradInput = gy
  test.equal(layer:backward(x, gy), gx)
  test.equal(gy:size():totable(), {4, 2})
  layer.output = x
  test.equal(layer:forward(x), y)
  layer.output = layer.weight
  test.equal(layer:forward(x), y)
  local twice = nn.Sequential():add(nn.Linear(3, 3))
  local once = twice:get(1):forward(x):clone()
  test.equal(twice:add(twice:get(1)):forward(x), twice:get(1):clone():forward(once))
end)

test.case('nor does a child resize what others in its run read', function()
  local x, gy = torch.rand(32, 6), torch.rand(32, 30)
  for _, slot in ipairs {'bias', 'output', 'packedWeight', 'weight'} do
    for _, own in ipairs {'output', 'packedWeight', 'gradInput', 'packedBack'} do
      local net = nn.Sequential():add(nn.Linear(6, 40)):add(nn.Linear(40, 30))
      net:forward(x)
      pcall(function() net:get(2)[own] = net:get(1)[slot] end)
      pcall(net.forward, net, x)
      pcall(net.backward, net, x, gy)
      pcall(function() net:get(1)[own] = net:get(2)[slot] end)
      pcall(net.backward, net, x, gy)
    end
  end
end)
