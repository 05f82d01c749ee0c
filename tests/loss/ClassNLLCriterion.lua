-- ClassNLLCriterion: negative log likelihood of labels, which start at 1. Golden values from
-- PyTorch.
local test = require 'harness'
require 'nn'

local x = torch.DoubleTensor {{-2, -0.5, 0.25}, {0.5, 1, 3}}
local t = torch.LongTensor {3, 1}
local weights = torch.DoubleTensor {1, 2, 4}

test.case('values', function()
  local mean = nn.ClassNLLCriterion():double()
  test.equal(mean:forward(x, t), -0.375)
  test.equal(mean:backward(x, t), {{0, 0, -0.5}, {-0.5, 0, 0}})
  local weighted = nn.ClassNLLCriterion(weights):double()
  test.near(weighted:forward(x, t), -0.3, 1e-15)
  test.near(weighted:backward(x, t), {{0, 0, -0.8}, {-0.2, 0, 0}}, 1e-15)
  local sum = nn.ClassNLLCriterion(weights, false):double()
  test.equal(sum:forward(x, t), -1.5)
  test.equal(sum:backward(x, t), {{0, 0, -4}, {-1, 0, 0}})
end)

test.case('labels of any type', function()
  local criterion = nn.ClassNLLCriterion():double()
  for _, labels in ipairs {t:byte(), t:float(), t:double()} do
    test.equal(criterion:forward(x, labels), -0.375)
  end
end)

test.case('one sample', function()
  local criterion = nn.ClassNLLCriterion():double()
  test.equal(criterion:forward(x[1], 3), -0.25)
  test.equal(criterion:backward(x[1], 3), {0, 0, -1})
  test.equal(criterion:forward(x[1], torch.LongTensor {2}), 0.5)
end)

test.case('gradients', function()
  test.criterion_gradients(nn.ClassNLLCriterion(), x, t)
  test.criterion_gradients(nn.ClassNLLCriterion(weights), x, t)
end)

test.case('labels out of range', function()
  local criterion = nn.ClassNLLCriterion():double()
  test.fails(function() criterion:forward(x, torch.LongTensor {3, 0}) end,
    'nn.ClassNLLCriterion: target[2] is 0', '1..3', 'labels start at 1')
  test.fails(function() criterion:forward(x, torch.LongTensor {4, 1}) end, 'target[1] is 4')
  test.fails(function() criterion:forward(x, torch.FloatTensor {1.5, 1}) end, 'no whole number')
  test.fails(function() criterion:forward(x, torch.LongTensor {1, 1, 1}) end, 'want 2 labels')
  test.fails(function() nn.ClassNLLCriterion(torch.ones(2)):double():forward(x, t) end,
    'weights are 2', '3 classes')
end)

test.case('labels and inputs of other sizes, and weights that are all 0', function()
  local loss = nn.ClassNLLCriterion()
  test.fails(function() loss:forward(torch.ones(2, 2, 2), torch.ones(2)) end,
    'nn.ClassNLLCriterion: input is 2x2x2, want (classes) or (batch, classes)')
  test.fails(function() loss:forward(torch.ones(1, 2), torch.ones(3)) end, 'want 1 label (')
  test.fails(function() loss:forward(torch.ones(2, 2), torch.ones(3)) end, 'want 2 labels (')
  test.equal(nn.ClassNLLCriterion(torch.zeros(2)):forward(torch.ones(2), 1), 0)
end)

test.case('gradInput as target or weights is left alone', function()
  local scores, labels = torch.rand(40, 50), torch.Tensor(40):fill(50)
  for _, name in ipairs {'ClassNLLCriterion', 'CrossEntropyCriterion', 'MultiMarginCriterion'} do
    local loss = nn[name]()
    local gx = loss:backward(scores, labels):clone()
    local target = loss.gradInput:select(2, 1):fill(50)
    test.equal(loss:backward(scores, target), gx, name)
    target = loss.gradInput:resize(40):fill(50)
    test.equal(loss:backward(scores, target), gx, name)
    test.equal(target, labels)
    loss.weights = loss.gradInput:resize(50):fill(1)
    test.equal(loss:backward(scores, labels), gx, name)
  end
end)
