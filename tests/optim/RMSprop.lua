-- RMSprop, as an object and in Torch's functional form. Golden values from PyTorch: four steps on
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
  local optimizer = optim.RMSprop(net, options)
  for _ = 1, steps or 4 do
    local _, gradient = feval(net.weight:view(3))
    optimizer:zeroGrad()
    net.gradWeight:add(gradient:view(3, 1))
    optimizer:step()
  end
  return net.weight:view(3), optimizer
end

-- The rule element by element, Torch's defaults.
local function loop(steps, o)
  local x, m = {0, 0, 0}, {}
  for _ = 1, steps do
    for i = 1, 3 do
      local g = (x[i] - i) ^ 3 + o.weightDecay * x[i]
      m[i] = o.alpha * (m[i] or o.initialMean) + (1 - o.alpha) * g * g
      x[i] = x[i] - o.learningRate * g / (math.sqrt(m[i]) + o.epsilon)
    end
  end
  return x
end

test.case('values', function()
  test.near(stepped {learningRate = 0.1}, {0.99999990000001, 1.27050270183931, 1.5908964996242},
    1e-13)
  test.near(stepped {learningRate = 0.1, alpha = 0.9, epsilon = 0.1, weightDecay = 0.1},
    {0.44179225087235, 0.677830790333511, 0.760554261711737}, 1e-13)
end)

test.case('defaults, and where the mean starts', function()
  local plain = {learningRate = 0.01, alpha = 0.99, epsilon = 1e-8, initialMean = 0,
    weightDecay = 0}
  test.near(stepped(nil, 10), loop(10, plain), 1e-13)
  plain.initialMean, plain.weightDecay = 2, 0.3
  test.near(stepped({initialMean = 2, weightDecay = 0.3}, 10), loop(10, plain), 1e-13)
end)

test.case('the functional form', function()
  local x, state, losses = torch.zeros(3):double(), {}, nil
  for _ = 1, 4 do _, losses = optim.rmsprop(feval, x, {learningRate = 0.1}, state) end
  test.near(x, stepped {learningRate = 0.1}, 0)
  test.equal(#losses, 1)
  test.equal(state.m:size():totable(), {3})
  local config, y = {learningRate = 0.1}, torch.zeros(3):double()
  for _ = 1, 4 do optim.rmsprop(feval, y, config) end
  test.equal(y, x)
end)

test.case('floats, over many blocks and with strides', function()
  local n = 5000
  local x, g = torch.FloatTensor(n):normal(), torch.FloatTensor(n, 2):normal():select(2, 1)
  local before, state = x:clone(), {}
  for _ = 1, 3 do optim.rmsprop(function() return 0, g end, x, {}, state) end
  for _, i in ipairs {1, 1024, 1025, 4096, n} do
    local want, m = before[i], 0
    for _ = 1, 3 do
      m = 0.99 * m + 0.01 * g[i] ^ 2
      want = want - 0.01 * g[i] / (math.sqrt(m) + 1e-8)
    end
    test.near(x[i], want, 1e-5)
  end
end)

test.case('options', function()
  test.fails(function() optim.RMSprop(bareParameter(), {alpha = 1.5}) end, 'optim.RMSprop', 'alpha')
  test.fails(function() optim.RMSprop(bareParameter(), {beta1 = 1}) end, 'beta1')
  test.fails(function() optim.rmsprop(feval, torch.zeros(3)) end, 'FloatTensor', 'DoubleTensor')
end)
