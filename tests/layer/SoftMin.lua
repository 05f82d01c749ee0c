-- SoftMin: SoftMax of -x. Golden values from PyTorch.
local test = require 'harness'
require 'nn'

local x = torch.DoubleTensor {{-2, -0.5, 0.25}, {0.5, 1, 3}}

test.case('values', function()
  local softmin = nn.SoftMin():double()
  local copy = x:clone()
  test.near(softmin:forward(x), {{0.752711992304231, 0.167952747388487, 0.079335260307282},
    {0.592201070186159, 0.359188105782539, 0.0486108240313023}}, 1e-15)
  test.equal(x, copy, 'the input')
  test.near(softmin:backward(x, torch.DoubleTensor {{1, -1, 2}, {0.5, 3, -2}}),
    {{-0.193123492353645, 0.292813818999681, -0.0996903266460353},
    {0.459810496571476, -0.619081100628056, 0.15927060405658}}, 1e-14)
  test.equal(softmin:forward(x[2]):size():totable(), {3})
end)

test.case('gradients', function()
  test.gradients(nn.SoftMin(), x)
  test.gradients(nn.SoftMin(), x[1])
  test.gradients(nn.SoftMin(), torch.randn(3, 2, 2))
  test.gradients(nn.SoftMin(), torch.randn(2, 3, 2, 2))
end)

test.case('other strides', function()
  local layer, strided = nn.SoftMin():double(), x:t():contiguous():t()
  test.equal(layer:forward(strided):contiguous(), nn.SoftMin():double():forward(x))
end)

test.case('at most four dimensions', function()
  test.fails(function() nn.SoftMin():forward(torch.zeros(1, 2, 1, 1, 1)) end, 'nn.SoftMin',
    '1x2x1x1x1')
end)
