-- CosineDistance: of each row of two matrices.
local test = require 'harness'
local nn = require 'nn'

test.case('values', function()
  local net = nn.CosineDistance():double()
  local a = torch.DoubleTensor {{1, 0}, {3, 4}, {1, 1}, {0, 0}}
  local b = torch.DoubleTensor {{5, 0}, {4, 3}, {-2, -2}, {1, 2}}
  test.near(net:forward({a, b}), {1, 24 / 25, -1, 0}, 1e-11)
  test.near(net:forward({a[2], b[2]}), {24 / 25}, 1e-12)
end)

test.case('gradients', function()
  test.gradients(nn.CosineDistance(), {torch.randn(4, 5), torch.randn(4, 5)})
  test.gradients(nn.CosineDistance(), {torch.randn(5, 4):t(), torch.randn(4, 5)})
  test.gradients(nn.CosineDistance(), {torch.randn(300), torch.randn(300)})
end)

test.case('sizes must be the same', function()
  test.fails(function() nn.CosineDistance():forward({torch.ones(2, 3), torch.ones(3)}) end,
    'nn.CosineDistance: input[2] is 3, input[1] is 2x3')
end)
