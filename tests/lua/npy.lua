-- NumPy's files, with NumPy itself as the other side, and every way a file can be damaged.
local test = require 'harness'
local npy, file = require 'npy', require 'aelua.file'

local function contents(path)
  local f <close> = assert(io.open(path, 'rb'))
  return f:read('a')
end

-- Runs Python with NumPy in a folder, or skips the case where there is none.
local function python(folder, program)
  file.writeAtomic(folder .. '/program.py', 'import numpy as np\n' .. program)
  local has = os.execute('/usr/bin/python3 -c "import numpy" 2>/dev/null')
  if not has then test.skip('no NumPy') end
  local command = 'cd %s && /usr/bin/python3 program.py 2>&1'
  local pipe <close> = io.popen(command:format(test.quoted(folder)))
  return pipe:read('a')
end

-- An .npy file by hand: version, header text, data.
local function array(version, header, data)
  local length = version == 1 and ('<I2'):pack(#header) or ('<I4'):pack(#header)
  return '\x93NUMPY' .. string.char(version, 0) .. length .. header .. data
end

test.case('the bytes are NumPy\'s own', function()
  local path = test.folder() .. '/a.npy'
  npy.save(path, torch.FloatTensor{{1, 2, 3}, {4, 5, 6}}:t())
  local header = "{'descr': '<f4', 'fortran_order': False, 'shape': (3, 2), }"
  header = header .. (' '):rep(117 - #header) .. '\n'
  test.equal(contents(path), array(1, header, ('<ffffff'):pack(1, 4, 2, 5, 3, 6)))
end)

test.case('tensors come back, whatever their type and strides', function()
  local path = test.folder() .. '/a.npy'
  for _, kind in ipairs {'Float', 'Double', 'Long', 'Byte', 'Char', 'Short', 'Int'} do
    local x = torch[kind .. 'Tensor'](3, 4, 5):random(0, 120)
    for _, t in ipairs {x, x:transpose(1, 3), x:select(2, 1), x:view(60)} do
      npy.save(path, t)
      test.equal(npy.load(path), t)
    end
  end
  npy.save(path, torch.LongTensor())
  test.equal(npy.load(path):size():totable(), {0})
  npy.save(path, torch.LongTensor{1 << 62, -5})
  test.equal(npy.load(path), torch.LongTensor{1 << 62, -5})
end)

test.case('NumPy reads what is written', function()
  local folder = test.folder()
  npy.save(folder .. '/a.npy', torch.DoubleTensor{{1.5, -2}, {3, 1 / 0}}:t())
  npy.savez(folder .. '/b.npz', {x = torch.ByteTensor{1, 255}, ['\u{e9}'] = torch.LongTensor{-7},
                                 empty = torch.Tensor(), s = torch.ShortTensor{-300},
                                 c = torch.CharTensor{-1}, i = torch.IntTensor{1 << 30}})
  npy.savez(folder .. '/c.npz', {torch.Tensor{1}, torch.Tensor{2}})
  local said = python(folder, [==[
a = np.load('a.npy')
print(a.dtype, a.tolist())
with np.load('b.npz') as b:
    for k in b.files: print(ascii(k), str(b[k].dtype), b[k].tolist())
c = np.load('c.npz')
print(c['arr_0'].tolist(), c['arr_1'].tolist())
import zipfile
print(zipfile.ZipFile('b.npz').testzip())
]==])
  test.equal(said, [==[
float64 [[1.5, 3.0], [-2.0, inf]]
'c' int8 [-1]
'empty' float32 []
'i' int32 [1073741824]
's' int16 [-300]
'x' uint8 [1, 255]
'\xe9' int64 [-7]
[1.0] [2.0]
None
]==])
end)

test.case('what NumPy writes is read', function()
  local folder = test.folder()
  python(folder, [==[
for order in '<>':
    for kind in 'f2 f4 f8 i2 i4 i8 u2 u4'.split():
        x = np.arange(12).reshape(3, 4) if kind[0] == 'u' else np.arange(-3, 9).reshape(3, 4)
        np.save(('little' if order == '<' else 'big') + kind, x.astype(order + kind))
np.save('i1', np.array([-128, 127], 'i1'))
np.save('u1', np.array([0, 255], 'u1'))
np.save('b1', np.array([True, False]))
np.save('scalar', np.float64(2.5))
np.save('none', np.zeros((3, 0, 2)))
np.save('fortran', np.asfortranarray(np.arange(24.0).reshape(2, 3, 4)))
np.save('halves', np.array([1 / 3, 65504, 6e-8, -np.inf, np.nan], 'f2'))
np.savez('stored', a=np.arange(3), b=np.eye(2, dtype='f4'))
np.savez_compressed('packed', a=np.arange(300000) % 7, text=np.zeros(5, 'u1'), c=np.float32(1))
np.save('text', np.array(['a']))
np.save('object', np.array([{}], dtype=object), allow_pickle=True)
np.save('fields', np.zeros(2, [('a', 'f4')]))
np.save('u8', np.zeros(2, 'u8'))
np.save('c8', np.zeros(2, 'c8'))
np.save('many', np.zeros((1,) * 9))
]==])
  local function load(name) return npy.load(folder .. '/' .. name .. '.npy') end
  local type = {f2 = 'Float', f4 = 'Float', f8 = 'Double', i2 = 'Short', i4 = 'Int'}
  for _, order in ipairs {'little', 'big'} do
    for _, kind in ipairs {'f2', 'f4', 'f8', 'i2', 'i4', 'i8', 'u2', 'u4'} do
      local first = kind:sub(1, 1) == 'u' and 0 or -3
      local want = torch.range(torch[(type[kind] or 'Long') .. 'Tensor'](), first, first + 11)
      test.equal(load(order .. kind), want:view(3, 4), order .. kind)
    end
  end
  test.equal(load('i1'), torch.CharTensor{-128, 127})
  test.equal(load('u1'), torch.ByteTensor{0, 255})
  test.equal(load('b1'), torch.ByteTensor{1, 0})
  test.equal(load('scalar'), torch.DoubleTensor{2.5})
  test.equal(load('none'):size():totable(), {3, 0, 2})
  test.equal(load('fortran'), torch.range(torch.DoubleTensor(), 0, 23):view(2, 3, 4))
  test.check(load('fortran'):isContiguous())
  test.equal(load('halves'), torch.FloatTensor{0.333251953125, 65504, 0x1p-24, -1 / 0, 0 / 0})
  local stored, names = npy.loadz(folder .. '/stored.npz')
  test.equal(names, {'a', 'b'})
  test.equal(stored, {a = torch.LongTensor{0, 1, 2}, b = torch.FloatTensor{{1, 0}, {0, 1}}})
  local packed = npy.loadz(folder .. '/packed.npz')
  test.equal(packed.a:size(1), 300000)
  test.equal({packed.a[1], packed.a[300000]}, {0, 299999 % 7})
  test.equal(packed.c, torch.FloatTensor{1})
  test.fails(function() load('text') end, 'text.npy', "type '<U1'")
  test.fails(function() load('object') end, "type '|O'")
  test.fails(function() load('fields') end, 'a structured array')
  test.fails(function() load('u8') end, "type '<u8'")
  test.fails(function() load('c8') end, "type '<c8'")
  test.fails(function() load('many') end, 'more than 8 dimensions')
end)

test.case('headers in other words', function()
  local path = test.folder() .. '/a.npy'
  local function read(text)
    file.writeAtomic(path, text)
    return npy.load(path)
  end
  local data = ('<ff'):pack(1, 2)
  local want = torch.FloatTensor{1, 2}
  for _, header in ipairs {
    "{'descr':'<f4','fortran_order':False,'shape':(2,)}",
    "{ \"shape\" : ( 2L , ) , 'fortran_order' : True,\n'descr': \"<f4\" , } \n",
  } do
    for version = 1, 3 do test.equal(read(array(version, header, data)), want, header) end
  end
  for header, reason in pairs {
    [''] = 'no Python dict',
    ["{'descr':'<f4','fortran_order':False,'shape':(2,)"] = 'no Python dict',
    ["{'descr':'<f4','fortran_order':False,'shape':(2,)} x"] = 'something after',
    ["{'descr':'<f4','shape':(2,)}"] = 'a key is missing',
    ["{'descr':'<f4','descr':'<f4','fortran_order':False,'shape':(2,)}"] = 'a key twice',
    ["{'descr':'<f4','fortran_order':False,'shape':(2,),'x':1}"] = 'an unknown key',
    ["{'descr':'<f4','fortran_order':0,'shape':(2,)}"] = 'no boolean',
    ["{'descr':'<f4','fortran_order':False,'shape':(2)}"] = 'no Python dict',
    ["{'descr':'<f4','fortran_order':False,'shape':(-2,)}"] = 'no number',
    ["{'descr':'<f4','fortran_order':False,'shape':(99999999999999999999,)}"] = 'too large',
    ["{'descr':'<f4','fortran_order':False,'shape':(4611686018427387904,4)}"] = 'a.npy',
    ["{'descr':'<f4','fortran_order':False,'shape':(3,)}"] = '3 elements of 4 bytes',
    ["{'descr':'<f4','fortran_order':False,'shape':(1,)}"] = '8 bytes follow',
    ["{'descr':'<f4','fortran_order':False,'shape':(1000000000000,)}"] = '8 bytes follow',
    ["{'descr':'<f4"] = 'a string without an end',
    ["{'descr':__import__('os'),'fortran_order':False,'shape':(2,)}"] = 'a string expected',
  } do
    test.fails(function() read(array(1, header, data)) end, path, reason)
  end
  test.fails(function() read(array(4, '{}', data)) end, 'version 4')
  test.fails(function() read('hello, world') end, 'no NumPy array')
  test.fails(function() npy.load('/no-such-folder/a.npy') end, 'No such file')
end)

-- Every truncation of a file, and every byte changed in turn, gives tensors or a message.
local function mangle(path, read, strict)
  local whole = contents(path)
  for n = 0, #whole - 1 do
    file.writeAtomic(path, whole:sub(1, n))
    local result, message = read(path)
    test.check(result == nil and message:find(path, 1, true), ('cut to %d bytes'):format(n))
  end
  for i = 1, #whole do
    file.writeAtomic(path, whole:sub(1, i - 1) .. string.char(whole:byte(i) ~ 0x41)
      .. whole:sub(i + 1))
    local result, message = read(path)
    test.check(result or message:find(path, 1, true), 'a message for byte ' .. i)
    if strict and i > strict then test.check(not result, 'byte ' .. i .. ' is noticed') end
  end
end

test.case('damaged arrays', function()
  local path = test.folder() .. '/a.npy'
  npy.save(path, torch.LongTensor{{1, 2}, {3, 4}})
  mangle(path, file.readNpy)
end)

test.case('damaged archives', function()
  local folder = test.folder()
  local path = folder .. '/a.npz'
  npy.savez(path, {a = torch.ByteTensor{1, 2, 3}, b = torch.FloatTensor{4}})
  mangle(path, file.readNpz)
  python(folder, "np.savez_compressed('b.npz', a=np.arange(20), bc=np.zeros(3))\n")
  mangle(folder .. '/b.npz', file.readNpz)
end)

test.case('archives that lie', function()
  local path = test.folder() .. '/a.npz'
  npy.savez(path, {a = torch.ByteTensor{1, 2, 3}})
  local whole = contents(path)
  local directory = whole:find('PK\1\2', 1, true)
  local function refused(change, reason)
    file.writeAtomic(path, change)
    test.fails(function() npy.loadz(path) end, path, reason)
  end
  -- bytes `at` of the entry in the directory replaced
  local function entry(at, bytes)
    return whole:sub(1, directory + at - 1) .. bytes .. whole:sub(directory + at + #bytes)
  end
  refused(entry(8, '\1'), 'encrypted')
  refused(entry(10, '\12'), 'neither stored nor deflated')
  refused(entry(16, '\0\0\0\0'), 'checksum')
  refused(entry(24, '\255\255\255\127'), "contradict")
  refused(entry(24, '\255\255\255\255'), 'zip64')
  refused(entry(42, '\9'), 'no member where')
  refused(entry(20, '\0\0\0\127\0\0\0\127'), 'ends after the file')
  -- deflated, and said to unpack to two gigabytes
  refused(entry(10, '\8\0'):sub(1, directory + 23) .. '\255\255\255\127'
    .. whole:sub(directory + 28), 'contradict')
  npy.savez(path, {a = torch.Tensor(), b = torch.Tensor()})
  refused(contents(path):gsub('b%.npy', 'a.npy'), 'two arrays are named "a"')
  refused(whole:sub(1, directory - 1) .. 'PK\5\6' .. ('\0'):rep(4) .. '\9\0\9\0'
    .. ('\0'):rep(10), 'end record')
  -- two arrays in the same bytes
  local one = whole:sub(directory, directory + 50)
  refused(whole:sub(1, directory - 1) .. one .. one:gsub('a.npy', 'b.npy')
    .. ('<c4I4I2I2I4I4I2'):pack('PK\5\6', 0, 2, 2, 2 * #one, directory - 1, 0), 'overlap')
  file.writeAtomic(path, whole .. '\0')
  test.fails(function() npy.loadz(path) end, 'no ZIP archive')
end)

-- The only entry of an archive whose name has one letter, with other bytes in it: stored, or
-- deflated as blocks that are not compressed.
local function archive(whole, bytes, deflated, name)
  local directory = whole:find('PK\1\2', 1, true)
  local head, entry = whole:sub(1, 35), whole:sub(directory, directory + 50)
  local crc, packed = whole:sub(directory + 16, directory + 19), bytes
  if deflated then
    packed = ''
    for at = 1, #bytes, 65535 do
      local part = bytes:sub(at, at + 65534)
      packed = packed .. ('<BI2I2'):pack(at + 65534 < #bytes and 0 or 1, #part, ~#part & 0xffff)
        .. part
    end
  end
  local sizes = ('<I4I4'):pack(#packed, #bytes)
  local method = deflated and '\8\0' or '\0\0'
  head = head:sub(1, 8) .. method .. head:sub(11, 14) .. crc .. sizes .. head:sub(27, 30)
    .. name .. '.npy'
  entry = entry:sub(1, 10) .. method .. entry:sub(13, 16) .. crc .. sizes .. entry:sub(29, 46)
    .. name .. '.npy'
  return head .. packed .. entry .. 'PK\5\6\0\0\0\0\1\0\1\0'
    .. ('<I4I4I2'):pack(#entry, #head + #packed, 0)
end

test.case('archives larger than a buffer, stored and deflated', function()
  local path = test.folder() .. '/a.npz'
  local x = torch.ByteTensor(200000):random(0, 255)
  npy.savez(path, {a = x})
  test.equal(npy.loadz(path).a, x)
  local whole = contents(path)
  local member = whole:sub(36, whole:find('PK\1\2', 1, true) - 1)
  file.writeAtomic(path, archive(whole, member, true, 'a'))
  test.equal(npy.loadz(path).a, x, 'deflated')
  file.writeAtomic(path, archive(whole, member, false, '\0'))
  test.fails(function() npy.loadz(path) end, path, "a member's name has a NUL in it")
end)

test.case('a deflated array that ends too early', function()
  local path = test.folder() .. '/a.npz'
  local short = array(1, "{'descr':'<f4','fortran_order':False,'shape':(2,)}", 'four')
  npy.save(path, torch.Tensor {1, 2})
  npy.savez(path, {a = torch.Tensor()})
  for _, bytes in ipairs {short, short:sub(1, 9), short:sub(1, 30)} do
    npy.savez(path, {a = torch.Tensor()})
    file.writeAtomic(path, archive(contents(path), bytes, true, 'a'))
    test.fails(function() npy.loadz(path) end, path)
  end
end)

test.case('what an archive has no room for', function()
  local path, list = test.folder() .. '/a.npz', {}
  test.fails(function() npy.savez(path, {a = torch.Tensor(1):expand(1 << 30)}) end,
    'more than 4 GiB do not fit into an .npz')
  for i = 1, 65536 do list[i] = {'a' .. i, torch.Tensor()} end
  test.fails(function() file.writeNpz(path, list) end, '65536 arrays, at most 65534 fit')
  test.equal(io.open(path), nil)
end)

test.case('misuse of the writers', function()
  local path = test.folder() .. '/a.npz'
  test.fails(function() npy.savez(path, {a = 1}) end, 'a is a number, a tensor expected')
  test.fails(function() npy.savez(path, {[''] = torch.Tensor()}) end, path, 'is empty')
  test.fails(function() npy.savez(path, {['\xff'] = torch.Tensor()}) end, 'no UTF-8')
  test.fails(function()
    file.writeNpz(path, {{'a', torch.Tensor()}, {'a', torch.Tensor()}})
  end, 'two arrays are named "a"')
  test.fails(function() npy.save(path, 1) end, 'tensor expected')
  test.fails(function() npy.save('/no-such-folder/a.npy', torch.Tensor()) end, 'No such file')
end)
