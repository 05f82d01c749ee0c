-- MultiMarginCriterion: (1/C) sum max(0, margin - x_t + x_j)^p. Golden values from PyTorch.
local test = require 'harness'
require 'nn'

local x = torch.DoubleTensor {{-2, -0.5, 0.25}, {0.5, 1, 3}}
local t = torch.LongTensor {3, 2}
local weights = torch.DoubleTensor {2, 0.5, 1.5}

test.case('values', function()
  local plain = nn.MultiMarginCriterion():double()
  test.near(plain:forward(x, t), 0.625, 1e-15)
  test.near(plain:backward(x, t), {{0, 0.166666666666667, -0.166666666666667},
    {0.166666666666667, -0.333333333333333, 0.166666666666667}}, 1e-15)
  local other = nn.MultiMarginCriterion(2, weights, 0.7):double()
  test.near(other:forward(x, t), 0.610833333333333, 1e-15)
  test.near(other:backward(x, t), {{0, 0, 0},
    {0.0333333333333333, -0.483333333333333, 0.45}}, 1e-15)
  other.sizeAverage = false
  test.near(other:forward(x, t), 2 * 0.610833333333333, 1e-14)
end)

test.case('one sample', function()
  local loss = nn.MultiMarginCriterion():double()
  test.near(loss:forward(x[2], torch.LongTensor {3}), 0, 0)
  test.near(loss:forward(x[2], torch.LongTensor {1}), 5 / 3, 1e-15)
  test.near(loss:backward(x[2], torch.LongTensor {1}), {-2 / 3, 1 / 3, 1 / 3}, 1e-15)
end)

test.case('gradients', function()
  for p = 1, 2 do
    test.criterion_gradients(nn.MultiMarginCriterion(p), x, t)
    test.criterion_gradients(nn.MultiMarginCriterion(p, weights, 0.6), x, t)
  end
end)

test.case('other strides', function()
  local loss, strided = nn.MultiMarginCriterion():double(), x:t():contiguous():t()
  test.near(loss:forward(strided, t), 0.625, 1e-15)
  test.near(loss:backward(strided, t), {{0, 0.166666666666667, -0.166666666666667},
    {0.166666666666667, -0.333333333333333, 0.166666666666667}}, 1e-15)
end)

test.case('bad arguments', function()
  test.fails(function() nn.MultiMarginCriterion(3) end, 'nn.MultiMarginCriterion', 'p is 3')
  test.fails(function()
    nn.MultiMarginCriterion():double():forward(x, torch.LongTensor {0, 1})
  end, 'nn.MultiMarginCriterion', 'labels start at 1')
end)
