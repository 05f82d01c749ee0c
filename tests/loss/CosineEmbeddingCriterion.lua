-- CosineEmbeddingCriterion: angles of pairs and labels of 1 and -1.
local test = require 'harness'
local system = require 'aelua.system'
require 'nn'

local a = torch.DoubleTensor {{1, 0}, {3, 4}, {1, 1}}
local b = torch.DoubleTensor {{5, 0}, {4, 3}, {-2, -2}}
local t = torch.DoubleTensor {1, -1, -1}

test.case('values', function()
  local loss = nn.CosineEmbeddingCriterion(0.5):double()
  test.near(loss:forward({a, b}, t), (0 + 0.96 - 0.5 + 0) / 3, 1e-11)
  test.equal(loss:backward({a, b}, t)[1][3], {0, 0})
  loss.sizeAverage = false
  test.near(loss:forward({a, b}, t), 0.46, 1e-11)
  test.near(loss:forward({a[2], b[2]}, 1), 0.04, 1e-11)
  test.near(loss:forward({a[2], b[2]}, -1), 0.46, 1e-11)
end)

test.case('gradients', function()
  local x, labels = {torch.randn(5, 4), torch.randn(4, 5):t()}, torch.Tensor {1, -1, -1, 1, -1}
  test.criterion_gradients(nn.CosineEmbeddingCriterion(), x, labels)
  test.criterion_gradients(nn.CosineEmbeddingCriterion(-1), x, labels)
  test.criterion_gradients(nn.CosineEmbeddingCriterion(), {torch.randn(300), torch.randn(300)}, 1)
end)

test.case('steps allocate nothing', function()
  local loss, x = nn.CosineEmbeddingCriterion(), {torch.randn(50, 40), torch.randn(50, 40)}
  local labels, before = torch.ones(50)
  for i = 1, 10 do
    loss:forward(x, labels)
    loss:backward(x, labels)
    if i == 2 then before = system.memory() end
  end
  test.equal(system.memory(), before)
end)

test.case('what is wrong is told', function()
  local loss = nn.CosineEmbeddingCriterion():double()
  test.fails(function() loss:forward({a, b}, t:narrow(1, 1, 2)) end,
    'nn.CosineEmbeddingCriterion: target is 2, want 3 labels')
  test.fails(function() loss:forward({a, b}, torch.zeros(3):double()) end, 'label 1 is 0')
  test.fails(function() loss:forward({a, b}, {t}) end, 'target is a table of 1 tensor')
  test.fails(function() loss:forward({a, b, a}, t) end, 'want a table of 2 tensors')
end)

test.case('inputs and labels of other sizes and types', function()
  local loss, x = nn.CosineEmbeddingCriterion(), torch.randn(1, 2)
  test.fails(function() loss:forward({torch.ones(2, 2, 2), torch.ones(2, 2, 2)}, torch.ones(2)) end,
    'nn.CosineEmbeddingCriterion: input[1] is 2x2x2, want 1 or 2 dimensions')
  test.fails(function() loss:forward({x, x}, torch.ones(2)) end, 'target is 2, want 1 label')
  test.fails(function() loss:forward({torch.randn(2, 2), torch.randn(2, 2)}, torch.ones(3)) end,
    'target is 3, want 2 labels')
  test.fails(function() loss:forward({x, x}, torch.ones(1):double()) end,
    'target is a DoubleTensor, the criterion is of type Float')
end)

test.case('a part of gradInput that comes back as a part of the input is left alone', function()
  local x, labels = {torch.randn(4, 3), torch.randn(4, 3)}, torch.Tensor {1, -1, 1, -1}
  local loss, other = nn.CosineEmbeddingCriterion(), nn.CosineEmbeddingCriterion()
  loss:forward(x, labels)
  for i = 1, 2 do
    local input = {x[1], x[2]}
    input[i] = loss:backward(x, labels)[i]:copy(x[i])
    local want = other:backward(x, labels)
    local got = loss:backward(input, labels)
    test.equal({got[1], got[2]}, {want[1], want[2]})
    test.equal(input[i], x[i])
  end
end)
