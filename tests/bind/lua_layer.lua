-- Layers written in Lua where it is easy to go wrong: errors crossing the engine, overridden
-- methods that containers should call, parameters an optimizer must see, copies, coroutines.
local test = require 'harness'
local nn, optim = require 'nn', require 'optim'

local function count(text, part)
  local _, n = text:gsub(part, '')
  return n
end

-- A class of a fresh name, and its parent.
local made = 0
local function class(parent)
  made = made + 1
  return torch.class('nn.Case' .. made, parent or 'nn.Module')
end

-- ---- errors ----

test.case('an error through two layers in Lua has one traceback, of where it arose', function()
  local Inner = class()
  function Inner.updateOutput() error('deep down') end
  local Outer, parent = class()
  function Outer:__init()
    parent.__init(self)
    self.inside = nn.Sequential():add(Inner())
  end
  function Outer:updateOutput(x) return self.inside:forward(x) end
  local net = nn.Sequential():add(Outer())
  local message = test.fails(function() net:forward(torch.ones(2)) end, 'deep down')
  test.equal(count(message, 'stack traceback'), 1)
  test.equal(count(message, 'deep down'), 1)
end)

test.case('errors in backward and in accGradParameters surface too', function()
  local Layer = class()
  function Layer.updateOutput(_, x) return x end
  function Layer.updateGradInput() error('no way back') end
  local net = nn.Sequential():add(Layer())
  local x = torch.ones(2)
  net:forward(x)
  test.fails(function() net:backward(x, x) end, 'no way back', 'stack traceback')
  function Layer.updateGradInput(_, _, gy) return gy end
  function Layer.accGradParameters(_, _, _, scale) error('scale ' .. scale) end
  test.fails(function() net:backward(x, x, 0.5) end, 'scale 0.5')
  function Layer.accGradParameters() end
  test.equal(net:backward(x, x), x)
end)

test.case('an error value that is no string arrives as it is', function()
  local Layer = class()
  local value = {code = 7}
  function Layer.updateOutput() error(value) end
  local ok, problem = pcall(function() nn.Sequential():add(Layer()):forward(torch.ones(1)) end)
  test.check(not ok and rawequal(problem, value))
end)

test.case('after an error the network works again', function()
  local Layer = class()
  local broken = true
  function Layer.updateOutput(_, x)
    if broken then error('not now') end
    return x
  end
  local net = nn.Sequential():add(nn.Identity()):add(Layer())
  for _ = 1, 100 do test.check(not pcall(net.forward, net, torch.ones(2))) end
  broken = false
  test.equal(net:forward(torch.ones(2)), torch.ones(2))
end)

test.case('what a method returns is a tensor of the module', function()
  local Layer = class()
  function Layer.updateOutput() return {1, 2} end
  local net = nn.Sequential():add(Layer())
  test.fails(function() net:forward(torch.ones(2)) end, Layer.__typename .. ':updateOutput',
    'returned a table')
  function Layer.updateOutput(_, x) return x:double() end
  test.fails(function() net:forward(torch.ones(2)) end, Layer.__typename .. ': output',
    'DoubleTensor')
  function Layer:updateOutput(x) self.output = x * 2 end -- nothing returned: self.output counts
  test.equal(net:forward(torch.ones(2)):totable(), {2, 2})
end)

test.case('a method that is not there names the class', function()
  local Layer = class()
  test.fails(function() nn.Sequential():add(Layer()):forward(torch.ones(1)) end,
    Layer.__typename .. ' does not define updateOutput')
  local Wide = class 'nn.Linear'
  local net = nn.Sequential():add(Wide(3, 2))
  test.fails(function() net:forward(torch.ones(4)) end, Wide.__typename .. '(3 -> 2)', '4')
  test.check(tostring(net:clone()):find(Wide.__typename .. '(3 -> 2)', 1, true), 'printed so')
end)

-- ---- what containers and parents call ----

test.case('super calls reach the layer below, forward reaches the override', function()
  local Layer, parent = class 'nn.Linear'
  local log = {}
  function Layer:__init(...) parent.__init(self, ...) end
  for _, name in ipairs {'updateOutput', 'updateGradInput', 'accGradParameters'} do
    Layer[name] = function(self, ...)
      log[#log + 1] = name
      return parent[name](self, ...)
    end
  end
  local layer, plain = Layer(3, 2), nn.Linear(3, 2)
  plain.weight:copy(layer.weight)
  plain.bias:copy(layer.bias)
  local x, gy = torch.rand(4, 3), torch.rand(4, 2)
  test.equal(layer:forward(x), plain:forward(x))
  test.equal(layer:backward(x, gy), plain:backward(x, gy))
  test.equal(layer.gradWeight, plain.gradWeight)
  test.equal(log, {'updateOutput', 'updateGradInput', 'accGradParameters'})
end)

test.case('three classes deep', function()
  local A, a = class 'nn.Linear'
  function A:updateOutput(x) return a.updateOutput(self, x):add(1) end
  local B, b = class(A.__typename)
  function B:updateOutput(x) return b.updateOutput(self, x):mul(10) end
  local layer = B(2, 2)
  layer.weight:zero()
  layer.bias:zero()
  test.equal(nn.Sequential():add(layer):forward(torch.ones(2)):totable(), {10, 10})
  test.check(torch.isTypeOf(layer, A) and torch.isTypeOf(layer, 'nn.Linear'))
end)

test.case('a whole tree is switched, reset and cleared with the overrides inside', function()
  local Layer, parent = class()
  local log = {}
  for _, name in ipairs {'training', 'evaluate', 'reset', 'clearState'} do
    Layer[name] = function(self, ...)
      log[#log + 1] = name
      return parent[name](self, ...)
    end
  end
  local layer = Layer()
  local net = nn.Sequential():add(nn.Sequential():add(layer))
  test.check(net:evaluate() == net)
  test.equal(layer.train, false)
  net:training()
  net:reset(0.1)
  net:clearState()
  test.equal(log, {'evaluate', 'training', 'reset', 'clearState'})
  test.equal(layer.train, true)
end)

test.case('a container in Lua', function()
  local Residual, parent = class 'nn.Container'
  function Residual:__init(inner)
    parent.__init(self)
    self:add(inner, 'inner')
  end
  function Residual:updateOutput(x)
    self.output:resizeAs(x):copy(x):add(self.inner:updateOutput(x))
    return self.output
  end
  function Residual:updateGradInput(x, gy)
    self.gradInput:resizeAs(gy):copy(gy):add(self.inner:updateGradInput(x, gy))
    return self.gradInput
  end
  function Residual:accGradParameters(x, gy, scale) self.inner:accGradParameters(x, gy, scale) end
  local net = nn.Sequential():add(Residual(nn.Linear(3, 3))):add(nn.Tanh())
  test.gradients(net, torch.rand(2, 3))
  test.equal(#net:parameters(), 2)
  local text = tostring(net)
  test.check(text:find('(1): ' .. Residual.__typename .. ' {', 1, true), 'its own name')
  test.check(text:find('(inner): nn.Linear(3 -> 3)', 1, true), 'the layer inside')
end)

test.case('self.modules = {...} in a container, as in Torch', function()
  local Both, parent = class 'nn.Container'
  function Both:__init(...)
    parent.__init(self)
    self.modules = {...}
  end
  local both = Both(nn.Linear(2, 2), nn.Tanh())
  test.equal(#both, 2)
  test.equal(#both:parameters(), 2)
  local Leaf, leaf = class()
  function Leaf:__init()
    leaf.__init(self)
    self.modules = {}
  end
  test.fails(function() Leaf() end, 'nn.Container')
end)

-- ---- parameters nobody may overlook ----

local function withWeight(parent)
  local Layer, super = class(parent)
  function Layer:__init(n)
    if super then super.__init(self) end
    self.weight = torch.ones(n)
    self.gradWeight = torch.zeros(n)
  end
  function Layer:updateOutput(x)
    self.output:resizeAs(x):copy(x):cmul(self.weight:view(1, -1):expandAs(x))
    return self.output
  end
  function Layer:updateGradInput(_, gy)
    self.gradInput:resizeAs(gy):copy(gy):cmul(self.weight:view(1, -1):expandAs(gy))
    return self.gradInput
  end
  function Layer:accGradParameters(x, gy, scale)
    self.gradWeight:add(scale, torch.cmul(x, gy):sum(1):view(-1))
  end
  return Layer
end

test.case('weights of a Lua layer are parameters, also in getParameters', function()
  local Layer = withWeight()
  local net = nn.Sequential():add(nn.Linear(2, 3)):add(Layer(3), 'scale')
  test.gradients(net, torch.rand(4, 2))
  net:float()
  local flat, gradient = net:getParameters()
  test.equal(flat:nElement(), 2 * 3 + 3 + 3)
  flat:fill(0.5)
  test.equal(net.scale.weight, torch.Tensor(3):fill(0.5))
  gradient:fill(2)
  net.scale:zeroGradParameters()
  test.equal(gradient:sum(), 2 * 9)
  local _, _, paths = net:parameters()
  test.equal(paths[3], 'scale.weight')
end)

test.case('weights set before or without parent.__init are seen as well', function()
  local Layer = class()
  function Layer:__init()
    self.weight = torch.ones(2)
    self.gradWeight = torch.zeros(2)
  end
  test.equal(Layer():parameterCount(), 2)
end)

test.case('what would never be trained is refused', function()
  local Half = class()
  function Half:__init() self.weight = torch.ones(2) end
  test.fails(function() Half() end, 'lua_layer.lua:', 'a weight and no gradWeight')
  local Forgets = class 'nn.Linear'
  function Forgets.__init() end
  test.fails(function() Forgets() end, 'lua_layer.lua:', 'parent.__init')
end)

test.case('an optimizer notices when a Lua layer gets another weight', function()
  local Layer = withWeight()
  local net = nn.Sequential():add(Layer(3))
  local optimizer = optim.SGD(net, {learningRate = 0.1})
  optimizer:step()
  net:get(1).weight = torch.ones(3)
  test.fails(function() optimizer:step() end, '0.weight', 'replaced')
end)

test.case('types: weights, buffers kept in fields and in tables, but no labels', function()
  local Layer = withWeight()
  local layer = Layer(3)
  layer.mean, layer.list, layer.labels = torch.ones(3), {torch.ones(1)}, torch.LongTensor{1}
  layer.inside = nn.Linear(2, 2)
  nn.Sequential():add(layer):double()
  for _, tensor in ipairs {layer.weight, layer.gradWeight, layer.output, layer.mean, layer.list[1],
                           layer.inside.weight} do
    test.equal(tensor:type(), 'torch.DoubleTensor')
  end
  test.equal(layer.labels:type(), 'torch.LongTensor')
  test.fails(function() layer:type('torch.LongTensor') end, 'lua_layer.lua:', 'Long')
  test.fails(function() layer:type('doubel') end, 'lua_layer.lua:', 'doubel')
end)

-- ---- copies ----

test.case('a clone has its own fields, and knows what in them was itself', function()
  local Layer = withWeight()
  local layer = Layer(2)
  local net = nn.Sequential():add(layer, 'layer')
  layer.list, layer.parent, layer.own = {torch.ones(2), {'x'}}, net, layer.weight
  layer.helper, layer.loss, layer.f = nn.Linear(2, 2), nn.MSECriterion(), print
  layer.list.again = layer.list
  local copy = net:clone()
  local c = copy.layer
  test.equal(torch.typename(c), Layer.__typename)
  test.check(c ~= layer and c.parent == copy, 'the tree in a field is the copy')
  test.check(rawequal(c.own, c.weight), 'a weight in a field is the copy\'s')
  test.check(c.helper ~= layer.helper and c.loss ~= layer.loss and c.f == print)
  test.check(c.list ~= layer.list and c.list.again == c.list and c.list[2] ~= layer.list[2])
  c.list[1]:zero()
  c.helper.weight:zero()
  c.weight:zero()
  test.equal(layer.list[1]:sum(), 2)
  test.equal(layer.weight:sum(), 2)
  test.check(layer.helper.weight:norm() > 0)
  test.equal(copy:forward(torch.ones(1, 2)):sum(), 0)
  test.equal(net:forward(torch.ones(1, 2)):sum(), 2)
end)

test.case('a clone outlives its original', function()
  local Layer = withWeight()
  local copy = nn.Sequential():add(Layer(2)):clone()
  collectgarbage()
  collectgarbage()
  test.equal(copy:forward(torch.ones(1, 2)):sum(), 2)
end)

-- ---- Lua's own corners ----

test.case('in a coroutine, also one that is not the first to run', function()
  local Layer = class()
  function Layer:updateOutput(x)
    self.output = coroutine.wrap(function() return nn.Sequential():add(nn.Tanh()):forward(x) end)()
    return self.output
  end
  local net = nn.Sequential():add(Layer()):add(Layer())
  local inside = coroutine.wrap(function() return net:forward(torch.ones(2)):clone() end)()
  test.equal(inside, torch.tanh(torch.tanh(torch.ones(2))))
  test.equal(net:forward(torch.ones(2)), inside)
end)

test.case('yielding across the engine is an error, not a crash', function()
  local Layer = class()
  function Layer.updateOutput(_, x)
    coroutine.yield()
    return x
  end
  local net = nn.Sequential():add(Layer())
  local thread = coroutine.create(function() return net:forward(torch.ones(1)) end)
  local ok, message = coroutine.resume(thread)
  test.check(not ok)
  test.check(tostring(message):find 'yield', 'the message names the yield')
end)

test.case('collections while the engine is at work', function()
  local Layer = class()
  function Layer:updateOutput(x)
    collectgarbage()
    self.output = x + 1
    return self.output
  end
  function Layer.updateGradInput(_, _, gy)
    collectgarbage()
    return gy * 2
  end
  local net = nn.Sequential():add(nn.Linear(3, 3)):add(Layer()):add(nn.Tanh()):add(Layer())
  for _ = 1, 20 do
    local x = torch.rand(2, 3)
    test.equal(net:forward(x):size():totable(), {2, 3})
    test.equal(net:backward(x, torch.ones(2, 3)):size():totable(), {2, 3})
  end
end)

test.case('a layer that takes itself out of its container while it runs', function()
  local Layer = class()
  local net = nn.Sequential()
  function Layer:updateOutput(x)
    while net:size() > 0 do net:remove() end
    collectgarbage()
    self.output = x
    return self.output
  end
  net:add(nn.Identity()):add(Layer()):add(nn.Identity())
  pcall(net.forward, net, torch.ones(2))
  test.equal(net:size(), 0)
end)

test.case('instances in a loop do not grow the process', function()
  local system = require 'aelua.system'
  local Layer = withWeight()
  local function make()
    for _ = 1, 2000 do nn.Sequential():add(Layer(50)):forward(torch.ones(1, 50)) end
    collectgarbage()
    collectgarbage()
    return system.memory()
  end
  local first = make()
  test.check(make() <= first + 1e6)
end)

test.case('an error in a step keeps the next from running', function()
  local Wrong, ran = torch.class('nn.CaseWrongGrad', 'nn.Identity'), false
  function Wrong.updateGradInput() error 'no gradient here' end
  function Wrong.accGradParameters() ran = true end
  local layer = Wrong()
  layer:forward(torch.ones(2))
  test.fails(function() layer:backward(torch.ones(2), torch.ones(2)) end, 'no gradient here',
    'in updateGradInput of nn.CaseWrongGrad')
  test.equal(ran, false)
end)

test.case('a gradInput that its own function took away is none', function()
  local None = torch.class('nn.CaseNoGrad', 'nn.Identity')
  function None:updateGradInput() self.gradInput = nil end
  local layer = None()
  layer:forward(torch.ones(2))
  test.equal(layer:backward(torch.ones(2), torch.ones(2)), nil)
end)

test.case('a layer that takes itself out and then fails: its own error', function()
  local Leaving, net = torch.class('nn.CaseLeavingError', 'nn.Identity'), nil
  function Leaving.updateOutput()
    net:remove(1)
    error 'gone wrong'
  end
  net = nn.Sequential():add(Leaving()):add(nn.Tanh())
  test.fails(function() net:forward(torch.ones(2)) end, 'gone wrong')
end)

test.case('updateGradInput of a class without one, and where nobody wants gradInput', function()
  local Bare = torch.class('nn.CaseBareModule', 'nn.Module')
  test.fails(function() Bare():updateGradInput(torch.ones(2), torch.ones(2)) end,
    'nn.CaseBareModule does not define updateGradInput')
  local Own, parent = torch.class('nn.CaseOwnLinear', 'nn.Linear')
  function Own:updateGradInput(x, gy) return parent.updateGradInput(self, x, gy) end
  local layer = Own(2, 2)
  layer.gradInput = nil
  layer:forward(torch.ones(2))
  test.equal(layer:backward(torch.ones(2), torch.ones(2)), nil)
  test.equal(layer.gradBias, {1, 1})
end)

test.case('Jacobian.forward leaves what it varies as it was, also when a layer fails', function()
  local calls, x = 0, torch.ones(3)
  local layer = nn.Identity()
  function layer:updateOutput(input)
    calls = calls + 1
    if calls == 4 then error 'of the layer' end
    self.output = input:clone()
    return self.output
  end
  test.fails(function() nn.Jacobian.forward(layer, x) end, 'of the layer')
  test.equal(x, torch.ones(3))
end)
