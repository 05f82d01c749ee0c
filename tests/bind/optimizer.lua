-- Optimizers as Lua values and in Torch's functional form.
local test = require 'harness'
local nn, optim = require 'nn', require 'optim'

local function sample()
  torch.manualSeed(2)
  local net = nn.Sequential():add(nn.Sequential():add(nn.Linear(4, 3)):add(nn.Tanh()), 'encoder')
  return net:add(nn.Linear(3, 2), 'head')
end

local function step(net, optimizer)
  local x = torch.ones(2, 4)
  net:zeroGradParameters()
  net:backward(x, net:forward(x):clone():fill(1))
  optimizer:step()
end

test.case('options are fields', function()
  local optimizer = optim.SGD(sample(), {learningRate = 0.5, momentum = 0.9})
  test.equal({optimizer.learningRate, optimizer.momentum, optimizer.dampening}, {0.5, 0.9, 0.0})
  optimizer.learningRate = 0.25
  test.equal(optimizer.learningRate, 0.25)
  test.fails(function() optimizer.learningRate = -1 end, 'learningRate is -1')
  test.fails(function() optim.SGD(sample(), {learnigRate = 1}) end, "'learnigRate'",
    "'learningRate'")
  test.fails(function() return optimizer.setp end, "'setp'", "'step'")
  test.fails(function() optim.SGD(5) end, 'module expected')
  test.equal(tostring(optimizer), 'optim.SGD')
end)

test.case('a step follows the gradient', function()
  local net = sample()
  local before = net:get('head').bias:clone()
  step(net, optim.SGD(net, {learningRate = 0.5}))
  test.near(net:get('head').bias, before - 1, 1e-6)
end)

test.case('a changed network is noticed, and which parameter', function()
  local net = sample()
  local optimizer = optim.SGD(net, {learningRate = 0.1})
  net.encoder:add(nn.Linear(3, 3))
  test.fails(function() optimizer:step() end, 'encoder.2.weight', 'added')
  net.encoder:remove()
  step(net, optimizer)
  local head = net:remove('head')
  test.fails(function() optimizer:step() end, 'head.weight', 'removed')
  net:add(head, 'head')
  step(net, optimizer)
  net:get('head').weight = torch.ones(2, 3)
  test.fails(function() optimizer:step() end, 'head.weight', 'replaced')
end)

test.case('state and steps', function()
  local net = sample()
  local optimizer = optim.SGD(net, {learningRate = 0.1, momentum = 0.9})
  step(net, optimizer)
  test.equal(optimizer.steps, 1)
  local state = optimizer:state()
  test.equal(state['head.bias.dfdx'], net:get('head').gradBias)
end)

test.case("Torch's functional form keeps its state in the tables", function()
  local x, config, state = torch.Tensor{1, 2}, {learningRate = 0.1, momentum = 0.9}, {}
  local function feval(at) return at:sum(), torch.ones(2) end
  local same, losses = optim.sgd(feval, x, config, state)
  test.check(rawequal(same, x))
  test.equal(losses, {3.0})
  test.near(x, torch.Tensor{0.9, 1.9}, 1e-6)
  test.equal(state.evalCounter, 1)
  optim.sgd(feval, x, config, state) -- dampening = momentum, as in Torch: 0.9 * 1 + 0.1 * 1
  test.near(x, torch.Tensor{0.8, 1.8}, 1e-6)
  optim.sgd(feval, x, config) -- the config is the state when there is none
  test.equal(config.evalCounter, 1)
  test.fails(function() optim.sgd(feval, x, {momentun = 1}) end, "'momentun'", "'momentum'")
  test.fails(function() optim.sgd(function() return 1 end, x) end, 'loss and the gradient')
  local adam = {}
  optim.adam(feval, x, {learningRate = 0.1}, adam)
  test.equal(adam.m:size(1), 2)
end)

test.case('fields: the network, options by kind, names that are nearly one', function()
  local net = sample()
  local optimizer = optim.SGD(net, {learningRate = 0.1, momentum = 0.9, nesterov = true})
  test.check(optimizer.net == net)
  test.equal(optimizer.nesterov, true)
  optimizer.nesterov = false
  test.equal(optimizer.nesterov, false)
  optimizer.note = 'mine'
  test.equal(optimizer.note, 'mine')
  test.fails(function() optimizer.lerningRate = 1 end, "'lerningRate'", "'learningRate'")
  test.fails(function() return optimizer.lerningRate end, "'lerningRate'", "'learningRate'")
  test.fails(function() optimizer.learningRate = 'fast' end, 'learningRate should be a number')
  test.fails(function() optimizer.net = nn.Tanh() end, 'the network it was made for')
  test.fails(function() optim.SGD(net, {learningRate = 0.1}, 5) end, 'optim.SGD')
end)

test.case('the network lives as long as its optimizer', function()
  local optimizer = optim.SGD(sample(), {learningRate = 0.1})
  optimizer.net.encoder.note = 'kept'
  collectgarbage()
  collectgarbage()
  test.equal(optimizer.net.encoder.note, 'kept')
  test.check(optimizer:step() == optimizer and optimizer:zeroGrad() == optimizer)
end)

test.case('insert, remove, replace: each is noticed, before anything changes', function()
  local net = sample()
  local optimizer = optim.Adam(net, {learningRate = 0.1})
  local changes = {
    {function() net:insert(nn.Linear(3, 3), 2, 'new') end, function() net:remove 'new' end},
    {function() net.encoder:replace(1, nn.Linear(4, 3)) end},
  }
  local kept = net.encoder:get(1)
  changes[2][2] = function() net.encoder:replace(1, kept) end
  for _, change in ipairs(changes) do
    change[1]()
    local before = net:get('head').weight:clone()
    test.fails(function() optimizer:step() end, 'weight')
    test.equal(net:get('head').weight, before)
    test.equal(optimizer.steps, 0)
    change[2]()
    step(net, optimizer)
    optimizer = optim.Adam(net, {learningRate = 0.1})
  end
  net:replace('head', net.head:clone())
  test.fails(function() optimizer:step() end, 'head.weight', 'replaced')
end)

test.case('state: the tensors themselves, one for each parameter, and the steps', function()
  local net = sample()
  local optimizer = optim.Adam(net)
  local empty, none = optimizer:state()
  test.equal(none, 0)
  test.equal(empty['head.bias.m']:nElement(), 0)
  step(net, optimizer)
  local state, steps = optimizer:state()
  test.equal(steps, 1)
  local names = {}
  for name in pairs(state) do names[#names + 1] = name end
  test.equal(#names, 8)
  test.check(rawequal(state['head.bias.m'], empty['head.bias.m']))
  optimizer.steps = 10
  test.equal(optimizer.steps, 10)
end)

test.case('the functional form takes the same steps as the object', function()
  for name, method in pairs {SGD = 'sgd', Adam = 'adam'} do
    local net = sample()
    local twin = net:clone()
    local options = {learningRate = 0.1}
    if name == 'SGD' then options.momentum, options.dampening = 0.9, 0 end
    local optimizer = optim[name](net, options)
    local flat, gradient = twin:getParameters()
    local state = {}
    for _ = 1, 5 do
      step(net, optimizer)
      optim[method](function()
        local x = torch.ones(2, 4)
        twin:zeroGradParameters()
        twin:backward(x, twin:forward(x):clone():fill(1))
        return 0, gradient
      end, flat, options, state)
    end
    test.equal(flat, (net:getParameters()), name)
    test.equal({state.t, state.evalCounter}, {5, 5})
  end
end)

test.case('the functional form: where its state is, and what it refuses', function()
  local x = torch.ones(2)
  local function feval(at) return 1, at end
  local config = {learningRate = 0.1}
  optim.adam(feval, x, config)
  optim.adam(feval, x, config)
  test.equal(config.t, 2)
  test.equal(config.m:nElement(), 2)
  local continued = {t = 7}
  optim.adam(feval, x, {}, continued)
  test.equal(continued.t, 8)
  test.fails(function() optim.sgd(nil, x) end, 'function expected')
  test.fails(function() optim.sgd(feval, 5) end, 'tensor expected')
  test.fails(function() optim.sgd(feval, x, 0.1) end, 'table expected')
  test.fails(function() optim.sgd(feval, x, {learningRate = 'x'}) end, 'should be a number')
  test.fails(function() optim.sgd(feval, x, {learningRate = -1}) end, 'learningRate is -1')
  test.fails(function() optim.sgd(function() return 1, torch.ones(3) end, x) end, '3', '2')
  test.fails(function() optim.sgd(function() error('inside') end, x) end, 'inside')
end)

test.case('a closed optimizer says so', function()
  local sgd = optim.SGD(nn.Linear(1, 1), {learningRate = 1})
  debug.getmetatable(sgd).__gc(sgd)
  test.fails(function() sgd:step() end, 'the optimizer is closed')
end)

test.case('the functional form ignores what is no name among its options', function()
  local x = torch.ones(2)
  optim.sgd(function(at) return 0, at:clone() end, x, {3, learningRate = 0.25})
  test.equal(x, {0.75, 0.75})
end)
