-- DepthConcat: outputs of several sizes joined, the smaller ones in the middle of zeros.
local test = require 'harness'
local nn = require 'nn'

test.case('values', function()
  local net = nn.DepthConcat(1):add(nn.Identity()):add(nn.Narrow(2, 2, 1))
    :add(nn.Sequential():add(nn.Narrow(2, 1, 2)):add(nn.Narrow(3, 1, 1)))
  local x = torch.range(1, 12):view(1, 3, 4)
  test.equal(net:forward(x), {
    {{1, 2, 3, 4}, {5, 6, 7, 8}, {9, 10, 11, 12}},
    {{0, 0, 0, 0}, {5, 6, 7, 8}, {0, 0, 0, 0}},
    {{0, 1, 0, 0}, {0, 5, 0, 0}, {0, 0, 0, 0}},
  })
  local gy = torch.ones(3, 3, 4)
  gy[{1, 1, 1}] = 7
  test.equal(net:backward(x, gy)[1], {{8, 1, 1, 1}, {3, 2, 2, 2}, {1, 1, 1, 1}})
end)

test.case('gradients', function()
  local net = nn.DepthConcat(2):add(nn.SpatialConvolution(2, 3, 1, 1))
    :add(nn.SpatialConvolution(2, 1, 3, 3)):add(nn.SpatialConvolution(2, 2, 2, 2))
  test.gradients(net, torch.randn(2, 2, 4, 5))
  test.gradients(net, torch.randn(2, 2, 5, 4):transpose(3, 4))
end)

test.case('the number of dimensions must be the same', function()
  local net = nn.DepthConcat(1):add(nn.Identity()):add(nn.Select(1, 1))
  test.fails(function() net:forward(torch.randn(2, 3, 4)) end, 'nn.DepthConcat(1)',
    'output of child 2 is 3x4, it does not fit that of child 1, 2x3x4')
end)

test.case('a smaller output first', function()
  local net = nn.DepthConcat(1):add(nn.SpatialConvolution(1, 1, 3, 3)):add(nn.Identity())
  local x = torch.randn(1, 5, 5)
  local y = net:forward(x)
  test.equal(y:size():totable(), {2, 5, 5})
  test.equal(y[2], x[1])
  test.equal(y[1][1], {0, 0, 0, 0, 0})
end)
