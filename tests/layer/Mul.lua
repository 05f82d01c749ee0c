-- Mul: one trained factor.
local test = require 'harness'
require 'nn'

local x = torch.DoubleTensor {{-2, -0.5, 0.25}, {0.5, 1, 3}}

test.case('values', function()
  local mul = nn.Mul():double()
  test.check(math.abs(mul.weight[1]) <= 1 and mul.weight[1] ~= 0, 'uniform in -1..1')
  mul.weight[1] = 3
  mul.gradWeight[1] = 10
  test.equal(mul:forward(x), {{-6, -1.5, 0.75}, {1.5, 3, 9}})
  test.equal(mul:backward(x, x:clone():fill(2), 0.5), {{6, 6, 6}, {6, 6, 6}})
  test.equal(mul.gradWeight, {10 + 0.5 * 2 * 2.25})
end)

test.case('gradients', function()
  test.gradients(nn.Mul(), x)
  test.gradients(nn.Mul(), x[1])
end)

test.case('other strides', function()
  local mul = nn.Mul():double()
  mul.weight[1], mul.gradWeight[1] = 2, 0
  test.equal(mul:forward(x:t()), {{-4, 1}, {-1, 2}, {0.5, 6}})
  mul:backward(x:t(), torch.DoubleTensor {{1, 2}, {3, 4}, {5, 6}})
  test.near(mul.gradWeight, {-2 + 1 - 1.5 + 4 + 1.25 + 18}, 1e-14)
end)

test.case('backward wants the input of forward', function()
  local mul = nn.Mul():double()
  mul:forward(x)
  test.fails(function() mul:backward(x:t(), x) end, 'nn.Mul', 'input is 3x2', '2x3')
end)
