-- MultiLabelMarginCriterion: each of a sample's classes above all others by 1. Golden values from
-- PyTorch.
local test = require 'harness'
require 'nn'

local x = torch.DoubleTensor {{-2, -0.5, 0.25, 1.5}, {0.5, 1, 3, 0.8}}
local t = torch.LongTensor {{3, 1, 0, 2}, {4, 0, 0, 0}}

test.case('values', function()
  local loss = nn.MultiLabelMarginCriterion():double()
  test.near(loss:forward(x, t), 1.825, 1e-15)
  test.near(loss:backward(x, t), {{-0.25, 0.25, -0.25, 0.25},
    {0.125, 0.125, 0.125, -0.375}}, 1e-15)
  test.near(loss:forward(x, t:double()), 1.825, 1e-15)
  loss.sizeAverage = false
  test.near(loss:forward(x, t), 2 * 1.825, 1e-14)
end)

test.case('one sample; none and all of the classes', function()
  local loss = nn.MultiLabelMarginCriterion():double()
  test.near(loss:forward(x[2], t[2]), (0.7 + 1.2 + 3.2) / 4, 1e-15)
  test.equal(loss:forward(x[2], torch.LongTensor {0, 0, 0, 0}), 0.0)
  test.equal(loss:forward(x[2], torch.LongTensor {4, 3, 2, 1}), 0.0)
  test.equal(loss:backward(x[2], torch.LongTensor {4, 3, 2, 1}), {0, 0, 0, 0})
end)

test.case('gradients', function()
  test.criterion_gradients(nn.MultiLabelMarginCriterion(), x, t)
  test.criterion_gradients(nn.MultiLabelMarginCriterion(), x[1], t[1])
end)

test.case('other strides', function()
  local loss, strided = nn.MultiLabelMarginCriterion():double(), x:t():contiguous():t()
  test.near(loss:forward(strided, t), 1.825, 1e-15)
  test.near(loss:backward(strided, t:t():contiguous():t()), {{-0.25, 0.25, -0.25, 0.25},
    {0.125, 0.125, 0.125, -0.375}}, 1e-15)
end)

test.case('bad targets', function()
  local loss = nn.MultiLabelMarginCriterion():double()
  test.fails(function() loss:forward(x, torch.LongTensor {1, 2}) end,
    'nn.MultiLabelMarginCriterion', 'input is 2x4, target is 2')
  test.fails(function() loss:forward(x[1], torch.LongTensor {5, 0, 0, 0}) end, 'a label is 5',
    '1..4', 'or 0')
  test.fails(function() loss:forward(x[1], torch.LongTensor {-1, 0, 0, 0}) end, 'a label is -1')
  test.fails(function() loss:forward(x[1], torch.DoubleTensor {1.5, 0, 0, 0}) end, '1.5')
end)
