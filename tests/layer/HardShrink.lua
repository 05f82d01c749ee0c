-- HardShrink: x if |x| > lambda, else 0.
local test = require 'harness'
require 'nn'

local function shrink(lambda)
  return function(x) return math.abs(x) > lambda and x or 0 end
end

test.case('values and gradients', function()
  test.pointwise(nn.HardShrink, shrink(0.5), {-2, -0.4, 0.25, 0, 0.6, -0.6})
  test.pointwise(function() return nn.HardShrink(1) end, shrink(1), {-2, -0.4, 0.25, 0, 0.6, 1.5})
end)

test.case('lambda itself', function()
  test.equal(nn.HardShrink(0.5):forward(torch.Tensor {0.5, -0.5}), {0, 0})
  test.equal(nn.HardShrink(0.1):forward(torch.Tensor {0.1, -0.1}), {0, 0}, 'rounded as floats are')
end)

test.case('options', function()
  test.equal(nn.HardShrink(2).lambda, 2)
  test.equal(tostring(nn.HardShrink(2)), 'nn.HardShrink(2)')
  test.fails(function() nn.HardShrink(-1) end, 'nn.HardShrink', 'lambda is -1')
end)
