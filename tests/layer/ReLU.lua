-- ReLU: max(0, x). Golden values from PyTorch.
local test = require 'harness'
require 'nn'

local x = torch.DoubleTensor {{-2, -0.5, 0.25}, {0.5, 1, 3}}
local gy = torch.DoubleTensor {{1, -1, 2}, {0.5, 3, -2}}
local y = {{0, 0, 0.25}, {0.5, 1, 3}}
local gx = {{0, 0, 2}, {0.5, 3, -2}}

test.case('values', function()
  local relu = nn.ReLU():double()
  test.equal(relu:forward(x), y)
  test.equal(relu:backward(x, gy), gx)
  test.equal(relu:forward(torch.DoubleTensor {0}), {0})
  test.equal(relu:backward(torch.DoubleTensor {0}, torch.DoubleTensor {5}), {0}, 'slope at 0')
end)

test.case('in place', function()
  local relu, input, gradOutput = nn.ReLU(true):double(), x:clone(), gy:clone()
  local output = relu:forward(input)
  test.equal(output, y)
  test.equal(input, y)
  test.equal(relu:backward(input, gradOutput), gx)
  test.equal(gradOutput, gx)
end)

test.case('gradients', function()
  test.gradients(nn.ReLU(), x)
end)

test.case('a transposed input', function()
  local relu = nn.ReLU():double()
  test.equal(relu:forward(x:t()), torch.DoubleTensor(y):t():contiguous())
  test.equal(relu:backward(x:t(), gy:t()), torch.DoubleTensor(gx):t():contiguous())
end)
