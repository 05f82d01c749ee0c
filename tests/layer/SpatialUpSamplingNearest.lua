-- SpatialUpSamplingNearest: each element becomes a square.
local test = require 'harness'
require 'nn'

local x = torch.DoubleTensor {{{1, 2, 3}, {4, 5, 6}}}
local gy = torch.range(1, 24):double():view(1, 4, 6)

test.case('values', function()
  local up = nn.SpatialUpSamplingNearest(2):double()
  local y = {{{1, 1, 2, 2, 3, 3}, {1, 1, 2, 2, 3, 3}, {4, 4, 5, 5, 6, 6}, {4, 4, 5, 5, 6, 6}}}
  local gx = {{{18, 26, 34}, {66, 74, 82}}} -- interpolate(scale_factor=2).backward in PyTorch
  test.equal(up:forward(x), y)
  test.equal(up:backward(x, gy), gx)
  test.equal(up:forward(x:view(1, 1, 2, 3)), {y}, 'a batch')
  up:float()
  test.equal(up:forward(x:float()), y, 'in float')
  test.equal(up:backward(x:float(), gy:float()), gx, 'in float')
  test.equal(nn.SpatialUpSamplingNearest(1):forward(x:float()), x:float())
end)

test.case('gradients', function()
  test.gradients(nn.SpatialUpSamplingNearest(2), torch.randn(2, 3, 4, 5))
  test.gradients(nn.SpatialUpSamplingNearest(3), torch.randn(2, 3, 2))
end)

local function strided(t) return t:transpose(1, t:dim()):contiguous():transpose(1, t:dim()) end

test.case('strides of every tensor', function()
  local up, input = nn.SpatialUpSamplingNearest(3):double(), torch.randn(9, 40, 5, 6):double()
  local y = up:forward(input):clone()
  local gx = up:backward(input, y):clone()
  test.near(gx, input * 9, 1e-14)
  up.output, up.gradInput = strided(y:clone():zero()), strided(gx:clone():zero())
  test.equal(up:forward(strided(input)), y)
  test.equal(up:backward(strided(input), strided(y)), gx)
  test.check(not up.output:isContiguous(), 'the output kept its memory')
end)

test.case('options and wrong input', function()
  test.equal(tostring(nn.SpatialUpSamplingNearest(2)), 'nn.SpatialUpSamplingNearest(2)')
  test.fails(function() nn.SpatialUpSamplingNearest() end, 'scale_factor is missing')
  test.fails(function() nn.SpatialUpSamplingNearest(1.5) end, 'scale_factor is 1.5')
  test.fails(function() nn.SpatialUpSamplingNearest(2):forward(torch.Tensor(3, 4)) end,
    'nn.SpatialUpSamplingNearest(2): input is 3x4')
end)

test.case('an output beyond all sizes', function()
  local layer = nn.SpatialUpSamplingNearest(2 ^ 31 - 1)
  test.fails(function() layer:forward(torch.Tensor(1, 1, 1):expand(1, 2 ^ 33, 1)) end,
    'the output would be too large (input 1x8589934592x1)')
  test.fails(function() layer:forward(torch.Tensor(0, 3, 3)) end, '0x3x3, without any element')
end)
