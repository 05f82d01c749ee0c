-- Tanh: the hyperbolic tangent. Golden values from PyTorch.
local test = require 'harness'
require 'nn'

local x = torch.DoubleTensor {{-2, -0.5, 0.25}, {0.5, 1, 3}}
local gy = torch.DoubleTensor {{1, -1, 2}, {0.5, 3, -2}}

test.case('values', function()
  local tanh = nn.Tanh():double()
  test.near(tanh:forward(x), {{-0.964027580075817, -0.46211715726001, 0.244918662403709},
    {0.46211715726001, 0.761594155955765, 0.99505475368673}}, 1e-14)
  test.near(tanh:backward(x, gy), {{0.0706508248531644, -0.786447732965927, 1.88002969761276},
    {0.393223866482964, 1.25992302484208, -0.0197320743308803}}, 1e-14)
end)

test.case('float', function()
  test.near(nn.Tanh():forward(torch.FloatTensor {-2, 0, 100}), {-0.964027580, 0, 1}, 1e-7)
end)

test.case('gradients', function()
  test.gradients(nn.Tanh(), x)
end)
