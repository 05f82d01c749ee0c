-- Copy: a copy in the module's type.
local test = require 'harness'
require 'nn'

local x = torch.DoubleTensor {{1, 2, 3}, {4, 5, 0.5}}

test.case('values', function()
  local layer = nn.Copy():double()
  local y = layer:forward(x)
  y:fill(0)
  test.equal(x[1], {1, 2, 3}, 'the input')
  test.gradients(nn.Copy(), x)
end)

test.case('from one type to another', function()
  local net = nn.Sequential():add(nn.Copy()):add(nn.Linear(3, 2))
  local y = net:forward(x)
  test.equal(y:type(), 'torch.FloatTensor')
  local gx = net:backward(x, torch.ones(2, 2))
  test.equal(gx:type(), 'torch.DoubleTensor')
  test.near(gx[1][1], net:get(2).weight:sum(1)[1][1], 1e-6)
  test.equal(net:get(1):forward(x:t()), x:t():float():contiguous(), 'other strides')
end)

test.case('backward wants the input of forward', function()
  local layer = nn.Copy()
  layer:forward(x)
  test.fails(function() layer:backward(x:t(), torch.ones(2, 3)) end, 'nn.Copy', 'input is 3x2')
  test.fails(function() layer:forward(torch.Tensor()) end, 'nn.Copy', 'empty')
end)
