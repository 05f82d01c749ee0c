-- SoftShrink: moved towards zero by lambda.
local test = require 'harness'
require 'nn'

local function shrink(lambda)
  return function(x)
    return x > lambda and x - lambda or x < -lambda and x + lambda or 0
  end
end

test.case('values and gradients', function()
  test.pointwise(nn.SoftShrink, shrink(0.5), {-2, -0.4, 0.25, 0, 0.6, -0.6})
  test.pointwise(function() return nn.SoftShrink(1) end, shrink(1), {-2, -0.4, 0.25, 0, 0.6, 1.5})
end)

test.case('options', function()
  test.equal(tostring(nn.SoftShrink(2)), 'nn.SoftShrink(2)')
  test.fails(function() nn.SoftShrink(-1) end, 'nn.SoftShrink', 'lambda is -1')
end)
