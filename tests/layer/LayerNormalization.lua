-- LayerNormalization: each sample gets mean 0 and variance 1. Golden values from PyTorch.
local test = require 'harness'
require 'nn'

local x = torch.DoubleTensor {{-2, -0.5, 0.25}, {0.5, 1, 3}}
local gy = torch.DoubleTensor {{1, 2, -1}, {0.5, 3, -2}}

test.case('values', function()
  local norm = nn.LayerNormalization(3, 0, 1e-3):double()
  test.equal({norm.weight, norm.bias}, {torch.ones(3):double(), torch.zeros(3):double()})
  norm.weight:copy(torch.DoubleTensor {0.5, 2, -1})
  norm.bias:copy(torch.DoubleTensor {1, 0, 3})
  norm:zeroGradParameters()
  test.near(norm:forward(x),
    {{0.3322283700458, 0.53421730396336, 1.93156539207328},
     {0.537288212689691, -0.925423574620618, 1.61186463806907}}, 1e-14)
  test.near(norm:backward(x, gy),
    {{-0.725807794444893, 2.17518731394975, -1.44937951950485},
     {-2.37960401038973, 2.97460408059792, -0.595000070208189}}, 1e-14)
  test.near(norm.gradWeight, {-1.79825504721871, -0.853918057967567, -3.84470533178857}, 1e-14)
  test.equal(norm.gradBias, {1.5, 5, -3})
  test.near(norm:forward(x[2]), {0.537288212689691, -0.925423574620618, 1.61186463806907}, 1e-14)
end)

test.case('options', function()
  local norm = nn.LayerNormalization(3, 0.5)
  test.equal(norm.bias, {0.5, 0.5, 0.5})
  test.equal(norm.eps, 1e-10)
  test.check(not nn.LayerNormalization(3, 0, 1e-10, false).weight, 'no weight')
end)

test.case('gradients', function()
  test.gradients(nn.LayerNormalization(3), x)
  test.gradients(nn.LayerNormalization(3), x[1])
  test.gradients(nn.LayerNormalization(3, 0, 0.1, false), x)
  test.gradients(nn.LayerNormalization(4), torch.randn(2, 3, 4))
  test.gradients(nn.LayerNormalization(70), torch.randn(2, 70))
end)

test.case('other strides', function()
  local norm, plain = nn.LayerNormalization(3):double(), nn.LayerNormalization(3):double()
  local strided = x:t():contiguous():t()
  test.equal(norm:forward(strided):contiguous(), plain:forward(x))
  test.equal(norm:backward(strided, gy):contiguous(), plain:backward(x, gy))
end)

test.case('sizes must fit', function()
  test.fails(function() nn.LayerNormalization(4):double():forward(x) end,
    'nn.LayerNormalization(4)', 'input is 2x3', '4 in the last dimension')
end)
