-- DistKLDivCriterion: mean t (log t - x). Golden values from PyTorch.
local test = require 'harness'
require 'nn'

local x = torch.DoubleTensor {{-2, -0.5, 0.25}, {0.5, 1, 3}}
local t = torch.DoubleTensor {{0.25, 0.5, 0.25}, {0, 0.3, 0.7}}

test.case('values', function()
  local mean, sum = nn.DistKLDivCriterion():double(), nn.DistKLDivCriterion(false):double()
  test.near(mean:forward(x, t), -0.560514178815802, 1e-15)
  test.near(mean:backward(x, t), {{-0.0416666666666667, -0.0833333333333333, -0.0416666666666667},
    {-0, -0.05, -0.116666666666667}}, 1e-15)
  test.near(sum:forward(x, t), 6 * -0.560514178815802, 1e-14)
  test.equal(sum:backward(x, t), {{-0.25, -0.5, -0.25}, {0, -0.3, -0.7}})
end)

test.case('zero for equal distributions', function()
  local p = torch.DoubleTensor {0.25, 0.75}
  test.near(nn.DistKLDivCriterion():double():forward(torch.log(p), p), 0, 1e-16)
end)

test.case('gradients', function()
  test.criterion_gradients(nn.DistKLDivCriterion(), x, t)
end)

test.case('sizes must fit', function()
  test.fails(function() nn.DistKLDivCriterion():forward(torch.zeros(2, 3), torch.zeros(5)) end,
    'nn.DistKLDivCriterion: input is 2x3, target is 5')
end)
