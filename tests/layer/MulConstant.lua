-- MulConstant: a fixed factor.
local test = require 'harness'
require 'nn'

test.case('values and gradients', function()
  test.pointwise(function() return nn.MulConstant(1.5) end, function(x) return x * 1.5 end,
    {-2, -0.5, 0.25, 0, 1, 3})
end)

test.case('in place; backward restores the input', function()
  local layer, x, gy = nn.MulConstant(2, true), torch.Tensor {-2, 1}, torch.Tensor {3, 4}
  test.equal(layer:forward(x), {-4, 2})
  test.equal(x, {-4, 2})
  test.equal(layer:backward(x, gy), {6, 8})
  test.equal(gy, {6, 8})
  test.equal(x, {-2, 1})
end)

test.case('a factor of 0', function()
  local layer, x = nn.MulConstant(0, true), torch.Tensor {-2, 1}
  test.equal(layer:forward(x), {0, 0})
  test.equal(layer:backward(x, torch.Tensor {3, 4}), {0, 0})
  test.equal(x, {0, 0})
end)

test.case('options', function()
  test.equal(nn.MulConstant(3).constant_scalar, 3)
  test.equal(tostring(nn.MulConstant(0.5)), 'nn.MulConstant(0.5)')
  test.fails(function() nn.MulConstant() end, 'nn.MulConstant', 'constant_scalar is missing')
end)
