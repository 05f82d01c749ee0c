-- SoftMarginCriterion: mean log(1 + e^(-t x)). Golden values from PyTorch.
local test = require 'harness'
require 'nn'

local x = torch.DoubleTensor {{-2, -0.5, 0.25}, {0.5, 1, 3}}
local t = torch.DoubleTensor {{-1, 1, 1}, {-1, -1, 1}}

test.case('values', function()
  local loss = nn.SoftMarginCriterion():double()
  test.near(loss:forward(x, t), 0.668811739728999, 1e-15)
  test.near(loss:backward(x, t), {{0.0198671536703529, -0.103743221866976, -0.0729705831857003},
    {0.103743221866976, 0.121843096438334, -0.00790431219626113}}, 1e-15)
  loss.sizeAverage = false
  test.near(loss:forward(x, t), 6 * 0.668811739728999, 1e-14)
end)

test.case('far out', function()
  local far, one = torch.DoubleTensor {-1000, 1000}, torch.ones(2):double()
  test.equal(nn.SoftMarginCriterion():double():forward(far, one), 500.0)
end)

test.case('gradients', function()
  test.criterion_gradients(nn.SoftMarginCriterion(), x, t)
end)

test.case('sizes must fit', function()
  test.fails(function() nn.SoftMarginCriterion():forward(torch.zeros(2, 3), torch.zeros(5)) end,
    'nn.SoftMarginCriterion: input is 2x3, target is 5')
end)
