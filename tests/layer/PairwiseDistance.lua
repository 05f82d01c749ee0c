-- PairwiseDistance: the p-norm of the difference of each row of two matrices.
local test = require 'harness'
local nn = require 'nn'

test.case('values', function()
  local a, b = torch.Tensor {{1, 2}, {3, 4}}, torch.Tensor {{4, 6}, {3, 4}}
  local net = nn.PairwiseDistance()
  test.equal(net:forward({a, b}), {5, 0})
  local gx = net:backward({a, b}, torch.Tensor {5, 1})
  test.near(gx[1], {{-3, -4}, {0, 0}}, 1e-6, 'and 0 for no distance')
  test.near(gx[2], {{3, 4}, {0, 0}}, 1e-6)
  test.equal(nn.PairwiseDistance(1):forward({a, b}), {7, 0})
  test.near(nn.PairwiseDistance(3):forward({a, b}), {91 ^ (1 / 3), 0}, 1e-6)
  test.equal(net:forward({a[1], b[1]}), {5})
end)

test.case('gradients', function()
  for _, p in ipairs {1, 2, 3, 1.5} do
    test.gradients(nn.PairwiseDistance(p), {torch.randn(4, 5), torch.randn(4, 5)})
    test.gradients(nn.PairwiseDistance(p), {torch.randn(5, 4):t(), torch.randn(4, 5)})
  end
  test.gradients(nn.PairwiseDistance(), {torch.randn(300), torch.randn(300)})
end)

test.case('what is wrong is told', function()
  test.fails(function() nn.PairwiseDistance(0.5) end, 'norm')
  test.fails(function() nn.PairwiseDistance(2):forward({torch.ones(2), torch.ones(3)}) end,
    'nn.PairwiseDistance(2): input[2] is 3, input[1] is 2')
end)
