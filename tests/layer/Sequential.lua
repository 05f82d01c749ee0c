-- Sequential: modules one after another.
local test = require 'harness'
require 'nn'

local function autoencoder()
  local encoder = nn.Sequential():add(nn.Linear(6, 4)):add(nn.Tanh())
  local decoder = nn.Sequential():add(nn.Linear(4, 6)):add(nn.Sigmoid())
  return nn.Sequential():add(encoder, 'encoder'):add(decoder, 'decoder')
end

test.case('forward is one after another', function()
  local net, x = autoencoder(), torch.randn(3, 6)
  local hidden = net:get('encoder'):forward(x):clone()
  local y = net:get('decoder'):forward(hidden):clone()
  test.equal(net:forward(x), y)
  test.check(net.output == net.decoder:get(2).output, 'output is the last one\'s')
end)

test.case('gradients', function()
  test.gradients(autoencoder(), torch.randn(3, 6))
  test.gradients(nn.Sequential(), torch.randn(3, 6))
end)

test.case('in-place layers inside', function()
  local plain = nn.Sequential():add(nn.Linear(6, 4)):add(nn.ReLU()):add(nn.Linear(4, 2))
  local inplace = plain:clone()
  inplace:remove(2)
  inplace:insert(nn.ReLU(true), 2)
  local x, gy = torch.randn(3, 6), torch.randn(3, 2)
  for _, net in ipairs {plain, inplace} do
    net:zeroGradParameters()
    net:forward(x)
    net:backward(x, gy)
  end
  local _, want = plain:parameters()
  local _, got = inplace:parameters()
  test.equal(got, want)
  test.equal(inplace.gradInput, plain.gradInput)
end)

test.case('an error names the child', function()
  local net = autoencoder()
  test.fails(function() net:forward(torch.randn(3, 5)) end,
    'encoder.1: nn.Linear(6 -> 4): input has 5 features, want 6 (input 3x5)')
end)

test.case('an unwanted gradInput is not computed', function()
  local net = nn.Sequential():add(nn.Linear(6, 4)):add(nn.Linear(4, 2))
  local x, gy = torch.randn(3, 6), torch.randn(3, 2)
  net:get(1).gradInput = nil
  net:zeroGradParameters()
  net:forward(x)
  net:backward(x, gy)
  test.equal(net:get(1).gradInput, nil)
  test.check(net:get(1).gradWeight:norm() > 0, 'the gradient of the weight is there')
end)

-- Layers without parameters in front, in a container inside, as convolutional networks begin.
local function classifier()
  local features = nn.Sequential():add(nn.View(1, 6, 6):setNumInputDims(1)):add(nn.Tanh())
  features:add(nn.SpatialConvolution(1, 2, 3, 3)):add(nn.ReLU())
  return nn.Sequential():add(nn.Identity()):add(features, 'features')
    :add(nn.View(32):setNumInputDims(3)):add(nn.Linear(32, 3))
end

local function run(net)
  local x = torch.linspace(-1, 1, 2 * 36):float():view(2, 36)
  net:zeroGradParameters()
  net:forward(x)
  local gradInput = net:backward(x, torch.ones(2, 3))
  local _, grads = net:parameters()
  return gradInput, grads
end

test.case('backward ends at the first parameters when nobody wants its gradInput', function()
  local whole = classifier()
  local net = whole:clone()
  local gradInput, want = run(whole)
  test.equal(gradInput:size():totable(), {2, 36})
  local ways = {
    ['its own is nil'] = function(m) m.gradInput = nil end,
    ['the first one\'s is nil'] = function(m) m:get(1).gradInput = nil end,
    ['the first inside'] = function(m) m.features:get(1).gradInput = nil end,
    ['one in between'] = function(m) m.features:get(2).gradInput = nil end,
    ['the convolution\'s is nil'] = function(m) m.features:get(3).gradInput = nil end,
  }
  for what, cut in pairs(ways) do
    local cutNet = net:clone()
    cut(cutNet)
    for _ = 1, 2 do
      local none, got = run(cutNet)
      test.equal(none, nil, what)
      test.equal(got, want, what)
    end
    local features = cutNet.features
    for i = 1, 2 do
      local given = features:get(i).gradInput
      test.check(not given or given:nElement() == 0, what .. ': computed for layer ' .. i)
    end
    local given = features:get(3).gradInput
    test.check(not given or given:nElement() == 0, what .. ': computed for the convolution')
    local steps = cutNet:clone()
    local x = torch.linspace(-1, 1, 2 * 36):float():view(2, 36)
    steps:zeroGradParameters()
    steps:forward(x)
    steps:updateGradInput(x, torch.ones(2, 3))
    steps:accGradParameters(x, torch.ones(2, 3))
    test.equal(select(2, steps:parameters()), want, what .. ', in two steps')
  end
end)

test.case('a gradInput that is needed cannot be nil', function()
  local net = nn.Sequential():add(nn.Linear(3, 3)):add(nn.Tanh()):add(nn.Linear(3, 2))
  local x = torch.rand(2, 3)
  net:get(2).gradInput = nil
  net:forward(x)
  test.fails(function() net:backward(x, torch.ones(2, 2)) end, 'gradInput of child 2 is nil')
end)

test.case('layers written in Lua run although nobody wants their gradInput', function()
  local Layer = torch.class('nn.TestWatcher', 'nn.Module')
  local calls = {}
  function Layer.updateOutput(_, x) return x end
  function Layer:updateGradInput(_, gy)
    calls[#calls + 1] = 'gradInput'
    return self.gradInput:resizeAs(gy):copy(gy)
  end
  function Layer.accGradParameters() calls[#calls + 1] = 'parameters' end
  local net = nn.Sequential():add(nn.View(3)):add(nn.TestWatcher()):add(nn.Linear(3, 2))
  net.gradInput = nil
  local x = torch.rand(2, 3)
  net:forward(x)
  test.equal(net:backward(x, torch.ones(2, 2)), nil)
  test.equal(calls, {'gradInput', 'parameters'})
end)
