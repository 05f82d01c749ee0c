-- Exp: e^x.
local test = require 'harness'
require 'nn'

test.case('values and gradients', function()
  test.pointwise(nn.Exp, math.exp, {-2, -0.5, 0.25, 0, 1, 3})
end)
