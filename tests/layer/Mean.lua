-- Mean: means along a dimension.
local test = require 'harness'
require 'nn'

local x = torch.DoubleTensor {{-2, 4, 0.25}, {4, 1, 3}}

test.case('values', function()
  local first = nn.Mean():double()
  test.equal(first:forward(x), {1, 2.5, 1.625})
  test.equal(first:backward(x, torch.DoubleTensor {5, 6, 7}), {{2.5, 3, 3.5}, {2.5, 3, 3.5}})
  test.equal(nn.Mean(2):double():forward(x), {0.75, 8 / 3})
  test.equal(nn.Mean(1, 1):double():forward(x), {0.75, 8 / 3}, 'a batch')
  test.equal(nn.Mean():double():forward(x[1]), {0.75}, 'of a vector')
end)

test.case('gradients', function()
  for dim = 1, 3 do test.gradients(nn.Mean(dim), torch.randn(3, 4, 5)) end
  test.gradients(nn.Mean(2, 2), torch.randn(3, 4, 5))
end)

test.case('other strides', function()
  test.equal(nn.Mean(2):double():forward(x:t()), {1, 2.5, 1.625})
end)

test.case('the dimension must be there', function()
  test.fails(function() nn.Mean(3):double():forward(x) end, 'nn.Mean(3)', 'no dimension 3')
end)
