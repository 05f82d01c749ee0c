-- PReLU: x if x > 0, else w x, with a trained w.
local test = require 'harness'
require 'nn'

local x = torch.DoubleTensor {{-2, -0.5, 0.25}, {0.5, 1, -3}}
local gy = torch.DoubleTensor {{1, 2, 3}, {4, 5, 6}}

test.case('one slope', function()
  local layer = nn.PReLU():double()
  test.equal(layer.weight, torch.DoubleTensor {0.25})
  layer.gradWeight[1] = 1
  test.equal(layer:forward(x), {{-0.5, -0.125, 0.25}, {0.5, 1, -0.75}})
  test.equal(layer:backward(x, gy, 2), {{0.25, 0.5, 3}, {4, 5, 1.5}})
  test.equal(layer.gradWeight, {1 + 2 * (-2 - 1 - 18)})
end)

test.case('a slope for each plane', function()
  local layer = nn.PReLU(3):double()
  layer.weight:copy(torch.DoubleTensor {0.1, 0.2, 0.3})
  layer.gradWeight:zero()
  test.near(layer:forward(x), {{-0.2, -0.1, 0.25}, {0.5, 1, -0.9}}, 1e-15)
  test.near(layer:backward(x, gy), {{0.1, 0.4, 3}, {4, 5, 1.8}}, 1e-15)
  test.equal(layer.gradWeight, {-2, -1, -18})
end)

test.case('gradients', function()
  test.gradients(nn.PReLU(), x)
  test.gradients(nn.PReLU(3), x)
  test.gradients(nn.PReLU(3), x[1])
  test.gradients(nn.PReLU(2), torch.randn(2, 3, 4))
  test.gradients(nn.PReLU(2), torch.randn(3, 2, 3, 4))
  test.gradients(nn.PReLU(), torch.randn(3, 2, 3, 4, 2))
end)

test.case('other strides', function()
  local layer, plain = nn.PReLU(3):double(), nn.PReLU(3):double()
  local strided = x:t():contiguous():t()
  for _, l in ipairs {layer, plain} do l.gradWeight:zero() end
  test.equal(layer:forward(strided):contiguous(), plain:forward(x))
  test.equal(layer:backward(strided, gy):contiguous(), plain:backward(x, gy))
  test.equal(layer.gradWeight, plain.gradWeight)
end)

test.case('the planes must be there', function()
  test.fails(function() nn.PReLU(4):double():forward(x) end, 'nn.PReLU(4)', 'input is 2x3',
    '4 in dimension 2')
  test.fails(function() nn.PReLU(2):forward(torch.zeros(1, 2, 1, 1, 1)) end, 'nn.PReLU(2)')
end)

test.case('planes that are not as many as the input has', function()
  test.fails(function() nn.PReLU(3):forward(torch.ones(2, 4)) end,
    'nn.PReLU(3): input is 2x4, want 3 in dimension 2')
end)
