-- Losses written in Lua from one of the engine's: torch.class('nn.Mine', 'nn.MSECriterion').
local test = require 'harness'
local nn = require 'nn'

local made = 0
local function class(parent)
  made = made + 1
  return torch.class('nn.Loss' .. made, parent)
end

-- w times the mean square.
local function weighted()
  local Loss, parent = class 'nn.MSECriterion'
  function Loss:__init(w)
    parent.__init(self)
    self.w = w
  end
  function Loss:updateOutput(x, target)
    self.output = self.w * parent.updateOutput(self, x, target)
    return self.output
  end
  function Loss:updateGradInput(x, target)
    self.gradInput = parent.updateGradInput(self, x, target) * self.w
    return self.gradInput
  end
  return Loss, parent
end

test.case('the parent\'s methods, its options and its gradients', function()
  local Loss, parent = weighted()
  test.check(parent == nn.MSECriterion)
  local loss, x, t = Loss(3), torch.rand(4, 2), torch.rand(4, 2)
  local mse = nn.MSECriterion()
  test.near(loss:forward(x, t), 3 * mse:forward(x, t), 1e-6)
  test.equal(loss(x, t), loss.output)
  test.near(loss:backward(x, t), mse:backward(x, t) * 3, 1e-6)
  test.check(loss.gradInput == loss:backward(x, t) or loss.gradInput:norm() > 0)
  test.equal(loss.sizeAverage, true)
  loss.sizeAverage = false
  test.near(loss:forward(x, t), 3 * 8 * mse:forward(x, t), 1e-5)
  test.criterion_gradients(Loss(2), x, t)
end)

test.case('names, types, copies', function()
  local Loss = weighted()
  local loss = Loss(3)
  test.equal(torch.typename(loss), Loss.__typename)
  test.equal(tostring(loss), Loss.__typename)
  test.check(torch.isTypeOf(loss, 'nn.MSECriterion') and torch.isTypeOf(loss, 'nn.Criterion'))
  test.check(torch.isTypeOf(loss, Loss) and not torch.isTypeOf(nn.MSECriterion(), Loss))
  loss.weights = torch.ones(2)
  local copy = loss:clone():double()
  test.equal(torch.typename(copy), Loss.__typename)
  test.equal({copy.w, copy:type(), copy.weights:type()}, {3, 'torch.DoubleTensor',
    'torch.DoubleTensor'})
  test.equal(loss:type(), 'torch.FloatTensor')
  function Loss.__tostring() return 'mine' end
  test.equal(tostring(loss), 'mine')
end)

test.case('three classes deep, in a training', function()
  local Loss = weighted()
  local Below, super = class(Loss.__typename)
  function Below:__init() super.__init(self, 0.5) end
  function Below:updateOutput(x, t) return super.updateOutput(self, x, t) + 1 end
  local loss, x, y = Below(), torch.rand(8, 2), torch.rand(8, 2)
  local net = nn.Linear(2, 2)
  local first = loss:forward(net:forward(x), y)
  for _ = 1, 50 do
    loss:forward(net:forward(x), y)
    net:zeroGradParameters()
    net:backward(x, loss:backward(net.output, y))
    net:updateParameters(0.5)
  end
  local last = loss:forward(net:forward(x), y)
  test.check(1 <= last and last < first)
end)

test.case('mistakes', function()
  local Forgets = class 'nn.ClassNLLCriterion'
  function Forgets.__init() end
  test.fails(function() Forgets() end, 'lua_loss.lua:', 'parent.__init')
  local Odd, parent = class 'nn.ClassNLLCriterion'
  function Odd:__init() parent.__init(self, {sizeAverge = false}) end
  test.fails(function() Odd() end, "'sizeAverge'", "'sizeAverage'")
  test.fails(function() nn.MSECriterion {sizeAverge = false} end, 'lua_loss.lua:', "'sizeAverge'")
  test.fails(function() torch.class('nn.MSECriterion', 'nn.Criterion') end, 'class of the engine')
  local Loss = weighted()
  test.fails(function() return Loss(1).forwrad end, Loss.__typename, "'forward'")
  local bare, x = torch.factory('nn.MSECriterion')(), torch.ones(1)
  test.fails(function() bare:forward(x, x) end, '__init')
end)
