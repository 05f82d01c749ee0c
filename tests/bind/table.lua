-- Tables of tensors between Lua and the engine.
local test = require 'harness'
local nn = require 'nn'
local system = require 'aelua.system'

local a, b = torch.ones(2), torch.Tensor {3, 4, 5}

test.case('a table goes in and comes out as one, of the same tensors', function()
  local net = nn.Sequential():add(nn.Identity()):add(nn.Identity())
  local out = net:forward({a, {b, a}})
  test.check(rawequal(out[1], a) and rawequal(out[2][1], b) and rawequal(out[2][2], a))
  test.equal(#out, 2)
  test.check(net.output[2][1] == b and net:get(1).output[1] == a)
end)

test.case('backward', function()
  local net = nn.Identity()
  net:forward({a, {b, a}})
  local gy = {a:clone(), {b:clone(), a}}
  local gx = net:backward({a, {b, a}}, gy)
  test.check(gx[1] == gy[1] and gx[2][1] == gy[2][1] and net.gradInput[2][2] == a)
  test.fails(function() net:backward({a, {b, a}}, {a, b}) end, 'nn.Identity: gradOutput[2] is 3, '
    .. 'the output[2] was a table of 2 tensors')
  test.fails(function() net:backward({a, {b, a}}, {a, {b, b}}) end,
    'gradOutput[2][2] is 3, the output[2][2] was 2')
  test.fails(function() net:backward({a, {b, a}}, {a, {b, a:double()}}) end,
    'gradOutput[2][2] is a DoubleTensor, the output[2][2] a FloatTensor')
end)

test.case('what is no table of tensors', function()
  local net = nn.Identity()
  test.fails(function() net:forward({}) end, 'the table holds no tensors')
  test.fails(function() net:forward({a, 3}) end, 'tensor 2 of the table is a number')
  test.fails(function() net:forward({a, {b, 'x'}}) end, 'tensor 2 of the table is a string')
  local round = {a}
  round[2] = round
  test.fails(function() net:forward(round) end, 'too deep')
  test.equal(net:forward({a, b})[2], b, 'works afterwards')
end)

test.case('layers of one tensor say that they want one', function()
  test.fails(function() nn.Tanh():forward({a, b}) end, 'nn.Tanh',
    'input is a table of 2 tensors, want a tensor')
  test.fails(function() nn.MSECriterion():forward({a}, a) end, 'nn.MSECriterion',
    'input is a table of 1 tensor, want a tensor')
  test.fails(function() nn.MSECriterion():forward(a, {a, a}) end, 'nn.MSECriterion',
    'target is a table of 2 tensors, want a tensor')
  test.fails(function() nn.Linear(2, 2).weight = {a} end, 'weight: tensor expected, got table')
end)

test.case('setting output and gradInput', function()
  local net = nn.Sequential():add(nn.Identity())
  net.output = {a, b}
  test.check(net.output[2] == b)
  net.output = {}
  test.equal(net.output:dim(), 0)
  net.output = a
  test.check(net.output == a)
  net.gradInput = {b}
  test.check(net.gradInput[1] == b)
  net.gradInput = nil
  test.check(net.gradInput == nil)
end)

test.case('types, copies and clearState', function()
  local net = nn.Sequential():add(nn.Identity())
  net:forward({a, b})
  test.equal(net:clone().output:dim(), 0)
  net:double()
  test.equal(net.output:type(), 'torch.DoubleTensor')
  test.equal(net:forward({a, b})[2], b)
  net:clearState()
  test.equal(net.output:dim(), 0)
end)

-- ---- layers written in Lua ----

-- As Torch's own table layers are written: gradInput is a table that is filled bit by bit.
local Sum = torch.class('nn.CaseSum', 'nn.Module')

function Sum:__init()
  nn.Module.__init(self)
  self.gradInput = {}
end

function Sum:updateOutput(input)
  self.output:resizeAs(input[1]):copy(input[1])
  for i = 2, #input do self.output:add(input[i]) end
  return self.output
end

function Sum:updateGradInput(input, gradOutput)
  for i = 1, #input do
    self.gradInput[i] = self.gradInput[i] or input[i].new()
    self.gradInput[i]:resizeAs(input[i]):copy(gradOutput)
  end
  return self.gradInput
end

-- One tensor to two, in a table of its own.
local Fork = torch.class('nn.CaseFork', 'nn.Module')

function Fork:updateOutput(input)
  self.output = {input, input}
  return self.output
end

function Fork:updateGradInput(_, gradOutput)
  self.gradInput = gradOutput[1] + gradOutput[2]
  return self.gradInput
end

test.case('layers written in Lua take and give tables', function()
  local sum = Sum()
  local x = torch.randn(3)
  local net = nn.Sequential():add(Fork()):add(nn.Identity()):add(sum)
  for _ = 1, 3 do
    test.equal(net:forward(x), x * 2)
    test.equal(net:backward(x, b), b * 2)
  end
  test.check(net:get(1).output[2] == x)
  test.equal(#sum.gradInput, 2)
  test.check(rawequal(sum.gradInput, sum.gradInput), 'one table')
  test.gradients(net, torch.randn(4))
  test.equal(sum.gradInput[2]:type(), 'torch.DoubleTensor')
  net:clearState()
  test.equal(#sum.gradInput, 0)
  test.gradients(net:clone(), torch.randn(4))
end)

test.case('by themselves', function()
  local sum = Sum()
  test.equal(sum:forward({a, a, a}), {3, 3})
  local gx = sum:backward({a, a, a}, a)
  test.equal(gx, {{1, 1}, {1, 1}, {1, 1}})
  test.check(rawequal(gx, sum.gradInput))
end)

test.case('a method that returns nothing has set the slot', function()
  local Quiet = torch.class('nn.CaseQuiet', 'nn.Module')
  function Quiet:updateOutput(x) self.output = {x, x} end
  local net = nn.Sequential():add(Quiet()):add(nn.Identity())
  test.check(net:forward(a)[2] == a)
end)

test.case('a wrong part of a result is told', function()
  local Wrong = torch.class('nn.CaseWrong', 'nn.Module')
  function Wrong.updateOutput(_, x) return {x, 'two'} end
  test.fails(function() nn.Sequential():add(Wrong()):forward(a) end,
    'nn.CaseWrong:updateOutput returned a table, it should return a tensor or a table of them')
end)

test.case('a class of an engine layer that returns a table', function()
  local Twice, parent = torch.class('nn.CaseTwice', 'nn.Identity')
  function Twice:updateOutput(x)
    local y = parent.updateOutput(self, x)
    return {y, y}
  end
  function Twice.updateGradInput(_, _, gy) return gy[1] + gy[2] end
  local net = nn.Sequential():add(Twice()):add(Sum())
  test.equal(net:forward(b), b * 2)
  test.equal(net:backward(b, b), b * 2)
end)

test.case('a loop of tables allocates nothing in the engine after its second step', function()
  local net = nn.Sequential():add(nn.Identity())
  local gy, before = torch.ones(3)
  for i = 1, 20 do
    net:forward({a, {b, a}})
    net:backward({a, {b, a}}, {a, {gy, a}})
    if i == 2 then before = system.memory() end
  end
  test.equal(system.memory(), before)
end)
