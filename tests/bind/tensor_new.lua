-- Making tensors: torch.Tensor and its kin, set, and those filled by a rule.
local test = require 'harness'

local types = {'Float', 'Double', 'Long', 'Byte', 'Char', 'Short', 'Int'}

test.case('sizes as numbers, as a LongStorage; none at all', function()
  for _, name in ipairs(types) do
    local class = torch[name .. 'Tensor']
    test.equal(class(2, 3):size():totable(), {2, 3})
    test.equal(class(torch.LongStorage{4, 1, 2}):size():totable(), {4, 1, 2})
    test.equal(class():dim(), 0)
    test.equal(class(2):type(), 'torch.' .. name .. 'Tensor')
  end
end)

test.case('nested tables give sizes and elements', function()
  local x = torch.Tensor{{1, 2, 3}, {4, 5, 6}}
  test.equal(x:size():totable(), {2, 3})
  for i = 1, 2 do
    for j = 1, 3 do test.equal(x[i][j], 3.0 * (i - 1) + j) end
  end
  test.equal(torch.Tensor{{{1}, {2}}}:size():totable(), {1, 2, 1})
  test.equal(torch.Tensor{7}:size():totable(), {1})
  test.equal(torch.Tensor{}:nElement(), 0)
  test.equal(torch.ByteTensor{true, false}, {1, 0})
end)

test.case('a table that is no box of numbers is refused, with the place', function()
  test.fails(function() return torch.Tensor{{1, 2}, {3}} end, 'ragged', '[2]', '1 elements, want 2')
  test.fails(function() return torch.Tensor{{1, 2}, {3, 'x'}} end, '[2][2]', 'string', 'number')
  test.fails(function() return torch.Tensor{{1, 2}, 3} end, '[2]', 'number', 'want a table')
  test.fails(function() return torch.Tensor{1, {2}} end, '[2]', 'table', 'want a number')
end)

test.case('integers of 64 bits stay exact', function()
  local big = (1 << 62) + 1
  local x = torch.LongTensor{big, math.mininteger, math.maxinteger}
  test.equal(x[1], big)
  test.equal(x:totable(), {big, math.mininteger, math.maxinteger})
  test.equal(math.type(x[1]), 'integer')
  test.equal(math.type(torch.ByteTensor{3}[1]), 'integer')
  test.equal(math.type(torch.FloatTensor{3}[1]), 'float')
  x[2] = big - 2
  test.equal(x[2], big - 2)
  test.equal(torch.range(torch.LongTensor(), big, big + 4, 2), {big, big + 2, big + 4})
  test.equal(torch.range(torch.LongTensor(), math.maxinteger, math.maxinteger - 1, -1),
             {math.maxinteger, math.maxinteger - 1})
  test.fails(function() torch.range(torch.LongTensor(), 2, 1) end, 'range: from 2 to 1')
end)

test.case('small integers wrap around, and are cut where they come from reals', function()
  for name, bits in pairs {Char = 8, Short = 16, Int = 32} do
    local high = (1 << bits - 1) - 1
    local x = torch[name .. 'Tensor']{high, -high - 1, -1}
    test.equal(x:totable(), {high, -high - 1, -1}, name)
    test.equal(math.type(x[1]), 'integer')
    x[1] = high + 1
    test.equal(x[1], -high - 1, name)
    test.equal(torch.DoubleTensor{2.9, -2.9, 1e30, -1e30, 0 / 0}:type(x:type()),
               {2, -2, high, -high - 1, 0}, name)
    test.equal(torch.LongTensor{(1 << bits) + 5}:type(x:type()), {5}, name)
    test.equal(x:double():typeAs(x), x)
  end
  local x = torch.Tensor{1.5, -1.5}
  test.equal({x:char():type(), x:short():type(), x:int():type()},
             {'torch.CharTensor', 'torch.ShortTensor', 'torch.IntTensor'})
  test.equal(x:int(), {1, -1})
  test.fails(function() torch.setdefaulttensortype('torch.IntTensor') end,
             'the default type is Float or Double, not Int')
  test.fails(function() x:type('torch.HalfTensor') end, 'unknown tensor type')
end)

test.case('a tensor from a tensor sees the same memory', function()
  local x = torch.Tensor{1, 2, 3}
  local y = torch.Tensor(x)
  y[2] = 9
  test.equal(x[2], 9.0)
  test.check(x:isSetTo(y), 'isSetTo')
  test.fails(function() return torch.DoubleTensor(torch.FloatTensor(2)) end, 'Double', 'Float')
end)

test.case('a tensor over a storage', function()
  local s = torch.FloatStorage{1, 2, 3, 4, 5, 6}
  test.equal(torch.FloatTensor(s), {1, 2, 3, 4, 5, 6})
  test.equal(torch.FloatTensor(s, 3), {3, 4, 5, 6})
  test.equal(torch.FloatTensor(s, 2, 3), {2, 3, 4})
  test.equal(torch.FloatTensor(s, 2, torch.LongStorage{2, 2}), {{2, 3}, {4, 5}})
  test.equal(torch.FloatTensor(s, 1, 2, 1, 3, 2), {{1, 3, 5}, {2, 4, 6}})
  local sizes, strides = torch.LongStorage{3, 2}, torch.LongStorage{1, 3}
  test.equal(torch.FloatTensor(s, 1, sizes, strides), {{1, 4}, {2, 5}, {3, 6}})
  local numbers = torch.LongTensor(torch.LongStorage{7, 8, 9}, 1, 3)
  test.equal(numbers, torch.LongTensor{7, 8, 9})
  test.fails(function() return torch.FloatTensor(s, 5, 3) end, 'elements 5..7 of a storage with 6')
  test.fails(function() return torch.DoubleTensor(s) end, 'Double', 'FloatStorage')
end)

test.case('x.new makes tensors of the type of x', function()
  for _, name in ipairs(types) do
    local x = torch[name .. 'Tensor'](2)
    test.equal(x.new(3, 4):type(), x:type())
    test.equal(x.new{1, 2}, torch[name .. 'Tensor']{1, 2})
    test.check(x:new():isSetTo(x), 'x:new() sees the memory of x')
  end
end)

test.case('set', function()
  local x, y = torch.Tensor(2, 2), torch.Tensor{1, 2, 3}
  test.check(rawequal(x:set(y), x), 'set returns x')
  test.check(x:isSetTo(y))
  x:set(y:storage(), 2, 2)
  test.equal(x, {2, 3})
  local sizes, strides = torch.LongStorage {1, 2}, torch.LongStorage {1}
  test.fails(function() x:set(y:storage(), 1, sizes, strides) end, '2 sizes and 1 strides')
  test.equal(x, {2, 3})
  test.equal(x:set():dim(), 0)
end)

test.case('the default type', function()
  test.equal(torch.getdefaulttensortype(), 'torch.FloatTensor')
  torch.setdefaulttensortype('torch.DoubleTensor')
  test.equal(torch.Tensor(1):type(), 'torch.DoubleTensor')
  test.equal(torch.zeros(1):type(), 'torch.DoubleTensor')
  test.equal(torch.rand(1):type(), 'torch.DoubleTensor')
  torch.setdefaulttensortype('torch.FloatTensor')
  test.equal(torch.Tensor(1):type(), 'torch.FloatTensor')
  test.fails(function() torch.setdefaulttensortype('torch.LongTensor') end, 'Float or Double')
  test.fails(function() torch.setdefaulttensortype('torch.HalfTensor') end, 'torch.HalfTensor')
end)

test.case('sizes are checked', function()
  test.fails(function() return torch.Tensor(-1) end, 'size 1 is -1')
  test.fails(function() return torch.Tensor(2.5) end, 'size 1 is 2.5')
  test.fails(function() return torch.Tensor(1, 1, 1, 1, 1, 1, 1, 1, 1) end, 'more than 8')
  test.fails(function() return torch.Tensor(2, nil) end, 'number expected, got nil')
  test.fails(function() return torch.Tensor('x') end, 'number expected, got string')
  test.fails(function() return torch.Tensor(1 << 40, 1 << 40) end, '1099511627776x1099511627776')
end)

test.case('zeros, ones and eye, with and without a result', function()
  test.equal(torch.zeros(2, 2), {{0, 0}, {0, 0}})
  test.equal(torch.ones(torch.LongStorage{3}), {1, 1, 1})
  local r = torch.DoubleTensor()
  test.check(rawequal(torch.ones(r, 2), r), 'the result is returned')
  test.equal(r, torch.DoubleTensor{1, 1})
  test.equal(torch.eye(2), {{1, 0}, {0, 1}})
  test.equal(torch.eye(2, 3), {{1, 0, 0}, {0, 1, 0}})
end)

test.case('range and linspace include both ends', function()
  test.equal(torch.range(1, 4), {1, 2, 3, 4})
  test.equal(torch.range(0, 1, 0.25), {0, 0.25, 0.5, 0.75, 1})
  test.equal(torch.range(3, 1, -1), {3, 2, 1})
  test.equal(torch.range(torch.LongTensor(), 2, 6, 2), torch.LongTensor{2, 4, 6})
  test.equal(torch.linspace(0, 1, 5), {0, 0.25, 0.5, 0.75, 1})
  test.equal(torch.linspace(2, 3):nElement(), 100)
  test.fails(function() return torch.range(1, 5, 1, 2) end, 'too many')
end)

test.case('methods can be added to all tensors', function()
  function torch.Tensor.doubled(x) return x * 2 end
  test.equal(torch.FloatTensor{1, 2}:doubled(), {2, 4})
  torch.Tensor.doubled = nil
  test.fails(function() return torch.FloatTensor{1}:doubled() end, 'doubled')
end)

test.case('what makes a class callable wants the class', function()
  local make = getmetatable(torch.FloatTensor).__call
  test.equal(make(torch.FloatTensor, 2, 3):size():totable(), {2, 3})
  test.fails(function() make() end, 'value expected')
end)

test.case('logspace', function()
  test.near(torch.logspace(-1, 2, 4), {0.1, 1, 10, 100}, 1e-5)
  test.equal(torch.logspace(0, 1):size(1), 100)
  local x = torch.logspace(torch.DoubleTensor(), 0, 3, 7)
  for i = 1, 7 do test.near(x[i], 10 ^ ((i - 1) / 2), 1e-9) end
  test.equal(torch.logspace(2, 2, 1), {100})
  test.fails(function() return torch.logspace(1, 2, 0) end, 'logspace: 0 points')
  test.fails(function() return torch.logspace(torch.LongTensor(), 1, 2, 2) end, 'LongTensor')
end)

test.case('nested tables and storages: as deep and as far as they go', function()
  test.fails(function() return torch.Tensor {{{{{{{{{1}}}}}}}}} end, 'at most 8 dimensions')
  test.equal(torch.Tensor(torch.FloatStorage {1, 2, 3}, 2), {2, 3})
  test.equal(torch.Tensor(torch.FloatStorage(3), 5):nElement(), 0, 'from behind the end')
end)
