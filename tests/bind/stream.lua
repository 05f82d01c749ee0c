-- Files written piece by piece, and elements as bytes.
local test = require 'harness'
local stream, system = require 'aelua.stream', require 'aelua.system'

local function contents(path)
  local f <close> = assert(io.open(path, 'rb'))
  return f:read('a')
end

test.case('a file is there when it is kept, and whole', function()
  local folder = test.folder()
  local path = folder .. '/a'
  local out = stream.output(path)
  test.equal(out:write('one\0'), true)
  test.equal(out:write('two'), true)
  test.equal(system.exists(path), false)
  test.equal(out:keep(), true)
  test.equal(contents(path), 'one\0two')
  test.fails(function() out:write('x') end, 'closed')
  test.fails(function() out:keep() end, 'closed')
  out:discard()
  test.equal(#system.list(folder), 1)
end)

test.case('what is not kept leaves the old file', function()
  local folder = test.folder()
  local path = folder .. '/a'
  local out = stream.output(path)
  out:write('old')
  out:keep()
  do
    local new <close> = stream.output(path)
    new:write('new')
  end
  out = stream.output(path)
  out:write('newer')
  out:discard()
  stream.output(path):write('dropped')
  collectgarbage()
  collectgarbage()
  test.equal(contents(path), 'old')
  test.equal(#system.list(folder), 1, 'files')
  local none, message = stream.output('/no-such-folder/a')
  test.equal(none, nil)
  test.equal(message, '/no-such-folder/a: No such file or directory')
end)

test.case('elements from bytes of every kind', function()
  local kinds = {f4 = {'Float', 'f', {1.5, -2}}, f8 = {'Double', 'd', {0.1, -1 / 0}},
                 u1 = {'Byte', 'B', {0, 255}}, i1 = {'Char', 'b', {-128, 127}},
                 i2 = {'Short', 'i2', {-32768, 5}}, i4 = {'Int', 'i4', {-1 << 31, 7}},
                 i8 = {'Long', 'i8', {math.mininteger, 1 << 60}}, u2 = {'Long', 'I2', {65535, 1}},
                 u4 = {'Long', 'I4', {(1 << 32) - 1, 1}}}
  for kind, k in pairs(kinds) do
    for _, order in ipairs {'<', '>'} do
      local s = torch[k[1] .. 'Storage'](4):fill(9)
      stream.read(s, 2, (order .. k[2] .. k[2]):pack(table.unpack(k[3])), kind, order == '>')
      test.equal(s:totable(), {k[1] == 'Long' and 9 or s[1], k[3][1], k[3][2], s[1]}, kind)
      test.equal(s[1], s[4])
    end
  end
  local half = torch.FloatStorage(3)
  stream.read(half, 1, '\0\x3c\0\xc0\xff\x7b', 'f2')
  test.equal(half:totable(), {1.0, -2.0, 65504.0})
  local many = torch.ShortStorage(3000)
  stream.read(many, 1, ('\1\2'):rep(3000), 'i2', true)
  test.equal(torch.ShortTensor(many, 1, torch.LongStorage{3000}):eq(258):sum(), 3000)
end)

test.case('bytes from elements', function()
  local s = torch.FloatStorage{1, 2, 3}
  test.equal(stream.bytes(s, 2, 2), ('<ff'):pack(2, 3))
  test.equal(stream.bytes(s, 1, 3, true), ('>fff'):pack(1, 2, 3))
  test.equal(stream.bytes(s, 4, 0), '')
  test.equal(stream.bytes(torch.ByteStorage{7, 8}, 1, 2), '\7\8')
end)

test.case('what does not fit is refused', function()
  local s = torch.ShortStorage(2)
  test.fails(function() stream.read(s, 1, 'abc', 'i2') end, '3 bytes are no elements of 2')
  test.fails(function() stream.read(s, 2, 'abcd', 'i2') end, '2 elements from 2 on')
  test.fails(function() stream.read(s, 4, '', 'i2') end, '0 elements from 4 on')
  test.fails(function() stream.read(s, 1, 'ab', 'u1') end, 'ShortStorage')
  test.fails(function() stream.read(s, 1, 'ab', 'x1') end, 'no kind of elements "x1"')
  test.fails(function() stream.read({}, 1, 'ab', 'i2') end, 'storage expected')
  test.fails(function() stream.bytes(s, 2, 2) end, '2 elements from 2 on')
  test.fails(function() stream.bytes(s, 1, 1 << 40) end, 'more elements than there are')
end)
