-- Torch7's .t7: bytes by hand, everything that comes back, everything that is refused.
local test = require 'harness'
local nn = require 'nn'

local function contents(path)
  local f <close> = assert(io.open(path, 'rb'))
  return f:read('a')
end

-- ---- bytes by hand, as the format describes them ----

local function int(n) return ('<i4'):pack(n) end
local function long(...)
  return ('<' .. ('i8'):rep(select('#', ...))):pack(...)
end
local function number(x) return int(1) .. ('<d'):pack(x) end
local function chars(s) return int(#s) .. s end
local function text(s) return int(2) .. chars(s) end
local function boolean(b) return int(5) .. int(b and 1 or 0) end
local function object(index, class, payload)
  return int(4) .. int(index) .. chars('V 1') .. chars(class) .. payload
end
local function back(kind, index) return int(kind) .. int(index) end
-- entries: key, value, key, value ... as bytes
local function table_(index, ...)
  return int(3) .. int(index) .. int(select('#', ...) // 2) .. table.concat({...})
end
local function storage(index, kind, format, ...)
  local n = select('#', ...)
  return object(index, 'torch.' .. kind .. 'Storage', long(n) .. ('<' .. format:rep(n)):pack(...))
end

local matrix = object(1, 'torch.FloatTensor',
  int(2) .. long(2, 3, 3, 1) .. long(1) .. storage(2, 'Float', 'f', 1, 2, 3, 4, 5, 6))

test.case('numbers, texts, booleans and tables are written as described', function()
  test.equal(torch.serialize(nil), int(0))
  test.equal(torch.serialize(2.5), number(2.5))
  test.equal(torch.serialize('a\0b'), text('a\0b'))
  test.equal(torch.serialize(true), boolean(true))
  test.equal(torch.serialize({7, 8, name = false}), table_(1, number(1), number(7), number(2),
    number(8), text('name'), boolean(false)))
end)

test.case('tensors are written as described', function()
  test.equal(torch.serialize(torch.FloatTensor{{1, 2, 3}, {4, 5, 6}}), matrix)
  test.equal(torch.serialize(torch.LongTensor()), object(1, 'torch.LongTensor',
    int(0) .. long(1) .. int(0)))
  local x = torch.DoubleTensor{1, 2, 3, 4}
  test.equal(torch.serialize({x, x:narrow(1, 2, 2), x}), table_(1,
    number(1), object(2, 'torch.DoubleTensor',
      int(1) .. long(4, 1) .. long(1) .. storage(3, 'Double', 'd', 1, 2, 3, 4)),
    number(2), object(4, 'torch.DoubleTensor', int(1) .. long(2, 1) .. long(2) .. back(4, 3)),
    number(3), back(4, 2)))
end)

test.case('what Torch7 writes is read', function()
  test.equal(torch.deserialize(matrix), torch.FloatTensor{{1, 2, 3}, {4, 5, 6}})
  for kind, k in pairs {Char = {'Char', 'b'}, Short = {'Short', 'i2'}, Int = {'Int', 'i4'},
                        Byte = {'Byte', 'B'}, Double = {'Double', 'd'}, Cuda = {'Float', 'f'}} do
    local bytes = object(1, 'torch.' .. kind .. 'Tensor',
      int(1) .. long(2, 1) .. long(2) .. storage(2, kind, k[2], 9, 8, 7))
    test.equal(torch.deserialize(bytes), torch[k[1] .. 'Tensor']{8, 7}, kind)
    if kind == k[1] then -- and comes back
      local again = torch.deserialize(torch.serialize(torch.deserialize(bytes)))
      test.equal(again, torch[kind .. 'Tensor']{8, 7}, kind)
    end
  end
  local half = object(1, 'torch.HalfStorage', long(2) .. '\0\x3c\0\xc0')
  test.equal(torch.deserialize(half):totable(), {1.0, -2.0})
  -- before there were versions the class's name stood alone
  local old = int(4) .. int(1) .. chars('torch.ByteStorage') .. long(1) .. '\5'
  test.equal(torch.deserialize(old):totable(), {5})
  test.equal(torch.deserialize(number(3)), 3)
  test.equal(math.type(torch.deserialize(number(3))), 'integer')
  test.equal(1 / torch.deserialize(number(-0.0)), -1 / 0)
end)

-- ---- round trips ----

local function copied(value) return torch.deserialize(torch.serialize(value)) end

test.case('values come back', function()
  for _, value in ipairs {0, -1, 1 << 53, 0.1, 1 / 0, '', ('x'):rep(100000), true, false} do
    test.equal(copied(value), value)
  end
  test.check(copied(0 / 0) ~= copied(0 / 0), 'NaN')
  local nested = {1, {2, {3}}, key = {['a b'] = 'c', [2.5] = true, [false] = 'no'}}
  test.equal(copied(nested), nested)
  for _, kind in ipairs {'Float', 'Double', 'Long', 'Byte'} do
    local x = torch[kind .. 'Tensor'](4, 5):random(0, 100)
    test.equal(copied(x), x)
    test.equal(copied(x:t()), x:t(), 'strided')
    test.equal(copied(x:sub(2, 3, 2, 4)), x:sub(2, 3, 2, 4), 'a window')
    local s = copied(x:storage())
    test.equal(torch.type(s), 'torch.' .. kind .. 'Storage')
    test.equal(s:totable(), x:storage():totable())
  end
  local large = torch.DoubleTensor(300000):normal()
  test.equal(copied(large), large, 'several pieces')
end)

test.case('what is the same stays the same', function()
  local x = torch.Tensor{1, 2, 3}
  local shared = {}
  local value = {x, x, x:narrow(1, 2, 2), shared, shared}
  value.self = value
  local got = copied(value)
  test.check(rawequal(got[1], got[2]) and rawequal(got[4], got[5]) and rawequal(got.self, got))
  got[1][2] = 9
  test.equal(got[3], {9, 3})
end)

test.case('the same table gives the same bytes', function()
  local a, b = {}, {}
  for i = 1, 100 do a['key' .. i], b['key' .. 101 - i] = i, 101 - i end
  test.equal(torch.serialize(a), torch.serialize(b))
  test.equal(torch.serialize {[true] = 1, [false] = 2, [1] = 3, x = 4},
    torch.serialize {x = 4, [false] = 2, [1] = 3, [true] = 1})
end)

test.case('save and load', function()
  local folder = test.folder()
  local path = folder .. '/a.t7'
  local value = {epoch = 3, weight = torch.rand(3, 3)}
  torch.save(path, value)
  test.equal(contents(path), torch.serialize(value))
  test.equal(torch.load(path), value)
  torch.save(path, 5, 'binary')
  test.equal(torch.load(path, 'binary'), 5)
  test.fails(function() torch.save(path, {f = print}) end, 'torch.save: at .f: a function is code')
  test.equal(torch.load(path), 5, 'the old file')
  test.equal(#require 'aelua.system'.list(folder), 1, 'files')
  test.fails(function() torch.load(folder .. '/none') end, 'torch.load', 'No such file')
  test.fails(function() torch.load(folder) end, 'torch.load')
  test.fails(function() torch.save('/no-such-folder/a', 1) end, 'No such file')
  test.fails(function() torch.load(path, 'ascii') end, 'only binary files')
end)

-- ---- networks ----

local function example()
  local net = nn.Sequential():add(nn.View(-1, 6)):add(nn.Linear(6, 4), 'encoder')
    :add(nn.Sequential():add(nn.LeakyReLU(0.2)):add(nn.Dropout(0.3)))
    :add(nn.Linear(4, 2, false)):add(nn.LogSoftMax())
  net:evaluate()
  return net
end

test.case('a layer is its class and Torch7\'s table of fields', function()
  local linear = nn.Linear(2, 1)
  linear.weight:copy(torch.Tensor{{1, 2}})
  linear.bias:fill(3)
  linear:zeroGradParameters()
  local fields = {}
  -- read as the table that it is, by way of a class that is not known
  local bytes = torch.serialize(linear):gsub('nn%.Linear', 'no.Linear')
  for key, value in pairs(torch.deserialize(bytes)) do fields[key] = value end
  test.equal(fields.__typename, 'no.Linear')
  test.equal(fields.weight, {{1, 2}})
  test.equal(fields.bias, {3})
  test.equal(fields.gradWeight, {{0, 0}})
  test.equal(fields.gradBias, {0})
  test.equal(fields.train, true)
  test.equal(fields._type, 'torch.FloatTensor')
  test.equal(fields.output:nElement(), 0)
end)

test.case('networks come back with everything', function()
  for _, kind in ipairs {'torch.FloatTensor', 'torch.DoubleTensor'} do
    local net = example():type(kind)
    net.classes = {'a', 'b'}
    net:get(2).mask = torch.ByteTensor{1, 0}
    local x = torch.rand(5, 6):type(kind)
    local want = net:forward(x):clone()
    local got = copied(net)
    test.equal(got:type(), kind)
    test.equal(got:forward(x), want)
    test.equal(tostring(got), tostring(net))
    test.equal(got.train, false)
    test.equal(got.classes, {'a', 'b'})
    test.equal(got:get(2).mask, torch.ByteTensor{1, 0})
    test.equal(got.encoder.weight, net.encoder.weight)
    test.check(got:get(4).bias == nil, 'no bias')
    test.equal(got:get(3):get(2).p, 0.3)
    test.equal(got:get(3):get(1).negval, 0.2)
  end
end)

test.case('shared and flattened parameters stay so', function()
  local net = example()
  local shared = nn.Linear(2, 2)
  net:add(shared):add(shared)
  local flat = net:getParameters()
  local got, gotFlat = table.unpack(copied({net, flat}))
  test.check(rawequal(got:get(6), got:get(7)), 'one module in two places')
  gotFlat:fill(0.5)
  test.equal(got.encoder.weight:sum(), 12.0)
  test.equal(got:get(6).weight:sum(), 2.0)
end)

test.case('losses', function()
  local loss = nn.ClassNLLCriterion(torch.Tensor{1, 2, 3}, false)
  loss.note = 'kept'
  local x, y = torch.randn(4, 3), torch.LongTensor{1, 2, 3, 1}
  local got = copied(loss)
  test.equal(got:forward(x, y), loss:forward(x, y))
  test.equal({got.sizeAverage, got.note}, {false, 'kept'})
  test.equal(tostring(copied(nn.MSECriterion():double())), 'nn.MSECriterion')
  test.equal(copied(nn.MSECriterion():double()):type(), 'torch.DoubleTensor')
end)

test.case('a network as Torch7 writes one', function()
  local function tensor(index, sizes, ...)
    local strides, step = {}, 1
    for d = #sizes, 1, -1 do strides[d], step = step, step * sizes[d] end
    return object(index, 'torch.DoubleTensor', int(#sizes) .. long(table.unpack(sizes))
      .. long(table.unpack(strides)) .. long(1) .. storage(index + 1, 'Double', 'd', ...))
  end
  local empty = object(40, 'torch.DoubleTensor', int(0) .. long(1) .. int(0))
  local linear = object(10, 'nn.Linear', table_(11,
    text('weight'), tensor(12, {2, 3}, 1, 2, 3, 4, 5, 6), text('bias'), tensor(14, {2}, 10, 20),
    text('gradWeight'), tensor(16, {2, 3}, 0, 0, 0, 0, 0, 0), text('gradBias'),
    tensor(18, {2}, 0, 0), text('output'), empty, text('gradInput'), back(4, 40),
    text('_type'), text('torch.DoubleTensor'), text('train'), boolean(false)))
  local view = object(20, 'nn.View', table_(21, text('size'), storage(22, 'Long', 'i8', 1, 2),
    text('numElements'), number(2), text('train'), boolean(false), text('_type'),
    text('torch.DoubleTensor'), text('output'), back(4, 40)))
  local tanh = object(23, 'nn.Tanh', table_(24, text('train'), boolean(false), text('_type'),
    text('torch.DoubleTensor')))
  local bytes = object(1, 'nn.Sequential', table_(2, text('modules'), table_(3, number(1), linear,
    number(2), view, number(3), tanh), text('_type'), text('torch.DoubleTensor'),
    text('train'), boolean(false), text('note'), text('mine')))
  local net = torch.deserialize(bytes)
  local y = net:forward(torch.DoubleTensor{{0.1, 0.2, -0.1}, {-3, -2, -1}})
  test.equal(y:size():totable(), {2, 1, 2})
  local function tanh_(x) return 1 - 2 / (math.exp(2 * x) + 1) end
  test.near(y[1], {{tanh_(10.2), tanh_(20.8)}}, 1e-12)
  test.near(y[2], {{tanh_(0), tanh_(-8)}}, 1e-12)
  test.equal({net.train, net:type(), net.note}, {false, 'torch.DoubleTensor', 'mine'})
  -- cut short, it is a message
  for n = 0, #bytes - 1, 7 do
    test.fails(function() torch.deserialize(bytes:sub(1, n)) end, 'torch.deserialize: the text')
  end
end)

test.case('a negative size or stride is told as one', function()
  local function refused(sizes, strides, message)
    local bytes = object(1, 'torch.DoubleTensor', int(#sizes) .. long(table.unpack(sizes))
      .. long(table.unpack(strides)) .. long(1) .. storage(2, 'Double', 'd', 1, 2, 3))
    test.fails(function() torch.deserialize(bytes) end, 'torch.deserialize: the text: byte ',
      ': ' .. message)
  end
  refused({3}, {-1}, 'a tensor whose stride 1 is -1')
  refused({3, -2}, {1, 1}, 'a tensor whose size 2 is -2')
end)

test.case('a damaged network is refused', function()
  local bytes = torch.serialize(nn.Linear(3, 2))
  local function refused(changed, ...)
    test.fails(function() torch.deserialize(changed) end, ...)
  end
  refused(bytes:gsub('weight', 'weighs', 1), 'nn.Linear: the file has no weight')
  local short = {weight = torch.ones(2, 3), bias = torch.ones(3)}
  local function fake(class, fields)
    return object(1000, class, torch.serialize(fields))
  end
  refused(fake('nn.Linear', short), 'nn.Linear: its bias is 3 in the file, want 2')
  local huge = torch.ones(1, 1):expand(1 << 20, 1 << 20)
  refused(fake('nn.Linear', {weight = huge, bias = huge}), 'its weight has more elements')
  refused(fake('nn.Linear', {inputSize = 1 << 20, outputSize = 1 << 20}), 'has no weight')
  refused(fake('nn.Sequential', {modules = {{}}}), 'its module 1 is table')
  refused(fake('nn.Sequential', {}), 'no modules')
  refused(fake('nn.Dropout', {p = 7}), 'nn.Dropout')
  refused(fake('nn.View', {}), 'nn.View: the file does not say its sizes')
  refused(object(1, 'nn.Sequential', table_(2, text('modules'), table_(3, number(1), back(4, 1)))),
    'an object inside itself: nn.Sequential')
  refused(object(1, 'tds.Hash', int(7)), 'tds.Hash is not known')
  local unknown = torch.deserialize(fake('nn.SpatialThing', {a = 1}))
  test.equal(unknown, {a = 1, __typename = 'nn.SpatialThing'})
  refused(object(1, 'nn.Sequential', table_(2, text('modules'), table_(3, number(1),
    object(4, 'nn.Th\ning', table_(5))))), 'module 1 is nn.Th?ing, which is no layer')
  refused(object(1, 'nn.Sequential', table_(2, text('modules'), table_(3, number(1),
    object(4, 'nn.SpatialThing', table_(5))))), 'module 1 is nn.SpatialThing, which is no layer')
end)

-- ---- classes ----

local Point = torch.class('T7Point')
function Point:__init(x) self.x = x end
local Scale, parent = torch.class('nn.T7Scale', 'nn.Module')
function Scale:__init(factor)
  parent.__init(self)
  self.factor = factor
end
function Scale:updateOutput(input)
  self.output:resizeAs(input):copy(input):mul(self.factor)
  return self.output
end
local Wide = torch.class('nn.T7Wide', 'nn.Linear')
torch.class('nn.T7Loss', 'nn.MSECriterion')

test.case('instances of classes written in Lua', function()
  local p = T7Point(3) -- luacheck: ignore
  p.self = p
  local got = copied(p)
  test.equal({torch.type(got), got.x}, {'T7Point', 3})
  test.check(rawequal(got.self, got))
  local net = nn.Sequential():add(nn.T7Scale(3))
  test.equal(copied(net):forward(torch.Tensor{1, 2}), {3, 6})
  local wide = nn.T7Wide(2, 3)
  wide.list = {torch.ones(2)}
  wide.view = wide.weight:view(-1)
  local again = copied(wide)
  test.check(torch.isTypeOf(again, Wide) and torch.isTypeOf(again, 'nn.Linear'))
  test.equal({again.weight, again.bias, again.list[1]}, {wide.weight, wide.bias, {1, 1}})
  again.view:fill(7)
  test.equal(again.weight:mean(), 7)
  local loss = nn.T7Loss()
  loss.weight = 3
  local read = copied(loss:double())
  test.equal({torch.typename(read), read.weight, read:type()}, {'nn.T7Loss', 3,
    'torch.DoubleTensor'})
  test.equal(copied(nn.T7Scale(2):double()):type(), 'torch.DoubleTensor')
end)

-- ---- refusals ----

test.case('what is no data is not saved', function()
  test.fails(function() torch.serialize(print) end, 'a function is code')
  test.fails(function() torch.serialize({a = {[2] = print}}) end, 'at .a[2]: a function is code')
  test.fails(function() torch.serialize({[print] = 1}) end, 'a function is code')
  test.fails(function() torch.serialize(coroutine.create(print)) end, 'a coroutine')
  test.fails(function() torch.serialize(io.stdout) end, 'a userdata cannot be saved')
  test.fails(function() torch.serialize(torch.Generator()) end, 'torch.Generator cannot be saved')
  local layer = nn.Identity()
  layer.me = {layer}
  test.fails(function() torch.serialize(layer) end, 'the nn.Identity inside itself cannot be saved')
  layer.me = nil
  test.equal(#torch.deserialize(torch.serialize {layer, layer}), 2, 'twice is no circle')
  test.fails(function() torch.serialize((1 << 53) + 1) end, 'no double exactly')
  local net = nn.Linear(1, 1)
  net.hook = print
  test.fails(function() torch.serialize({net = net}) end, 'at .net.hook: a function is code')
  local deep = {}
  for _ = 1, 1001 do deep = {deep} end
  test.fails(function() torch.serialize(deep) end, 'more than 1000 levels')
  deep = {}
  for _ = 1, 900 do deep = {deep} end
  test.check(copied(deep)[1][1][1], '900 levels')
end)

test.case('what is no data is not read', function()
  local function refused(bytes, ...)
    test.fails(function() torch.deserialize(bytes) end, 'torch.deserialize: the text: byte', ...)
  end
  for _, kind in ipairs {6, 7, 8} do refused(int(kind) .. int(1) .. chars('code'), 'a function') end
  refused('', 'an integer of 4 bytes, and 0 are left')
  refused(int(9), 'no object: type 9')
  refused(int(-1), 'no object: type -1')
  refused(int(2) .. int(5) .. 'abc', 'a string of 5 bytes, and 3 are left')
  refused(int(2) .. int(-1), 'a string of length -1')
  refused(int(3) .. int(1) .. int(1 << 30), 'a table of 1073741824 entries')
  refused(int(3) .. int(1) .. int(-1), 'a table of -1 entries')
  refused(table_(1, int(0), number(1)), 'a key that is nil or NaN')
  refused(table_(1, number(0 / 0), number(1)), 'a key that is nil or NaN')
  refused(object(1, 'torch.FloatStorage', long(1 << 40)), 'a storage of 1099511627776 elements')
  refused(object(1, 'torch.FloatStorage', long(-1)), 'a storage of -1 elements')
  refused(object(1, 'torch.FloatTensor', int(9)), 'a tensor with 9 dimensions')
  refused(object(1, 'torch.FloatTensor', int(-1)), 'a tensor with -1 dimensions')
  local function tensor(sizes, first, inside)
    return object(1, 'torch.FloatTensor', int(#sizes // 2) .. long(table.unpack(sizes))
      .. long(first) .. (inside or storage(2, 'Float', 'f', 1, 2, 3)))
  end
  test.equal(torch.deserialize(tensor({3, 1}, 1)), {1, 2, 3})
  refused(tensor({3, 1}, 2), 'elements 2..4 of a storage with 3')
  refused(tensor({3, 1}, 0), 'out of range')
  refused(tensor({3, 1}, math.mininteger), 'out of range')
  refused(tensor({3, -1}, 3), '-1')
  refused(tensor({2, 1}, -1), 'of a storage with 3')
  refused(tensor({-3, 1}, 1), '-3')
  refused(tensor({1 << 62, 1 << 62, 1, 1}, 1), 'byte')
  refused(tensor({2, 2, 1 << 62, 1}, 1), 'byte')
  refused(tensor({3, 1}, 1, int(0)), 'storage with 0')
  refused(tensor({3, 1}, 1, number(1)), 'a FloatTensor on a number')
  refused(tensor({1, 1}, 1, storage(2, 'Long', 'i8', 1)), 'on a torch.LongStorage')
  refused(tensor({1, 1}, 1, back(4, 1)), '')
  refused(table_(1, number(1), storage(2, 'Byte', 'B', 1), number(2), back(3, 2)),
    'a table expected')
  local deep = {}
  for i = 1, 1001 do deep[i] = int(3) .. int(i) .. int(1) .. number(1) end
  refused(table.concat(deep) .. (' '):rep(99), 'more than 1000 levels')
end)

-- Every truncation and every changed byte of a small file: a value or a message, never more.
test.case('damaged bytes', function()
  local two = torch.LongStorage(2):fill(0)
  local bytes = torch.serialize({1, 'ab', true, torch.Tensor{1, 2}, {x = two}, nn.Linear(1, 1)})
  for n = 0, #bytes - 1 do
    test.fails(function() torch.deserialize(bytes:sub(1, n)) end, 'the text: byte')
  end
  for _, flip in ipairs {0x01, 0x80, 0xFF} do
    for i = 1, #bytes do
      local changed = bytes:sub(1, i - 1) .. string.char(bytes:byte(i) ~ flip) .. bytes:sub(i + 1)
      local ok, message = pcall(torch.deserialize, changed)
      test.check(ok or tostring(message):find('the text: byte', 1, true), tostring(message))
    end
  end
end)
