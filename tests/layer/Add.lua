-- Add: a trained vector, or one number, added to each sample.
local test = require 'harness'
require 'nn'

local x = torch.DoubleTensor {{-2, -0.5, 0.25}, {0.5, 1, 3}}

test.case('values', function()
  local layer = nn.Add(3):double()
  layer.bias:copy(torch.DoubleTensor {1, 2, 3})
  layer.gradBias:zero()
  test.equal(layer:forward(x), {{-1, 1.5, 3.25}, {1.5, 3, 6}})
  local gy = torch.DoubleTensor {{1, 2, 3}, {4, 5, 6}}
  test.equal(layer:backward(x, gy, 2), gy)
  test.equal(layer.gradBias, {10, 14, 18})
  test.equal(layer:forward(x[1]), {-1, 1.5, 3.25}, 'one sample')
end)

test.case('one number', function()
  local layer = nn.Add(3, true):double()
  test.equal(layer.bias:size():totable(), {1})
  layer.bias[1], layer.gradBias[1] = 2, 1
  test.equal(layer:forward(x), {{0, 1.5, 2.25}, {2.5, 3, 5}})
  layer:backward(x, torch.DoubleTensor {{1, 2, 3}, {4, 5, 6}})
  test.equal(layer.gradBias, {22})
end)

test.case('reset', function()
  local layer = nn.Add(2500)
  test.check(layer.bias:max() <= 1 / 50 and layer.bias:max() > 0.9 / 50, 'up to 1/sqrt(n)')
end)

test.case('gradients', function()
  test.gradients(nn.Add(3), x)
  test.gradients(nn.Add(3), x[1])
  test.gradients(nn.Add(3, true), x)
  test.gradients(nn.Add(12), torch.randn(5, 4, 3))
end)

test.case('sizes must fit', function()
  test.fails(function() nn.Add(4):double():forward(x) end, 'nn.Add(4)', 'input is 2x3')
end)
