-- Replicate: the input several times, as a new dimension.
local test = require 'harness'
require 'nn'

local x = torch.DoubleTensor {{1, 2, 3}, {4, 5, 6}}

test.case('values', function()
  local layer = nn.Replicate(2):double()
  local y = layer:forward(x)
  test.equal(y, {{{1, 2, 3}, {4, 5, 6}}, {{1, 2, 3}, {4, 5, 6}}})
  test.equal(y:stride():totable(), {0, 3, 1}, 'nothing is copied')
  test.equal(layer:backward(x, torch.range(1, 12):double():view(2, 2, 3)),
    {{8, 10, 12}, {14, 16, 18}})
  test.equal(nn.Replicate(2, 2):double():forward(x), {{{1, 2, 3}, {1, 2, 3}},
    {{4, 5, 6}, {4, 5, 6}}})
  test.equal(nn.Replicate(2, 3):double():forward(x)[2], {{4, 4}, {5, 5}, {6, 6}})
end)

test.case('a batch', function()
  local layer = nn.Replicate(4, 1, 1):double()
  test.equal(layer:forward(x):size():totable(), {2, 4, 3})
  test.equal(layer:forward(x[1]):size():totable(), {4, 3})
end)

test.case('gradients', function()
  test.gradients(nn.Replicate(3), x)
  test.gradients(nn.Replicate(3, 2), x)
  test.gradients(nn.Replicate(3, 3), x)
  test.gradients(nn.Replicate(3, 1, 1), x)
  test.gradients(nn.Replicate(1), x[1])
end)

test.case('other strides', function()
  local layer = nn.Replicate(2, 2):double()
  test.equal(layer:forward(x:t())[1], {{1, 4}, {1, 4}})
  test.equal(layer:backward(x:t(), torch.range(1, 12):double():view(3, 2, 2)),
    {{4, 6}, {12, 14}, {20, 22}})
end)

test.case('bad arguments', function()
  test.fails(function() nn.Replicate() end, 'nn.Replicate', 'nfeatures is missing')
  test.fails(function() nn.Replicate(2, 4):double():forward(x) end, 'nn.Replicate(2, 4', '2x3',
    'no dimension 4')
  test.fails(function() nn.Replicate(2):forward(torch.zeros(1, 1, 1, 1, 1, 1, 1, 1)) end)
end)
