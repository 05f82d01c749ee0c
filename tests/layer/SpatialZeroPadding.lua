-- SpatialZeroPadding: zeros around an image, or less of it.
local test = require 'harness'
require 'nn'

local x = torch.DoubleTensor {{{1, 2, 3}, {4, 5, 6}}}

test.case('values', function()
  local pad = nn.SpatialZeroPadding(1, 2, 0, 1):double()
  test.equal(pad:forward(x), {{{0, 1, 2, 3, 0, 0}, {0, 4, 5, 6, 0, 0}, {0, 0, 0, 0, 0, 0}}})
  test.equal(pad:backward(x, torch.range(1, 18):double():view(1, 3, 6)),
    {{{2, 3, 4}, {8, 9, 10}}})
  pad = nn.SpatialZeroPadding(-1, 1, 1, -1):double()
  test.equal(pad:forward(x), {{{0, 0, 0}, {2, 3, 0}}})
  test.equal(pad:backward(x, torch.range(1, 6):double():view(1, 2, 3)), {{{0, 4, 5}, {0, 0, 0}}})
  pad = nn.SpatialZeroPadding(0, -2, 0, -1):double()
  test.equal(pad:forward(x), {{{1}}})
  test.equal(pad:backward(x, torch.DoubleTensor(1, 1, 1):fill(7)), {{{7, 0, 0}, {0, 0, 0}}})
end)

test.case('a forward after another', function()
  local pad = nn.SpatialZeroPadding(1)
  pad:forward(torch.ones(2, 3, 4))
  test.equal(pad:forward(torch.ones(1, 1, 1)), {{{0, 0, 0}, {0, 1, 0}, {0, 0, 0}}})
end)

test.case('gradients', function()
  test.gradients(nn.SpatialZeroPadding(1, 2, 3, 0), torch.randn(2, 3, 4, 5))
  test.gradients(nn.SpatialZeroPadding(1, -2, -1, 2), torch.randn(2, 3, 4, 5))
  test.gradients(nn.SpatialZeroPadding(1), torch.randn(3, 4, 5))
end)

local function strided(t) return t:transpose(1, t:dim()):contiguous():transpose(1, t:dim()) end

test.case('strides of every tensor', function()
  local pad, input = nn.SpatialZeroPadding(1, 2, -1, 2):double(), torch.randn(3, 4, 5, 6):double()
  local y = pad:forward(input):clone()
  local gx = pad:backward(input, y):clone()
  pad.output, pad.gradInput = strided(y:clone():zero()), strided(gx:clone():zero())
  test.equal(pad:forward(strided(input)), y)
  test.equal(pad:backward(strided(input), strided(y)), gx)
end)

test.case('options and wrong input', function()
  local pad = nn.SpatialZeroPadding(2)
  test.equal({pad.pad_l, pad.pad_r, pad.pad_t, pad.pad_b}, {2, 2, 2, 2}, 'all as the first')
  test.equal(tostring(nn.SpatialZeroPadding(1, -2)),
    'nn.SpatialZeroPadding(l=1, r=-2, t=1, b=1)')
  test.fails(function() nn.SpatialZeroPadding() end, 'pad_l is missing')
  test.fails(function() nn.SpatialZeroPadding(-3, 9, 0, 0):forward(torch.Tensor(1, 2, 3)) end,
    'input 1x2x3 is too small')
  test.fails(function() nn.SpatialZeroPadding(-2, -1, 0, 0):forward(torch.Tensor(1, 2, 3)) end,
    'input 1x2x3 is too small')
  test.fails(function() pad:forward(torch.Tensor(2, 3)) end, 'input is 2x3')
end)
