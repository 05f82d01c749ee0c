-- SGD, as an object and in Torch's functional form. Golden values from PyTorch: four steps on
-- f(x) = sum (x - (1,2,3))^4 / 4 from 0.
local test = require 'harness'
require 'nn'
require 'optim'

local goal = torch.DoubleTensor {1, 2, 3}

-- Torch's closure: loss and gradient at x.
local function feval(x)
  local distance = x - goal
  return distance:clone():pow(4):sum() / 4, distance:clone():pow(3)
end

-- A module whose only parameter is x.
local function bareParameter()
  local net = nn.Linear(1, 3, false):double()
  net.weight:zero()
  return net
end

local function stepped(options)
  local net = bareParameter()
  local optimizer = optim.SGD(net, options)
  for _ = 1, 4 do
    local _, gradient = feval(net.weight:view(3))
    optimizer:zeroGrad()
    net.gradWeight:add(gradient:view(3, 1))
    optimizer:step()
  end
  return net.weight:view(3)
end

local function functional(config)
  local x, state = torch.zeros(3):double(), {}
  for _ = 1, 4 do optim.sgd(feval, x, config, state) end
  return x
end

test.case('values', function()
  local function check(options, want) test.near(stepped(options), want, 1e-13) end
  check({learningRate = 0.01}, {0.0382749642213185, 0.27098349493615, 0.767065596998487})
  check({learningRate = 0.01, momentum = 0.9},
    {0.0865426942245269, 0.613978238060841, 1.76092558262163})
  check({learningRate = 0.01, momentum = 0.9, dampening = 0.5},
    {0.0607841729054769, 0.451572901842887, 1.37357912891551})
  check({learningRate = 0.01, momentum = 0.9, nesterov = true},
    {0.111982205961857, 0.729262848334877, 1.90893731395791})
  check({learningRate = 0.01, momentum = 0.9, weightDecay = 0.1},
    {0.0864082346577876, 0.612973607550279, 1.75778791110466})
end)

test.case('the functional form damps by the momentum', function()
  test.near(functional {learningRate = 0.01, momentum = 0.9},
    {0.0397209357712149, 0.311639425945319, 1.02304599783123}, 1e-13)
  test.near(functional {learningRate = 0.01, momentum = 0.9, dampening = 0},
    {0.0865426942245269, 0.613978238060841, 1.76092558262163}, 1e-13)
end)

-- Torch's loop, element by element.
local function loop(config, rates, decays, steps)
  local x, v, momentum = {0, 0, 0}, {}, config.momentum or 0
  local dampening = config.dampening or momentum
  for t = 0, steps - 1 do
    local _, gradient = feval(torch.DoubleTensor(x))
    for i = 1, 3 do
      local g = gradient[i] + decays[i] * x[i]
      if momentum ~= 0 then
        v[i] = v[i] and momentum * v[i] + (1 - dampening) * g or g
        g = config.nesterov and g + momentum * v[i] or v[i]
      end
      x[i] = x[i] - config.learningRate / (1 + t * config.learningRateDecay) * rates[i] * g
    end
  end
  return x
end

test.case('rates and decays for each parameter', function()
  local rates, decays, ones = {0.5, 2, 0}, {0.1, 0, 3}, {1, 1, 1}
  local ahead = {momentum = 0.9, dampening = 0, nesterov = true}
  for _, options in ipairs {{}, {momentum = 0.9}, ahead} do
    options.learningRate, options.learningRateDecay = 0.01, 0.1
    local want = {loop(options, rates, decays, 4), loop(options, ones, decays, 4),
      loop(options, rates, {0.2, 0.2, 0.2}, 4)}
    options.learningRates = torch.FloatTensor(rates)
    options.weightDecays = torch.DoubleTensor(decays)
    test.near(functional(options), want[1], 1e-8)
    options.learningRates = nil
    test.near(functional(options), want[2], 1e-13)
    options.learningRates, options.weightDecay = torch.DoubleTensor(rates), 0.2
    test.near(functional(options), want[3], 1e-13)
  end
end)

test.case('rates are kept in one table with the state, and are checked', function()
  local x, config = torch.zeros(3):double(), {learningRate = 0.01, learningRateDecay = 0,
    momentum = 0.9, learningRates = torch.DoubleTensor {1, 2, 3}}
  local want = loop(config, {1, 2, 3}, {0, 0, 0}, 4)
  for step = 1, 4 do
    local same, losses = optim.sgd(feval, x, config)
    test.check(same == x and #losses == 1)
    test.equal(config.evalCounter, step)
  end
  test.near(x, want, 1e-13)
  config.learningRates = torch.ones(2)
  test.fails(function() optim.sgd(feval, x, config) end, 'learningRates', 'of 2', '3 parameters')
  config.learningRates, config.weightDecays = nil, 3
  test.fails(function() optim.sgd(feval, x, config) end, 'weightDecays is number', '3 parameters')
end)

test.case('learning rate decay', function()
  local net = bareParameter()
  local optimizer = optim.SGD(net, {learningRate = 1, learningRateDecay = 1})
  net.gradWeight:fill(1)
  for _ = 1, 3 do optimizer:step() end
  test.near(net.weight[1][1], -(1 + 1 / 2 + 1 / 3), 1e-15)
end)

test.case('options that contradict each other', function()
  test.fails(function() optim.SGD(bareParameter(), {nesterov = true}) end,
    'optim.SGD: nesterov needs a momentum')
  test.fails(function() optim.SGD(bareParameter(), {learningrate = 1}) end, 'learningRate')
  test.fails(function() optim.SGD(bareParameter(), {learningRate = -1}) end, 'learningRate is -1')
end)

test.case('two parameters that have become one are noticed', function()
  local a, b = nn.Linear(1, 2), nn.Linear(1, 2)
  local sgd = optim.SGD(nn.Sequential():add(a):add(b), {learningRate = 1})
  b.weight:set(a.weight)
  b.gradWeight:set(a.gradWeight)
  test.fails(function() sgd:step() end,
    'optim.SGD: parameter 1.weight was removed from the network')
end)
