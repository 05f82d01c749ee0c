-- LookupTable: a trained vector for each number.
local test = require 'harness'
require 'nn'

local function table_(...)
  local layer = nn.LookupTable(4, 2, ...):double()
  layer.weight:copy(torch.DoubleTensor {{1, 2}, {3, 4}, {5, 6}, {7, 8}})
  layer.gradWeight:zero()
  return layer
end

test.case('values', function()
  local layer, x = table_(), torch.LongTensor {3, 1, 3}
  test.equal(layer:forward(x), {{5, 6}, {1, 2}, {5, 6}})
  local gx = layer:backward(x, torch.DoubleTensor {{1, 2}, {3, 4}, {5, 6}}, 2)
  test.equal(gx, {0, 0, 0})
  test.equal(layer.gradWeight, {{6, 8}, {0, 0}, {12, 16}, {0, 0}})
end)

test.case('a batch, in any type', function()
  local layer = table_()
  for _, x in ipairs {torch.LongTensor {{3, 1, 3}, {2, 4, 4}}, torch.Tensor {{3, 1, 3}, {2, 4, 4}},
    torch.ByteTensor {{3, 2}, {1, 4}, {3, 4}}:t()} do
    test.equal(layer:forward(x), {{{5, 6}, {1, 2}, {5, 6}}, {{3, 4}, {7, 8}, {7, 8}}})
    layer.gradWeight:zero()
    layer:backward(x, torch.range(1, 12):double():view(2, 3, 2))
    test.equal(layer.gradWeight, {{3, 4}, {7, 8}, {6, 8}, {20, 22}})
  end
end)

test.case('the gradient by finite differences', function()
  local layer, x = nn.LookupTable(3, 2):double(), torch.LongTensor {2, 3, 2, 2}
  local gy = torch.randn(4, 2):double()
  layer:zeroGradParameters()
  layer:forward(x)
  layer:backward(x, gy)
  for k = 1, 3 do
    for j = 1, 2 do
      local before = layer:forward(x):dot(gy)
      layer.weight[k][j] = layer.weight[k][j] + 1e-4
      test.near((layer:forward(x):dot(gy) - before) / 1e-4, layer.gradWeight[k][j], 1e-8)
    end
  end
end)

test.case('a number that is not trained', function()
  local layer, x = table_(3), torch.LongTensor {3, 1, 3}
  test.equal(layer:forward(x), {{5, 6}, {1, 2}, {5, 6}})
  layer:backward(x, torch.DoubleTensor {{1, 2}, {3, 4}, {5, 6}})
  test.equal(layer.gradWeight, {{3, 4}, {0, 0}, {0, 0}, {0, 0}})
end)

test.case('vectors that are shortened', function()
  local layer = table_(0, 5)
  test.near(layer:forward(torch.LongTensor {2, 4, 2}),
    {{3, 4}, {35 / math.sqrt(113), 40 / math.sqrt(113)}, {3, 4}}, 1e-7)
  test.near(layer.weight[4]:norm(), 5, 1e-7)
  test.equal(layer.weight[3], {5, 6}, 'one that was not asked for')
  test.near(table_(0, 5, 1):forward(torch.LongTensor {2}), {{15 / 7, 20 / 7}}, 1e-7)
end)

test.case('a new one', function()
  local layer = nn.LookupTable(100, 50)
  test.near(layer.weight:mean(), 0, 0.05)
  test.near(layer.weight:std(), 1, 0.05)
  test.equal(tostring(layer), 'nn.LookupTable(100 -> 50)')
end)

test.case('in a network', function()
  local net = nn.Sequential():add(nn.LookupTable(5, 3)):add(nn.Mean(1, 2)):add(nn.Linear(3, 2))
  test.equal(net:forward(torch.LongTensor {{1, 5}, {2, 2}}):size():totable(), {2, 2})
  net:backward(torch.LongTensor {{1, 5}, {2, 2}}, torch.ones(2, 2))
end)

test.case('bad numbers', function()
  local layer = table_()
  test.fails(function() layer:forward(torch.LongTensor {1, 5}) end, 'nn.LookupTable(4 -> 2)',
    'element 2', '5', '1..4')
  test.fails(function() layer:forward(torch.LongTensor {0}) end, 'numbers start at 1')
  test.fails(function() layer:forward(torch.Tensor {1.5}) end, '1.5', 'whole number')
  test.fails(function() layer:forward(torch.LongTensor(1, 1, 1)) end, '1x1x1')
  layer:forward(torch.LongTensor {1, 2})
  test.fails(function() layer:backward(torch.LongTensor {1}, torch.ones(2, 2):double()) end,
    'input is 1 in backward')
end)

test.case('reset with a deviation', function()
  local layer = nn.LookupTable(100, 10)
  layer:reset(0.5)
  test.near(layer.weight:std(), 0.5, 0.05)
end)
