-- Storages: flat memory.
local test = require 'harness'

test.case('from a size, a table, nothing', function()
  for _, name in ipairs {'Float', 'Double', 'Long', 'Byte', 'Char', 'Short', 'Int'} do
    local class = torch[name .. 'Storage']
    test.equal(class{1, 2, 3}:totable(), {1, 2, 3})
    test.equal(#class(5), 5)
    test.equal(class():size(), 0)
    test.equal(class(1):type(), 'torch.' .. name .. 'Storage')
  end
  test.fails(function() return torch.LongStorage(-1) end, '-1')
  test.fails(function() return torch.LongStorage{1, 'x'} end, 'number expected, got string')
end)

test.case('elements', function()
  local s = torch.LongStorage{4, 5, 1 << 60}
  test.equal({s[1], s[3], s[-1]}, {4, 1 << 60, 1 << 60})
  s[2] = 7
  test.equal(s:tolist(), {4, 7, 1 << 60})
  test.fails(function() return s[4] end, 'index 4 is out of range 1..3')
  test.fails(function() s[0] = 1 end, 'index 0 is out of range 1..3')
  test.fails(function() return s:fil(1) end, "no method 'fil'", "'fill'")
end)

test.case('fill, copy, resize', function()
  local s = torch.FloatStorage(3)
  test.check(rawequal(s:fill(2), s))
  test.equal(s:totable(), {2, 2, 2})
  s:copy(torch.DoubleStorage{1, 2, 3})
  test.equal(s:totable(), {1, 2, 3})
  s:copy(torch.LongTensor{4, 5, 6})
  test.equal(s:resize(2):totable(), {4, 5})
  test.equal(#s:resize(10), 10)
  test.fails(function() s:copy(torch.FloatStorage(2)) end, '2 elements', '10')
end)

test.case('the storage of a tensor cannot shrink under it', function()
  local x = torch.Tensor(4)
  local s = x:storage()
  test.fails(function() s:resize(3) end, 'smaller')
  x:set()
  test.equal(#s:resize(3), 3)
end)

test.case('a tensor and its storage share', function()
  local x = torch.Tensor{1, 2, 3}
  x:storage()[2] = 20
  test.equal(x, {1, 20, 3})
  test.check(torch.isStorage(x:storage()) and not torch.isStorage(x))
end)

test.case('tostring', function()
  test.equal(tostring(torch.LongStorage{2, 3}), ' 2\n 3\n[torch.LongStorage of size 2]\n')
end)
