-- Sigmoid: the logistic function. Golden values from PyTorch.
local test = require 'harness'
require 'nn'

local x = torch.DoubleTensor {{-2, -0.5, 0.25}, {0.5, 1, 3}}
local gy = torch.DoubleTensor {{1, -1, 2}, {0.5, 3, -2}}

test.case('values', function()
  local sigmoid = nn.Sigmoid():double()
  test.near(sigmoid:forward(x), {{0.119202922022118, 0.377540668798145, 0.562176500885798},
    {0.622459331201855, 0.731058578630005, 0.952574126822433}}, 1e-14)
  test.near(sigmoid:backward(x, gy), {{0.104993585403507, -0.235003712201594, 0.492268165475197},
    {0.117501856100797, 0.589835799724446, -0.090353319461824}}, 1e-14)
end)

test.case('float, far out', function()
  test.near(nn.Sigmoid():forward(torch.FloatTensor {-200, 0, 200}), {0, 0.5, 1}, 1e-7)
end)

test.case('gradients', function()
  test.gradients(nn.Sigmoid(), x)
end)
