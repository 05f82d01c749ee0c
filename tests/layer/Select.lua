-- Select: one slice of the input.
local test = require 'harness'
require 'nn'

local x = torch.DoubleTensor {{-2, 4, 0.25}, {4, 1, 3}}

test.case('values', function()
  local layer = nn.Select(1, 2):double()
  local y = layer:forward(x)
  test.equal(y, {4, 1, 3})
  y:fill(0)
  test.equal(x[2], {4, 1, 3}, 'the input, for the output is a copy')
  test.equal(layer:backward(x, torch.DoubleTensor {5, 6, 7}), {{0, 0, 0}, {5, 6, 7}})
  test.equal(nn.Select(2, 1):double():forward(x), {-2, 4})
  test.equal(nn.Select(-1, -1):double():forward(x), {0.25, 3})
end)

test.case('gradients', function()
  test.gradients(nn.Select(2, 3), torch.randn(3, 4, 5))
  test.gradients(nn.Select(-1, -2), torch.randn(3, 4, 5))
end)

test.case('other strides', function()
  local layer = nn.Select(1, 3):double()
  test.equal(layer:forward(x:t()), {0.25, 3})
  test.equal(layer:backward(x:t(), torch.DoubleTensor {5, 6}), {{0, 0}, {0, 0}, {5, 6}})
end)

test.case('the slice must be there', function()
  test.fails(function() nn.Select(1, 3):double():forward(x) end, 'nn.Select(1, 3)', '2x3',
    'no slice 3')
  test.fails(function() nn.Select(3, 1):double():forward(x) end, 'no dimension 3')
  test.fails(function() nn.Select(1, 0):double():forward(x) end, 'no slice 0')
  test.fails(function() nn.Select(1, 1):double():forward(x[1]) end, 'at least two dimensions')
end)
