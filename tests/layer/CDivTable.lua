-- CDivTable: the quotient of two tensors.
local test = require 'harness'
local nn = require 'nn'

local a, b = torch.randn(3, 4), torch.randn(3, 4):abs():add(0.5)

test.case('values', function()
  test.equal(nn.CDivTable():forward({a, b}), a:clone():cdiv(b))
end)

test.case('gradients', function()
  test.gradients(nn.CDivTable(), {a, b})
  test.gradients(nn.CDivTable(), {a:t(), torch.rand(4, 3):add(0.5)})
  test.gradients(nn.CDivTable(), {a[1], b[1]})
end)

test.case('two tensors of the same sizes', function()
  test.fails(function() nn.CDivTable():forward({a, b, a}) end,
    'nn.CDivTable: input is a table of 3 tensors, want a table of 2 tensors')
  test.fails(function() nn.CDivTable():forward({a, b[1]}) end, 'input[2] is 4, input[1] is 3x4')
end)
