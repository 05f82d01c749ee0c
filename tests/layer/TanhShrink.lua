-- TanhShrink: x - tanh(x).
local test = require 'harness'
require 'nn'

local function shrink(x)
  local e = math.exp(2 * x)
  return x - (e - 1) / (e + 1)
end

test.case('values and gradients', function()
  test.pointwise(nn.TanhShrink, shrink, {-2, -0.5, 0.25, 0, 1, 3})
end)
