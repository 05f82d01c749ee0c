-- What a run leaves when a file cannot be written, the disk is full, or it is killed: one error,
-- the earlier files as they were, and a last checkpoint from which it goes on to the same bits.
-- AELUA_KILLS: at how many random points it is killed (20).
local test = require 'harness'
local system, file = require 'aelua.system', require 'aelua.file'
local process = require 'aelua.process'

local script = [[
  require 'nn'
  local experiment, data = require 'experiment', require 'data'
  local run = experiment.start('s', 'x', {{'epochs', 3, 'of training'}})
  local set = data.load{builtin = true, samples = 100}
  local net = nn.Sequential():add(nn.View(784)):add(nn.Linear(784, 8)):add(nn.Tanh())
    :add(nn.Linear(8, 10)):add(nn.LogSoftMax())
  run:train{net = net, criterion = nn.ClassNLLCriterion(), data = set.train, batch = 20,
            epochs = run.opt.epochs, optimizer = require 'optim'.Adam(net), shuffle = true,
            onEpoch = function() print 'epoch' end}
  run:finish()
  print('steps', require 'aelua.file'.failStep(0))]]

local function put(path, text)
  local f = assert(io.open(path, 'w'))
  f:write(text)
  f:close()
end

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
  local output, status = run(folder, nil, settings)
  test.equal(status, 0, output)
  local contents = assert(file.readSafetensors(folder .. stage))
  return contents.tensors, tonumber(output:match 'steps\t(%d+)')
end

-- Every checkpoint there is whole, and no temporary file is left.
local function checkWhole(folder, temporaries)
  local path = folder .. '/runs/s-1/checkpoints'
  for _, name in ipairs(system.exists(path) and system.list(path) or {}) do
    if name:find '%.safetensors$' then assert(file.readSafetensors(path .. '/' .. name)) end
    test.check(temporaries or not name:find '%.tmp$', name)
  end
end

-- Goes on with the run, or starts it anew when it had not begun, to the same bits.
local function checkGoesOn(folder, want)
  local output, status = run(folder, nil, '--resume runs/s-1')
  if output:find('no run there', 1, true) then
    os.execute('rm -rf ' .. test.quoted(folder .. '/runs'))
    output, status = run(folder, nil, settings)
  end
  test.equal(status, 0, output)
  local got = assert(file.readSafetensors(folder .. stage)).tensors
  for name, tensor in pairs(want) do
    if name ~= 'generator.epoch' then test.equal(got[name], tensor, name) end
  end
end

-- "aelua: " stands once in it, and the reason.
local function checkOneError(output, reason)
  local _, messages = output:gsub('aelua: ', '')
  test.equal(messages, 1, output)
  test.check(output:find(reason, 1, true), output)
end

test.case('whichever step of writing fails: one error, and it goes on', function()
  local want, steps = undisturbed()
  test.check(steps > 40, steps)
  for n = 1, steps do
    local folder = project()
    local output, status = run(folder, ([[-e "require 'aelua.file'.failStep(%d)"]]):format(n),
                               settings)
    test.equal(status, 1, n .. ': ' .. output)
    checkOneError(output, 'No space left on device')
    checkWhole(folder)
    if n % 4 == 0 then checkGoesOn(folder, want) end
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

test.case('killed at random points, it goes on to the same bits', function()
  local want = undisturbed()
  local began, first = system.clock(), project()
  run(first, nil, settings)
  local whole = system.clock() - began
  for i = 1, tonumber(os.getenv 'AELUA_KILLS') or 20 do
    local folder = project()
    local pid = assert(process.spawn({'/bin/sh', '-c', ('cd %s && exec %s s.lua %s'):format(
      test.quoted(folder), test.quoted(test.aelua), settings)}, folder .. '/output'))
    system.sleep(whole * ((i * 0.6180339887) % 1))
    process.kill(pid, 'KILL')
    process.wait(20)
    checkWhole(folder, true)
    checkGoesOn(folder, want)
    os.execute('rm -rf ' .. test.quoted(folder .. '/runs'))
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
