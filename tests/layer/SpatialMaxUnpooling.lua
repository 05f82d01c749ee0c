-- SpatialMaxUnpooling: elements return to where the pooling found its own.
local test = require 'harness'
local model = require 'model'
require 'nn'

local image = torch.DoubleTensor {{{1, 5, 2, 0, 9}, {3, 4, 8, 7, 9}, {6, 6, 6, 6, 6}}}

local function pair(...)
  local pool = nn.SpatialMaxPooling(...)
  return pool, nn.SpatialMaxUnpooling(pool)
end

test.case('values', function()
  local pool, unpool = pair(2, 2)
  pool:double()
  unpool:double()
  test.equal(pool:forward(image), {{{5, 8}}})
  local x, gy = torch.DoubleTensor {{{20, 30}}}, torch.range(1, 15):double():view(1, 3, 5)
  test.equal(unpool:forward(x), {{{0, 20, 0, 0, 0}, {0, 0, 30, 0, 0}, {0, 0, 0, 0, 0}}})
  test.equal(unpool:backward(x, gy), {{{2, 8}}})
  test.equal(unpool.pooling, pool)
  unpool.gradInput = nil
  test.equal(unpool:backward(x, gy), nil, 'a gradient nobody wants')
  local batch = image:view(1, 1, 3, 5)
  pool:forward(batch)
  test.equal(unpool:forward(x:view(1, 1, 1, 2)),
    {{{{0, 20, 0, 0, 0}, {0, 0, 30, 0, 0}, {0, 0, 0, 0, 0}}}})
end)

test.case('pooled again, the same', function()
  local pool, unpool = pair(3, 2, 3, 2, 1, 1)
  local input = torch.rand(40, 7, 9, 8)
  local pooled = pool:forward(input):clone()
  local y = unpool:forward(pooled)
  test.equal(y:size():totable(), {40, 7, 9, 8})
  test.equal(y:ne(0):sum(), pooled:nElement())
  test.equal(nn.SpatialMaxPooling(3, 2, 3, 2, 1, 1):forward(y), pooled)
end)

test.case('gradients', function()
  local pool, unpool = pair(2, 2)
  pool:double()
  pool:forward(torch.randn(2, 3, 6, 5):double())
  test.gradients(unpool, torch.randn(2, 3, 3, 2))
end)

local function strided(t) return t:transpose(1, t:dim()):contiguous():transpose(1, t:dim()) end

test.case('strides of every tensor', function()
  local pool, unpool = pair(2, 3)
  local input = torch.randn(4, 3, 6, 8)
  local x = pool:forward(input):clone()
  local y = unpool:forward(x):clone()
  local gx = unpool:backward(x, y):clone()
  unpool.output, unpool.gradInput = strided(y:clone():zero()), strided(gx:clone():zero())
  test.equal(unpool:forward(strided(x)), y)
  test.equal(unpool:backward(strided(x), strided(y)), gx)
  test.equal(gx, x)
end)

local function network()
  local pool = nn.SpatialMaxPooling(2, 2)
  return nn.Sequential():add(nn.SpatialConvolution(1, 3, 3, 3, 1, 1, 1)):add(pool)
    :add(nn.SpatialUpSamplingNearest(1)):add(nn.SpatialMaxUnpooling(pool))
end

test.case('copies and conversions keep the two together', function()
  local net = network()
  local input = torch.randn(2, 1, 6, 6)
  local output = net:forward(input):clone()
  local copy = net:clone()
  test.check(copy:get(4).pooling == copy:get(2) and copy:get(2) ~= net:get(2), 'the pair')
  net:forward(torch.randn(3, 1, 4, 4))
  test.equal(copy:forward(input), output, 'a copy on its own')
  net:double():zeroGradParameters()
  local g = net:forward(input:double()):clone()
  test.near(g, output:double(), 1e-6)
  net:backward(input:double(), g)
  test.gradients(net, input)
end)

test.case('in a file', function()
  local net, path = network(), test.folder() .. '/model.safetensors'
  local input = torch.randn(2, 1, 6, 6)
  local output = net:forward(input):clone()
  model.save(path, net)
  local loaded = model.load(path)
  test.check(loaded:get(4).pooling == loaded:get(2), 'the pair')
  test.equal(loaded:forward(input), output)
end)

test.case('wrong use', function()
  local pool, unpool = pair(2, 2)
  test.fails(function() unpool:forward(torch.zeros(1, 2, 2)) end,
    'nn.SpatialMaxPooling(2x2, 2,2) has not run yet')
  pool:forward(torch.zeros(1, 4, 6))
  test.fails(function() unpool:forward(torch.zeros(1, 2, 2)) end,
    'input is 1x2x2, the output of nn.SpatialMaxPooling(2x2, 2,2) was 1x2x3')
  local x = torch.zeros(1, 2, 3)
  local y = unpool:forward(x)
  pool:forward(torch.zeros(1, 4, 7))
  test.fails(function() unpool:backward(x, y) end, '1x2x3 in backward')
  pool.indices:fill(1e9)
  test.equal(unpool:forward(torch.ones(1, 2, 3)):max(), 0)
  pool, unpool = pair(3, 3, 2, 2)
  pool:forward(torch.zeros(1, 7, 7))
  test.fails(function() unpool:forward(torch.zeros(1, 3, 3)) end, 'overlap')
  test.fails(function() nn.SpatialMaxUnpooling():forward(x) end, 'one nn.SpatialMaxPooling')
  test.fails(function() nn.SpatialMaxUnpooling(nn.ReLU()):forward(x) end,
    'one nn.SpatialMaxPooling')
end)

test.case('indices that someone changed reach nothing', function()
  local pooling = nn.SpatialMaxPooling(2, 2)
  local layer = nn.SpatialMaxUnpooling(pooling)
  local x = pooling:forward(torch.randn(1, 4, 4))
  layer:forward(x)
  pooling.indices:fill(99)
  test.equal(layer:backward(x, torch.ones(1, 4, 4)), torch.zeros(1, 2, 2))
end)
