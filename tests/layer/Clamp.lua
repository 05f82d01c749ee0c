-- Clamp: the input, cut off at both ends.
local test = require 'harness'
require 'nn'

test.case('values and gradients', function()
  test.pointwise(function() return nn.Clamp(-0.3, 2) end,
    function(x) return math.min(math.max(x, -0.3), 2) end, {-2, -0.5, 0.25, 0, 0.9, 3})
end)

test.case('options', function()
  local clamp = nn.Clamp(-2, 3)
  test.equal({clamp.min_val, clamp.max_val}, {-2, 3})
  test.equal(tostring(clamp), 'nn.Clamp(-2, 3)')
  test.fails(function() nn.Clamp(1, 0) end, 'nn.Clamp', 'max_val is 0', 'min_val')
end)
