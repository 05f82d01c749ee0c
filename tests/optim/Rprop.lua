-- Rprop, as an object and in Torch's functional form. Golden values from PyTorch: steps on
-- f(x) = sum (x - (1,2,3))^4 / 4 from 0.
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
  local optimizer = optim.Rprop(net, options)
  for _ = 1, steps or 4 do
    local _, gradient = feval(net.weight:view(3))
    optimizer:zeroGrad()
    net.gradWeight:add(gradient:view(3, 1))
    optimizer:step()
  end
  return net.weight:view(3), optimizer
end

test.case('values', function()
  test.near(stepped(), {0.5368, 0.5368, 0.5368}, 1e-14)
  test.near(stepped({stepsize = 0.7}, 7), {0.868, 1.4392, 2.42704}, 1e-14)
  test.near(stepped({stepsize = 0.7, etaminus = 0.3, etaplus = 1.5, stepsizemin = 0.5,
    stepsizemax = 1.1}, 7), {1, 1.6, 2.7}, 1e-14)
end)

test.case('the rate scales the steps and not their sizes', function()
  local x, optimizer = stepped({learningRate = 0.5}, 2)
  test.near(x, {0.11, 0.11, 0.11}, 1e-15)
  test.near(optimizer:state()['weight.stepsizes']:view(3), {0.12, 0.12, 0.12}, 1e-15)
end)

test.case('tiny gradients keep their sign; NaN is not hidden', function()
  local g = torch.FloatTensor {1e-30, -1e-30, 0, 0 / 0}
  local x, state = torch.zeros(4), {}
  for _ = 1, 2 do optim.rprop(function() return 0, g end, x, {}, state) end
  test.near(x:narrow(1, 1, 3), {-0.22, 0.22, 0}, 1e-7)
  test.check(x[4] ~= x[4], 'NaN stays')
  test.equal(g[1] > 0, true) -- the gradient is the caller's
end)

test.case('the functional form, with a config that is the state', function()
  local x, config = torch.zeros(3):double(), {stepsize = 0.7}
  for _ = 1, 7 do optim.rprop(feval, x, config) end
  test.near(x, {0.868, 1.4392, 2.42704}, 1e-14)
end)

test.case('options', function()
  test.fails(function() optim.Rprop(bareParameter(), {etaplus = 0.5}) end, 'optim.Rprop', 'etaplus')
  test.fails(function() optim.Rprop(bareParameter(), {stepsizemin = 1, stepsizemax = 0.5}) end,
    'stepsizemin', 'stepsizemax')
end)
