-- Adam, as an object and in Torch's functional form. Golden values from PyTorch: four steps on
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

local function stepped(options)
  local net = bareParameter()
  local optimizer = optim.Adam(net, options)
  for _ = 1, 4 do
    local _, gradient = feval(net.weight:view(3))
    optimizer:zeroGrad()
    net.gradWeight:add(gradient:view(3, 1))
    optimizer:step()
  end
  return net.weight:view(3)
end

local plain = {learningRate = 0.1, epsilon = 1e-300}
local plainWant = {0.38218195743748, 0.393829224539625, 0.396520860763682}

test.case('values', function()
  test.near(stepped(plain), plainWant, 1e-13)
  test.near(stepped {learningRate = 0.1, beta1 = 0.8, beta2 = 0.99, epsilon = 1e-300,
    weightDecay = 0.1}, {0.3732511014266, 0.39014049133573, 0.394128876386494}, 1e-13)
end)

test.case('the functional form', function()
  local x, state = torch.zeros(3):double(), {}
  for _ = 1, 4 do optim.adam(feval, x, plain, state) end
  test.near(x, plainWant, 1e-13)
end)

test.case('epsilon is added to the root before the correction of bias', function()
  local net = bareParameter()
  local optimizer = optim.Adam(net, {learningRate = 1, epsilon = 1})
  net.gradWeight:fill(1)
  optimizer:step()
  local rate = math.sqrt(1 - 0.999) / (1 - 0.9)
  test.near(net.weight[1][1], -rate * 0.1 / (math.sqrt(0.001) + 1), 1e-14)
end)

test.case('options', function()
  test.fails(function() optim.Adam(bareParameter(), {beta1 = 1}) end, 'optim.Adam', 'below 1')
  test.fails(function() optim.Adam(bareParameter(), {momentum = 0.9}) end, 'momentum')
end)
