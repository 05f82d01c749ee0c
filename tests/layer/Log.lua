-- Log: the natural logarithm.
local test = require 'harness'
require 'nn'

test.case('values and gradients', function()
  test.pointwise(nn.Log, math.log, {0.2, 0.5, 0.25, 2, 1.5, 30})
end)
