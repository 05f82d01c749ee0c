-- TiedLinear: the affine map back with an nn.Linear's weight.
local test = require 'harness'
local model = require 'model'
require 'nn'
require 'optim'

local function autoencoder(bias)
  local linear = nn.Linear(4, 3)
  local tied = nn.TiedLinear(linear, bias)
  return nn.Sequential():add(linear):add(nn.Sigmoid()):add(tied), linear, tied
end

test.case('values', function()
  local linear = nn.Linear(3, 2):double()
  linear.weight:copy(torch.DoubleTensor {{1, 2, 3}, {-1, 0, 5}})
  linear.gradWeight:zero()
  local tied = nn.TiedLinear(linear)
  test.equal(tied:type(), 'torch.DoubleTensor')
  tied.bias:copy(torch.DoubleTensor {10, 20, 30})
  tied.gradBias:zero()
  local x, gy = torch.DoubleTensor {{1, 2}, {0, -1}}, torch.DoubleTensor {{1, 0, 2}, {3, 1, 0}}
  test.equal(tied:forward(x), {{9, 22, 43}, {11, 20, 25}})
  test.equal(tied:backward(x, gy, 2), {{7, 9}, {5, -3}})
  test.equal(linear.gradWeight, {{2, 0, 4}, {-2, -2, 8}})
  test.equal(tied.gradBias, {8, 2, 4})
  test.equal(tied:forward(x[1]), {9, 22, 43})
  test.equal(tied:backward(x[1], gy[1]), {7, 9})
end)

test.case('gradients', function()
  local x = torch.randn(5, 4)
  for _, bias in ipairs {true, false} do
    local net, linear, tied = autoencoder(bias)
    test.gradients(net, x)
    test.gradients(net, x[1])
    test.gradients(net, torch.randn(4, 5):t())
    test.check(linear.weight:isSetTo(tied.weight), 'still one memory')
  end
  test.gradients(nn.TiedLinear(3, 4), torch.randn(5, 3))
  test.gradients(nn.TiedLinear(3, 4), torch.randn(3))
end)

test.case('large, against nn.Linear with the transposed weight', function()
  local linear, plain = nn.Linear(130, 70), nn.Linear(70, 130)
  local tied = nn.TiedLinear(linear)
  plain.weight:copy(linear.weight:t())
  plain.bias:copy(tied.bias)
  tied:zeroGradParameters()
  plain:zeroGradParameters()
  local x, gy = torch.randn(90, 70), torch.randn(90, 130)
  test.near(tied:forward(x), plain:forward(x), 1e-5)
  test.near(tied:backward(x, gy), plain:backward(x, gy), 1e-4)
  test.near(tied.gradWeight:t():clone(), plain.gradWeight, 1e-4)
  test.near(tied.gradBias, plain.gradBias, 1e-4)
end)

test.case('the weight counts once', function()
  local net, linear, tied = autoencoder()
  test.equal(net:parameterCount(), 12 + 3 + 4)
  test.equal(#net:parameters(), 3)
  local flat, grad = net:getParameters()
  test.equal({flat:size(1), grad:size(1)}, {19, 19})
  flat:fill(2)
  grad:fill(3)
  test.equal({linear.weight[2][3], tied.weight[2][3], tied.gradWeight[1][1]}, {2, 2, 3})
  local optimizer = optim.SGD(net, {learningRate = 1})
  grad:fill(1)
  optimizer:step()
  test.equal(tied.weight:sum(), 12.0, 'one step')
  net:updateParameters(1)
  test.equal(tied.weight:sum(), 0.0, 'one update')
end)

test.case('copies, conversions and files keep the two together', function()
  local net = autoencoder()
  local x = torch.randn(2, 4)
  local y = net:forward(x):clone()
  local function check(copy, what)
    test.equal(copy:forward(x), y, what)
    test.check(copy:get(1).weight:isSetTo(copy:get(3).weight), what .. ': weight')
    test.check(copy:get(1).gradWeight:isSetTo(copy:get(3).gradWeight), what .. ': gradWeight')
    test.check(not copy:get(1).weight:isSetTo(net:get(1).weight), what .. ': of its own')
  end
  local folder = test.folder()
  check(net:clone(), 'clone')
  check(net:clone():double():float(), 'types')
  torch.save(folder .. '/net.t7', net)
  check(torch.load(folder .. '/net.t7'), 'torch.save')
  test.check(model.save(folder .. '/net.safetensors', net))
  check(model.load(folder .. '/net.safetensors'), 'safetensors')
end)

test.case('an autoencoder with it learns', function()
  local net = autoencoder()
  local x, criterion = torch.rand(50, 4), nn.MSECriterion()
  local optimizer = optim.Adam(net, {learningRate = 0.05})
  local first = criterion:forward(net:forward(x), x)
  for _ = 1, 200 do
    net:zeroGradParameters()
    criterion:forward(net:forward(x), x)
    net:backward(x, criterion:backward(net.output, x))
    optimizer:step()
  end
  local last = criterion:forward(net:forward(x), x)
  test.check(last < first / 5, ('from %g to %g'):format(first, last))
end)

test.case('reset', function()
  local tied = nn.TiedLinear(25, 100)
  local weight, bias = tied.weight:clone():abs():max(), tied.bias:clone():abs():max()
  test.check(weight <= 0.1 and weight > 0.095, 'weight')
  test.check(bias <= 0.2 and bias > 0.17, 'bias')
  tied:reset(2)
  test.near(tied.weight:std(), 2, 0.1)
end)

test.case('mistakes', function()
  local _, _, tied = autoencoder()
  test.fails(function() nn.TiedLinear(nn.ReLU()) end, 'nn.TiedLinear', 'an nn.Linear expected',
    'nn.ReLU')
  test.fails(function() nn.TiedLinear() end, 'nn.TiedLinear', 'inputSize')
  test.fails(function() tied:forward(torch.ones(2, 4)) end, 'nn.TiedLinear(3 -> 4)',
    'input has 4 features, want 3')
  test.fails(function() tied:forward(torch.ones(2, 1, 3)) end, 'input is 2x1x3')
  tied:forward(torch.ones(2, 3))
  test.fails(function() tied:backward(torch.ones(3, 3), torch.ones(2, 4)) end,
    'input is 3x3 in backward')
  test.equal(tostring(nn.TiedLinear(3, 4, false)), 'nn.TiedLinear(3 -> 4) without bias')
end)
