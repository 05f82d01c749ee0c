--- copying.lua - what is one memory stays one in copies and conversions; Torch's smaller methods.

local test = require 'harness'
local nn = require 'nn'

torch.class('nn.CopyingLayer', 'nn.Linear')

local function layer()
  local made = nn.CopyingLayer(3, 2)
  made.own, made.flat = made.weight, made.weight:view(-1)
  made.pair = {torch.ones(4)}
  made.pair[2] = made.pair[1]:narrow(1, 2, 2)
  made.again = made.pair[1]
  return made
end

local function check(copy)
  copy.weight:fill(5)
  test.check(copy.own == copy.weight, 'the same tensor')
  test.equal(copy.flat, torch.Tensor(6):fill(5):type(copy:type()), 'a view of it')
  copy.pair[1]:fill(2)
  test.equal(copy.pair[2], {2, 2}, 'a view of a field')
  test.check(copy.again == copy.pair[1], 'one field twice')
end

test.case('clone', function()
  local original = layer()
  local net = nn.Sequential():add(original)
  check(net:clone():get(1))
  test.equal(original.pair[1], {1, 1, 1, 1})
  test.check(original.weight:mean() ~= 5)
end)

test.case('type', function()
  local net = nn.Sequential():add(layer()):double()
  test.equal(net:get(1).flat:type(), 'torch.DoubleTensor')
  check(net:get(1))
  local flat = net:getParameters()
  net:get(1).part = flat:narrow(1, 1, 2)
  net:float()
  check(net:get(1))
  test.equal(net:get(1).part, {5, 5})
end)

-- Whatever fails, in a class's own type or in what a field holds, comes last here.
test.case('a conversion that fails is undone', function()
  torch.class('nn.CopyingFailure', 'nn.Linear')
  function nn.CopyingFailure:type(name)
    if not name then return nn.Linear.type(self) end
    nn.Linear.type(self, name)
    error('no such thing')
  end
  local first, failure = layer(), nn.CopyingFailure(2, 2)
  local loss = nn.MSECriterion()
  loss.own, loss.inner = torch.ones(2), nn.Sequential():add(failure)
  local works = {nn.Sequential():add(first):add(failure), nn.Sequential():add(first), loss}
  works[2].tables = {{first.weight, nn.Sequential():add(failure)}}
  for i, work in ipairs(works) do
    test.fails(function() work:double() end, 'no such thing')
    for _, holder in ipairs {work, first, failure, failure.weight, first.flat, first.pair[2],
                             loss.own} do
      test.equal(holder:type(), 'torch.FloatTensor', i)
    end
    test.check(first.own == first.weight and first.again == first.pair[1])
  end
  test.check(works[2].tables[1][1] == first.weight)
  function nn.CopyingFailure.type(self, name) return nn.Linear.type(self, name) end
  for _, work in ipairs(works) do work:double() end
  test.equal({first.flat:type(), loss.own:type()}, {'torch.DoubleTensor', 'torch.DoubleTensor'})
  check(first)
end)

test.case('a view of much data is copied without the rest', function()
  local system = require 'aelua.system'
  local data = torch.zeros(1000000)
  local made = nn.CopyingLayer(2, 2)
  made.last = data:narrow(1, 11, 10)
  collectgarbage()
  local before = system.memory()
  local copy = made:clone()
  test.check(system.memory() - before < 1e5)
  test.equal(copy.last:nElement(), 10)
end)

test.case('noBias, and bias = nil', function()
  local layers = {nn.Linear(3, 2), nn.SpatialConvolution(1, 2, 3, 3),
    nn.SpatialConvolutionMM(1, 2, 3, 3), nn.SpatialFullConvolution(1, 2, 3, 3)}
  for _, made in ipairs(layers) do
    local x = made.inputSize and torch.rand(2, 3) or torch.rand(2, 1, 5, 5)
    local name = tostring(made)
    made.bias:zero()
    local want = made:forward(x):clone()
    test.check(made:noBias() == made, name)
    test.equal({made.bias, made.gradBias}, {}, name)
    test.equal(made:forward(x), want, name)
    test.equal(#made:parameters(), 1, name)
    test.gradients(made, x)
    made:reset()
    test.equal(#made:clone():noBias():parameters(), 1, name)
  end
  local net = nn.Linear(2, 2)
  net.bias = nil
  net.gradBias = nil
  test.equal(#net:parameters(), 1)
  test.fails(function() net.weight = nil end, 'weight must be a tensor')
end)

test.case('applyToModules, backwardUpdate', function()
  local inner = nn.Sequential():add(nn.Tanh())
  local net = nn.Sequential():add(inner):add(nn.Linear(2, 2))
  local met = {}
  net:applyToModules(function(module) met[#met + 1] = module end)
  test.check(#met == 2 and met[1] == inner)
  local x, gy = torch.rand(3, 2), torch.rand(3, 2)
  local twin = net:clone()
  net:forward(x)
  twin:forward(x)
  test.equal(net:backwardUpdate(x, gy, 0.1), twin:backward(x, gy))
end)

test.case('setNumInputDims wherever samples have dimensions, resetSize', function()
  local x = torch.rand(2, 3, 4)
  test.equal(nn.View(-1):setNumInputDims(2):forward(x):size():totable(), {2, 12})
  test.equal(nn.View(-1):resetSize(3, -1):forward(x):size():totable(), {3, 8})
  for _, made in ipairs {nn.Squeeze(1), nn.Unsqueeze(1)} do
    local name = tostring(made)
    test.check(made:setNumInputDims(2) == made, name)
    test.equal(made:forward(x):size(1), 2, name)
  end
end)
