-- Adagrad, as an object and in Torch's functional form. Golden values from PyTorch: four steps on
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
  local optimizer = optim.Adagrad(net, options)
  for _ = 1, steps or 4 do
    local _, gradient = feval(net.weight:view(3))
    optimizer:zeroGrad()
    net.gradWeight:add(gradient:view(3, 1))
    optimizer:step()
  end
  return net.weight:view(3), optimizer
end

-- The rule element by element, Torch's defaults.
local function loop(steps, rate, decay)
  local x, v = {0, 0, 0}, {0, 0, 0}
  for t = 0, steps - 1 do
    for i = 1, 3 do
      local g = (x[i] - i) ^ 3
      v[i] = v[i] + g * g
      x[i] = x[i] - rate / (1 + t * decay) * g / (math.sqrt(v[i]) + 1e-10)
    end
  end
  return x
end

test.case('values', function()
  test.near(stepped {learningRate = 0.1},
    {0.236921238243783, 0.257835169523125, 0.264800371833754}, 1e-13)
  test.near(stepped {learningRate = 0.1, learningRateDecay = 0.5, weightDecay = 0.1},
    {0.176868647016369, 0.187077853711383, 0.190170505934461}, 1e-13)
end)

test.case('defaults', function() test.near(stepped(nil, 10), loop(10, 1e-3, 0), 1e-14) end)

test.case('the functional form counts its steps', function()
  local x, state = torch.zeros(3):double(), {}
  local config = {learningRate = 0.1, learningRateDecay = 0.5}
  for _ = 1, 4 do optim.adagrad(feval, x, config, state) end
  test.near(x, loop(4, 0.1, 0.5), 1e-14)
  test.equal(state.evalCounter, 4)
  test.equal(state.paramVariance:size():totable(), {3})
end)

test.case('a gradient that is always 0 leaves the parameter alone', function()
  local x = torch.FloatTensor {1, 2}
  optim.adagrad(function() return 0, torch.FloatTensor {0, 1} end, x, {learningRate = 0.5})
  test.near(x, {1, 1.5}, 1e-6)
end)

test.case('options', function()
  test.fails(function() optim.Adagrad(bareParameter(), {learningRate = -1}) end, 'optim.Adagrad')
  test.fails(function() optim.Adagrad(bareParameter(), {learningRatDecay = 1}) end,
    "'learningRateDecay'")
end)
