-- Sqrt: the square root.
local test = require 'harness'
require 'nn'

test.case('values and gradients', function()
  test.pointwise(nn.Sqrt, math.sqrt, {0.1, 0.5, 0.25, 0.75, 1, 3})
end)

test.case('the gradient at zero is zero', function()
  local sqrt, x = nn.Sqrt(), torch.Tensor {0, 4}
  test.equal(sqrt:forward(x), {0, 2})
  test.equal(sqrt:backward(x, torch.Tensor {5, 2}), {0, 0.5})
end)
