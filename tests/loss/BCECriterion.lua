-- BCECriterion: -mean w (t log x + (1 - t) log(1 - x)). Golden values from PyTorch.
local test = require 'harness'
require 'nn'

local x = torch.DoubleTensor {{0.1, 0.5, 0.75}, {0.9, 0.25, 0.6}}
local t = torch.DoubleTensor {{0, 1, 0.5}, {1, 0, 0.25}}
local weights = torch.DoubleTensor {2, 0.5, 1}

test.case('values', function()
  local plain = nn.BCECriterion():double()
  test.near(plain:forward(x, t), 0.473910492660055, 1e-11)
  test.near(plain:backward(x, t),
    {{0.185185185185185, -1 / 3, 2 / 9}, {-0.185185185185185, 2 / 9, 0.243055555555556}}, 1e-11)
  local weighted = nn.BCECriterion(weights):double()
  test.near(weighted:forward(x, t), 0.427294893461686, 1e-11)
  test.near(weighted:backward(x, t),
    {{0.37037037037037, -1 / 6, 2 / 9}, {-0.37037037037037, 1 / 9, 0.243055555555556}}, 1e-11)
  test.near(nn.BCECriterion(weights, false):double():forward(x, t), 2.56376936077012, 1e-10)
end)

test.case('certain and wrong stays finite', function()
  local criterion = nn.BCECriterion()
  test.near(criterion:forward(torch.Tensor {1, 0}, torch.Tensor {0, 1}), -math.log(1e-12), 1e-3)
  local gradient = criterion:backward(torch.Tensor {1, 0}, torch.Tensor {0, 1})
  test.near(gradient[1] / 5e11, 1, 1e-5)
  test.near(gradient[2] / 5e11, -1, 1e-5)
end)

test.case('gradients', function()
  test.criterion_gradients(nn.BCECriterion(), x, t)
  test.criterion_gradients(nn.BCECriterion(weights), x, t)
end)

test.case('weights must fit', function()
  test.fails(function() nn.BCECriterion(torch.ones(4)):double():forward(x, t) end,
    'nn.BCECriterion', 'weights are 4', '2x3')
end)
