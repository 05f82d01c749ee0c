-- Square: x^2.
local test = require 'harness'
require 'nn'

test.case('values and gradients', function()
  test.pointwise(nn.Square, function(x) return x * x end, {-2, -0.5, 0.25, 0, 1, 3})
end)
