-- ParallelTable: each tensor of a table to a child of its own.
local test = require 'harness'
local nn = require 'nn'

local function two() return nn.ParallelTable():add(nn.Linear(3, 2)):add(nn.Tanh()) end
local x = {torch.randn(4, 3), torch.randn(5)}

test.case('values', function()
  local net = two()
  local y = net:forward(x)
  test.equal(#y, 2)
  test.equal(y[1], net:get(1):forward(x[1]))
  test.equal(y[2], x[2]:clone():tanh())
  local gx = net:backward(x, y)
  test.check(gx[1] == net:get(1).gradInput and gx[2] == net:get(2).gradInput)
end)

test.case('gradients', function()
  test.gradients(two(), x)
  test.gradients(two(), {torch.randn(3, 4):t(), torch.randn(3)})
  test.gradients(two():add(two()), {x[1], x[2], x})
end)

test.case('what is wrong is told', function()
  test.fails(function() two():forward(x[1]) end,
    'nn.ParallelTable: input is 4x3, want a table of 2 tensors')
  test.fails(function() two():forward({x[1], x[1], x[1]}) end,
    'input is a table of 3 tensors, want a table of 2 tensors')
  test.fails(function() two():forward({x[1], x}) end,
    '2: nn.Tanh: input is a table of 2 tensors, want a tensor')
  test.fails(function() nn.ParallelTable():forward(x) end, 'no children')
  local net = two()
  net:forward(x)
  test.fails(function() net:backward({x[1]}, net.output) end, 'want a table of 2 tensors')
end)

test.case('its own output as input', function()
  local net = nn.ParallelTable():add(nn.Tanh()):add(nn.Abs())
  local twice = nn.Sequential():add(net):add(net)
  test.equal(twice:forward(x)[1], net:get(1):clone():forward(torch.tanh(x[1])))
end)

test.case('a child that runs its container again is told apart', function()
  local Again, net = torch.class('nn.CaseAgain', 'nn.Module'), nn.ParallelTable()
  local runs = 0
  function Again.updateOutput(_, t)
    runs = runs + 1
    if runs == 1 then net:forward({t}) end
    return t
  end
  net:add(Again()):add(nn.Identity())
  test.fails(function() net:forward({x[1], x[2]}) end, 'input is a table of 1 tensor')
  test.check(net:forward({x[1], x[2]})[2] == x[2])
end)

test.case('without gradInput the children get their gradients all the same', function()
  local net = nn.ParallelTable():add(nn.Linear(3, 2)):add(nn.Tanh())
  local input = {torch.randn(3), torch.ones(1)}
  net.gradInput = nil
  net:forward(input)
  net:zeroGradParameters()
  test.equal(net:backward(input, {torch.Tensor {1, 2}, torch.ones(1)}), nil)
  test.equal(net:get(1).gradBias, {1, 2})
end)

test.case('a child more than gradOutput has parts', function()
  local net, one = nn.ParallelTable():add(nn.Tanh()):add(nn.Tanh()), torch.ones(2)
  net:forward({one, one})
  net:add(nn.Tanh())
  test.fails(function() net:backward({one, one, one}, {one, one}) end,
    'nn.ParallelTable: gradOutput is a table of 2 tensors, child 3 should get one too')
end)
