-- Max: the largest along a dimension.
local test = require 'harness'
require 'nn'

local sign = 1 -- Max of x is -Min of -x
local x = torch.DoubleTensor {{-2, 4, 0.25}, {4, 1, 3}} * sign

test.case('values', function()
  local first = nn.Max(1):double()
  test.equal(first:forward(x), {4 * sign, 4 * sign, 3 * sign})
  test.equal(first:backward(x, torch.DoubleTensor {5, 6, 7}), {{0, 6, 0}, {5, 0, 7}})
  local last = nn.Max(-1):double()
  test.equal(last:forward(x), {4 * sign, 4 * sign})
  test.equal(last:backward(x, torch.DoubleTensor {5, 6}), {{0, 5, 0}, {6, 0, 0}})
end)

test.case('a vector, equal elements, NaN', function()
  local layer, nan = nn.Max(), 0 / 0
  test.equal(layer:forward(torch.Tensor {1, 3, 3} * sign), {3 * sign})
  test.equal(layer:backward(torch.Tensor {1, 3, 3} * sign, torch.Tensor {2}), {0, 2, 0})
  test.equal(layer:forward(torch.Tensor {1, nan, 5, nan}), {nan})
  test.equal(layer:backward(torch.Tensor {1, nan, 5, nan}, torch.Tensor {2}), {0, 2, 0, 0})
end)

test.case('a batch', function()
  local layer = nn.Max(1, 1):double()
  test.equal(layer:forward(x), {4 * sign, 4 * sign})
  test.equal(layer:forward(x[1]), {4 * sign})
end)

test.case('long lines', function()
  local input = torch.randperm(5000)
  input = input:type('torch.DoubleTensor')
  local layer = nn.Max():double()
  test.equal(layer:forward(input), {sign == 1 and 5000 or 1})
  local gx = layer:backward(input, torch.DoubleTensor {3})
  test.equal({gx:sum(), gx:dot(input)}, {3, 3 * (sign == 1 and 5000 or 1)})
end)

test.case('gradients', function()
  for dim = 1, 3 do test.gradients(nn.Max(dim), torch.randn(3, 4, 5)) end
  test.gradients(nn.Max(2, 2), torch.randn(3, 4, 5))
end)

test.case('other strides', function()
  local layer = nn.Max(2):double()
  test.equal(layer:forward(x:t()), {4 * sign, 4 * sign, 3 * sign})
  test.equal(layer:backward(x:t(), torch.DoubleTensor {5, 6, 7}), {{0, 5}, {6, 0}, {0, 7}})
end)

test.case('the dimension must be there', function()
  local layer = nn.Max(3):double()
  test.fails(function() layer:forward(x) end, 'nn.Max(3)', 'input is 2x3', 'no dimension 3')
  test.fails(function() nn.Max(0):forward(torch.ones(2)) end, 'no dimension 0')
  local other = nn.Max(1):double()
  other:forward(x)
  test.fails(function() other:backward(x:t(), torch.ones(3):double()) end, 'input is 3x2')
end)

test.case('of nothing', function()
  test.fails(function() nn.Max(1):forward(torch.Tensor(0, 3)) end, 'nn.Max(1): input is empty')
end)
