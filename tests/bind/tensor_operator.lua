-- Operators make new tensors; * is the matrix product.
local test = require 'harness'

test.case('with numbers on either side', function()
  local x = torch.Tensor{2, 4}
  test.equal(x + 1, {3, 5})
  test.equal(1 + x, {3, 5})
  test.equal(x - 1, {1, 3})
  test.equal(1 - x, {-1, -3})
  test.equal(x * 3, {6, 12})
  test.equal(3 * x, {6, 12})
  test.equal(x / 2, {1, 2})
  test.equal(8 / x, {4, 2})
  test.equal(-x, {-2, -4})
  test.equal(x, {2, 4}, 'x itself')
end)

test.case('with tensors', function()
  local x, y = torch.Tensor{2, 4}, torch.Tensor{1, 8}
  test.equal(x + y, {3, 12})
  test.equal(x - y, {1, -4})
  test.equal(x / y, {2, 0.5})
  test.fails(function() return x + torch.Tensor(3) end, '2', '3')
  test.fails(function() return x + 'a' end, 'tensor expected, got string')
end)

test.case('products of matrices and vectors', function()
  local a, b = torch.Tensor{{1, 2}, {3, 4}}, torch.Tensor{{5, 6}, {7, 8}}
  local x = torch.Tensor{1, 10}
  test.equal(a * b, {{19, 22}, {43, 50}})
  test.equal(a * x, {21, 43})
  test.equal(x * x, 101.0)
  test.equal(a:t() * x, {31, 42})
  test.fails(function() return a * torch.Tensor(3, 2) end, '2x2', '3x2')
  test.fails(function() return x * a end, '1 and 2 dimensions')
end)

test.case('== is identity, as in Torch', function()
  local x = torch.Tensor{1}
  test.check(x == x and x ~= x:clone() and x ~= torch.Tensor(x))
end)
