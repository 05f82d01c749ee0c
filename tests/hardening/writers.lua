-- Whatever writes a file: each of its steps fails once, the disk is really full, or cannot be
-- written. One message that names the file, the old file as it was, nothing left beside it, and the
-- same call succeeds afterwards. On the fastest path alone.
local test = require 'harness'
local content = test.read
require 'nn'
local system, file = require 'aelua.system', require 'aelua.file'
local model, onnx, npy = require 'model', require 'onnx', require 'npy'
local plot, image = require 'plot', require 'image'
local optim = require 'optim'

local net = nn.Sequential():add(nn.Linear(40, 30)):add(nn.Tanh())
local large = torch.rand(60, 60)

-- Those that replace a file.
local replacing = {
  ['file.writeAtomic'] = function(path) return file.writeAtomic(path, ('text'):rep(4000)) end,
  ['torch.save'] = function(path) torch.save(path, {large, net, 'text'}) end,
  ['model.save'] = function(path) return model.save(path, net) end,
  ['file.writeSafetensors'] = function(path) return file.writeSafetensors(path, {{'a', large}}) end,
  ['npy.save'] = function(path) npy.save(path .. '.npy', large) end,
  ['npy.savez'] = function(path) npy.savez(path .. '.npz', {a = large, b = large}) end,
  ['onnx.export'] = function(path) onnx.export(net, path, {40}) end,
  ['image.save'] = function(path) image.save(path, large) end,
  ['plot.save'] = function(path)
    plot.save(path .. '.png', {{series = {{name = 'a', x = {1, 2}, y = {3, 4}}}}})
  end,
}

-- Those that add to a file: what was there stays.
local adding = {
  ['file.appendLine'] = function(path) return file.appendLine(path, ('line'):rep(2000)) end,
  ['optim.Logger'] = function(path)
    local logger = optim.Logger(path)
    for i = 1, 3000 do logger:add{a = i} end
  end,
  ['torch.DiskFile'] = function(path)
    local f = torch.DiskFile(path, 'w'):binary()
    f:writeObject(large)
    f:close()
  end,
  ['file.openEvents'] = function(path)
    local events, message = file.openEvents(path)
    if not events then return nil, message end
    for i = 1, 300 do
      local done, why = events:scalar('tag', i, i)
      if not done then return nil, why end
    end
    local done, why = events:flush()
    events:close()
    return done, why
  end,
}

-- true, or false and the message, however it came.
local function attempt(write, path)
  local ok, value, message = pcall(write, path)
  if not ok then return false, tostring(value) end
  if value == nil and message then return false, message end
  return true
end

-- The folder's files: names to contents.
local function contents(folder)
  local list = {}
  for _, name in ipairs(system.list(folder)) do list[name] = content(folder .. '/' .. name) end
  return list
end

-- AELUA_PLACE: this process tries all writers there, where none can.
local place, reason = os.getenv 'AELUA_PLACE', os.getenv 'AELUA_REASON'

local function checkRefused(name, write)
  local before = contents(place)
  local ok, message = attempt(write, place .. '/f')
  test.equal(ok, false, name)
  test.check(message:find(reason, 1, true), name .. ': ' .. message)
  test.check(not message:find('\n', 1, true), message)
  for other, bytes in pairs(before) do test.equal(content(place .. '/' .. other), bytes) end
  for _, other in ipairs(system.list(place)) do
    test.check(not other:find '%.tmp$', name .. ' left ' .. other)
    if not before[other] then system.remove(place .. '/' .. other) end
  end
end

if place then
  test.case('all are refused', function()
    for name, write in pairs(replacing) do checkRefused(name, write) end
    for name, write in pairs(adding) do checkRefused(name, write) end
  end)
  return
end

-- Writes first with room, then as `disturbed` does it, then again.
local function checkReplaced(name, write, folder, disturbed, why)
  local path = folder .. '/f'
  local ok, message = attempt(write, path)
  test.check(ok, tostring(message))
  local before = contents(folder)
  ok, message = disturbed(write, path)
  test.equal(ok, false, name)
  test.check(message:find(path, 1, true) and message:find(why, 1, true),
    name .. ': ' .. message)
  test.equal(contents(folder), before, name)
  test.check(attempt(write, path), name)
end

test.case('each step of each writer fails: a message, and the old file', function()
  for name, write in pairs(replacing) do
    local folder = test.folder()
    file.failStep(0)
    local ok, message = attempt(write, folder .. '/f')
    test.check(ok, ('%s: %s'):format(name, message))
    local steps = file.failStep(0)
    test.check(steps >= 6, name .. ' takes ' .. steps .. ' steps')
    for n = 1, steps - 1 do -- the last one syncs the folder: the new file is there
      checkReplaced(name, write, folder, function(...)
        file.failStep(n)
        return attempt(...)
      end, 'No space left on device')
    end
    file.failStep(steps)
    ok, message = attempt(write, folder .. '/f')
    file.failStep(0)
    test.equal(ok, false, name)
    test.check(message:find('No space left on device', 1, true), message)
  end
end)

test.case('each step of a line, of events and of a folder fails', function()
  for name, write in pairs {line = adding['file.appendLine'], events = adding['file.openEvents'],
                            folder = function(path) return system.mkdir(path .. '/a/b') end} do
    local n, done = 0
    repeat
      n = n + 1
      file.failStep(n)
      local ok, message = attempt(write, test.folder() .. '/f')
      file.failStep(0)
      test.check(ok or message:find('No space left on device', 1, true), tostring(message))
      done = ok
    until done
    test.check(n > 3, name)
  end
  file.failStep(0)
  assert(system.mkdir(test.folder() .. '/a/b'))
  test.equal(file.failStep(0), 4, 'each folder is made, and the one it is in is synced')
end)

-- ---- a disk that is full, a folder that cannot be written ----

local function output(command)
  local pipe = assert(io.popen(command .. ' 2>&1'))
  local text = pipe:read 'a'
  return text, select(3, pipe:close())
end

-- Tries all writers in /mnt/place, which the commands prepare in a mount namespace of their own.
local function checkRefusedThere(preparation, why)
  local allowed, status = output('unshare -rm mount -t tmpfs none /mnt')
  if status ~= 0 then test.skip('no mount namespace: ' .. allowed) end
  local words = {test.aelua, arg[0], arg[1], '--file', arg[3]}
  for i, word in ipairs(words) do words[i] = test.quoted(word) end
  local said = output('unshare -rm sh -c ' .. test.quoted(('%s; AELUA_PLACE=/mnt/place ' ..
    'AELUA_REASON=%s %s'):format(preparation, test.quoted(why), table.concat(words, ' '))))
  test.equal(said, '1 passed, 0 failed, 0 skipped\n')
end

local mount = [[mount -t tmpfs -o size=64k none /mnt && mkdir /mnt/place &&
  echo kept >/mnt/place/old && ]]

test.case('a disk that is full: a message, and what was there', function()
  checkRefusedThere(mount .. 'dd if=/dev/zero of=/mnt/filler bs=1k 2>/dev/null',
    'No space left on device')
end)

test.case('a file system that is read-only', function()
  checkRefusedThere(mount .. 'mount -o remount,ro /mnt', 'Read-only file system')
end)

test.case('files that must not grow: a message and no signal', function()
  local folder = test.folder()
  local said = output(('ulimit -f 0; { %s -e %s; } | cat'):format(test.quoted(test.aelua),
    test.quoted(([[for i = 1, 2 do print(pcall(torch.save, '%s/f', {1})) end]]):format(folder))))
  local _, n = said:gsub('File too large', '')
  test.equal(n, 2, said)
  test.equal(#system.list(folder), 0)
end)
