-- View: a view with other sizes; what they leave over is the batch.
local test = require 'harness'
require 'nn'

local function sizes(layer, ...) return layer:forward(torch.Tensor(...)):size():totable() end

test.case('what is left is the batch', function()
  test.equal(sizes(nn.View(12), 3, 4), {12})
  test.equal(sizes(nn.View(12), 5, 3, 4), {5, 12})
  test.equal(sizes(nn.View(2, 6), 5, 3, 4), {5, 2, 6})
  test.equal(sizes(nn.View(12), 1, 3, 4), {12}, 'a batch of one is not told from none')
end)

test.case('-1 takes what is left', function()
  test.equal(sizes(nn.View(-1), 3, 4), {12})
  test.equal(sizes(nn.View(-1, 12), 5, 3, 4), {5, 12})
  test.equal(sizes(nn.View(4, -1), 3, 4), {4, 3})
end)

test.case('setNumInputDims says what a sample is', function()
  test.equal(sizes(nn.View(-1):setNumInputDims(2), 5, 3, 4), {5, 12})
  test.equal(sizes(nn.View(12):setNumInputDims(2), 1, 3, 4), {1, 12})
  test.equal(sizes(nn.View(-1):setNumInputDims(2), 3, 4), {12})
end)

test.case('what does not fit', function()
  test.fails(function() sizes(nn.View(5), 3, 4) end, 'nn.View(5)', '3x4', 'no multiple of 5')
  test.fails(function() nn.View(-1, -1) end, 'nn.View', 'one may be -1')
  test.fails(function() nn.View(0) end, 'nn.View', 'positive')
end)

test.case('backward has the input\'s sizes', function()
  local layer, x = nn.View(-1), torch.randn(4, 3):t()
  layer:forward(x)
  test.equal(layer:backward(x, torch.range(1, 12)),
    {{1, 2, 3, 4}, {5, 6, 7, 8}, {9, 10, 11, 12}})
end)

test.case('gradients', function()
  test.gradients(nn.View(6), torch.randn(2, 2, 3))
end)
