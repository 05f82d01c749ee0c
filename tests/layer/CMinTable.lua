-- CMinTable: the smallest element at each place.
local test = require 'harness'
local nn = require 'nn'

local a, b, c = torch.Tensor {1, 5, 2}, torch.Tensor {3, 0, 2}, torch.Tensor {-1, 4, 2}

test.case('values', function()
  local net = nn.CMinTable()
  test.equal(net:forward({a, b, c}), {-1, 0, 2})
  test.equal(net:backward({a, b, c}, torch.ones(3)), {{0, 0, 1}, {0, 1, 0}, {1, 0, 0}}, 'the first')
  local x = {torch.randn(50, 40), torch.randn(40, 50):t(), torch.randn(50, 40)}
  local want = x[1]:clone()
  for i = 2, 3 do want:cmin(x[i]) end
  test.equal(net:forward(x), want)
  local nan = net:forward({a, torch.Tensor {0, 0 / 0, 0}, c})[2]
  test.check(nan ~= nan)
end)

test.case('gradients', function()
  test.gradients(nn.CMinTable(), {torch.randn(3, 4), torch.randn(3, 4), torch.randn(3, 4)})
  test.gradients(nn.CMinTable(), {torch.randn(3, 4):t(), torch.randn(4, 3)})
  test.gradients(nn.CMinTable(), {torch.randn(3)})
end)

test.case('sizes must be the same', function()
  local net = nn.CMinTable()
  test.fails(function() net:forward({a, torch.ones(2)}) end,
    'nn.CMinTable: input[2] is 2, input[1] is 3')
  net:forward({a, b})
  test.fails(function() net:backward({torch.ones(2), torch.ones(2)}, a) end, 'in backward')
end)
