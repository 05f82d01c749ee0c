--- aelua.file in Lua: what is returned, what is raised, what stays as it was.

local test = require 'harness'
local file = require 'aelua.file'

local function contents(path)
  local f = io.open(path, 'rb')
  local text = f and f:read('a')
  if f then f:close() end
  return text
end

-- Fails unless the call gave nil and a message with the text.
local function refused(text, ...)
  local result, message = ...
  test.equal(result, nil, 'result')
  if not tostring(message):find(text, 1, true) then
    error(('the message is "%s", want "%s" in it'):format(message, text))
  end
end

test.case('writeAtomic replaces a file by any bytes', function()
  local folder = test.folder()
  local path = folder .. '/a'
  test.equal(file.writeAtomic(path, 'one'), true)
  test.equal(file.writeAtomic(path, 'a\0b\n'), true)
  test.equal(contents(path), 'a\0b\n')
  refused(folder .. ': Is a directory', file.writeAtomic(folder, 'x'))
  refused('/no-such-folder/x: No such file', file.writeAtomic('/no-such-folder/x', 'x'))
  test.equal(contents(path), 'a\0b\n')
end)

test.case('appendLine adds whole lines', function()
  local path = test.folder() .. '/a.csv'
  test.equal(file.appendLine(path, 'epoch,loss'), true)
  test.equal(file.appendLine(path, '1,0.5'), true)
  test.equal(contents(path), 'epoch,loss\n1,0.5\n')
  test.fails(function() file.appendLine(path, 'a\nb') end, 'a line break')
  test.fails(function() file.appendLine(path, 'a\0b') end, 'a NUL')
  refused('/no-such-folder/x: No such file', file.appendLine('/no-such-folder/x', 'x'))
  test.equal(contents(path), 'epoch,loss\n1,0.5\n')
end)

test.case('crc32 is zlib\'s, of the elements', function()
  local digits = torch.ByteTensor {{49, 52, 55}, {50, 53, 56}, {51, 54, 57}}
  test.equal(file.crc32(digits:t()), 0xCBF43926)
  test.equal(file.crc32(torch.ByteTensor()), 0)
  test.fails(function() file.crc32('123') end, 'tensor expected')
end)

-- ---- safetensors ----

test.case('tensors, their order and metadata come back', function()
  local path = test.folder() .. '/a.safetensors'
  local weight = torch.FloatTensor {{1, 2, 3}, {4, 5, 6}}
  local entries = {{'net.0.weight', weight:t()}, {'count', torch.LongTensor {1 << 60}},
                   {'alias', weight}, {'pixels', torch.ByteTensor {1, 255}},
                   {'double', torch.DoubleTensor {0.1}}}
  local metadata = {['aelua.stage'] = '{"epoch": 3}', quote = '"\\\n\t\u{e9}\u{1F455}', empty = ''}
  test.equal(file.writeSafetensors(path, entries, metadata), true)
  local back = file.readSafetensors(path)
  test.equal(back.names, {'net.0.weight', 'count', 'alias', 'pixels', 'double'})
  test.equal(back.metadata, metadata)
  for _, entry in ipairs(entries) do test.equal(back.tensors[entry[1]], entry[2], entry[1]) end
end)

test.case('metadata are written in one order, whatever that of the table', function()
  local path = test.folder() .. '/a.safetensors'
  local metadata, want, got = {}, {}, {}
  for i = 11, 50 do
    metadata['key' .. i] = ''
    want[#want + 1] = 'key' .. i
  end
  file.writeSafetensors(path, {}, metadata)
  for key in contents(path):gmatch('"(key%d+)":""') do got[#got + 1] = key end
  test.equal(got, want)
end)

test.case('a file without tensors or metadata', function()
  local path = test.folder() .. '/a.safetensors'
  test.equal(file.writeSafetensors(path, {}), true)
  test.equal(file.readSafetensors(path), {names = {}, tensors = {}, metadata = {}})
end)

test.case('a damaged file is refused, misuse is raised, the old file stays', function()
  local folder = test.folder()
  local path = folder .. '/a.safetensors'
  local w = torch.FloatTensor {1, 2}
  file.writeSafetensors(path, {{'w', w}})
  local whole = contents(path)
  refused(folder .. '/none: No such file', file.readSafetensors(folder .. '/none'))
  refused(folder .. ': Is a directory', file.readSafetensors(folder))
  file.writeAtomic(folder .. '/cut', whole:sub(1, -2))
  refused('/cut: the tensors take 8 bytes and the file has 7',
          file.readSafetensors(folder .. '/cut'))
  refused(folder .. ': Is a directory', file.writeSafetensors(folder, {{'w', w}}))
  for _, wrong in ipairs {{{'w'}}, {{w, 'w'}}, {w}, {{'w', {1, 2}}}, {{1, w}}, {{'a\0b', w}}} do
    test.fails(function() file.writeSafetensors(path, wrong) end, 'bad argument #2')
  end
  for _, wrong in ipairs {{1}, {a = 1}, {a = 'b\0'}, {['a\0'] = 'b'}, 'text'} do
    test.fails(function() file.writeSafetensors(path, {{'w', w}}, wrong) end, 'bad argument #3')
  end
  test.fails(function() file.writeSafetensors(path, {{'w', w}, {'w', w}}) end, path,
             'two tensors are named "w"')
  test.equal(contents(path), whole)
end)

-- ---- events ----

-- The data of a file's records, the lengths checked.
local function records(path)
  local text, at, found = contents(path), 1, {}
  while at <= #text do
    local data = text:sub(at + 12, at + 11 + ('<I8'):unpack(text, at))
    found[#found + 1] = data
    at = at + 12 + #data + 4
  end
  test.equal(at, #text + 1, 'end of the last record')
  return found
end

test.case('scalars and images are records of an event file', function()
  local path = test.folder() .. '/events.out.tfevents.1.test'
  local events = file.openEvents(path)
  local png = '\x89PNG\r\n\x1A\n and the rest'
  test.equal(events:scalar('loss', 7, 0.5, 2), true)
  test.equal(events:image('weights', 8, 28, 56, 1, png, 2), true)
  test.equal(events:flush(), true)
  events:close()
  local found = records(path)
  test.equal(#found, 3)
  test.equal(found[1]:sub(-13), 'brain.Event:2')
  test.equal(found[2], '\x09' .. ('<d'):pack(2) .. '\x10\x07\x2a\x0d\x0a\x0b\x0a\x04loss\x15'
             .. ('<f'):pack(0.5))
  test.equal(found[3]:sub(-#png), png)
  test.check(found[3]:find('weights\x22\x1d\x08\x1c\x10\x38\x18\x01\x22\x15', 1, true), 'image')
end)

test.case('an event without a time has now', function()
  local path = test.folder() .. '/events'
  local events <close> = file.openEvents(path)
  local before = os.time()
  events:scalar('loss', 1, 1)
  local time = ('<d'):unpack(records(path)[2], 2)
  test.check(before <= time and time <= os.time(), 'the time is now')
end)

test.case('a closed event file says so, and closing twice is harmless', function()
  local path = test.folder() .. '/events'
  local events = file.openEvents(path)
  events:close()
  events:close()
  test.fails(function() events:scalar('loss', 1, 1) end, 'the event file is closed')
  test.fails(function() events:flush() end, 'the event file is closed')
  test.fails(function() events.close('text') end, 'aelua.events expected')
  do
    local scoped <close> = file.openEvents(path)
    test.equal(scoped:scalar('loss', 1, 1), true)
    events = scoped
  end
  test.fails(function() events:scalar('loss', 1, 1) end, 'the event file is closed')
  test.equal(#records(path), 1) -- the second went to path.1
  test.equal(#records(path .. '.1'), 2)
  refused('/no-such-folder/x: No such file', file.openEvents('/no-such-folder/x'))
end)

test.case('misuse of an event file is raised', function()
  local path = test.folder() .. '/events'
  local events <close> = file.openEvents(path)
  local png = '\x89PNG\r\n\x1A\n'
  test.fails(function() events:scalar('\xFF', 1, 1) end, 'no UTF-8')
  test.fails(function() events:scalar('loss', 1.5, 1) end, 'bad argument #2')
  test.fails(function() events:image('w', 1, 28, 28, 2, png) end, '28x28 pixels with 2 channels')
  test.fails(function() events:image('w', 1, 28, 28, 1 << 32, png) end, 'bad argument')
  test.fails(function() events:image('w', 1, 28, 28, 1, 'GIF89a') end, 'are no PNG')
  test.equal(#records(path), 1)
end)

test.case('safetensors beyond what a file can hold, or a reader take', function()
  local path, list = test.folder() .. '/a.safetensors', {}
  for i = 1, 16 do list[i] = {'a' .. i, torch.ByteTensor(1):expand(1 << 59)} end
  test.fails(function() assert(file.writeSafetensors(path, list, {})) end,
    'the tensors take more than 2^63 bytes')
  test.fails(function()
    assert(file.writeSafetensors(path, {}, {text = ('x'):rep(100000000)}))
  end, 'at most 100000000 can be read again')
  test.equal(io.open(path), nil)
end)

test.case('a whole file is read as a text or as bytes, or is missing', function()
  local path = test.folder() .. '/a'
  test.write(path, 'a\0b')
  test.equal(file.read(path), 'a\0b')
  test.equal(file.readBytes(path), torch.ByteTensor {97, 0, 98})
  test.write(path, '')
  test.equal(file.read(path), '')
  test.equal(file.readBytes(path):nElement(), 0)
  for _, read in ipairs {file.read, file.readBytes} do
    local value, message = read(path .. '/none')
    test.equal(value, nil)
    test.equal(message, path .. '/none: Not a directory')
  end
end)
