-- DotProduct: of each row of two matrices.
local test = require 'harness'
local nn = require 'nn'

local a, b = torch.randn(3, 400), torch.randn(3, 400)

test.case('values', function()
  local net = nn.DotProduct()
  local x, y = torch.Tensor {{1, 2}, {3, 4}}, torch.Tensor {{5, 6}, {7, 8}}
  test.equal(net:forward({x, y}), {17, 53})
  test.equal(net:forward({x[1], y[1]}), {17})
  test.equal(net:backward({x[1], y[1]}, torch.Tensor {2}), {{10, 12}, {2, 4}})
  local got = net:forward({a, b}):double()
  for i = 1, 3 do test.near(got[i], a[i]:double():dot(b[i]:double()), 1e-5) end
end)

test.case('gradients', function()
  test.gradients(nn.DotProduct(), {torch.randn(4, 5), torch.randn(4, 5)})
  test.gradients(nn.DotProduct(), {torch.randn(5, 4):t(), torch.randn(4, 5)})
  test.gradients(nn.DotProduct(), {torch.randn(5), torch.randn(5)})
  test.gradients(nn.DotProduct(), {torch.randn(1, 5), torch.randn(1, 5)})
end)

test.case('what is wrong is told', function()
  test.fails(function() nn.DotProduct():forward({a, b:t()}) end,
    'nn.DotProduct: input[2] is 400x3, input[1] is 3x400')
  test.fails(function() nn.DotProduct():forward({a}) end, 'want a table of 2 tensors')
  test.fails(function() nn.DotProduct():forward({a:view(1, 3, 400), b:view(1, 3, 400)}) end,
    'input[1] is 1x3x400, want 1 or 2 dimensions')
  local net = nn.DotProduct()
  net:forward({a, b})
  test.fails(function() net:backward({a[1], b[1]}, torch.ones(3)) end, 'in backward')
end)
