-- SoftPlus: log(1 + e^(beta x)) / beta. Golden values from PyTorch.
local test = require 'harness'
require 'nn'

local function softplus(beta)
  return function(x)
    return math.max(x, 0) + math.log(1 + math.exp(-math.abs(beta * x))) / beta
  end
end

test.case('values and gradients', function()
  test.pointwise(nn.SoftPlus, softplus(1), {-2, -0.5, 0.25, 0, 1, 3})
  test.pointwise(function() return nn.SoftPlus(2.5) end, softplus(2.5), {-2, -0.5, 0.25, 0, 1, 3})
end)

test.case('golden', function()
  test.near(nn.SoftPlus(2):double():forward(torch.DoubleTensor {-2, 0.5}),
    {0.00907496395890487, 0.656630843759111}, 1e-15)
end)

test.case('far out', function()
  local layer, x = nn.SoftPlus(), torch.Tensor {-1000, -50, 1000}
  test.equal(layer:forward(x), torch.Tensor {0, math.exp(-50), 1000})
  test.near(layer:backward(x, torch.Tensor {1, 1, 1}), {0, 0, 1}, 1e-20)
end)

test.case('options', function()
  test.equal(tostring(nn.SoftPlus(3)), 'nn.SoftPlus(3)')
  test.fails(function() nn.SoftPlus(0) end, 'nn.SoftPlus', 'beta is 0')
end)
