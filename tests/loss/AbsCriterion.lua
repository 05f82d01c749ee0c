-- AbsCriterion: mean |x - t|. Golden values from PyTorch.
local test = require 'harness'
require 'nn'

local x = torch.DoubleTensor {{-2, -0.5, 0.25}, {0.5, 1, 3}}
local t = torch.DoubleTensor {{-1, 0.5, 0.25}, {0, 2, 1}}

test.case('values', function()
  local mean, sum = nn.AbsCriterion():double(), nn.AbsCriterion(false):double()
  test.near(mean:forward(x, t), 0.916666666666667, 1e-15)
  test.near(mean:backward(x, t), {{-1 / 6, -1 / 6, 0}, {1 / 6, -1 / 6, 1 / 6}}, 1e-15)
  test.equal(sum:forward(x, t), 5.5)
  test.equal(sum:backward(x, t), {{-1, -1, 0}, {1, -1, 1}})
end)

test.case('gradients', function()
  test.criterion_gradients(nn.AbsCriterion(), x, torch.DoubleTensor(2, 3):fill(0.1))
end)

test.case('sizes must fit', function()
  test.fails(function() nn.AbsCriterion():forward(torch.zeros(2, 3), torch.zeros(5)) end,
    'nn.AbsCriterion: input is 2x3, target is 5')
end)
