-- MapTable: each tensor of a table to a copy of the child, with the same parameters.
local test = require 'harness'
local nn, optim = require 'nn', require 'optim'

local function map() return nn.MapTable(nn.Sequential():add(nn.Linear(3, 2)):add(nn.Tanh())) end
local x = {torch.randn(4, 3), torch.randn(5, 3), torch.randn(3)}

test.case('values', function()
  local net = map()
  local y = net:forward(x)
  test.equal(net:size(), 3)
  local one = net:get(1):clone()
  for i = 1, 3 do test.equal(y[i], one:forward(x[i])) end
  test.equal(#net:forward({x[2]}), 1)
  test.equal(net:size(), 1)
  test.equal(net:parameterCount(), 8)
  net:forward(x)
  test.equal(net:parameterCount(), 8, 'of all copies')
  net:clearState()
  test.equal(net:size(), 1)
end)

test.case('gradients', function()
  test.gradients(map(), x)
  test.gradients(map():clone(), x)
  test.gradients(nn.MapTable():add(nn.Linear(3, 2)), {x[3]})
  test.gradients(nn.Sequential():add(map()):add(nn.MapTable(nn.Linear(2, 2))), x)
end)

test.case('training changes all copies', function()
  local net = nn.Sequential():add(map())
  net:forward({x[1]})
  local sgd = optim.SGD(net, {learningRate = 0.5})
  for _ = 1, 2 do
    sgd:zeroGrad()
    local y = net:forward(x)
    net:backward(x, y)
    sgd:step()
  end
  test.equal(net:forward({x[1], x[1]})[2], net:get(1):get(1):forward(x[1]))
  local flat = net:getParameters()
  flat:fill(0.5)
  test.equal(net:forward({x[1], x[1]})[2], net:get(1):get(1):forward(x[1]))
  test.equal(net:get(1):get(2):get(1).weight:sum(), 3)
end)

test.case('parameters of their own', function()
  local net = nn.MapTable(nn.Linear(3, 2), false)
  net:forward(x)
  test.equal(net:parameterCount(), 24)
  net:get(2).weight:zero()
  test.check(net:get(1).weight:norm() > 0)
end)

test.case('saved and loaded', function()
  local net = nn.Sequential():add(map())
  local want = net:forward(x)[2]:clone()
  local copy = torch.deserialize(torch.serialize(net))
  test.equal(copy:forward(x)[2], want)
  test.equal(copy:parameterCount(), 8)
  test.gradients(copy, x)
  local own = nn.MapTable(nn.Linear(3, 2), false)
  test.equal(torch.deserialize(torch.serialize(own)).shared, false)
end)

test.case('a child written in Lua', function()
  local Scale = torch.class('nn.CaseScale', 'nn.Module')
  function Scale:__init()
    nn.Module.__init(self)
    self.factor = 3
  end
  function Scale:updateOutput(t) return t * self.factor end
  function Scale:updateGradInput(_, gy) return gy * self.factor end
  local net = nn.Sequential():add(nn.MapTable(nn.Sequential():add(Scale())))
  test.equal(net:forward(x)[2], x[2] * 3)
  test.equal(torch.typename(net:get(1):get(3):get(1)), 'nn.CaseScale')
  test.gradients(net, x)
end)

test.case('what is wrong is told', function()
  test.fails(function() map():forward(x[1]) end, 'nn.MapTable', 'want a table of tensors')
  test.fails(function() nn.MapTable():forward(x) end, 'nn.MapTable has no children')
  local net = map()
  for _, n in ipairs {0, -1, 1.5, 'x'} do
    test.fails(function() net:resize(n) end, 'want a whole number from 1 on')
    test.equal(net:size(), 1)
  end
end)
