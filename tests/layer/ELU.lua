-- ELU: x if x > 0, else alpha (e^x - 1). Golden values from PyTorch.
local test = require 'harness'
require 'nn'

local x = torch.DoubleTensor {{-2, -0.5, 0.25}, {0.5, 1, 3}}
local gy = torch.DoubleTensor {{1, -1, 2}, {0.5, 3, -2}}

test.case('values', function()
  local elu = nn.ELU():double()
  test.near(elu:forward(x), {{-0.864664716763387, -0.393469340287367, 0.25}, {0.5, 1, 3}}, 1e-14)
  test.near(elu:backward(x, gy),
    {{0.135335283236613, -0.606530659712633, 2}, {0.5, 3, -2}}, 1e-14)
  local half = nn.ELU(0.5):double()
  test.near(half:forward(x), {{-0.432332358381694, -0.196734670143683, 0.25}, {0.5, 1, 3}}, 1e-14)
  test.near(half:backward(x, gy),
    {{0.0676676416183064, -0.303265329856317, 2}, {0.5, 3, -2}}, 1e-14)
end)

test.case('in place', function()
  local elu, input, gradOutput = nn.ELU(1, true):double(), x:clone(), gy:clone()
  local output = elu:forward(input)
  test.equal(input, output)
  test.near(elu:backward(input, gradOutput),
    {{0.135335283236613, -0.606530659712633, 2}, {0.5, 3, -2}}, 1e-14)
  test.near(gradOutput[1][1], 0.135335283236613, 1e-14)
end)

test.case('gradients', function()
  test.gradients(nn.ELU(0.7), x)
end)
