-- AdaDelta, as an object and in Torch's functional form. Golden values from PyTorch: four steps on
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
  local optimizer = optim.AdaDelta(net, options)
  for _ = 1, steps or 4 do
    local _, gradient = feval(net.weight:view(3))
    optimizer:zeroGrad()
    net.gradWeight:add(gradient:view(3, 1))
    optimizer:step()
  end
  return net.weight:view(3), optimizer
end

-- The rule element by element, without weight decay.
local function loop(steps, rho, eps)
  local x, v, a = {0, 0, 0}, {0, 0, 0}, {0, 0, 0}
  for _ = 1, steps do
    for i = 1, 3 do
      local g = (x[i] - i) ^ 3
      v[i] = rho * v[i] + (1 - rho) * g * g
      local delta = math.sqrt(a[i] + eps) / math.sqrt(v[i] + eps) * g
      a[i] = rho * a[i] + (1 - rho) * delta * delta
      x[i] = x[i] - delta
    end
  end
  return x
end

test.case('values', function()
  test.near(stepped(), {0.0129440277725749, 0.0129980763741075, 0.0130160752181556}, 1e-13)
  test.near(stepped {learningRate = 10, rho = 0.8, eps = 1e-3, weightDecay = 0.1},
    {0.613179167333878, 1.21282274553399, 1.5871590954072}, 1e-13)
end)

test.case('the functional form', function()
  local x, state = torch.zeros(3):double(), {}
  for _ = 1, 20 do optim.adadelta(feval, x, {rho = 0.7, eps = 1e-4}, state) end
  test.near(x, loop(20, 0.7, 1e-4), 1e-13)
  test.equal(state.paramVariance:nElement(), 3)
  test.equal(state.accDelta:nElement(), 3)
  local y = torch.zeros(3):double()
  local config = {}
  for _ = 1, 20 do optim.adadelta(feval, y, config) end
  test.near(y, loop(20, 0.9, 1e-6), 1e-13)
end)

test.case('options', function()
  test.fails(function() optim.AdaDelta(bareParameter(), {rho = 2}) end, 'optim.AdaDelta', 'rho')
  test.fails(function() optim.adadelta(feval, torch.zeros(3):double(), {roh = 0.9}) end, "'roh'",
    "'rho'")
end)
