-- AddConstant: a fixed number added.
local test = require 'harness'
require 'nn'

test.case('values and gradients', function()
  test.pointwise(function() return nn.AddConstant(1.5) end, function(x) return x + 1.5 end,
    {-2, -0.5, 0.25, 0, 1, 3})
end)

test.case('in place; backward restores the input', function()
  local layer, x, gy = nn.AddConstant(2, true), torch.Tensor {-2, 1}, torch.Tensor {3, 4}
  test.equal(layer:forward(x), {0, 3})
  test.equal(x, {0, 3})
  test.equal(layer:backward(x, gy), gy)
  test.equal(x, {-2, 1})
end)

test.case('options', function()
  test.equal(nn.AddConstant(3).constant_scalar, 3)
  test.equal(tostring(nn.AddConstant(0.5)), 'nn.AddConstant(0.5)')
  test.fails(function() nn.AddConstant() end, 'nn.AddConstant', 'constant_scalar is missing')
end)

test.case('the number is finite', function()
  test.fails(function() nn.AddConstant(math.huge) end,
    'nn.AddConstant: constant_scalar is inf, should be finite (added)')
  test.fails(function() nn.AddConstant(-math.huge) end, 'constant_scalar is -inf')
end)
