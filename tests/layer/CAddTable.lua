-- CAddTable: the sum of the tensors in a table.
local test = require 'harness'
local nn = require 'nn'
local system = require 'aelua.system'

local a, b, c = torch.randn(3, 4), torch.randn(3, 4), torch.randn(3, 4)

test.case('values', function()
  local net = nn.CAddTable()
  test.equal(net:forward({a, b, c}), a + b + c)
  local gx = net:backward({a, b, c}, c)
  test.equal(gx, {c:totable(), c:totable(), c:totable()})
  test.check(gx[1] ~= c and gx[2] ~= gx[1], 'copies')
  test.equal(net:forward({a}), a)
  test.check(net.output ~= a)
end)

test.case('gradients', function()
  test.gradients(nn.CAddTable(), {a, b, c})
  test.gradients(nn.CAddTable(), {a:t(), torch.randn(4, 3)})
  test.gradients(nn.CAddTable(), {torch.randn(3), torch.randn(3)})
end)

test.case('in place', function()
  local net, x = nn.CAddTable(true), a:clone()
  test.check(net:forward({x, b, c}) == x)
  test.equal(x, a + b + c)
  local gx = net:backward({x, b, c}, c)
  test.check(gx[1] == c and gx[3] == c)
end)

test.case('a residual block', function()
  local net = nn.Sequential():add(nn.ConcatTable():add(nn.Identity())
    :add(nn.Sequential():add(nn.Linear(4, 4)):add(nn.Tanh()))):add(nn.CAddTable())
  test.gradients(net, a)
  net:float()
  local before
  for i = 1, 10 do
    net:forward(a)
    net:backward(a, b)
    if i == 2 then before = system.memory() end
  end
  test.equal(system.memory(), before, 'memory')
end)

test.case('the same bits on any number of threads', function()
  local x, gy = {torch.randn(300, 77), torch.randn(77, 300):t()}, torch.randn(300, 77)
  local want, threads = {}, torch.getnumthreads()
  for _, n in ipairs {1, 3} do
    torch.setnumthreads(n)
    for _, name in ipairs {'CAddTable', 'CMulTable', 'CDivTable', 'CMaxTable'} do
      local net = nn[name]()
      local got = {net:forward(x), table.unpack(net:backward(x, gy))}
      want[name] = want[name] or got
      test.equal(got, want[name], name)
    end
  end
  torch.setnumthreads(threads)
end)

test.case('what is wrong is told', function()
  local net = nn.CAddTable()
  test.fails(function() net:forward(a) end, 'nn.CAddTable: input is 3x4, want a table of tensors')
  test.fails(function() net:forward({a, b:t()}) end,
    'nn.CAddTable: input[2] is 4x3, input[1] is 3x4')
  test.fails(function() net:forward({a, {b}}) end, 'input[2] is a table of 1 tensor, want a tensor')
  test.fails(function() net:forward({a, b:double()}) end, 'input[2] is a DoubleTensor')
  test.fails(function() net:forward({a, torch.Tensor()}) end, 'input[2] is empty')
  net:forward({a, b})
  test.fails(function() net:backward({a:t(), b:t()}, c) end, 'input is 4x3 in backward')
end)
