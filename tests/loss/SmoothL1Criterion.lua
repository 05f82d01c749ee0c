-- SmoothL1Criterion: squared near zero, absolute far out. Golden values from PyTorch.
local test = require 'harness'
require 'nn'

local x = torch.DoubleTensor {{-2, -0.5, 0.25}, {0.5, 1, 3}}
local t = torch.DoubleTensor {{-1.5, 1.5, 0.25}, {0, 3, 1}}

test.case('values', function()
  local mean, sum = nn.SmoothL1Criterion():double(), nn.SmoothL1Criterion(false):double()
  test.near(mean:forward(x, t), 0.791666666666667, 1e-15)
  test.near(mean:backward(x, t), {{-0.0833333333333333, -0.166666666666667, 0},
    {0.0833333333333333, -0.166666666666667, 0.166666666666667}}, 1e-15)
  test.near(sum:forward(x, t), 6 * 0.791666666666667, 1e-14)
  test.equal(sum:backward(x, t), {{-0.5, -1, 0}, {0.5, -1, 1}})
  test.near(nn.SmoothL1Criterion():forward(x:float(), t:float()), 0.791666666666667, 1e-7)
end)

test.case('gradients', function()
  test.criterion_gradients(nn.SmoothL1Criterion(), x, t)
  test.criterion_gradients(nn.SmoothL1Criterion(false), x[1], t[1])
end)

test.case('other strides', function()
  local loss, plain = nn.SmoothL1Criterion():double(), nn.SmoothL1Criterion():double()
  local strided = x:t():contiguous():t()
  test.equal(loss:forward(strided, t), plain:forward(x, t))
  test.equal(loss:backward(strided, t):contiguous(), plain:backward(x, t))
end)

test.case('many elements', function()
  local a, b = torch.randn(3000):double(), torch.randn(3000):double()
  local sum = 0
  for i = 1, 3000 do
    local d = math.abs(a[i] - b[i])
    sum = sum + (d < 1 and d * d / 2 or d - 0.5)
  end
  test.near(nn.SmoothL1Criterion():double():forward(a, b), sum / 3000, 1e-13)
end)

test.case('sizes must fit', function()
  test.fails(function() nn.SmoothL1Criterion():forward(torch.zeros(2, 3), torch.zeros(5)) end,
    'nn.SmoothL1Criterion: input is 2x3, target is 5')
end)
