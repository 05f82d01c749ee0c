-- NAG as an object: the network holds the point where its gradient is wanted.
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
  local optimizer = optim.NAG(net, options)
  for _ = 1, steps or 4 do
    local _, gradient = feval(net.weight:view(3))
    optimizer:zeroGrad()
    net.gradWeight:add(gradient:view(3, 1))
    optimizer:step()
  end
  return net.weight:view(3), optimizer
end

-- Torch's rule: x and v, the gradient taken at x + momentum * v. Returns x + momentum * v.
local function loop(steps, o)
  local x, v = {0, 0, 0}, {0, 0, 0}
  for t = 0, steps - 1 do
    for i = 1, 3 do
      local y = x[i] + o.momentum * v[i]
      local g = (y - i) ^ 3 + o.weightDecay * y
      v[i] = o.momentum * v[i] - o.learningRate / (1 + t * o.learningRateDecay) * g
      x[i] = x[i] + v[i]
    end
  end
  for i = 1, 3 do x[i] = x[i] + o.momentum * v[i] end
  return x
end

test.case('values', function()
  local options = {learningRate = 0.01, learningRateDecay = 0.2, weightDecay = 0.1, momentum = 0.8}
  test.near(stepped(options, 7), loop(7, options), 1e-14)
  test.near(stepped(nil, 7), loop(7, {learningRate = 1e-3, learningRateDecay = 0, weightDecay = 0,
    momentum = 0.9}), 1e-14)
end)

test.case('with a constant rate it is PyTorch\'s nesterov', function()
  -- of torch.optim.SGD(lr=0.01, momentum=0.9, nesterov=True)
  test.near(stepped {learningRate = 0.01},
    {0.111982205961857, 0.729262848334877, 1.90893731395791}, 1e-13)
end)

test.case('options', function()
  test.fails(function() optim.NAG(bareParameter(), {momentum = 0}) end, 'optim.NAG', 'momentum')
end)
