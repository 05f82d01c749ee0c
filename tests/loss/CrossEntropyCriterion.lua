-- CrossEntropyCriterion: LogSoftMax and ClassNLLCriterion in one. Golden values from PyTorch.
local test = require 'harness'
require 'nn'

local x = torch.DoubleTensor {{-2, -0.5, 0.25}, {0.5, 1, 3}}
local t = torch.LongTensor {3, 1}
local weights = torch.DoubleTensor {1, 2, 4}

test.case('values', function()
  local mean = nn.CrossEntropyCriterion():double()
  test.near(mean:forward(x, t), 1.57637193911345, 1e-14)
  test.near(mean:backward(x, t), {{0.0334014167622648, 0.149694764437249, -0.183096181199514},
    {-0.466287320883774, 0.0555828111512106, 0.410704509732563}}, 1e-14)
  local weighted = nn.CrossEntropyCriterion(weights):double()
  test.near(weighted:forward(x, t), 0.904154644429744, 1e-14)
  test.near(weighted:backward(x, t), {{0.0534422668196237, 0.239511623099598, -0.292953889919222},
    {-0.186514928353509, 0.0222331244604842, 0.164281803893025}}, 1e-14)
  test.near(nn.CrossEntropyCriterion(weights, false):double():forward(x, t), 4.52077322214872,
    1e-14)
end)

test.case('the same as its two parts', function()
  local scores, labels = torch.randn(50, 300):double(), torch.LongTensor(50)
  for i = 1, 50 do labels[i] = 6 * i end
  local logSoftMax, nll = nn.LogSoftMax():double(), nn.ClassNLLCriterion():double()
  local one = nn.CrossEntropyCriterion():double()
  local logP = logSoftMax:forward(scores)
  test.near(one:forward(scores, labels), nll:forward(logP, labels), 1e-12)
  test.near(one:backward(scores, labels),
    logSoftMax:backward(scores, nll:backward(logP, labels)), 1e-15)
end)

test.case('one sample', function()
  local criterion = nn.CrossEntropyCriterion():double()
  test.near(criterion:forward(x[1], 3), 0.456009781307275, 1e-14)
end)

test.case('gradients', function()
  test.criterion_gradients(nn.CrossEntropyCriterion(), x, t)
  test.criterion_gradients(nn.CrossEntropyCriterion(weights, false), x, t)
end)

test.case('labels out of range', function()
  test.fails(function() nn.CrossEntropyCriterion():double():forward(x, torch.LongTensor {0, 1}) end,
    'nn.CrossEntropyCriterion: target[1] is 0', 'labels start at 1')
end)
