-- ContractivePenalty: the squared Jacobian of an encoder.
local test = require 'harness'
local model = require 'model'
require 'nn'

local layers = {sigmoid = nn.Sigmoid, tanh = nn.Tanh, relu = nn.ReLU}

local function encoder(kind, weight)
  local linear = nn.Linear(4, 3)
  local penalty = nn.ContractivePenalty(linear, kind, weight)
  return nn.Sequential():add(linear):add(layers[kind]()):add(penalty):double(), linear, penalty
end

-- The penalty from its definition: the Jacobian of each sample by finite differences.
local function slowly(net, x, weight)
  local sum, step = 0, 1e-5
  for i = 1, x:size(1) do
    for k = 1, x:size(2) do
      local moved = x[i]:clone()
      moved[k] = moved[k] + step
      local above = net:forward(moved):clone()
      moved[k] = moved[k] - 2 * step
      sum = sum + (above - net:forward(moved)):div(2 * step):pow(2):sum()
    end
  end
  return weight * sum / x:size(1)
end

test.case('the penalty is that of the Jacobian', function()
  for kind in pairs(layers) do
    local net, _, penalty = encoder(kind, 0.3)
    local x = torch.randn(5, 4):double()
    local want = slowly(net, x, 0.3)
    local y = net:forward(x)
    test.check(y:isSetTo(net:get(2).output), 'the input itself')
    test.near(penalty.loss, want, 1e-7 * math.max(1, want), kind)
    local first = x:narrow(1, 1, 1)
    want = slowly(net, first, 0.3)
    net:forward(x[1])
    test.near(penalty.loss, want, 1e-7 * math.max(1, want), kind .. ', one sample')
  end
end)

-- Compares every gradient of the penalty plus a linear loss with finite differences.
local function check(net, penalty, x, kind)
  local step, weights = 1e-5, torch.randn(net:forward(x):size()):double()
  local flat, grad = net:getParameters()
  local function loss() return net:forward(x):dot(weights) + penalty.loss end
  local function compare(tensor, slopes, what)
    for i = 1, tensor:nElement() do
      local here = tensor[i]
      tensor[i] = here + step
      local above = loss()
      tensor[i] = here - step
      local below = loss()
      tensor[i] = here
      test.near(slopes[i], (above - below) / (2 * step), 1e-7, ('%s, %s'):format(kind, what))
    end
  end
  grad:zero()
  loss()
  local gx = net:backward(x, weights):clone()
  local once = grad:clone()
  compare(x:view(-1), gx:view(-1), 'gradInput')
  compare(flat, once, 'parameters')
  loss()
  net:backward(x, weights)
  test.near(grad, once * 2, 1e-12, 'a second backward adds')
end

test.case('gradients', function()
  for kind in pairs(layers) do
    local net, _, penalty = encoder(kind, 0.7)
    check(net, penalty, torch.randn(5, 4):double(), kind)
    check(net, penalty, torch.randn(4):double(), kind)
  end
end)

test.case('other strides, in float', function()
  local linear = nn.Linear(30, 20)
  local penalty = nn.ContractivePenalty(linear, 'tanh')
  local h, gy = torch.rand(20, 50):t(), torch.rand(20, 50):t()
  local other = nn.ContractivePenalty(linear:clone(), 'tanh')
  for _, layer in ipairs {penalty, other} do layer:zeroGradParameters() end
  penalty:forward(h)
  other:forward(h:contiguous())
  test.equal(penalty.loss, other.loss)
  test.equal(penalty:backward(h, gy):contiguous(),
    other:backward(h:contiguous(), gy:contiguous()))
  test.near(penalty.gradWeight, other.gradWeight, 1e-6)
  test.check(penalty.gradWeight:clone():abs():max() > 0, 'there is a gradient')
end)

test.case('the weight counts once, in copies and files too', function()
  local net = encoder('sigmoid', 0.5)
  local path = test.folder() .. '/net.safetensors'
  test.check(model.save(path, net))
  for _, copy in ipairs {net, net:clone(), net:clone():float(), (model.load(path))} do
    test.equal(copy:parameterCount(), 15)
    test.check(copy:get(1).weight:isSetTo(copy:get(3).weight), 'one memory')
    test.equal(tostring(copy:get(3)), 'nn.ContractivePenalty(4 -> 3, sigmoid, 0.5)')
  end
end)

test.case('it makes codes insensitive', function()
  local net, _, penalty = encoder('sigmoid', 5)
  local x, zero = torch.randn(50, 4):double(), torch.zeros(50, 3):double()
  net:forward(x)
  local first = penalty.loss
  for _ = 1, 100 do
    net:zeroGradParameters()
    net:forward(x)
    net:backward(x, zero)
    net:updateParameters(0.1)
  end
  net:forward(x)
  test.check(penalty.loss < first / 10, ('from %g to %g'):format(first, penalty.loss))
end)

test.case('mistakes', function()
  local _, linear, penalty = encoder('relu')
  test.fails(function() nn.ContractivePenalty(linear, 'softmax') end, 'nn.ContractivePenalty',
    "'softmax' is none of sigmoid, tanh, relu")
  test.fails(function() nn.ContractivePenalty(nn.Tanh()) end, 'an nn.Linear expected', 'nn.Tanh')
  test.fails(function() penalty:forward(torch.ones(2, 4):double()) end, 'input is 2x4',
    'want a code of 3')
  penalty:forward(torch.ones(2, 3):double())
  test.fails(function() penalty:backward(torch.ones(3):double(), torch.ones(2, 3):double()) end,
    'input is 3 in backward')
end)

test.case('reset with a deviation', function()
  local layer = nn.ContractivePenalty(20, 30)
  layer:reset(0.1)
  local bound = 0.1 * math.sqrt(3)
  test.check(layer.weight:max() <= bound and layer.weight:max() > 0.9 * bound)
end)
