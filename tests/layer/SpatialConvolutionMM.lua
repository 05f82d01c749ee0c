-- SpatialConvolutionMM: SpatialConvolution with its weight as a matrix.
local test = require 'harness'
require 'nn'

test.case('as SpatialConvolution', function()
  local mm = nn.SpatialConvolutionMM(2, 3, 3, 2, 2, 1, 1):double()
  local conv = nn.SpatialConvolution(2, 3, 3, 2, 2, 1, 1):double()
  test.equal(mm.weight:size():totable(), {3, 12})
  conv.weight:view(3, 12):copy(mm.weight)
  conv.bias:copy(mm.bias)
  local x = torch.randn(4, 2, 5, 6):double()
  local gy = mm:forward(x):clone()
  test.equal(conv:forward(x), gy)
  mm:zeroGradParameters()
  conv:zeroGradParameters()
  test.equal(mm:backward(x, gy), conv:backward(x, gy))
  test.equal(mm.gradWeight, conv.gradWeight:view(3, 12))
  test.equal(mm.gradBias, conv.gradBias)
end)

test.case('gradients', function()
  test.gradients(nn.SpatialConvolutionMM(2, 3, 3, 2, 1, 2, 1, 0), torch.randn(2, 2, 4, 5))
  test.gradients(nn.SpatialConvolutionMM(2, 3, 3, 2), torch.randn(2, 4, 5))
end)

test.case('initialisation and print', function()
  local mm = nn.SpatialConvolutionMM(4, 50, 5, 5)
  test.check(mm.weight:abs():max() <= 0.1 and mm.weight:max() > 0.099, 'within 1/sqrt(100)')
  test.equal(tostring(mm), 'nn.SpatialConvolutionMM(4 -> 50, 5x5)')
  test.fails(function() mm:forward(torch.Tensor(3, 9, 9)) end,
    'nn.SpatialConvolutionMM(4 -> 50, 5x5): input has 3 planes')
end)
