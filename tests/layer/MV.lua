-- MV: products of a matrix and a vector.
local test = require 'harness'
local nn = require 'nn'

test.case('values', function()
  local a, v = torch.randn(3, 4), torch.randn(4)
  test.equal(nn.MV():forward({a, v}), torch.mv(a, v))
  test.equal(nn.MV(true):forward({a:t():clone(), v}), torch.mv(a, v))
  local many, vectors = torch.randn(2, 3, 4), torch.randn(2, 4)
  local y = nn.MV():forward({many, vectors})
  for i = 1, 2 do test.equal(y[i], torch.mv(many[i], vectors[i])) end
end)

test.case('gradients', function()
  test.gradients(nn.MV(), {torch.randn(3, 4), torch.randn(4)})
  test.gradients(nn.MV(true), {torch.randn(3, 4), torch.randn(3)})
  test.gradients(nn.MV(), {torch.randn(4, 3):t(), torch.randn(4, 2):t()[1]})
  test.gradients(nn.MV(), {torch.randn(2, 3, 4), torch.randn(2, 4)})
  test.gradients(nn.MV(true), {torch.randn(2, 3, 4), torch.randn(2, 3)})
end)

test.case('what is wrong is told', function()
  local a = torch.randn(3, 4)
  test.fails(function() nn.MV():forward({a, torch.ones(3)}) end, 'nn.MV: no product of 3x4 and 3')
  test.fails(function() nn.MV(true):forward({a, torch.ones(4)}) end, '3x4 (transposed) and 4')
  test.fails(function() nn.MV():forward({a, a}) end, 'no product of 3x4 and 3x4')
end)
