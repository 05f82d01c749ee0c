-- AdamW, as an object and in the functional form. Golden values from PyTorch: four steps on
-- f(x) = sum (x - (1,2,3))^4 / 4 from 0, epsilon so small that its place does not matter.
local test = require 'harness'
require 'nn'
require 'optim'

local goal = torch.DoubleTensor {1, 2, 3}

local function feval(x)
  local distance = x - goal
  return distance:clone():pow(4):sum() / 4, distance:clone():pow(3)
end

local function bareParameter()
  local net = nn.Linear(1, 3, false):double()
  net.weight:zero()
  return net
end

local function stepped(options, steps)
  local net = bareParameter()
  local optimizer = optim.AdamW(net, options)
  for _ = 1, steps or 4 do
    local _, gradient = feval(net.weight:view(3))
    optimizer:zeroGrad()
    net.gradWeight:add(gradient:view(3, 1))
    optimizer:step()
  end
  return net.weight:view(3), optimizer
end

test.case('values', function()
  test.near(stepped {learningRate = 0.1, epsilon = 1e-300},
    {0.381609683200688, 0.393239176450974, 0.395926490137349}, 1e-13)
  test.near(stepped {learningRate = 0.1, beta1 = 0.8, beta2 = 0.99, epsilon = 1e-300,
    weightDecay = 0.5}, {0.347980799805143, 0.361957374484418, 0.365555266787635}, 1e-13)
end)

test.case('without weight decay it is Adam', function()
  local x, y, one, other = torch.zeros(3):double(), torch.zeros(3):double(), {}, {}
  for _ = 1, 5 do
    optim.adamw(feval, x, {learningRate = 0.1, learningRateDecay = 0.3, weightDecay = 0}, one)
    optim.adam(feval, y, {learningRate = 0.1, learningRateDecay = 0.3}, other)
  end
  test.near(x, y, 1e-14)
  test.equal({one.t, one.m:nElement(), one.v:nElement()}, {5, 3, 3})
end)

test.case('the decay follows the rate, not the gradient', function()
  local x, state = torch.ones(1):double(), {}
  local config = {learningRate = 0.5, learningRateDecay = 1, weightDecay = 0.1}
  for _ = 1, 2 do
    optim.adamw(function() return 0, torch.zeros(1):double() end, x, config, state)
  end
  test.near(x[1], (1 - 0.5 * 0.1) * (1 - 0.25 * 0.1), 1e-15)
end)

test.case('options', function()
  test.fails(function() optim.AdamW(bareParameter(), {beta2 = 1}) end, 'optim.AdamW', 'below 1')
end)
