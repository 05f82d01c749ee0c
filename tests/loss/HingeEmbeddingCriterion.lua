-- HingeEmbeddingCriterion: distances and labels of 1 and -1.
local test = require 'harness'
require 'nn'

local x, t = torch.DoubleTensor {{0.5, 0.25}, {2, 3}}, torch.DoubleTensor {{1, -1}, {-1, 1}}

test.case('values', function()
  local loss = nn.HingeEmbeddingCriterion():double()
  test.near(loss:forward(x, t), (0.5 + 0.75 + 0 + 3) / 4, 1e-15)
  test.near(loss:backward(x, t), {{0.25, -0.25}, {0, 0.25}}, 1e-15)
  loss.sizeAverage, loss.margin = false, 2.5
  test.near(loss:forward(x, t), 0.5 + 2.25 + 0.5 + 3, 1e-15)
  test.near(nn.HingeEmbeddingCriterion(2):forward(torch.Tensor {0.5}, -1), 1.5, 1e-7)
end)

test.case('gradients', function()
  test.criterion_gradients(nn.HingeEmbeddingCriterion(), x, t)
  test.criterion_gradients(nn.HingeEmbeddingCriterion(2.5), x:t(), t)
end)

test.case('sizes must fit', function()
  test.fails(function() nn.HingeEmbeddingCriterion():double():forward(x, t[1]) end,
    'nn.HingeEmbeddingCriterion: input is 2x2, target is 2')
end)
