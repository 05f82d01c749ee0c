-- CMulTable: the product of the tensors in a table.
local test = require 'harness'
local nn = require 'nn'

local a, b, c = torch.randn(3, 4), torch.randn(3, 4), torch.randn(3, 4)

test.case('values', function()
  local net = nn.CMulTable()
  test.equal(net:forward({a, b, c}), torch.cmul(torch.cmul(a, b), c))
  test.equal(net:forward({a}), a)
  local x, zero, gy = torch.Tensor {2, 3}, torch.Tensor {0, 5}, torch.Tensor {1, 10}
  net:forward({x, zero, x})
  test.equal(net:backward({x, zero, x}, gy), {{0, 150}, {4, 90}, {0, 150}}, 'beside a zero')
end)

test.case('gradients', function()
  test.gradients(nn.CMulTable(), {a})
  test.gradients(nn.CMulTable(), {a, b})
  test.gradients(nn.CMulTable(), {a, b, c})
  test.gradients(nn.CMulTable(), {a, b, c, a, b})
  test.gradients(nn.CMulTable(), {a:t(), torch.randn(4, 3)})
end)

test.case('sizes must be the same', function()
  test.fails(function() nn.CMulTable():forward({a, b[1]}) end,
    'nn.CMulTable: input[2] is 4, input[1] is 3x4')
end)
