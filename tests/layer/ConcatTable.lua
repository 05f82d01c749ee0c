-- ConcatTable: the same input for each child, a table of outputs.
local test = require 'harness'
local nn = require 'nn'
local system = require 'aelua.system'

local function three()
  return nn.ConcatTable():add(nn.Linear(4, 2)):add(nn.Identity())
    :add(nn.Sequential():add(nn.Linear(4, 3)):add(nn.Tanh()))
end

test.case('values', function()
  local net, x = three(), torch.randn(5, 4)
  local y = net:forward(x)
  test.equal(#y, 3)
  test.equal(y[1], net:get(1):forward(x))
  test.check(y[2] == x, 'Identity copies nothing')
  test.check(y[3] == net:get(3).output)
  local gy = {torch.randn(5, 2), torch.randn(5, 4), torch.randn(5, 3)}
  local gx = net:backward(x, gy)
  test.check(net:get(2).gradInput == gy[2])
  test.equal(gx, net:get(1).gradInput + gy[2] + net:get(3).gradInput)
end)

test.case('gradients', function()
  test.gradients(three(), torch.randn(5, 4))
  test.gradients(three(), torch.randn(4))
  test.gradients(three(), torch.randn(4, 5):t())
  test.gradients(nn.ConcatTable():add(nn.Linear(4, 2)), torch.randn(5, 4))
end)

test.case('tables go in, and are inside', function()
  local net = nn.ConcatTable():add(nn.Identity())
    :add(nn.ParallelTable():add(nn.Linear(2, 3)):add(three()))
  test.gradients(net, {torch.randn(5, 2), torch.randn(5, 4)})
end)

test.case('a child written in Lua', function()
  local Twice = torch.class('nn.CaseDouble', 'nn.Module')
  function Twice.updateOutput(_, x) return {x, x * 2} end
  function Twice.updateGradInput(_, _, gy) return gy[1] + gy[2] * 2 end
  test.gradients(three():add(Twice()), torch.randn(5, 4))
end)

test.case('as the first layer of a net, gradInput unwanted', function()
  local net, x = nn.Sequential():add(three()), torch.randn(5, 4)
  local gy = net:forward(x)
  net:zeroGradParameters()
  net:backward(x, gy)
  local _, want = net:clone('gradWeight', 'gradBias'):parameters()
  for i, gradient in ipairs(want) do want[i] = gradient:clone() end
  net:zeroGradParameters()
  net.gradInput = nil
  net:forward(x)
  test.equal(net:backward(x, gy), nil)
  local _, got = net:parameters()
  test.equal(got, want)
end)

test.case('what is wrong is told', function()
  local x = torch.randn(5, 4)
  test.fails(function() nn.ConcatTable():forward(x) end, 'nn.ConcatTable has no children')
  test.fails(function() three():forward(torch.randn(5, 3)) end, '1: nn.Linear(4 -> 2)')
  local net = three()
  net:forward(x)
  test.fails(function() net:backward(x, {x, x}) end,
    'gradOutput is a table of 2 tensors, the output was a table of 3 tensors')
  local odd = nn.ConcatTable():add(nn.Identity()):add(nn.Identity())
  odd:forward(x)
  odd:backward(x, {x, x})
  odd:get(2).gradInput = nil
  test.fails(function() odd:backward(x, {x, x}) end, 'gradInput of child 2 is nil')
end)

test.case('clone, types, clearState, print', function()
  local net, x = three(), torch.randn(5, 4)
  local want = net:forward(x)[3]:clone()
  test.equal(net:clone():forward(x)[3], want)
  test.equal(net:double():forward(x:double())[3]:type(), 'torch.DoubleTensor')
  test.equal(net:clearState().output:dim(), 0)
  test.equal(nn.Sequential():add(net):__tostring__(), [[
nn.Sequential {
  (1): nn.ConcatTable {
    input
      |`-> (1): nn.Linear(4 -> 2)    10
      |`-> (2): nn.Identity
       `-> (3): nn.Sequential {
             (1): nn.Linear(4 -> 3)  15
             (2): nn.Tanh
           }                         15
       ... -> output
  }                                  25
}                                    25 parameters]])
end)

test.case('steps allocate nothing', function()
  local net, x, before = three(), torch.randn(5, 4)
  local gy
  for i = 1, 10 do
    local y = net:forward(x)
    gy = gy or {y[1]:clone(), y[2]:clone(), y[3]:clone()}
    net:backward(x, gy)
    if i == 2 then before = system.memory() end
  end
  test.equal(system.memory(), before)
end)
