-- Narrow: some consecutive slices of the input.
local test = require 'harness'
require 'nn'

local x = torch.range(1, 20):double():view(4, 5)

test.case('values', function()
  local layer = nn.Narrow(1, 2, 2):double()
  test.equal(layer:forward(x), x:narrow(1, 2, 2):contiguous())
  test.equal(layer:backward(x, torch.ones(2, 5):double()),
    {{0, 0, 0, 0, 0}, {1, 1, 1, 1, 1}, {1, 1, 1, 1, 1}, {0, 0, 0, 0, 0}})
  test.equal(nn.Narrow(2, 4):double():forward(x), {{4}, {9}, {14}, {19}}, 'one slice')
  test.equal(nn.Narrow(1, 2, 2):double():forward(x[1]), {2, 3}, 'of a vector')
end)

test.case('negative numbers', function()
  local function slices(...) return nn.Narrow(...):double():forward(x) end
  test.equal(slices(1, 2, -1), x:narrow(1, 2, 3):contiguous())
  test.equal(slices(1, 2, -2), x:narrow(1, 2, 2):contiguous())
  test.equal(slices(-1, 2, -2), x:narrow(2, 2, 3):contiguous())
  test.equal(slices(1, -1, 1), x:narrow(1, 1, 3):contiguous())
end)

test.case('gradients', function()
  test.gradients(nn.Narrow(2, 2, 2), torch.randn(3, 4, 5))
  test.gradients(nn.Narrow(-1, 2, -2), torch.randn(3, 4, 5))
end)

test.case('other strides', function()
  local layer = nn.Narrow(2, 1, 2):double()
  test.equal(layer:forward(x:t()), {{1, 6}, {2, 7}, {3, 8}, {4, 9}, {5, 10}})
  test.equal(layer:backward(x:t(), torch.ones(5, 2):double()):sum(2):squeeze(), {2, 2, 2, 2, 2})
end)

test.case('the slices must be there', function()
  test.fails(function() nn.Narrow(1, 3, 3):double():forward(x) end, 'nn.Narrow(1, 3, 3)', '4x5',
    'no slices 3..5')
  test.fails(function() nn.Narrow(3, 1, 1):double():forward(x) end, 'no dimension 3')
  test.fails(function() nn.Narrow(1, 3, -4):double():forward(x) end, 'nn.Narrow(1, 3, -4)')
end)
