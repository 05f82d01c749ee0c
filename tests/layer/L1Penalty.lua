-- L1Penalty: the identity; backward adds the gradient of an L1 penalty.
local test = require 'harness'
require 'nn'

local x = torch.DoubleTensor {{-2, 4, 0}, {4, 1, -3}}
local gy = torch.DoubleTensor {{1, 2, 3}, {4, 5, 6}}

test.case('values', function()
  local layer = nn.L1Penalty(0.5):double()
  test.check(layer:forward(x):isSetTo(x), 'the input itself')
  test.equal(layer.loss, 7.0)
  test.equal(layer:backward(x, gy), {{0.5, 2.5, 3}, {4.5, 5.5, 5.5}})
  test.equal(gy[1], {1, 2, 3}, 'gradOutput')
  layer:forward(x:t())
  test.equal(layer.loss, 7.0, 'loss of other strides')
  test.equal(layer:backward(x:t(), gy:t()), {{0.5, 4.5}, {2.5, 5.5}, {3, 5.5}})
end)

test.case('mean, and without gradOutput', function()
  local layer = nn.L1Penalty(6, true, false):double()
  layer:forward(x)
  test.equal(layer.loss, 14.0)
  test.equal(layer:backward(x, gy), {{-1, 1, 0}, {1, 1, -1}})
end)

test.case('the gradient is that of the penalty', function()
  local layer, step = nn.L1Penalty(0.3):double(), 1e-6
  layer:forward(x)
  local gx = layer:backward(x, torch.zeros(2, 3):double()):clone()
  local moved = x:clone()
  moved[2][3] = moved[2][3] + step
  local before = layer.loss
  layer:forward(moved)
  test.near(gx[2][3], (layer.loss - before) / step, 1e-6)
end)

test.case('options', function()
  test.fails(function() nn.L1Penalty() end, 'nn.L1Penalty', 'l1weight is missing')
  local layer = nn.L1Penalty(1)
  layer:forward(torch.ones(3))
  test.fails(function() layer:backward(torch.ones(4), torch.ones(3)) end, 'nn.L1Penalty',
    'input is 4')
end)
