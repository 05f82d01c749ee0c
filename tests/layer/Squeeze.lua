-- Squeeze: dimensions of size 1 dropped.
local test = require 'harness'
require 'nn'

local function sizes(layer, ...) return layer:forward(torch.Tensor(...)):size():totable() end

test.case('sizes', function()
  test.equal(sizes(nn.Squeeze(), 1, 2, 1, 3), {2, 3})
  test.equal(sizes(nn.Squeeze(1), 1, 2, 1, 3), {2, 1, 3})
  test.equal(sizes(nn.Squeeze(2), 1, 2, 1, 3), {1, 2, 1, 3})
  test.equal(sizes(nn.Squeeze(), 1, 1), {1})
  test.equal(sizes(nn.Squeeze(1, 2), 4, 1, 3), {4, 3}, 'a batch')
  test.equal(sizes(nn.Squeeze(nil, 2), 1, 1, 3), {1, 3}, 'a batch of one stays one')
  test.equal(sizes(nn.Squeeze(nil, 2), 1, 3), {3})
end)

test.case('gradients', function()
  test.gradients(nn.Squeeze(), torch.randn(2, 1, 3))
  test.gradients(nn.Squeeze(2), torch.randn(3, 1, 2):transpose(1, 3))
end)

test.case('other strides', function()
  local x = torch.randn(3, 1, 2)
  test.equal(nn.Squeeze():forward(x:transpose(1, 3)), x:squeeze():t():contiguous())
end)

test.case('the dimension must be there', function()
  test.fails(function() sizes(nn.Squeeze(3), 1, 2) end, 'nn.Squeeze(3', '1x2', 'dimension 3')
end)
