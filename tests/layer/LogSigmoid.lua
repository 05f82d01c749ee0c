-- LogSigmoid: log(1 / (1 + e^-x)).
local test = require 'harness'
require 'nn'

test.case('values and gradients', function()
  test.pointwise(nn.LogSigmoid, function(x) return -math.log(1 + math.exp(-x)) end,
    {-2, -0.5, 0.25, 0, 1, 3})
end)

test.case('far out', function()
  local layer, x = nn.LogSigmoid(), torch.Tensor {-1000, 1000}
  test.equal(layer:forward(x), {-1000, 0})
  test.near(layer:backward(x, torch.Tensor {1, 1}), {1, 0}, 1e-20)
end)
