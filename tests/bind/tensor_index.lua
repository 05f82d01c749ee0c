-- x[i], x[{...}], x[mask], read and assigned.
local test = require 'harness'

local function numbered(rows, columns) return torch.range(1, rows * columns):view(rows, columns) end

test.case('a number gives an element or a slice', function()
  local x = numbered(3, 4)
  test.equal(x[2], {5, 6, 7, 8})
  test.equal(x[2][3], 7.0)
  test.equal(x[-1], {9, 10, 11, 12})
  test.equal(x[-1][-2], 11.0)
  x[1][2] = 50
  test.equal(x[{1, 2}], 50.0)
end)

test.case('out of range is an error that names the range', function()
  local x = numbered(3, 4)
  test.fails(function() return x[4] end, 'index 4 is out of range 1..3')
  test.fails(function() return x[0] end, 'index 0 is out of range 1..3')
  test.fails(function() return x[-4] end, 'index -4 is out of range 1..3')
  test.fails(function() return x[2][5] end, 'index 5 is out of range 1..4')
  test.fails(function() return x[{1, 5}] end, 'index 5 is out of range 1..4')
  test.fails(function() x[1][5] = 0 end, 'index 5 is out of range 1..4')
  test.fails(function() return x[{1, 1, 1}] end, '3 indices', '2 dimensions')
  test.fails(function() return x[1.5] end, 'no integer representation')
  test.fails(function() return torch.Tensor()[1] end, 'empty')
end)

test.case('a list: numbers select, ranges narrow', function()
  local x = numbered(3, 4)
  test.equal(x[{2, 3}], 7.0)
  test.equal(x[{{}, 3}], {3, 7, 11})
  test.equal(x[{{2, 3}, {1, 2}}], {{5, 6}, {9, 10}})
  test.equal(x[{{2}, {}}], {{5, 6, 7, 8}})
  test.equal(x[{{2}, 3}], {7})
  test.equal(x[{2, {3}}], {7})
  test.equal(x[{{-2, -1}, -1}], {8, 12})
  test.equal(x[{2}], {5, 6, 7, 8})
  test.equal(x[{{2, 2}}]:size():totable(), {1, 4})
  test.equal(torch.range(1, 5)[{{2, 3}}], {2, 3})
  test.fails(function() return x[{{3, 2}}] end, 'empty range {3,2}')
  test.fails(function() return x[{{1, 2, 3}}] end, 'not 3 numbers')
  test.fails(function() return x[{'a'}] end, 'number expected, got string')
end)

test.case('slices are views, transposed or not', function()
  local x = numbered(3, 4)
  x[{{}, 2}]:fill(0)
  test.equal(x, {{1, 0, 3, 4}, {5, 0, 7, 8}, {9, 0, 11, 12}})
  local y = x:t()
  test.equal(y[3], {3, 7, 11})
  test.equal(y[{{3, 4}, 2}], {7, 8})
end)

test.case('assigning numbers and tensors', function()
  local x = torch.zeros(3, 4)
  x[2] = 5
  test.equal(x, {{0, 0, 0, 0}, {5, 5, 5, 5}, {0, 0, 0, 0}})
  x[{{1, 2}, {2, 3}}] = 7
  test.equal(x[1], {0, 7, 7, 0})
  x[{{}, 1}] = torch.Tensor{1, 2, 3}
  test.equal(x[{{}, 1}], {1, 2, 3})
  x[{3, {}}] = torch.LongTensor{9, 8, 7, 6}
  test.equal(x[3], {9, 8, 7, 6})
  x[{2, 4}] = torch.Tensor{3}
  test.equal(x[{2, 4}], 3.0)
  test.fails(function() x[1] = torch.Tensor{1, 2} end, '2 elements', '4')
  test.fails(function() x[1] = 'a' end, 'number expected, got string')
  test.fails(function() x.weight = 1 end, "no field 'weight'")
end)

test.case('a mask selects and assigns', function()
  local x = numbered(2, 3)
  local mask = x:gt(2)
  test.equal(x[mask], {3, 4, 5, 6})
  x[mask] = 0
  test.equal(x, {{1, 2, 0}, {0, 0, 0}})
  x[x:eq(0)] = torch.Tensor{9, 8, 7, 6}
  test.equal(x, {{1, 2, 9}, {8, 7, 6}})
  test.fails(function() return x[torch.ByteTensor{1}] end, 'mask')
end)

test.case('a LongStorage is a place', function()
  local x = numbered(2, 3)
  test.equal(x[torch.LongStorage{2, 1}], 4.0)
  x[torch.LongStorage{2, 1}] = 0
  test.equal(x[2][1], 0.0)
end)

test.case('a name that is none is an error that names the nearest', function()
  local x = torch.Tensor(2)
  test.fails(function() return x:naroww(1) end,
             "torch.FloatTensor has no method 'naroww'", "did you mean 'narrow'?")
  test.fails(function() return x:size_() end, "no method 'size_'", "'size'")
  local message = test.fails(function() return x.qwertyuiop end, "no method 'qwertyuiop'")
  test.check(not message:find('did you mean', 1, true), 'nothing is near')
end)
