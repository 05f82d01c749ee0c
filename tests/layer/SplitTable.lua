-- SplitTable: a table of the input's slices.
local test = require 'harness'
local nn = require 'nn'
local system = require 'aelua.system'

local x = torch.randn(2, 3, 4)

test.case('values', function()
  local y = nn.SplitTable(2):forward(x)
  test.equal(#y, 3)
  for i = 1, 3 do test.equal(y[i], x:select(2, i)) end
  test.check(y[1]:storage() == x:storage(), 'views')
  test.equal(#nn.SplitTable(-1):forward(x), 4)
  test.equal(#nn.SplitTable(1, 2):forward(x), 3, 'of a batch')
  test.equal(#nn.SplitTable(1, 2):forward(x[1]), 3, 'of a sample')
end)

test.case('gradients', function()
  test.gradients(nn.SplitTable(2), x)
  test.gradients(nn.SplitTable(1), x:transpose(1, 3))
  test.gradients(nn.Sequential():add(nn.SplitTable(1)):add(nn.JoinTable(1)), x)
end)

test.case('steps allocate nothing', function()
  local net, before = nn.Sequential():add(nn.SplitTable(2)):add(nn.CAddTable())
  for i = 1, 10 do
    net:backward(x, net:forward(x))
    if i == 2 then before = system.memory() end
  end
  test.equal(system.memory(), before)
end)

test.case('what is wrong is told', function()
  test.fails(function() nn.SplitTable(1):forward(x[1][1]) end,
    'nn.SplitTable(1): input is 4, it has no slices along dimension 1')
  test.fails(function() nn.SplitTable(4):forward(x) end, 'no dimension 4')
  local net = nn.SplitTable(1)
  local y = net:forward(x)
  test.fails(function() net:backward(x:narrow(1, 1, 1), y) end, 'in backward')
  test.fails(function() net:backward(x:narrow(2, 1, 1), y) end, 'in backward')
end)
