-- Files that are not what they seem, given to everything that reads files: pipes, devices, folders,
-- headers that announce terabytes, bombs, damaged layouts, depth. Each is refused with one message
-- that names the file, in bounded memory; none is waited for. On the fastest path alone.
local test = require 'harness'
require 'nn'
local system, file, data = require 'aelua.system', require 'aelua.file', require 'aelua.data'
local json, npy, model = require 'json', require 'npy', require 'model'
local checkpoint, facts = require 'checkpoint', require 'aelua.lua.facts'
local options, readers = require 'options', require 'readers'
local core = require 'aelua.image'

local MEMORY = 64 << 20 -- bytes that refusing a file may take

local function raised(value, message)
  if value == nil then error(message, 0) end
  return value
end

local reading = {
  idx = function(path) return data.idx(path) end,
  csv = function(path) return readers.csv{train = path} end,
  png = function(path) return raised(core.readPNG(path)) end,
  npy = function(path) return npy.load(path) end,
  npz = function(path) return npy.loadz(path) end,
  safetensors = function(path) return raised(file.readSafetensors(path)) end,
  model = function(path) return raised(model.load(path)) end,
  checkpoint = function(path) return raised(checkpoint.read(path)) end,
  t7 = function(path) return torch.load(path) end,
}

local function put(path, bytes)
  local f <close> = assert(io.open(path, 'wb'))
  f:write(bytes)
  return path
end

-- Fails unless reading it is an error that names it, and takes little.
local function checkRefused(name, path, ...)
  collectgarbage()
  local lua = collectgarbage 'count'
  system.memoryLimit(system.memory() + MEMORY)
  local ok, message = pcall(reading[name], path)
  system.memoryLimit()
  test.check(not ok, name .. ' read ' .. path)
  test.check(collectgarbage 'count' - lua < MEMORY / 1024, name .. ' takes memory')
  message = tostring(message)
  for _, text in ipairs {path, ...} do
    test.check(message:find(text, 1, true), ('%s: "%s" has no "%s"'):format(name, message, text))
  end
end

test.case('a pipe, a device, a folder, a link to nowhere', function()
  local folder = test.folder()
  os.execute(([[cd %s && mkfifo pipe && mkdir folder && ln -s nowhere dangling && ln -s loop loop &&
    ln -s /dev/zero endless && : >empty && chmod 600 empty]]):format(folder))
  for name in pairs(reading) do
    for _, what in ipairs {'pipe', 'folder', 'dangling', 'loop', 'endless', 'absent'} do
      checkRefused(name, folder .. '/' .. what)
    end
    if name ~= 'csv' then checkRefused(name, folder .. '/empty') end
  end
  for _, name in ipairs {'pipe', 'folder', 'endless', 'absent'} do
    local text, message = file.read(folder .. '/' .. name)
    test.equal(text, nil)
    test.check(message:find(name, 1, true), message)
    test.fails(function() return assert(facts.read(folder .. '/' .. name)) end, name)
  end
  test.equal(system.exists(folder .. '/pipe'), 'other')
  test.equal(system.exists(folder .. '/loop'), false)
  local large <close> = assert(io.open(folder .. '/large', 'wb'))
  large:seek('set', 1 << 40)
  large:write 'x'
  large:flush()
  for name in pairs(reading) do -- a .t7 may begin with nil
    if name ~= 't7' then checkRefused(name, folder .. '/large') end
  end
  test.check(not file.read(folder .. '/large'))
end)

test.case('a header that announces terabytes', function()
  local folder = test.folder()
  local function check(name, bytes, ...)
    checkRefused(name, put(folder .. '/' .. name, bytes), ...)
  end
  check('idx', '\0\0\8\3' .. ('>I4I4I4'):pack(1 << 20, 1 << 20, 4), 'truncated')
  check('idx', '\0\0\14\8' .. ('\255'):rep(32))
  local head = "{'descr': '<f8', 'fortran_order': False, 'shape': (1099511627776,), }\n"
  check('npy', '\x93NUMPY\1\0' .. ('<I2'):pack(#head) .. head)
  check('npy', '\x93NUMPY\2\0' .. ('<I4'):pack(0xFFFFFFFF), 'array header')
  check('safetensors', ('<I8'):pack(1 << 40) .. '{}', 'header')
  check('safetensors', ('<I8'):pack(math.maxinteger) .. '{}')
  check('t7', ('<i4i4'):pack(2, 0x7FFFFFFF) .. 'x')
  check('t7', ('<i4i4i4'):pack(3, 1, 0x7FFFFFFF))
  check('t7', ('<i4d'):pack(1, 1):sub(1, 9))
end)

-- A file of safetensors with this header and so many bytes of data.
local function safetensors(header, n) return ('<s8'):pack(header) .. ('x'):rep(n) end

local function entry(name, from, to, shape)
  return ('"%s":{"dtype":"U8","shape":[%s],"data_offsets":[%d,%d]}'):format(name, shape, from, to)
end

test.case('safetensors: overlaps, holes, keys twice, depth', function()
  local folder = test.folder()
  for _, case in ipairs {
    {'{' .. entry('a', 0, 4, 4) .. ',' .. entry('b', 2, 6, 4) .. '}', 6, 'overlap'},
    {'{' .. entry('a', 0, 4, 4) .. ',' .. entry('b', 5, 9, 4) .. '}', 9, 'hole'},
    {'{' .. entry('a', 0, 9, 9) .. '}', 4, 'file has 4'},
    {'{' .. entry('a', 4, 0, 4) .. '}', 4, 'do not fit'},
    {'{' .. entry('a', 0, 4, 4) .. ',' .. entry('a', 4, 8, 4) .. '}', 8, 'twice'},
    {'{' .. entry('a', 0, 0, '4294967296,4294967296') .. '}', 0, 'overflow'},
    {'{"__metadata__":{},"__metadata__":{}}', 0, 'twice'},
    {'{"__metadata__":{"a":"","a":""}}', 0, 'twice'},
    {'{"__metadata__":' .. ('{"a":'):rep(100000), 0, 'expected'},
    {('['):rep(1000000), 0, 'expected'},
  } do
    checkRefused('safetensors', put(folder .. '/f', safetensors(case[1], case[2])), case[3])
  end
end)

test.case('JSON that is deep', function()
  for _, text in ipairs {('['):rep(1000000), ('{"a":'):rep(1000000), ('[{"a":'):rep(100000)} do
    local value, message = json.decode(text)
    test.equal(value, nil)
    test.check(#tostring(message) < 200, message)
  end
end)

test.case('tables in tables in a .t7, without end', function()
  local folder, pieces = test.folder(), {}
  for i = 1, 100000 do pieces[i] = ('<i4i4i4i4d'):pack(3, i, 1, 1, 1) end
  checkRefused('t7', put(folder .. '/deep', table.concat(pieces)))
end)

test.case('a gzip stream longer, and shorter, than its IDX header tells', function()
  local folder = test.folder()
  local function packed(name, header, megabytes)
    put(folder .. '/head', header)
    os.execute(('{ cat %s/head; head -c %dM /dev/zero; } | gzip -1 >%s/%s'):format(folder,
      megabytes, folder, name))
    return folder .. '/' .. name
  end
  checkRefused('idx', packed('bomb', '\0\0\8\1\0\0\0\4', 200), 'more bytes follow after byte 12')
  checkRefused('idx', packed('short', '\0\0\8\1\127\255\255\255', 1), 'truncated')
  checkRefused('idx', packed('large', '\0\0\8\1' .. ('>I4'):pack(200 << 20), 200), 'memory')
end)

-- The members' sizes in the directory of an archive become what they are not.
local function withSizes(archive, packed, size)
  local at = assert(archive:find('PK\1\2', 1, true))
  return archive:sub(1, at + 9) .. ('<I2'):pack(8) .. archive:sub(at + 12, at + 19)
    .. ('<I4I4'):pack(packed, size) .. archive:sub(at + 28)
end

test.case('an archive whose member unpacks to more than it can', function()
  local folder = test.folder()
  npy.savez(folder .. '/good.npz', {a = torch.zeros(100)})
  local archive = file.read(folder .. '/good.npz')
  for _, sizes in ipairs {{100, 0xFFFFFFFF}, {0xFFFFFFFF, 100}, {0, 0xFFFFFFFF},
                          {500, 500000}, {500, 100}} do
    checkRefused('npz', put(folder .. '/bad.npz', withSizes(archive, table.unpack(sizes))))
  end
end)

-- A chunk of a PNG file.
local function chunk(kind, body)
  local sum = file.crc32(torch.ByteTensor({(kind .. body):byte(1, -1)}))
  return ('>I4'):pack(#body) .. kind .. body .. ('>I4'):pack(sum)
end

test.case('a picture of more pixels than it has bytes for', function()
  local folder = test.folder()
  for _, size in ipairs {{1 << 30, 1 << 30}, {1 << 14, 1 << 14}, {0, 5}, {0xFFFFFFFF, 1}} do
    local header = ('>I4I4'):pack(size[1], size[2]) .. '\8\2\0\0\0'
    checkRefused('png', put(folder .. '/f.png', '\x89PNG\r\n\x1A\n' .. chunk('IHDR', header)
      .. chunk('IDAT', 'x\x9c\3\0\0\0\0\1') .. chunk('IEND', '')))
  end
end)

test.case('settings in a file that is none', function()
  local folder = test.folder()
  os.execute('mkdir ' .. folder .. '/d')
  for _, path in ipairs {folder .. '/d', folder .. '/absent'} do
    local opt, message = options.read({{'a', 1}}, {'--config', path})
    test.equal(opt, nil)
    test.check(message:find(path, 1, true), message)
  end
end)

test.case('a mapped file that becomes shorter: one message', function()
  local folder = test.folder()
  local n = 300000000
  put(folder .. '/big.idx', '\0\0\8\1' .. ('>I4'):pack(n))
  os.execute(('truncate -s %d %s/big.idx'):format(n + 8, folder))
  local pipe = assert(io.popen(('%s -e %s 2>&1'):format(test.quoted(test.aelua), test.quoted(([[
    local t = require 'aelua.data'.idx('%s/big.idx')
    print(t:nElement())
    os.execute 'truncate -s 100 %s/big.idx'
    print(t:sum())]]):format(folder, folder)))))
  local output = pipe:read 'a'
  local _, how, status = pipe:close()
  test.equal(output, ('300000000\naelua: %s/big.idx: became shorter while it was in use\n')
    :format(folder))
  test.equal(how .. status, 'exit1')
end)

test.case('a file that becomes shorter while it is read', function()
  local folder = test.folder()
  torch.save(folder .. '/f', torch.rand(1000))
  local whole = file.read(folder .. '/f')
  for _, n in ipairs {1, 10, 100, #whole - 1} do
    checkRefused('t7', put(folder .. '/cut', whole:sub(1, n)))
  end
end)
