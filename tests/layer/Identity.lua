-- Identity: output is the input itself.
local test = require 'harness'
require 'nn'

test.case('nothing is copied', function()
  local identity, x, gy = nn.Identity(), torch.randn(2, 3), torch.randn(2, 3)
  test.check(identity:forward(x) == x, 'output is the input')
  test.check(identity:backward(x, gy) == gy, 'gradInput is gradOutput')
end)

test.case('clearState leaves the input alone', function()
  local identity, x = nn.Identity(), torch.ones(2)
  identity:forward(x)
  identity:clearState()
  test.equal(x, {1, 1})
  test.equal(identity.output:dim(), 0)
end)

test.case('gradients', function()
  test.gradients(nn.Identity(), torch.randn(2, 3))
end)
