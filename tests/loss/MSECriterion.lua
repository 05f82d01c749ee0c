-- MSECriterion: mean (x - t)^2. Golden values from PyTorch.
local test = require 'harness'
require 'nn'

local x = torch.DoubleTensor {{-2, -0.5, 0.25}, {0.5, 1, 3}}
local t = torch.DoubleTensor {{-1, 0.5, 0.25}, {0, 2, 1}}

test.case('values', function()
  local mean, sum = nn.MSECriterion():double(), nn.MSECriterion(false):double()
  test.near(mean:forward(x, t), 1.20833333333333, 1e-14)
  test.near(mean:backward(x, t), {{-1 / 3, -1 / 3, 0}, {1 / 6, -1 / 3, 2 / 3}}, 1e-15)
  test.equal(sum:forward(x, t), 7.25)
  test.equal(sum:backward(x, t), {{-2, -2, 0}, {1, -2, 4}})
end)

test.case('the sum of many floats is a double\'s', function()
  local n = 100 * 1000
  local loss = nn.MSECriterion():forward(torch.FloatTensor(n):fill(0.5), torch.zeros(n))
  test.equal(loss, 0.25)
end)

test.case('gradients', function()
  test.criterion_gradients(nn.MSECriterion(), x, t)
  test.criterion_gradients(nn.MSECriterion(false), x, t)
end)

test.case('sizes must fit', function()
  test.fails(function() nn.MSECriterion():forward(torch.zeros(2, 3), torch.zeros(2, 4)) end,
    'nn.MSECriterion: input is 2x3, target is 2x4')
end)
