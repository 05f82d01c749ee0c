-- L1HingeEmbeddingCriterion: the L1 distance of two tensors.
local test = require 'harness'
require 'nn'

local a, b = torch.DoubleTensor {{1, 2}, {3, 4}}, torch.DoubleTensor {{1.5, 2}, {2.75, 4}}

test.case('values', function()
  local loss = nn.L1HingeEmbeddingCriterion():double()
  test.near(loss:forward({a, b}, 1), 0.75, 1e-15)
  test.equal(loss:backward({a, b}, 1), {{{-1, 0}, {1, 0}}, {{1, 0}, {-1, 0}}})
  test.near(loss:forward({a, b}, -1), 0.25, 1e-15)
  test.equal(loss:backward({a, b}, -1)[1], {{1, 0}, {-1, 0}})
  loss.margin = 0.5
  test.equal(loss:forward({a, b}, torch.DoubleTensor {-1}), 0)
  test.equal(loss:backward({a, b}, -1)[2], {{0, 0}, {0, 0}})
  test.equal(loss.gradInput[1]:sum(), 0)
end)

test.case('gradients', function()
  for _, t in ipairs {1, -1} do
    test.criterion_gradients(nn.L1HingeEmbeddingCriterion(20),
      {torch.randn(3, 4), torch.randn(4, 3):t()}, t)
  end
end)

test.case('what is wrong is told', function()
  local loss = nn.L1HingeEmbeddingCriterion():double()
  test.fails(function() loss:forward(a, 1) end,
    'nn.L1HingeEmbeddingCriterion: input is 2x2, want a table of 2 tensors')
  test.fails(function() loss:forward({a, b[1]}, 1) end, 'input[2] is 2, input[1] is 2x2')
  test.fails(function() loss:forward({a, b}, 0) end, 'label 1 is 0, want 1 or -1')
  test.fails(function() loss:forward({a, b:float()}, 1) end, 'input[2] is a FloatTensor')
end)
