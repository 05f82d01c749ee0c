-- MultiLabelSoftMarginCriterion: binary cross-entropy of scores. Golden values from PyTorch.
local test = require 'harness'
require 'nn'

local x = torch.DoubleTensor {{-2, -0.5, 0.25}, {0.5, 1, 3}}
local t = torch.DoubleTensor {{0, 1, 0.5}, {1, 0, 1}}
local weights = torch.DoubleTensor {2, 0.5, 1}

test.case('values', function()
  local plain = nn.MultiLabelSoftMarginCriterion():double()
  test.near(plain:forward(x, t), 0.606311739728999, 1e-15)
  test.near(plain:backward(x, t), {{0.0198671536703529, -0.103743221866976, 0.010362750147633},
    {-0.0629234447996909, 0.121843096438334, -0.00790431219626113}}, 1e-15)
  local weighted = nn.MultiLabelSoftMarginCriterion(weights):double()
  test.near(weighted:forward(x, t), 0.515867682957985, 1e-15)
  test.near(weighted:backward(x, t), {{0.0397343073407058, -0.0518716109334879, 0.010362750147633},
    {-0.125846889599382, 0.0609215482191671, -0.00790431219626113}}, 1e-15)
end)

test.case('one sample, and far out', function()
  local loss = nn.MultiLabelSoftMarginCriterion(weights):double()
  test.equal(loss:backward(x[1], t[1]):size():totable(), {3})
  test.equal(nn.MultiLabelSoftMarginCriterion():forward(torch.Tensor {1000}, torch.Tensor {0}),
    1000.0)
end)

test.case('gradients', function()
  test.criterion_gradients(nn.MultiLabelSoftMarginCriterion(), x, t)
  test.criterion_gradients(nn.MultiLabelSoftMarginCriterion(weights), x, t)
end)

test.case('weights must fit', function()
  test.fails(function()
    nn.MultiLabelSoftMarginCriterion(torch.ones(4)):double():forward(x, t)
  end, 'nn.MultiLabelSoftMarginCriterion', 'weights are 4', '2x3')
end)
