-- SoftSign: x / (1 + |x|).
local test = require 'harness'
require 'nn'

test.case('values and gradients', function()
  test.pointwise(nn.SoftSign, function(x) return x / (1 + math.abs(x)) end,
    {-2, -0.5, 0.25, 0.01, 1, 300})
end)
