-- Transpose: dimensions swapped, pair after pair.
local test = require 'harness'
require 'nn'

local x = torch.range(1, 24):double():view(2, 3, 4)

test.case('values', function()
  local layer = nn.Transpose({1, 2}, {2, 3}):double()
  local y = layer:forward(x)
  test.equal(y, x:transpose(1, 2):transpose(2, 3):contiguous())
  test.check(y:isContiguous(), 'a copy')
  local gy = torch.randn(3, 4, 2):double()
  test.equal(layer:backward(x, gy), gy:transpose(2, 3):transpose(1, 2):contiguous())
  test.equal(nn.Transpose({1, 2}):double():forward(x[1]), x[1]:t():contiguous())
end)

test.case('gradients', function()
  test.gradients(nn.Transpose({1, 3}), x)
  test.gradients(nn.Transpose({1, 3}, {1, 2}, {2, 3}), torch.randn(3, 4, 5))
end)

test.case('other strides', function()
  local layer = nn.Transpose({1, 2}):double()
  test.equal(layer:forward(x[1]:t()), x[1]:contiguous())
  test.equal(layer:backward(x[1]:t(), x[1]), x[1]:t():contiguous())
end)

test.case('pairs of dimensions that are there', function()
  test.fails(function() nn.Transpose() end, 'nn.Transpose', 'swap1')
  test.fails(function() nn.Transpose({1, 2, 3}) end, 'nn.Transpose', 'swap1 has 3')
  test.fails(function() nn.Transpose({1, 2}, {1}) end, 'nn.Transpose', 'swap2 has 1')
  test.fails(function() nn.Transpose({1, 4}):double():forward(x) end, 'nn.Transpose', '2x3x4',
    'no dimension 4')
end)

test.case('a dimension that is not there, first or second of the pair', function()
  test.fails(function() nn.Transpose({1, 3}):forward(torch.ones(2, 2)) end, 'no dimension 3')
  test.fails(function() nn.Transpose({3, 1}):forward(torch.ones(2, 2)) end, 'no dimension 3')
end)
