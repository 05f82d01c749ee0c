-- LeakyReLU: x if x > 0, else negval x. Golden values from PyTorch.
local test = require 'harness'
require 'nn'

local x = torch.DoubleTensor {{-2, -0.5, 0.25}, {0.5, 1, 3}}
local gy = torch.DoubleTensor {{1, -1, 2}, {0.5, 3, -2}}

test.case('values', function()
  local leaky = nn.LeakyReLU():double()
  test.near(leaky:forward(x), {{-0.02, -0.005, 0.25}, {0.5, 1, 3}}, 1e-15)
  test.near(leaky:backward(x, gy), {{0.01, -0.01, 2}, {0.5, 3, -2}}, 1e-15)
  local steep = nn.LeakyReLU(0.2):double()
  test.near(steep:forward(x), {{-0.4, -0.1, 0.25}, {0.5, 1, 3}}, 1e-15)
  test.near(steep:backward(x, gy), {{0.2, -0.2, 2}, {0.5, 3, -2}}, 1e-15)
end)

test.case('in place', function()
  local leaky, input, gradOutput = nn.LeakyReLU(0.2, true):double(), x:clone(), gy:clone()
  test.near(leaky:forward(input), {{-0.4, -0.1, 0.25}, {0.5, 1, 3}}, 1e-15)
  test.near(input, {{-0.4, -0.1, 0.25}, {0.5, 1, 3}}, 1e-15)
  test.near(leaky:backward(input, gradOutput), {{0.2, -0.2, 2}, {0.5, 3, -2}}, 1e-15)
end)

test.case('gradients', function()
  test.gradients(nn.LeakyReLU(0.3), x)
end)

test.case('a negative slope below zero is refused', function()
  test.fails(function() nn.LeakyReLU(-1) end, 'nn.LeakyReLU', 'negval is -1')
end)
