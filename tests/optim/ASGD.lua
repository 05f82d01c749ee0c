-- ASGD, as an object and in Torch's functional form. Golden values from PyTorch: four steps on
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
  local optimizer = optim.ASGD(net, options)
  for _ = 1, steps or 4 do
    local _, gradient = feval(net.weight:view(3))
    optimizer:zeroGrad()
    net.gradWeight:add(gradient:view(3, 1))
    optimizer:step()
  end
  return net.weight:view(3), optimizer
end

local shifted = {eta0 = 1e-2, lambda = 0.5, alpha = 0.6, t0 = 1}
local shiftedX = {0.0378266527659535, 0.267912364579963, 0.758696604588781}
local shiftedMean = {0.0333599637958747, 0.240128368017584, 0.694277019866558}

test.case('values', function()
  local x, optimizer = stepped {eta0 = 1e-2}
  test.near(x, {0.038274865325609, 0.27098282261319, 0.767063784890211}, 1e-13)
  test.near(optimizer:state()['weight.ax']:view(3), x, 0) -- no averaging before t0
  x, optimizer = stepped(shifted)
  test.near(x, shiftedX, 1e-13)
  test.near(optimizer:state()['weight.ax']:view(3), shiftedMean, 1e-13)
end)

test.case('defaults', function()
  local x, eta = {0, 0, 0}, 1e-4
  for t = 1, 10 do
    for i = 1, 3 do x[i] = x[i] * (1 - 1e-4 * eta) - eta * (x[i] - i) ^ 3 end
    eta = 1e-4 / (1 + 1e-4 * 1e-4 * t) ^ 0.75
  end
  test.near(stepped(nil, 10), x, 1e-14)
  test.near(stepped({learningRate = 2, eta0 = 5e-5, lambda = 0}, 10),
    stepped({lambda = 0}, 10), 1e-14)
end)

test.case('the functional form', function()
  local x, state = torch.zeros(3):double(), {}
  for _ = 1, 4 do optim.asgd(feval, x, shifted, state) end
  test.near(x, shiftedX, 1e-13)
  test.near(state.ax, shiftedMean, 1e-13)
  test.equal(state.t, 4)
end)

test.case('options', function()
  test.fails(function() optim.ASGD(bareParameter(), {eta0 = -1}) end, 'optim.ASGD', 'eta0')
  test.fails(function() optim.ASGD(bareParameter(), {eta = 1}) end, "'eta'")
end)
