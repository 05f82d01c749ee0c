-- WeightedMSECriterion: mean (x - w t)^2.
local test = require 'harness'
require 'nn'

local x = torch.DoubleTensor {{-2, -0.5, 0.25}, {0.5, 1, 3}}
local t = torch.DoubleTensor {{-1, 1, 1}, {-1, -1, 1}}
local w = torch.DoubleTensor {2, 0.5, 1}

test.case('values', function()
  local loss = nn.WeightedMSECriterion(w):double()
  local d = torch.DoubleTensor {{0, -1, -0.75}, {2.5, 1.5, 2}}
  test.near(loss:forward(x, t), d:clone():pow(2):mean(), 1e-15)
  test.near(loss:backward(x, t), d:clone():div(3), 1e-15)
  loss.sizeAverage = false
  test.near(loss:forward(x, t), d:clone():pow(2):sum(), 1e-14)
  test.near(loss:backward(x, t), d:clone():mul(2), 1e-15)
  test.equal(loss:backward(x[1], t[1]), {0, -2, -1.5})
end)

test.case('a weight for each element of the batch', function()
  local all = torch.DoubleTensor {{2, 0.5, 1}, {1, 3, 2}}
  local loss = nn.WeightedMSECriterion(all):double()
  test.near(loss:backward(x, t):mul(3), {{0, -1, -0.75}, {1.5, 4, 1}}, 1e-15)
end)

test.case('gradients', function()
  test.criterion_gradients(nn.WeightedMSECriterion(w), x, t)
end)

test.case('the weight must fit', function()
  test.fails(function() nn.WeightedMSECriterion(torch.ones(4)):double():forward(x, t) end,
    'nn.WeightedMSECriterion', 'weights are 4', '2x3')
  test.fails(function() nn.WeightedMSECriterion() end, 'weight is missing')
end)
