-- Optimizers as Lua values and in Torch's functional form; criterions as Lua values.
local test = require 'harness'
local nn, optim = require 'nn', require 'optim'

local function sample()
  torch.manualSeed(2)
  local net = nn.Sequential():add(nn.Sequential():add(nn.Linear(4, 3)):add(nn.Tanh()), 'encoder')
  return net:add(nn.Linear(3, 2), 'head')
end

local function step(net, optimizer)
  local x = torch.ones(2, 4)
  net:zeroGradParameters()
  net:backward(x, net:forward(x):clone():fill(1))
  optimizer:step()
end

test.case('options are fields', function()
  local optimizer = optim.SGD(sample(), {learningRate = 0.5, momentum = 0.9})
  test.equal({optimizer.learningRate, optimizer.momentum, optimizer.dampening}, {0.5, 0.9, 0.0})
  optimizer.learningRate = 0.25
  test.equal(optimizer.learningRate, 0.25)
  test.fails(function() optimizer.learningRate = -1 end, 'learningRate is -1')
  test.fails(function() optim.SGD(sample(), {learnigRate = 1}) end, "'learnigRate'",
    "'learningRate'")
  test.fails(function() return optimizer.setp end, "'setp'", "'step'")
  test.fails(function() optim.SGD(5) end, 'module expected')
  test.equal(tostring(optimizer), 'optim.SGD')
end)

test.case('a step follows the gradient', function()
  local net = sample()
  local before = net:get('head').bias:clone()
  step(net, optim.SGD(net, {learningRate = 0.5}))
  test.near(net:get('head').bias, before - 1, 1e-6)
end)

test.case('a changed network is noticed, and which parameter', function()
  local net = sample()
  local optimizer = optim.SGD(net, {learningRate = 0.1})
  net.encoder:add(nn.Linear(3, 3))
  test.fails(function() optimizer:step() end, 'encoder.2.weight', 'added')
  net.encoder:remove()
  step(net, optimizer)
  local head = net:remove('head')
  test.fails(function() optimizer:step() end, 'head.weight', 'removed')
  net:add(head, 'head')
  step(net, optimizer)
  net:get('head').weight = torch.ones(2, 3)
  test.fails(function() optimizer:step() end, 'head.weight', 'replaced')
end)

test.case('state and steps', function()
  local net = sample()
  local optimizer = optim.SGD(net, {learningRate = 0.1, momentum = 0.9})
  step(net, optimizer)
  test.equal(optimizer.steps, 1)
  local state = optimizer:state()
  test.equal(state['head.bias.dfdx'], net:get('head').gradBias)
end)

test.case("Torch's functional form keeps its state in the tables", function()
  local x, config, state = torch.Tensor{1, 2}, {learningRate = 0.1, momentum = 0.9}, {}
  local function feval(at) return at:sum(), torch.ones(2) end
  local same, losses = optim.sgd(feval, x, config, state)
  test.check(rawequal(same, x))
  test.equal(losses, {3.0})
  test.near(x, torch.Tensor{0.9, 1.9}, 1e-6)
  test.equal(state.evalCounter, 1)
  optim.sgd(feval, x, config, state) -- dampening = momentum, as in Torch: 0.9 * 1 + 0.1 * 1
  test.near(x, torch.Tensor{0.8, 1.8}, 1e-6)
  optim.sgd(feval, x, config) -- the config is the state when there is none
  test.equal(config.evalCounter, 1)
  test.fails(function() optim.sgd(feval, x, {momentun = 1}) end, "'momentun'", "'momentum'")
  test.fails(function() optim.sgd(function() return 1 end, x) end, 'loss and the gradient')
  local adam = {}
  optim.adam(feval, x, {learningRate = 0.1}, adam)
  test.equal(adam.m:size(1), 2)
end)

test.case('criterions: numbers as targets, fields, labels from 1', function()
  local nll = nn.ClassNLLCriterion()
  local x = torch.log(torch.Tensor{0.2, 0.5, 0.3})
  test.near(nll:forward(x, 2), -math.log(0.5), 1e-6)
  test.near(nll(x, 3), -math.log(0.3), 1e-6)
  test.equal(nll:backward(x, 2):totable(), {0, -1, 0})
  test.near(nll.output, -math.log(0.3), 1e-6)
  test.fails(function() nll:forward(x, 0) end, 'label', '0')
  test.fails(function() nll:forward(x, 4) end, '4', '1..3')
  nll.sizeAverage = false
  local batch = x:view(1, 3):expand(4, 3):contiguous()
  test.near(nll:forward(batch, torch.LongTensor{2, 2, 2, 2}), -4 * math.log(0.5), 1e-5)
  test.fails(function() nn.MSECriterion():forward(torch.ones(2), torch.ones(3)) end, '2', '3')
  test.fails(function() return nll.forwrd end, "'forwrd'", "'forward'")
  test.equal(tostring(nll), 'nn.ClassNLLCriterion')
  test.equal(nll:double():forward(x:double(), 2) > 0, true)
  test.equal(nll:clone().sizeAverage, false)
end)
