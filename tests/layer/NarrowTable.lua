-- NarrowTable: some consecutive tensors of a table.
local test = require 'harness'
local nn = require 'nn'

local a, b, c = torch.randn(2), torch.randn(3), torch.randn(4)

test.case('values', function()
  local net = nn.NarrowTable(2, 2)
  local y = net:forward({a, b, c})
  test.check(#y == 2 and y[1] == b and y[2] == c)
  local gx = net:backward({a, b, c}, {b, c})
  test.check(gx[2] == b and gx[3] == c)
  test.equal(gx[1], {0, 0})
  test.equal(#nn.NarrowTable(3):forward({a, b, c}), 1)
  test.equal(#nn.NarrowTable(2, -1):forward({a, b, c}), 2)
  test.equal(#nn.NarrowTable(1, -2):forward({a, b, c}), 2)
end)

test.case('gradients', function()
  test.gradients(nn.NarrowTable(2, 2), {a, b, c})
  test.gradients(nn.NarrowTable(1, 2), {a, {b, {c}}, c})
end)

test.case('what is wrong is told', function()
  test.fails(function() nn.NarrowTable(2, 2):forward({a, b}) end,
    'nn.NarrowTable(2, 2): input is a table of 2 tensors, there are none 2..3')
  local net = nn.NarrowTable(1, -1)
  net:forward({a, b})
  test.fails(function() net:backward({a}, {a, b}) end, 'in backward')
end)
