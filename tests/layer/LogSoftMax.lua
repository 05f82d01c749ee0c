-- LogSoftMax: x - log sum e^x. Golden values from PyTorch.
local test = require 'harness'
require 'nn'

local x = torch.DoubleTensor {{-2, -0.5, 0.25}, {0.5, 1, 3}}
local gy = torch.DoubleTensor {{1, -1, 2}, {0.5, 3, -2}}

test.case('values', function()
  local layer = nn.LogSoftMax():double()
  test.near(layer:forward(x), {{-2.70600978130728, -1.20600978130728, -0.456009781307275},
    {-2.69673409691962, -2.19673409691962, -0.196734096919617}}, 1e-14)
  test.near(layer:backward(x, gy), {{0.866394332950941, -1.598779057749, 0.732384724798055},
    {0.398861962651321, 2.83325156654637, -3.23211352919769}}, 1e-14)
end)

test.case('large scores stay finite', function()
  local scores = torch.FloatTensor {{1e4, 0}, {-1e4, -1e4}}
  local layer = nn.LogSoftMax()
  test.near(layer:forward(scores), {{0, -1e4}, {-math.log(2), -math.log(2)}}, 1e-6)
  test.near(layer:backward(scores, torch.FloatTensor {{0, 1}, {1, 0}}),
    {{-1, 1}, {0.5, -0.5}}, 1e-6)
end)

test.case('gradients', function()
  test.gradients(nn.LogSoftMax(), x)
  test.gradients(nn.LogSoftMax(), x[1])
  test.gradients(nn.LogSoftMax(), torch.randn(2, 3, 2, 2))
  test.gradients(nn.LogSoftMax(), torch.randn(2, 300))
end)

test.case('five dimensions are refused', function()
  test.fails(function() nn.LogSoftMax():forward(torch.Tensor(1, 1, 1, 1, 1)) end,
    'nn.LogSoftMax', '1x1x1x1x1', '1 to 4 dimensions')
end)
