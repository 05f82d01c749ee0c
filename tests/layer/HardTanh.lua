-- HardTanh: the input, cut off at both ends.
local test = require 'harness'
require 'nn'

local function cut(low, high)
  return function(x) return math.min(math.max(x, low), high) end
end

test.case('values and gradients', function()
  test.pointwise(nn.HardTanh, cut(-1, 1), {-2, -0.5, 0.25, 0, 0.9, 3})
  test.pointwise(function() return nn.HardTanh(-0.3, 2) end, cut(-0.3, 2),
    {-2, -0.5, 0.25, 0, 0.9, 3})
end)

test.case('at the ends the gradient is zero', function()
  local layer, x = nn.HardTanh(0.1, 0.7), torch.Tensor {0.1, 0.7, 0.5}
  test.equal(layer:forward(x), x)
  test.equal(layer:backward(x, torch.Tensor {1, 2, 3}), {0, 0, 3})
end)

test.case('in place', function()
  local layer, x = nn.HardTanh(-1, 1, true), torch.Tensor {-2, 0.5, 3}
  local gy = torch.Tensor {1, 2, 3}
  test.equal(layer:forward(x), {-1, 0.5, 1})
  test.equal(x, {-1, 0.5, 1})
  test.equal(layer:backward(x, gy), {0, 2, 0})
  test.equal(gy, {0, 2, 0})
end)

test.case('options', function()
  test.equal(tostring(nn.HardTanh(-2, 3)), 'nn.HardTanh(-2, 3)')
  test.fails(function() nn.HardTanh(1, 1) end, 'nn.HardTanh', 'max_val is 1', 'min_val')
end)
