-- SelectTable: one of the tensors in a table.
local test = require 'harness'
local nn = require 'nn'

local a, b, c = torch.randn(2), torch.randn(3), torch.randn(4)

test.case('values', function()
  local net = nn.SelectTable(2)
  test.check(net:forward({a, b, c}) == b)
  local gx = net:backward({a, b, c}, b)
  test.check(gx[2] == b)
  test.equal({gx[1], gx[3]}, {{0, 0}, {0, 0, 0, 0}})
  test.check(nn.SelectTable(-1):forward({a, b, c}) == c)
  local inner = nn.SelectTable(1):forward({{a, c}, b})
  test.check(inner[2] == c)
end)

test.case('another one does not change what was the gradient', function()
  local net = nn.SelectTable(-1)
  net:forward({a, b})
  net:backward({a, b}, b)
  local kept = b:clone()
  net:forward({a, b, c})
  local gx = net:backward({a, b, c}, c)
  test.equal(b, kept)
  test.equal(gx[2], {0, 0, 0})
end)

test.case('gradients', function()
  test.gradients(nn.SelectTable(2), {a, b, c})
  test.gradients(nn.SelectTable(-2), {a, {b, {c}}, a})
  test.gradients(nn.SelectTable(1), {a, {b, {c}}})
end)

test.case('what is wrong is told', function()
  test.fails(function() nn.SelectTable(3):forward({a, b}) end,
    'nn.SelectTable(3): input is a table of 2 tensors')
  test.fails(function() nn.SelectTable(0):forward({a, b}) end, 'nn.SelectTable(0)')
  test.fails(function() nn.SelectTable(1):forward(a) end, 'input is 2, want a table')
  local net = nn.SelectTable(1)
  net:forward({a, b})
  test.fails(function() net:backward({b, a}, a) end, 'in backward')
end)
