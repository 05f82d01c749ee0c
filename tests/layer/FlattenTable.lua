-- FlattenTable: the tensors of tables inside each other in one table.
local test = require 'harness'
local nn = require 'nn'
local system = require 'aelua.system'

local a, b, c = torch.randn(2), torch.randn(3), torch.randn(4)

test.case('values', function()
  local net = nn.FlattenTable()
  local y = net:forward({a, {b, {c}}, a})
  test.check(#y == 4 and y[1] == a and y[2] == b and y[3] == c and y[4] == a)
  local gx = net:backward({a, {b, {c}}, a}, {a, b, c, a})
  test.check(gx[1] == a and gx[2][1] == b and gx[2][2][1] == c and gx[3] == a)
end)

test.case('another structure', function()
  local net = nn.FlattenTable()
  for _, x in ipairs {{a, {b, c}}, {{a, b}, c}, {{{a}, b}, c}, {a, b, c}} do
    net:forward(x)
    local gx = net:backward(x, {a, b, c})
    test.equal(gx, x)
    test.equal(a:dim() + b:dim() + c:dim(), 3)
  end
end)

test.case('gradients', function()
  test.gradients(nn.FlattenTable(), {a, {b, {c}}, a})
end)

test.case('steps allocate nothing', function()
  local net, before = nn.FlattenTable()
  for i = 1, 10 do
    net:forward({a, {b, {c}}})
    net:backward({a, {b, {c}}}, {a, b, c})
    if i == 2 then before = system.memory() end
  end
  test.equal(system.memory(), before)
end)

test.case('what is wrong is told', function()
  test.fails(function() nn.FlattenTable():forward(a) end, 'nn.FlattenTable: input is 2, want')
  local net = nn.FlattenTable()
  local y = net:forward({a, {b}})
  test.fails(function() net:backward({a, {b, c}}, y) end, 'in backward')
end)
