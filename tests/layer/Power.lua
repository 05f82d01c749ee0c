-- Power: x^p.
local test = require 'harness'
require 'nn'

test.case('values and gradients', function()
  for _, p in ipairs {2, 3, 0.5, -1.5, 1, 0} do
    test.pointwise(function() return nn.Power(p) end, function(x) return x ^ p end,
      {0.4, 0.5, 0.75, 2, 1.5, 3})
  end
  test.pointwise(function() return nn.Power(3) end, function(x) return x ^ 3 end, {-2, -0.5, 0, 1})
end)

test.case('options', function()
  test.equal(nn.Power(3).pow, 3)
  test.equal(tostring(nn.Power(0.5)), 'nn.Power(0.5)')
  test.fails(function() nn.Power() end, 'nn.Power', 'pow is missing')
end)
