-- What a run leaves when a file cannot be written, the disk is full, or it is killed: one error,
-- the earlier files as they were, and a last checkpoint from which it goes on to the same bits.
-- AELUA_KILLS: at how many random points it is killed (20, and every third step fails; given, every
-- step does, and it prints how it went).
-- On the fastest path alone.
local test = require 'harness'
local system, file = require 'aelua.system', require 'aelua.file'
local process = require 'aelua.process'
local put = test.write

local script = [[
  require 'nn'
  local experiment, data = require 'experiment', require 'data'
  local run = experiment.start('s', 'x', {{'epochs', 4, 'of training'},
    {'kill', 0, 'after the epoch'}})
  local set = data.load{builtin = true, samples = 100}
  local net = nn.Sequential():add(nn.View(784)):add(nn.Linear(784, 8)):add(nn.Tanh())
    :add(nn.Linear(8, 10)):add(nn.LogSoftMax())
  run:train{net = net, criterion = nn.ClassNLLCriterion(), data = set.train, batch = 20,
            epochs = run.opt.epochs, optimizer = require 'optim'.Adam(net), shuffle = true,
            onEpoch = function(record) -- draws a number; stops after the third of four
              print 'epoch'
              torch.rand(1)
              if record.epoch == run.opt.kill and not run.resumed then
                os.execute 'kill -KILL $PPID'
              end
              return record.epoch ~= 3 or run.opt.epochs ~= 4
            end}
  run:fact('weights', 'trained')
  run:picture('random', 'Random', torch.rand(9, 9))
  run:finish()
  print('steps', require 'aelua.file'.failStep(0))]]

local image = require 'image'

local function content(path)
  local f = io.open(path, 'rb')
  local text = f and f:read 'a'
  if f then f:close() end
  return text
end

-- A folder with s.lua in it.
local function project()
  local folder = test.folder()
  put(folder .. '/s.lua', script)
  return folder
end

-- Runs it there; returns what it printed and its status.
local function run(folder, options, arguments, before)
  local pipe = assert(io.popen(('cd %s && { %s %s %s s.lua %s; } 2>&1'):format(test.quoted(folder),
    before or '', test.quoted(test.aelua), options or '', arguments or '')))
  local output = pipe:read 'a'
  return output, select(3, pipe:close())
end

local settings = '--pictures=false --report=false'
local stage = '/runs/s-1/checkpoints/stage_1.safetensors'

-- The parameters at the end of a run that nothing disturbed, and how many steps it took.
local function undisturbed()
  local folder = project()
  local output, status = run(folder)
  test.equal(status, 0, output)
  local contents = assert(file.readSafetensors(folder .. stage))
  return contents.tensors, tonumber(output:match 'steps\t(%d+)')
end

-- TensorBoard's records: length, its checksum, data, theirs.
local function checkEvents(path, text, torn)
  local at = 1
  while at <= #text do
    local length = at + 11 <= #text and ('<I8'):unpack(text, at)
    local whole = length and at + 12 + length + 4 - 1 <= #text
    test.check(whole or torn, path .. ': a record is torn')
    if not whole then return end
    at = at + 12 + length + 4
  end
end

-- How each kind of file shows that it is whole; torn: a kill may cut what is appended to.
local checks = {
  safetensors = function(path) assert(file.readSafetensors(path)) end,
  png = function(path) assert(image.load(path)) end,
  html = function(_, text) test.check(text:find '</html>%s*$', 'the end of the page') end,
  aelua = checkEvents,
  csv = function(path, text, torn)
    local _, commas = text:match '^[^\n]*':gsub(',', '')
    for line in text:gmatch '[^\n]*\n' do
      local _, n = line:gsub(',', '')
      test.equal(n, commas, path)
    end
    test.check(torn or text:find '\n$', 'a whole last line')
  end,
}

-- Every file there is whole, and, unless it was killed, no temporary one is left.
local function checkWhole(folder, killed)
  for _, inner in ipairs {'', '/checkpoints', '/figures'} do
    local path = folder .. '/runs/s-1' .. inner
    for _, name in ipairs(system.exists(path) and system.list(path) or {}) do
      local check = checks[name:match '%.(%w+)$']
      local full = path .. '/' .. name
      if check then check(full, content(full), killed) end
      test.check(killed or not name:find '%.tmp$', name)
    end
  end
end

-- Goes on with the run, or starts it anew when it had not begun, to the same bits.
local function checkGoesOn(folder, want)
  local output, status = run(folder, nil, '--resume runs/s-1')
  if output:find('no run there', 1, true) then
    os.execute('rm -rf ' .. test.quoted(folder .. '/runs'))
    output, status = run(folder)
  end
  test.equal(status, 0, output)
  local got = assert(file.readSafetensors(folder .. stage)).tensors
  for name, tensor in pairs(want) do
    if name ~= 'generator.epoch' then test.equal(got[name], tensor, name) end
  end
end

-- A line begins with "aelua: " once in it, and has the reason.
local function checkOneError(output, reason)
  local _, messages = ('\n' .. output):gsub('\naelua: ', '')
  test.equal(messages, 1, output)
  test.check(output:find(reason, 1, true), output)
end

test.case('whichever step of writing fails: one error, and it goes on', function()
  local want, steps = undisturbed()
  test.check(steps > 100, steps)
  for n = 1, steps, os.getenv 'AELUA_KILLS' and 1 or 3 do
    local folder = project()
    local output, status = run(folder, ([[-e "require 'aelua.file'.failStep(%d)"]]):format(n))
    test.equal(status, 1, n .. ': ' .. output)
    checkOneError(output, 'No space left on device')
    checkWhole(folder)
    if n % 5 == 1 then checkGoesOn(folder, want) end
    os.execute('rm -rf ' .. test.quoted(folder .. '/runs'))
  end
end)

test.case('killed in a hook that ends the stage, it ends with the same bits', function()
  local want = undisturbed()
  for epoch = 1, 3 do
    local folder = project()
    local output, status = run(folder, nil, settings .. ' --kill ' .. epoch)
    test.equal(status, 137, output)
    checkWhole(folder, true)
    checkGoesOn(folder, want)
    local _, rows = content(folder .. '/runs/s-1/metrics.csv'):gsub('\nstage 1,', '')
    test.equal(rows, 3)
    os.execute('rm -rf ' .. test.quoted(folder .. '/runs'))
  end
end)

test.case('a full disk: one error, the earlier files as they were', function()
  local want = undisturbed()
  local folder = project()
  local output, status = run(folder, nil, settings, 'ulimit -f 8;') -- blocks of 512 or 1024 bytes
  test.equal(status, 1, output)
  checkOneError(output, 'File too large')
  checkWhole(folder)
  checkGoesOn(folder, want)
end)

-- Runs it on a disk of so many kB, then with room; the folder is copied to `kept` in between.
local function runOnDisk(folder, size, remount)
  local words = {test.quoted(folder), size, test.quoted(test.aelua), settings, remount}
  local commands = ([[mount -t tmpfs -o size=%sk none /mnt && cp FOLDER/s.lua /mnt && cd /mnt ||
      exit 9
    REMOUNT
    AELUA s.lua SETTINGS >FOLDER/first 2>&1; status=$?
    cp -r /mnt FOLDER/kept; mount -o remount,rw,size=9m /mnt
    [ -f runs/s-1/options.txt ] && again='--resume runs/s-1' || { again='SETTINGS'; rm -rf runs; }
    AELUA s.lua $again >FOLDER/second 2>&1 || exit 8
    cp runs/s-1/checkpoints/stage_1.safetensors FOLDER/last; exit $status]]):format(words[2])
  commands = commands:gsub('%u%u%u+', {FOLDER = words[1], AELUA = words[3], SETTINGS = words[4],
    REMOUNT = words[5] or ''})
  return select(3, os.execute('unshare -rm sh -c ' .. test.quoted(commands)))
end

test.case('a disk that is full, by and by: one error, and with room it goes on', function()
  if not os.execute 'unshare -rm mount -t tmpfs none /mnt 2>/dev/null' then
    test.skip 'no mount namespace'
  end
  local want, failed = undisturbed(), 0
  for size = 8, os.getenv 'AELUA_KILLS' and 400 or 200, os.getenv 'AELUA_KILLS' and 4 or 24 do
    local folder = project()
    local status = runOnDisk(folder, size)
    test.check(status <= 1, (content(folder .. '/second') or '') .. status)
    if status == 1 then
      failed = failed + 1
      checkOneError(content(folder .. '/first'), 'No space left on device')
    end
    os.execute(('mv %s/kept/runs %s/runs'):format(folder, folder))
    checkWhole(folder)
    local got = assert(file.readSafetensors(folder .. '/last')).tensors
    for name, tensor in pairs(want) do
      if name ~= 'generator.epoch' then test.equal(got[name], tensor, name) end
    end
    os.execute('rm -rf ' .. test.quoted(folder))
  end
  test.check(failed >= 3, failed .. ' runs met a full disk')
end)

test.case('a disk that is read-only: one error', function()
  local folder = project()
  if not os.execute 'unshare -rm mount -t tmpfs none /mnt 2>/dev/null' then
    test.skip 'no mount namespace'
  end
  local status = runOnDisk(folder, 900, 'mount -o remount,ro /mnt')
  test.equal(status, 1)
  checkOneError(content(folder .. '/first'), 'Read-only file system')
end)

-- Kills a run after so many seconds; whether it had not ended before.
local function killedAfter(seconds, folder)
  local pid = assert(process.spawn({'/bin/sh', '-c', ('cd %s && exec %s s.lua %s'):format(
    test.quoted(folder), test.quoted(test.aelua), settings)}, folder .. '/output'))
  system.sleep(seconds)
  process.kill(pid, 'KILL')
  return select(2, process.wait(20)) == -9
end

test.case('killed at random points, it goes on to the same bits', function()
  local want = undisturbed()
  local began, first, killed = system.clock(), project(), 0
  run(first, nil, settings)
  local whole = system.clock() - began
  local times = tonumber(os.getenv 'AELUA_KILLS') or 20
  for i = 1, times do
    local folder = project()
    if killedAfter(whole * ((i * 0.6180339887) % 1), folder) then killed = killed + 1 end
    checkWhole(folder, true)
    checkGoesOn(folder, want)
    os.execute('rm -rf ' .. test.quoted(folder))
  end
  test.check(killed >= times // 2, killed .. ' were killed')
  if os.getenv 'AELUA_KILLS' then
    test.figure('%d of %d runs killed; all went on to the same bits, no file was torn', killed,
      times)
  end
end)

test.case('a folder that cannot be written: one error', function()
  local folder = project()
  put(folder .. '/runs', 'in the way') -- also root cannot make a folder here
  local output, status = run(folder, nil, settings)
  test.equal(status, 1, output)
  checkOneError(output, 'Not a directory')
  test.equal(content(folder .. '/runs'), 'in the way')
end)

test.case('a torn metrics.csv is mended by going on; a resume that fails loses no row', function()
  local folder = project()
  local metrics = folder .. '/runs/s-1/metrics.csv'
  run(folder, nil, settings)
  local whole = content(metrics)
  put(metrics, whole .. 'stage 1,4,0.1')
  local output, status = run(folder, nil, '--resume runs/s-1')
  test.equal(status, 0, output)
  test.equal(content(metrics), whole)
  put(metrics, whole .. 'stage 1,4,0.1')
  put(folder .. stage, 'no checkpoint')
  output, status = run(folder, nil, '--resume runs/s-1')
  test.equal(status, 1)
  checkOneError(output, 'stage_1.safetensors: no safetensors file')
  test.equal(content(metrics), whole .. 'stage 1,4,0.1')
end)

test.case('a log that cannot be written is one error', function()
  local folder = project()
  run(folder, nil, settings)
  os.execute(('ln -sf /dev/full %s/runs/s-1/log.txt'):format(test.quoted(folder)))
  local output, status = run(folder, nil, '--resume runs/s-1')
  test.equal(status, 1)
  checkOneError(output, 'runs/s-1/log.txt: No space left on device')
  checkWhole(folder)
end)

test.case('a reader that leaves a run: a quiet end, and the checkpoint', function()
  local folder = project()
  local output = run(folder, nil, settings
    .. ' --epochs 100000 2>said; echo $? >status; } | head -n 1; cat said status; { :')
  test.equal(output, 'Run runs/s-1\n141\n')
  checkWhole(folder)
end)
