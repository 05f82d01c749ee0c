-- torch.class: plain classes, layers and losses written in Lua, overridden layers of the engine.
local test = require 'harness'
local nn, optim = require 'nn', require 'optim'

local module = {}

-- y = a x, one trained number; counts its calls.
local Scale, parent = torch.class('nn.TestScale', 'nn.Module')

function Scale:__init(a)
  parent.__init(self)
  self.weight = torch.Tensor(1):fill(a)
  self.gradWeight = torch.zeros(1)
  self.calls = 0
end

function Scale:updateOutput(x)
  self.calls = self.calls + 1
  self.output:resizeAs(x):copy(x):mul(self.weight[1])
  return self.output
end

function Scale:updateGradInput(_, gy)
  self.gradInput:resizeAs(gy):copy(gy):mul(self.weight[1])
  return self.gradInput
end

function Scale:accGradParameters(x, gy, scale)
  self.gradWeight:add(scale * torch.dot(x, gy))
end

test.case('a plain class with inheritance', function()
  local Animal = torch.class('Animal', module)
  function Animal:__init(name) self.name = name end
  function Animal:speak() return self.name .. ' is quiet' end
  local Dog, super = torch.class('Dog', 'Animal', module)
  function Dog:__init() super.__init(self, 'Rex') end
  function Dog:speak() return super.speak(self) .. ' no more' end
  function Dog.__tostring() return 'a dog' end
  local rex = module.Dog()
  test.equal(rex:speak(), 'Rex is quiet no more')
  test.equal(tostring(rex), 'a dog')
  test.equal(torch.typename(rex), 'Dog')
  test.check(torch.isTypeOf(rex, 'Animal') and torch.isTypeOf(rex, Dog))
  test.check(not torch.isTypeOf(module.Animal('x'), 'Dog'))
  test.equal(torch.type({}), 'table')
  test.equal(torch.type(5), 'number')
  test.fails(function() torch.class('Cat', 'Anmial', module) end, "parent class 'Anmial'")
end)

test.case('metamethods, in both spellings, and without', function()
  local Pair = torch.class('Pair', module)
  function Pair:__init(a) self.a = a end
  function Pair:__add(other) return module.Pair(self.a + other.a) end
  function Pair:__tostring__() return 'pair ' .. self.a end
  function Pair:__len__() return self.a end
  local one, two = module.Pair(1), module.Pair(2)
  test.equal((one + two).a, 3)
  test.equal(tostring(one), 'pair 1')
  test.equal(#two, 2)
  test.check(one ~= two and one == one)
  test.fails(function() return one - two end, 'class.lua:', 'Pair has no __sub')
  function Pair:__eq(other) return self.a % 2 == other.a % 2 end
  test.check(one == module.Pair(3))
  test.equal(tostring(Pair), 'class Pair')
end)

test.case('a class may be made anew, but not one of the engine', function()
  local old = torch.class('nn.TestAgain', 'nn.Module')
  local new = torch.class('nn.TestAgain', 'nn.Module')
  test.check(old ~= new and nn.TestAgain == new)
  for _, name in ipairs {'nn.Linear', 'nn.Module', 'nn.MSECriterion', 'nn.Criterion'} do
    test.fails(function() torch.class(name, 'nn.Module') end, 'class.lua:', name)
  end
  test.fails(function() torch.class('nn.TestX', 'nn.Lineer') end, "did you mean 'nn.Linear'")
  test.fails(function() torch.class() end, 'the name should be a string')
end)

test.case('classes go where their name says', function()
  local Deep = torch.class('deep.inside.Thing')
  test.check(_G.deep.inside.Thing == Deep)
  _G.deep = nil
  local Global = torch.class('GlobalThing')
  test.check(_G.GlobalThing == Global)
  _G.GlobalThing = nil
  torch.class('nn.TestHere', 'nn.Module')
  test.check(nn.TestHere and not _G.TestHere)
end)

test.case('a class that has no place is none', function()
  _G.nowhere = {inside = 5}
  for _ = 1, 2 do
    test.fails(function() torch.class('nowhere.inside.Thing') end, 'class.lua:',
      "'nowhere.inside.Thing': inside is a number")
  end
  test.equal(torch.factory('nowhere.inside.Thing'), nil)
  _G.nowhere = nil
end)

test.case('names of types', function()
  local names = {
    ['torch.FloatTensor'] = torch.Tensor(), ['torch.LongTensor'] = torch.LongTensor(),
    ['torch.LongStorage'] = torch.LongStorage(), ['nn.Linear'] = nn.Linear(1, 1),
    ['nn.MSECriterion'] = nn.MSECriterion(), ['optim.Adam'] = optim.Adam(nn.Linear(1, 1)),
    ['nn.TestScale'] = nn.TestScale(1),
  }
  for name, value in pairs(names) do
    test.equal(torch.typename(value), name)
    test.equal(torch.type(value), name)
  end
  for _, value in ipairs {5, 'text', {}, print, io.stdout, true} do
    test.equal(torch.typename(value), nil)
    test.equal(torch.type(value), type(value))
  end
end)

test.case('isTypeOf: ancestors, classes, patterns', function()
  local net, scale = nn.Sequential(), nn.TestScale(1)
  test.check(torch.isTypeOf(net, 'nn.Container') and torch.isTypeOf(net, nn.Module))
  test.check(torch.isTypeOf(scale, Scale) and not torch.isTypeOf(scale, 'nn.Container'))
  test.check(torch.isTypeOf(nn.MSECriterion(), 'nn.Criterion'))
  test.check(torch.isTypeOf(torch.Tensor(), 'torch.*Tensor'))
  test.check(not torch.isTypeOf(net, 'Sequential'), 'a part of the name is not the name')
  test.check(not torch.isTypeOf(5, 'nn.Module') and not torch.isTypeOf(nil, 'nn.Module'))
  test.fails(function() torch.isTypeOf(net, 5) end, 'got number')
end)

test.case('factory makes a bare instance; getmetatable is where methods go', function()
  local bare = torch.factory('nn.TestScale')()
  test.equal(torch.typename(bare), 'nn.TestScale')
  test.equal(bare.calls, nil)
  test.equal(torch.factory('nn.Nothing'), nil)
  local linear = torch.factory('nn.Linear')()
  test.fails(function() linear:forward(torch.ones(1)) end, '__init')
  linear:__init(2, 3)
  test.equal(linear.weight:size():totable(), {3, 2})
  test.fails(function() linear:__init(2, 3) end, 'made before')
  test.check(torch.getmetatable('nn.TestScale') == Scale)
  local methods = torch.getmetatable('torch.FloatTensor')
  function methods.twice(tensor) return tensor * 2 end
  test.equal(torch.ones(1):twice()[1], 2)
  methods.twice = nil
end)

test.case('a layer in Lua takes its place in a container', function()
  local scale = nn.TestScale(3)
  local net = nn.Sequential():add(nn.Linear(4, 3)):add(scale, 'scale')
  net:get(1).weight:fill(1)
  net:get(1).bias:zero()
  test.equal(net:forward(torch.ones(2, 4)), torch.Tensor(2, 3):fill(12))
  test.equal(net.scale.calls, 1)
  test.equal(net:backward(torch.ones(2, 4), torch.ones(2, 3)), torch.Tensor(2, 4):fill(9))
  test.equal(scale.gradWeight[1], 24)
  test.equal(#net:parameters(), 3)
  test.equal(torch.typename(net.scale), 'nn.TestScale')
  test.check(torch.isTypeOf(scale, 'nn.Module'))
  test.check(tostring(net):find('(scale): nn.TestScale', 1, true))
end)

test.case('its gradients are right, and an optimizer trains it', function()
  test.gradients(nn.Sequential():add(nn.Linear(4, 3)):add(nn.TestScale(2)), torch.rand(3, 4))
  local net = nn.Sequential():add(nn.TestScale(1))
  local optimizer = optim.SGD(net, {learningRate = 0.1})
  local criterion, x = nn.MSECriterion(), torch.ones(4)
  for _ = 1, 50 do
    local output = net:forward(x)
    criterion:forward(output, x * 3)
    optimizer:zeroGrad()
    net:backward(x, criterion:backward(output, x * 3))
    optimizer:step()
  end
  test.near(net:get(1).weight[1], 3, 1e-3)
end)

test.case('cloned, converted, kept alive by its container', function()
  local net = nn.Sequential():add(nn.TestScale(2))
  collectgarbage()
  collectgarbage()
  local copy = net:clone()
  copy:get(1).weight[1] = 5
  test.equal(net:forward(torch.ones(2)):totable(), {2, 2})
  test.equal(copy:forward(torch.ones(2)):totable(), {5, 5})
  test.equal(net:double():forward(torch.ones(2):double()):type(), 'torch.DoubleTensor')
end)

test.case('an error in a layer surfaces with its place and a traceback', function()
  local Broken = torch.class('nn.TestBroken', 'nn.Module')
  function Broken.updateOutput() error('the layer is broken') end
  local net = nn.Sequential():add(nn.Sequential():add(nn.TestBroken()))
  test.fails(function() net:forward(torch.ones(2)) end, 'class.lua:', 'the layer is broken',
    'stack traceback')
  test.equal(nn.Sequential():add(nn.Identity()):forward(torch.ones(2)), torch.ones(2))
end)

test.case('a layer of the engine with one method overridden', function()
  local Double, super = torch.class('nn.TestDouble', 'nn.Linear')
  function Double:__init(n) super.__init(self, n, n, false) end
  function Double:updateOutput(x) return super.updateOutput(self, x):mul(2) end
  local net = nn.Sequential():add(nn.TestDouble(3))
  net:get(1).weight:fill(1)
  test.equal(net:forward(torch.ones(3)):totable(), {6, 6, 6})
  test.equal(net:get(1).inputSize, 3)
  test.check(torch.isTypeOf(net:get(1), 'nn.Linear'))
end)

test.case('a loss in Lua', function()
  local Sum = torch.class('nn.TestSum', 'nn.Criterion')
  function Sum:updateOutput(x, target)
    self.output = (x - target):sum()
    return self.output
  end
  function Sum:updateGradInput(x)
    self.gradInput:resizeAs(x):fill(1)
    return self.gradInput
  end
  local criterion = nn.TestSum()
  test.equal(criterion:forward(torch.ones(3), torch.zeros(3)), 3)
  test.equal(criterion:backward(torch.ones(3), torch.zeros(3)), torch.ones(3))
end)

test.case('a loss in Lua: not defined, copied, converted', function()
  local Loss = torch.class('nn.TestLoss', 'nn.Criterion')
  local loss = nn.TestLoss()
  test.fails(function() loss:forward(torch.ones(1), 1) end, 'nn.TestLoss does not define')
  test.fails(function() loss:backward(torch.ones(1), 1) end, 'updateGradInput')
  loss.weights = torch.ones(2)
  local copy = loss:clone()
  copy.weights:zero()
  test.equal(loss.weights:sum(), 2)
  test.check(torch.isTypeOf(copy, Loss))
  test.equal(loss:double().weights:type(), 'torch.DoubleTensor')
  test.equal(loss:type(), 'torch.DoubleTensor')
  function Loss.updateOutput(_, x) return x:sum() end
  test.equal(loss(torch.ones(3)), 3)
end)
