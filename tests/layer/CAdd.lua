-- CAdd: a trained number added to each element of a sample.
local test = require 'harness'
require 'nn'

local x = torch.DoubleTensor {{-2, -0.5, 0.25}, {0.5, 1, 3}}

test.case('values', function()
  local layer = nn.CAdd(3):double()
  layer.bias:copy(torch.DoubleTensor {1, 2, 3})
  layer.gradBias:zero()
  test.equal(layer:forward(x), {{-1, 1.5, 3.25}, {1.5, 3, 6}})
  local gy = torch.DoubleTensor {{1, 2, 3}, {4, 5, 6}}
  test.equal(layer:backward(x, gy, 2), gy)
  test.equal(layer.gradBias, {10, 14, 18})
  test.equal(layer:forward(x[1]), {-1, 1.5, 3.25})
end)

test.case('gradients', function()
  test.gradients(nn.CAdd(3), x)
  test.gradients(nn.CAdd(3), x[1])
  test.gradients(nn.CAdd(2, 1), x)
  test.gradients(nn.CAdd(4, 3), torch.randn(5, 4, 3))
  test.gradients(nn.CAdd(1, 4, 1, 1), torch.randn(5, 4, 3, 2))
end)

test.case('other strides', function()
  local layer = nn.CAdd(2):double()
  layer.bias:copy(torch.DoubleTensor {1, 2})
  layer.gradBias:zero()
  test.equal(layer:forward(x:t()), {{-1, 2.5}, {0.5, 3}, {1.25, 5}})
  layer:backward(x:t(), torch.DoubleTensor {{1, 2, 3}, {4, 5, 6}}:t())
  test.equal(layer.gradBias, {6, 15})
end)

test.case('sizes must fit', function()
  test.fails(function() nn.CAdd(4):double():forward(x) end, 'nn.CAdd(4)', 'input is 2x3')
end)
