-- Parallel: each slice to a child of its own.
local test = require 'harness'
local nn = require 'nn'

local function two() return nn.Parallel(2, 1):add(nn.Linear(3, 2)):add(nn.Identity()) end

test.case('values', function()
  local net, x = nn.Parallel(1, 2):add(nn.Identity()):add(nn.Linear(3, 2)), torch.randn(2, 4, 3)
  local y = net:forward(x)
  test.equal(y:size():totable(), {4, 5})
  test.equal(y:narrow(2, 1, 3):contiguous(), x[1])
  test.equal(y:narrow(2, 4, 2):contiguous(), net:get(2):forward(x[2]))
end)

test.case('gradients', function()
  test.gradients(two(), torch.randn(3, 2))
  test.gradients(two(), torch.randn(2, 3):t())
  local last = nn.Parallel(-1, -1):add(nn.Linear(3, 2)):add(nn.Linear(3, 1))
  test.gradients(last, torch.randn(4, 3, 2))
end)

test.case('what is wrong is told', function()
  test.fails(function() two():forward(torch.randn(3, 4)) end,
    'nn.Parallel(2, 1): input is 3x4, want 2 slices along dimension 2')
  test.fails(function() two():forward(torch.randn(3)) end, 'there is no dimension 2')
  test.fails(function() nn.Parallel(1, 1):forward(torch.randn(3, 2)) end, 'no children')
end)

test.case('without gradInput the children get their gradients all the same', function()
  local net, x = nn.Parallel(1, 1):add(nn.Linear(3, 2)):add(nn.Linear(3, 2)), torch.randn(2, 3)
  net.gradInput = nil
  net:forward(x)
  net:zeroGradParameters()
  test.equal(net:backward(x, torch.Tensor {1, 2, 3, 4}), nil)
  test.equal(net:get(1).gradBias, {1, 2})
  test.equal(net:get(2).gradBias, {3, 4})
end)
