-- Padding: a constant put before, after or inside a dimension.
local test = require 'harness'
require 'nn'

local x = torch.DoubleTensor {{1, 2, 3}, {4, 5, 6}}

local function padded(...) return nn.Padding(...):double():forward(x) end

test.case('values', function()
  test.equal(padded(2, 2), {{1, 2, 3, 0, 0}, {4, 5, 6, 0, 0}})
  test.equal(padded(2, -2), {{0, 0, 1, 2, 3}, {0, 0, 4, 5, 6}})
  test.equal(padded(1, 1, -1, 7), {{1, 2, 3}, {4, 5, 6}, {7, 7, 7}})
  test.equal(padded(2, 1, 2, 7, 2), {{1, 2, 7, 3}, {4, 5, 7, 6}}, 'before the last')
  test.equal(padded(2, -1, 2, 7, 2), {{1, 7, 2, 3}, {4, 7, 5, 6}}, 'after the first')
  test.equal(padded(2, -1, 2, 7, 4), {{1, 2, 3, 7}, {4, 5, 6, 7}}, 'after all')
  test.equal(padded(1, 1, 1), {{1, 2, 3, 0}, {4, 5, 6, 0}}, 'a batch')
  test.equal(padded(1, 0), x)
end)

test.case('gradient', function()
  local layer = nn.Padding(2, -1, 2, 7, 2):double()
  layer:forward(x)
  test.equal(layer:backward(x, torch.range(1, 8):double():view(2, 4)), {{1, 3, 4}, {5, 7, 8}})
  for _, pad in ipairs {2, -2} do
    for index = 1, 3 do test.gradients(nn.Padding(2, pad, 3, 0, index), torch.randn(2, 3, 2)) end
  end
end)

test.case('other strides', function()
  local layer = nn.Padding(1, 1):double()
  test.equal(layer:forward(x:t()), {{1, 4}, {2, 5}, {3, 6}, {0, 0}})
  test.equal(layer:backward(x:t(), torch.range(1, 8):double():view(2, 4):t()),
    {{1, 5}, {2, 6}, {3, 7}})
end)

test.case('bad arguments', function()
  test.fails(function() padded(3, 1) end, 'nn.Padding(3, 1', '2x3', 'no dimension 3')
  test.fails(function() padded(2, 1, 2, 0, 5) end, 'index 5 is beyond dimension 2')
  test.fails(function() nn.Padding(1) end, 'pad is missing')
end)
