-- MarginCriterion: mean max(0, margin - t x).
local test = require 'harness'
require 'nn'

local x = torch.DoubleTensor {{-2, -0.5, 0.25}, {0.5, 1, 3}}
local t = torch.DoubleTensor {{-1, 1, 1}, {-1, -1, 1}}

test.case('values', function()
  local loss = nn.MarginCriterion():double()
  test.near(loss:forward(x, t), (1.5 + 0.75 + 1.5 + 2) / 6, 1e-15)
  test.near(loss:backward(x, t), {{0, -1 / 6, -1 / 6}, {1 / 6, 1 / 6, 0}}, 1e-15)
  local wide = nn.MarginCriterion(4):double()
  wide.sizeAverage = false
  test.near(wide:forward(x, t), 2 + 4.5 + 3.75 + 4.5 + 5 + 1, 1e-14)
  test.equal(wide:backward(x, t), {{1, -1, -1}, {1, 1, -1}})
end)

test.case('gradients', function()
  test.criterion_gradients(nn.MarginCriterion(0.7), x, t)
end)

test.case('sizes must fit', function()
  test.fails(function() nn.MarginCriterion():forward(torch.zeros(2, 3), torch.zeros(5)) end,
    'nn.MarginCriterion: input is 2x3, target is 5')
end)
