-- Sum: sums along a dimension.
local test = require 'harness'
require 'nn'

local x = torch.DoubleTensor {{-2, 4, 0.25}, {4, 1, 3}}

test.case('values', function()
  local first = nn.Sum():double()
  test.equal(first:forward(x), {2, 5, 3.25})
  test.equal(first:backward(x, torch.DoubleTensor {5, 6, 7}), {{5, 6, 7}, {5, 6, 7}})
  test.equal(nn.Sum(2):double():forward(x), {2.25, 8})
  test.equal(nn.Sum(-1):double():forward(x), {2.25, 8})
  test.equal(nn.Sum():double():forward(x[1]), {2.25}, 'of a vector')
end)

test.case('a batch', function()
  local layer = nn.Sum(1, 1):double()
  test.equal(layer:forward(x), {2.25, 8})
  test.equal(layer:forward(x[1]), {2.25})
end)

test.case('mean, and the dimension kept', function()
  local layer = nn.Sum(2, -1, true, false):double()
  test.equal(layer:forward(x), {{0.75}, {8 / 3}})
  test.near(layer:backward(x, torch.DoubleTensor {{3}, {6}}), {{1, 1, 1}, {2, 2, 2}}, 1e-15)
end)

test.case('against a loop', function()
  local input = torch.randn(7, 70, 11)
  for dim = 1, 3 do
    local y, want = nn.Sum(dim):forward(input), input:sum(dim):squeeze()
    test.equal(y:size():totable(), want:size():totable())
    test.near((y - want):abs():max(), 0, 1e-5)
  end
end)

test.case('gradients', function()
  for dim = 1, 3 do test.gradients(nn.Sum(dim), torch.randn(3, 4, 5)) end
  test.gradients(nn.Sum(2, 2), torch.randn(3, 4, 5))
  test.gradients(nn.Sum(1, -1, true, false), x)
  test.gradients(nn.Sum(1), x[1])
end)

test.case('other strides', function()
  local layer = nn.Sum(2):double()
  test.equal(layer:forward(x:t()), {2, 5, 3.25})
  test.equal(layer:backward(x:t(), torch.DoubleTensor {5, 6, 7}), {{5, 5}, {6, 6}, {7, 7}})
end)

test.case('the dimension must be there', function()
  test.fails(function() nn.Sum(3):double():forward(x) end, 'nn.Sum(3)', '2x3', 'no dimension 3')
  test.fails(function() nn.Sum(-3):double():forward(x) end, 'nn.Sum(-3)', 'no dimension -3')
end)
