-- JoinTable: tensors of a table joined along a dimension.
local test = require 'harness'
local nn = require 'nn'

local a, b = torch.randn(2, 3), torch.randn(2, 4)

test.case('values', function()
  local net = nn.JoinTable(2)
  test.equal(net:forward({a, b}), torch.cat(a, b, 2))
  test.equal(net:backward({a, b}, torch.cat(a, b, 2)), {a:totable(), b:totable()})
  test.equal(nn.JoinTable(-1):forward({a, b}), torch.cat(a, b, 2))
  test.equal(nn.JoinTable(1):forward({a, a}), torch.cat(a, a, 1))
end)

test.case('samples and batches', function()
  local net = nn.JoinTable(1, 1)
  test.equal(net:forward({a[1], b[1]}), torch.cat(a[1], b[1], 1))
  test.equal(net:forward({a, b}), torch.cat(a, b, 2))
end)

test.case('gradients', function()
  test.gradients(nn.JoinTable(2), {a, b, a})
  test.gradients(nn.JoinTable(1), {a:t(), b:t()})
  test.gradients(nn.JoinTable(1, 1), {a[1], b[2]})
end)

test.case('what is wrong is told', function()
  test.fails(function() nn.JoinTable(1):forward({a, b}) end, 'nn.JoinTable(1)', '2x4')
  test.fails(function() nn.JoinTable(1):forward({a, b[1]}) end, 'input[2] is 4, input[1] is 2x3')
  test.fails(function() nn.JoinTable(3):forward({a, b}) end, 'no dimension 3')
  local net = nn.JoinTable(2)
  local y = net:forward({a, b})
  test.fails(function() net:backward({a, a}, torch.ones(2, 6)) end, 'gradOutput is 2x6')
  test.fails(function() net:backward({b, b}, y) end, '2x7')
end)
