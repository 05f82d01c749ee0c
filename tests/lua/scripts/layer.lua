--- layer.lua - a script as they were written for Torch7: a layer of one's own, its test with
-- torch.Tester and nn.Jacobian, and a file with a network that has it.

local test = require 'harness'
require 'torch'
require 'nn'

torch.setdefaulttensortype('torch.DoubleTensor')

local Scale, parent = torch.class('nn.ScriptScale', 'nn.Module')

function Scale:__init(n)
  parent.__init(self)
  self.weight, self.bias = torch.Tensor(n), torch.Tensor(n)
  self.gradWeight, self.gradBias = torch.zeros(n), torch.zeros(n)
  self.factor = 1
  self:reset()
end

function Scale:reset(stdv)
  stdv = stdv and stdv * math.sqrt(3) or 1 / math.sqrt(self.weight:size(1))
  self.weight:uniform(-stdv, stdv)
  self.bias:uniform(-stdv, stdv)
end

function Scale:updateOutput(input)
  self.output:resizeAs(input):copy(input)
  self.output:cmul(self.weight:view(1, -1):expandAs(input))
  return self.output:add(self.bias:view(1, -1):expandAs(input))
end

function Scale:updateGradInput(input, gradOutput)
  self.gradInput:resizeAs(input):copy(gradOutput)
  return self.gradInput:cmul(torch.expandAs(self.weight:view(1, -1), input)):mul(self.factor)
end

function Scale:accGradParameters(input, gradOutput, scale)
  scale = scale or 1
  self.buffer = self.buffer or input.new()
  self.buffer:resizeAs(input):cmul(input, gradOutput)
  self.gradWeight:add(scale * self.factor, self.buffer:sum(1):squeeze())
  self.gradBias:add(scale, gradOutput:sum(1):view(-1))
end

function Scale:clearState()
  nn.utils.clear(self, 'buffer')
  return parent.clearState(self)
end

function Scale:__tostring__()
  return torch.type(self) .. string.format('(%d)', self.weight:size(1))
end

local jacobian = nn.Jacobian

-- Runs the tester quietly; returns its errors.
local function errorsOf(tests)
  local tester, write, say = torch.Tester(), io.write, print
  tester:add(tests(tester))
  io.write, print = function() end, function() end -- luacheck: ignore 121 122
  pcall(tester.run, tester)
  io.write, print = write, say -- luacheck: ignore 121 122
  return #tester.errors, tester.countasserts
end

local function testsOf(make)
  return function(tester)
    local tests = {}
    function tests.Scale()
      local m = make()
      local input = torch.Tensor(3, 4):zero()
      tester:assertlt(jacobian.testJacobian(m, input), 1e-5, 'error on state')
      tester:assertlt(jacobian.testJacobianParameters(m, input, m.weight, m.gradWeight), 1e-5,
        'error on weight')
      tester:assertlt(jacobian.testJacobianParameters(m, input, m.bias, m.gradBias), 1e-5,
        'error on bias')
      local forward, backward = jacobian.testIO(m, input)
      tester:asserteq(forward, 0, torch.typename(m) .. ' - i/o forward err')
      tester:asserteq(backward, 0, torch.typename(m) .. ' - i/o backward err')
    end
    return tests
  end
end

test.case('torch.Tester and nn.Jacobian find it right, and find mistakes', function()
  torch.manualSeed(6)
  test.equal({errorsOf(testsOf(function() return nn.ScriptScale(4) end))}, {0, 5})
  test.equal({errorsOf(testsOf(function()
    local wrong = nn.ScriptScale(4)
    wrong.factor = 1.1
    return wrong
  end))}, {2, 5})
  test.equal({errorsOf(testsOf(function() return nn.Linear(4, 2) end))}, {0, 5})
end)

test.case('the matrices of a linear layer are its weights and its input', function()
  local linear, x = nn.Linear(3, 2), torch.Tensor {1, 2, 3}
  test.equal(jacobian.backward(linear, x):contiguous(), linear.weight:t():contiguous())
  test.near(jacobian.forward(linear, x), linear.weight:t():contiguous(), 1e-8)
  test.near(jacobian.forward(linear, x, linear.bias), torch.eye(2), 1e-8)
  test.near(jacobian.backward(linear, x, linear.weight, linear.gradWeight):t():reshape(12),
    {1, 2, 3, 0, 0, 0, 0, 0, 0, 1, 2, 3}, 1e-15)
end)

test.case('in a network, printed, saved, loaded', function()
  local net = nn.Sequential():add(nn.ScriptScale(3)):add(nn.Linear(3, 2))
  test.check(tostring(net):find('nn.ScriptScale(3)', 1, true))
  local x = torch.randn(2, 3)
  local y = net:forward(x):clone()
  net:backward(x, torch.ones(2, 2))
  test.equal(net:get(1).buffer:size():totable(), {2, 3})
  net:clearState()
  test.equal(net:get(1).buffer:dim(), 0)
  local path = test.folder() .. '/net.t7'
  torch.save(path, net)
  test.equal(torch.load(path):forward(x), y)
end)
