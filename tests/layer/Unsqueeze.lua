-- Unsqueeze: a new dimension of size 1.
local test = require 'harness'
require 'nn'

local x = torch.randn(2, 3)

local function sizes(layer, input) return layer:forward(input):size():totable() end

test.case('sizes', function()
  test.equal(sizes(nn.Unsqueeze(1), x), {1, 2, 3})
  test.equal(sizes(nn.Unsqueeze(2), x), {2, 1, 3})
  test.equal(sizes(nn.Unsqueeze(3), x), {2, 3, 1})
  test.equal(sizes(nn.Unsqueeze(1, 1), x), {2, 1, 3}, 'a batch')
  test.equal(sizes(nn.Unsqueeze(1, 1), x[1]), {1, 3})
end)

test.case('gradients', function()
  test.gradients(nn.Unsqueeze(2), x)
  test.gradients(nn.Unsqueeze(2), torch.randn(3, 2):t())
end)

test.case('other strides', function()
  test.equal(nn.Unsqueeze(1):forward(x:t())[1], x:t():contiguous())
end)

test.case('the place must be there', function()
  test.fails(function() nn.Unsqueeze(4):forward(x) end, 'nn.Unsqueeze(4)', '2x3', 'dimension 4')
  test.fails(function() nn.Unsqueeze() end, 'pos is missing')
  test.fails(function() nn.Unsqueeze(1):forward(torch.zeros(1, 1, 1, 1, 1, 1, 1, 1)) end)
end)
