--- utils.lua - nn.utils.

local test = require 'harness'
local nn = require 'nn'
local utils = nn.utils

test.case('recursiveType converts what has a type', function()
  local inner = {torch.FloatTensor {1, 2}, nn.Linear(2, 1), 'text', 3}
  local list = {inner, torch.FloatTensor {3}}
  test.check(utils.recursiveType(list, 'torch.DoubleTensor') == list and list[1] == inner)
  test.equal({inner[1]:type(), inner[2]:type(), inner[3], inner[4], list[2]:type()},
    {'torch.DoubleTensor', 'torch.DoubleTensor', 'text', 3, 'torch.DoubleTensor'})
  test.equal(inner[1], torch.DoubleTensor {1, 2})
  test.equal(utils.recursiveType(nn.MSECriterion(), 'torch.DoubleTensor'):type(),
    'torch.DoubleTensor')
end)

test.case('recursiveResizeAs and recursiveCopy give the form of the other', function()
  local b = {torch.rand(2, 3), {x = torch.rand(4)}}
  local kept = torch.zeros(1)
  local a, same = utils.recursiveResizeAs({kept, 5, torch.zeros(2)}, b)
  test.check(same == b and a[1] == kept)
  test.equal({#a, a[1]:size():totable(), a[2].x:size():totable()}, {2, {2, 3}, {4}})
  test.equal(utils.recursiveCopy(nil, b[1]), b[1])
  a = utils.recursiveCopy(a, b)
  test.equal({a[1], a[2].x}, {b[1], b[2].x})
  test.fails(function() utils.recursiveCopy({}, {1}) end, 'recursiveCopy', 'got number')
end)

test.case('recursiveFill and recursiveAdd', function()
  local a, b = {torch.zeros(2), {torch.zeros(1)}}, {torch.ones(2), {torch.ones(1)}}
  utils.recursiveFill(a, 3)
  utils.recursiveAdd(a, b)
  utils.recursiveAdd(a, 0.5, b)
  test.equal({a[1]:totable(), a[2][1]:totable()}, {{4.5, 4.5}, {4.5}})
  test.fails(function() utils.recursiveFill({'x'}, 0) end, 'recursiveFill', 'got string')
  test.fails(function() utils.recursiveAdd(a, {1}) end, 'recursiveAdd', 'got number')
  local two, three = {torch.ones(2), torch.ones(2)}, {torch.ones(2), torch.ones(3)}
  test.fails(function() utils.recursiveAdd(two, three) end, 'recursiveAdd', '2 elements', 'of 3')
  test.equal(two[1], {1, 1})
end)

test.case('addSingletonDimension and contiguousView', function()
  local x = torch.range(1, 6):view(2, 3)
  test.equal(utils.addSingletonDimension(x):size():totable(), {1, 2, 3})
  test.equal(utils.addSingletonDimension(x:t(), 2):select(2, 1), x:t())
  local view = torch.Tensor()
  test.check(utils.addSingletonDimension(view, x, 3) == view)
  view:fill(7)
  test.equal({view:size():totable(), x[2][3]}, {{2, 3, 1}, 7})
  x:copy(torch.range(1, 6))
  test.equal(utils.contiguousView(nil, x, 6):totable(), {1, 2, 3, 4, 5, 6})
  local output = torch.Tensor()
  test.check(utils.contiguousView(output, x:t(), -1) == output)
  test.equal(output:totable(), {1, 4, 2, 5, 3, 6})
end)

test.case('clear, in a layer of Lua and in one of the engine', function()
  local object = {a = torch.ones(2), b = {1}, c = 3, d = 4}
  test.check(utils.clear(object, 'a', 'b', 'c', 'missing') == object)
  test.equal({object.a:dim(), object.b, object.c, object.d}, {0, {}, nil, 4})
  local net = nn.Linear(2, 1)
  net:forward(torch.ones(2))
  utils.clear(net, {'output', 'gradInput'})
  test.equal({net.output:dim(), net:forward(torch.ones(2)):dim()}, {0, 1})
end)

test.case('a table that holds itself is refused', function()
  local cycle = {torch.zeros(2)}
  cycle[2] = cycle
  test.fails(function() utils.recursiveType(cycle, 'torch.DoubleTensor') end, 'recursiveType: the',
    'more than 100 deep')
  test.fails(function() utils.recursiveFill(cycle, 1) end, 'recursiveFill: the')
  test.fails(function() utils.recursiveAdd(cycle, cycle) end, 'recursiveAdd: the')
  test.fails(function() utils.recursiveCopy(nil, cycle) end, 'recursiveCopy: the')
  local losses = nn.MultiCriterion()
  test.fails(function() losses:backward(cycle, cycle) end, 'more than 100 deep')
end)

test.case('what fails half way changes no tensor', function()
  local list = {torch.zeros(2), nn.Linear(2, 2), {torch.zeros(1)}}
  test.fails(function() utils.recursiveType(list, 'torch.ByteTensor') end, 'Float or Double')
  test.equal({list[1]:type(), list[3][1]:type()}, {'torch.FloatTensor', 'torch.FloatTensor'})
  local tensors = {torch.zeros(2), torch.zeros(2)}
  for text, f in pairs {
    recursiveCopy = function() utils.recursiveCopy(tensors, {torch.ones(2), 5}) end,
    recursiveResizeAs = function() utils.recursiveResizeAs(tensors, {torch.ones(3), 5}) end,
    recursiveAdd = function() utils.recursiveAdd(tensors, {torch.ones(2), torch.ones(3)}) end,
    recursiveFill = function() utils.recursiveFill({tensors[1], 'x'}, 3) end,
    ['torch.DoubleTensor'] = function()
      utils.recursiveAdd(tensors, {torch.ones(2), torch.ones(2):double()})
    end,
  } do
    test.fails(f, text)
    test.equal(tensors, {torch.zeros(2), torch.zeros(2)}, text)
  end
end)
