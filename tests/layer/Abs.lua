-- Abs: |x|.
local test = require 'harness'
require 'nn'

test.case('values and gradients', function()
  test.pointwise(nn.Abs, math.abs, {-2, -0.5, 0.25, 0.5, 1, 3})
end)

test.case('the gradient at zero is zero', function()
  local abs, x = nn.Abs(), torch.Tensor {0, -1}
  abs:forward(x)
  test.equal(abs:backward(x, torch.Tensor {5, 7}), {0, -7})
end)
