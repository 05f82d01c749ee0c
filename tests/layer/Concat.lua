-- Concat: the same input for each child, the outputs joined.
local test = require 'harness'
local nn = require 'nn'

local function branches()
  return nn.Concat(2):add(nn.Linear(4, 2)):add(nn.Identity())
    :add(nn.Sequential():add(nn.Linear(4, 3)):add(nn.Tanh()))
end

test.case('values', function()
  local net, x = branches(), torch.randn(5, 4)
  local y = net:forward(x)
  test.equal(y:size():totable(), {5, 9})
  test.equal(y:narrow(2, 1, 2):contiguous(), net:get(1).output)
  test.equal(y:narrow(2, 3, 4):contiguous(), x)
  test.equal(y:narrow(2, 7, 3):contiguous(), net:get(3).output)
end)

test.case('gradients', function()
  test.gradients(branches(), torch.randn(5, 4))
  test.gradients(branches(), torch.randn(4, 5):t())
  test.gradients(nn.Concat(-1):add(nn.Linear(4, 2)):add(nn.Linear(4, 1)), torch.randn(4))
  test.gradients(nn.Concat(1):add(nn.Tanh()):add(nn.View(1, -1)), torch.randn(1, 4))
  local images = nn.Concat(2):add(nn.SpatialConvolution(2, 3, 1, 1)):add(nn.Identity())
    :add(nn.SpatialMaxPooling(3, 3, 1, 1, 1, 1))
  test.gradients(images, torch.randn(2, 2, 4, 3))
end)

test.case('of a table', function()
  local net = nn.Concat(1):add(nn.Sequential():add(nn.ParallelTable():add(nn.Tanh())
    :add(nn.Tanh())):add(nn.Concat(1):add(nn.Identity()))):add(nn.Identity())
  test.fails(function() net:forward({torch.ones(2), torch.ones(2)}) end, '1.2: nn.Concat(1)',
    'output of child 1 is a table of 2 tensors')
end)

test.case('what is wrong is told', function()
  local x = torch.randn(5, 4)
  test.fails(function() nn.Concat(2):forward(x) end, 'nn.Concat(2) has no children')
  test.fails(function() nn.Concat(3):add(nn.Tanh()):forward(x) end, 'there is no dimension 3')
  test.fails(function() nn.Concat(1):add(nn.Tanh()):add(nn.Linear(4, 3)):forward(x) end,
    'nn.Concat(1): output of child 2 is 5x3, it does not fit that of child 1, 5x4')
end)

test.case('print', function()
  test.equal(tostring(nn.Concat(2):add(nn.Tanh()):add(nn.Sequential():add(nn.Tanh()))), [[
nn.Concat(2) {
  input
    |`-> (1): nn.Tanh
     `-> (2): nn.Sequential {
           (1): nn.Tanh
         }                     0
     ... -> output
}                              0 parameters]])
end)

test.case('a child whose output changed since forward', function()
  local net = nn.Concat(1):add(nn.View(-1)):add(nn.View(-1))
  net:forward(torch.ones(4))
  net:get(1).output = torch.ones(2, 2)
  test.fails(function() net:backward(torch.ones(4), torch.ones(8)) end,
    'nn.Concat(1): gradOutput is 8, output of child 1 is 2x2')
end)

test.case('children whose gradInputs do not fit each other', function()
  local Odd = torch.class('nn.CaseOddGrad', 'nn.Identity')
  function Odd.updateGradInput(_, _, gy) return gy:view(2, 2) end
  local net = nn.Concat(1):add(nn.Identity()):add(Odd())
  net:forward(torch.ones(4))
  test.fails(function() net:backward(torch.ones(4), torch.ones(8)) end,
    'nn.Concat(1): gradInput of child 2 is 2x2, of child 1 4')
end)
