-- Threshold: x if x > threshold, else val.
local test = require 'harness'
require 'nn'

local function above(threshold, val)
  return function(x) return x > threshold and x or val end
end

test.case('values and gradients', function()
  test.pointwise(nn.Threshold, above(1e-6, 0), {-2, -0.5, 0.25, -0.1, 0.9, 3})
  test.pointwise(function() return nn.Threshold(0.5, 7) end, above(0.5, 7),
    {-2, -0.5, 0.25, -0.1, 0.9, 3})
end)

test.case('what equals the threshold does not pass', function()
  local layer, x = nn.Threshold(0.1, -1), torch.Tensor {0.1, 0.2}
  test.equal(layer:forward(x), torch.Tensor {-1, 0.2})
  test.equal(layer:backward(x, torch.Tensor {3, 4}), {0, 4})
end)

test.case('in place', function()
  local layer, x = nn.Threshold(0.5, -3, true), torch.Tensor {-2, 0.5, 3}
  local gy = torch.Tensor {1, 2, 3}
  test.equal(layer:forward(x), {-3, -3, 3})
  test.equal(x, {-3, -3, 3})
  test.equal(layer:backward(x, gy), {0, 0, 3})
  test.equal(gy, {0, 0, 3})
end)

test.case('options', function()
  test.equal(tostring(nn.Threshold(0.5, 2)), 'nn.Threshold(0.5, 2)')
  test.fails(function() nn.Threshold(0, 1, true) end, 'nn.Threshold', 'in place')
end)
