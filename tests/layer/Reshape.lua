-- Reshape: other sizes for each sample.
local test = require 'harness'
require 'nn'

local function sizes(layer, ...) return layer:forward(torch.Tensor(...)):size():totable() end

test.case('the batch is told by the number of elements', function()
  test.equal(sizes(nn.Reshape(4, 3), 12), {4, 3})
  test.equal(sizes(nn.Reshape(4, 3), 2, 6), {4, 3})
  test.equal(sizes(nn.Reshape(4, 3), 5, 12), {5, 4, 3})
  test.equal(sizes(nn.Reshape(4, 3), 5, 2, 6), {5, 4, 3})
  test.equal(sizes(nn.Reshape(4, 3), 1, 12), {1, 4, 3}, 'a batch of one')
end)

test.case('or by batchMode', function()
  test.equal(sizes(nn.Reshape(4, 3, true), 5, 12), {5, 4, 3})
  test.equal(sizes(nn.Reshape(4, 3, false), 1, 12), {4, 3})
  test.fails(function() sizes(nn.Reshape(4, 3, false), 5, 12) end, 'nn.Reshape(4x3)', '5x12')
  test.fails(function() sizes(nn.Reshape(4, 3, true), 12) end, 'nn.Reshape(4x3)', 'batch')
end)

test.case('shares memory with a contiguous input, copies another', function()
  local layer, x = nn.Reshape(6), torch.randn(2, 3)
  layer:forward(x)[1] = 7
  test.equal(x[1][1], 7)
  local t = torch.randn(3, 2):t()
  test.equal(layer:forward(t), t:contiguous():view(6))
  test.equal(layer:backward(t, torch.range(1, 6)), {{1, 2, 3}, {4, 5, 6}})
end)

test.case('gradients', function()
  test.gradients(nn.Reshape(4, 3), torch.randn(2, 3, 4))
  test.gradients(nn.Reshape(4, 3), torch.randn(4, 3, 2):transpose(1, 3))
end)
