-- MarginRankingCriterion: which of two scores is the larger one.
local test = require 'harness'
require 'nn'

local a, b = torch.DoubleTensor {1, 2, 0.5}, torch.DoubleTensor {3, 0.5, 0.25}
local t = torch.DoubleTensor {1, 1, -1}

test.case('values', function()
  local loss = nn.MarginRankingCriterion():double()
  test.near(loss:forward({a, b}, t), (3 + 0 + 1.25) / 3, 1e-15)
  test.near(loss:backward({a, b}, t), {{-1 / 3, 0, 1 / 3}, {1 / 3, 0, -1 / 3}}, 1e-15)
  loss.sizeAverage, loss.margin = false, 0
  test.near(loss:forward({a, b}, t), 2.25, 1e-15)
  test.near(loss:forward({torch.DoubleTensor {1}, torch.DoubleTensor {2}}, -1), 0, 1e-15)
end)

test.case('gradients', function()
  local labels = torch.randn(40, 60):sign()
  test.criterion_gradients(nn.MarginRankingCriterion(), {torch.randn(4, 6), torch.randn(6, 4):t()},
    labels:narrow(1, 1, 4):narrow(2, 1, 6))
end)

test.case('more than a block', function()
  local x1, x2, labels = torch.randn(50, 60), torch.randn(50, 60), torch.randn(50, 60):sign()
  local want = (x1 - x2):cmul(labels):mul(-1):add(1):cmax(0):mean()
  test.near(nn.MarginRankingCriterion():forward({x1, x2}, labels), want, 1e-6)
end)

test.case('sizes must fit', function()
  local loss = nn.MarginRankingCriterion():double()
  test.fails(function() loss:forward({a, b}, 1) end,
    'nn.MarginRankingCriterion: input is 3, target is 1')
  test.fails(function() loss:forward({a, b:narrow(1, 1, 2)}, t) end, 'input[2] is 2, input[1] is 3')
end)
