-- Adamax, as an object and in Torch's functional form. Golden values from PyTorch: four steps on
-- f(x) = sum (x - (1,2,3))^4 / 4 from 0; Torch's epsilon is too small to matter there.
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
  local optimizer = optim.Adamax(net, options)
  for _ = 1, steps or 4 do
    local _, gradient = feval(net.weight:view(3))
    optimizer:zeroGrad()
    net.gradWeight:add(gradient:view(3, 1))
    optimizer:step()
  end
  return net.weight:view(3), optimizer
end

-- The rule element by element, Torch's defaults.
local function loop(steps)
  local x, m, u = {0, 0, 0}, {0, 0, 0}, {0, 0, 0}
  for t = 1, steps do
    for i = 1, 3 do
      local g = (x[i] - i) ^ 3
      m[i] = 0.9 * m[i] + 0.1 * g
      u[i] = math.max(0.999 * u[i], math.abs(g) + 1e-38)
      x[i] = x[i] - 0.002 / (1 - 0.9 ^ t) * m[i] / u[i]
    end
  end
  return x
end

test.case('values', function()
  test.near(stepped {learningRate = 0.1},
    {0.324455703737351, 0.357848372919606, 0.370905657411306}, 1e-8)
  test.near(stepped {learningRate = 0.1, beta1 = 0.8, beta2 = 0.9, epsilon = 0.1,
    weightDecay = 0.1}, {0.334984580297086, 0.40569342384119, 0.426167210109055}, 1e-13)
end)

test.case('defaults, and the functional form', function()
  test.near(stepped(nil, 10), loop(10), 1e-14)
  local x, state = torch.zeros(3):double(), {}
  for _ = 1, 10 do optim.adamax(feval, x, {}, state) end
  test.near(x, loop(10), 1e-14)
  test.equal(state.t, 10)
end)

test.case('a gradient that is always 0 leaves a float alone', function()
  local x, state = torch.FloatTensor {1, 2}, {}
  for _ = 1, 3 do
    optim.adamax(function() return 0, torch.FloatTensor {0, 1} end, x, {learningRate = 0.5}, state)
  end
  test.near(x, {1, 0.5}, 1e-6)
end)

test.case('options', function()
  test.fails(function() optim.Adamax(bareParameter(), {beta1 = 1}) end, 'optim.Adamax', 'below 1')
  test.fails(function() optim.Adamax(bareParameter(), {rho = 1}) end, 'rho')
end)
