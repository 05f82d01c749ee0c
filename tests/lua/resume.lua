-- Going on with a run (--resume): with another script, other data, another network or optimizer.
-- On the fastest path alone.
local test = require 'harness'
local file = require 'aelua.file'
local facts, metrics = require 'aelua.lua.facts', require 'aelua.lua.metrics'
local system, process = require 'aelua.system', require 'aelua.process'

-- Is interrupted in its third epoch, and when it goes on, trains to the end of it.
local script = [[
  local nn, optim, data = require 'nn', require 'optim', require 'data'
  local run = require 'experiment'.start('s', 'x', {{'stop', true, 'in the third epoch'}})
  local set = run:data(data.load{builtin = true, samples = 40})
  local net = nn.Sequential():add(nn.View(784)):add(nn.Linear(784, 4)):add(nn.Tanh())
    :add(nn.Linear(4, 10)):add(nn.LogSoftMax())
  run:train{net = net, criterion = nn.ClassNLLCriterion(), data = set.train, batch = 20,
            epochs = 3, optimizer = optim.Adam(net, {learningRate = 0.01}), onEpoch = function(r)
              if r.epoch == 2 and run.opt.stop and not run.resumed then
                os.execute 'kill -INT $PPID'
              end
            end}
  run:fact('accuracy', 'some')
  run:finish()]]

local settings = ' --report=false --pictures=false '

-- Runs s.lua in the folder: what it printed, and its status.
local function aelua(folder, words)
  local pipe = assert(io.popen(('cd %s && %s s.lua %s 2>&1'):format(test.quoted(folder),
    test.quoted(test.aelua), words)))
  local output = pipe:read 'a'
  return output, select(3, pipe:close())
end

local function put(folder, text) assert(file.writeAtomic(folder .. '/s.lua', text)) end

-- A folder with s.lua and its run, which was interrupted.
local function interrupted(words)
  local folder = test.folder()
  put(folder, script)
  local output, status = aelua(folder, settings .. (words or ''))
  test.equal(status, words and 0 or 130, output)
  return folder
end

-- The script with one text in place of another.
local function changed(from, to)
  local at, last = script:find(from, 1, true)
  test.check(at, from)
  return script:sub(1, at - 1) .. to .. script:sub(last + 1)
end

local function contents(folder)
  local pipe = assert(io.popen(('cd %s/runs/s-1 && cat metrics.csv checkpoints/*'):format(
    test.quoted(folder))))
  local text = pipe:read 'a'
  pipe:close()
  return text
end

-- Goes on with a changed script; what it printed, and its status.
local function resumed(folder, from, to)
  put(folder, changed(from, to))
  return aelua(folder, '--resume runs/s-1')
end

local function has(output, text)
  test.check(output:find(text, 1, true), text .. ' in ' .. output)
end

local stage = 'aelua: runs/s-1/checkpoints/stage_1.safetensors: '
local refused = {
  {"start('s'", "start('other'", 'other: --resume runs/s-1: a run of the experiment s; give the '
    .. 'script of that one'},
  {'samples = 40', 'samples = 41', 'aelua: runs/s-1: the run began with other data, built-in '
    .. 'garments: 40 training'},
  {'nn.Tanh', 'nn.Sigmoid', stage .. 'a checkpoint of another network: 2 is nn.Tanh there, '
    .. 'nn.Sigmoid here'},
  {'nn.Tanh()', 'nn.Tanh()):add(nn.Identity()', stage .. 'a checkpoint of another network: 3 is '
    .. 'nn.Linear there, nn.Identity here'},
  {'(4, 10)', '(4, 10, false)', stage .. 'a checkpoint of another network: 3 (nn.Linear): bias is '
    .. 'true there, false here'},
  {'nn.LogSoftMax()', "nn.LogSoftMax(), 'scores'", stage .. 'a checkpoint of another network: '
    .. 'scores is named 4 there'},
  {':add(nn.LogSoftMax())', '', stage .. 'a checkpoint of another network: the network has 5 '
    .. 'modules there, 4 here'},
  {'optim.Adam', 'optim.SGD', stage .. 'a checkpoint of optim.Adam, the stage trains with '
    .. 'optim.SGD'},
  {'optim.Adam(net, {', 'optim.AdamW(net, {', stage .. 'a checkpoint of optim.Adam, the stage '
    .. 'trains with optim.AdamW'},
}

test.case('another experiment, other data, another network or optimizer: one message', function()
  local folder = interrupted()
  local before = contents(folder)
  for _, case in ipairs(refused) do
    local output, status = resumed(folder, case[1], case[2])
    test.equal(status, 1, output)
    has('\n' .. output, '\n' .. case[3])
    test.equal(select(2, ('\n' .. output):gsub('\n%l+: ', '')), 1, output)
    test.check(contents(folder) == before, case[3] .. ': metrics or checkpoints were changed')
  end
  put(folder, script)
  local output, status = aelua(folder, '--resume runs/s-1')
  test.equal(status, 0, output)
  test.check(not output:find 'Note', output)
  test.equal(#metrics.read(folder .. '/runs/s-1'), 3)
end)

test.case('more epochs, another rate: it goes on; a note says the script differs', function()
  local folder = interrupted()
  local output, status = resumed(folder, 'epochs = 3, optimizer = optim.Adam(net, {learningRate = '
    .. '0.01}', 'epochs = 5, optimizer = optim.Adam(net, {learningRate = 0.02}')
  test.equal(status, 0, output)
  has(output, 'Note: s.lua is not as it was when the run began (runs/s-1/script.lua)\n')
  local rates = {}
  for i, row in ipairs(metrics.read(folder .. '/runs/s-1')) do rates[i] = row.lr end
  test.equal(rates, {0.01, 0.01, 0.02, 0.02, 0.02})
end)

test.case('two sets of data: each is known again', function()
  local folder = test.folder()
  local twice = changed('samples = 40})', 'samples = 40})\nrun:data(data.load{builtin = true, '
    .. 'samples = 20})')
  put(folder, twice)
  test.equal(select(2, aelua(folder, settings)), 130)
  local output, status = aelua(folder, '--resume runs/s-1')
  test.equal(status, 0, output)
  put(folder, (twice:gsub('samples = 20', 'samples = 21')))
  output, status = aelua(folder, '--resume runs/s-1')
  test.equal(status, 1, output)
  has(output, 'the run began with other data, built-in garments: 20 training')
end)

-- ---- at once ----

-- Begins a run that waits in its hook until the file "go" is there, and then is interrupted.
local function waiting(folder)
  put(folder, changed("os.execute 'kill -INT $PPID'", [[
    local system = require 'aelua.system'
    io.open('waits', 'w'):close()
    while not system.exists 'go' do system.sleep(0.01) end
    os.execute 'kill -INT $PPID'
  ]]))
  return assert(process.spawn({'/bin/sh', '-c', ('cd %s && exec %s s.lua %s'):format(
    test.quoted(folder), test.quoted(test.aelua), settings)}, folder .. '/output'))
end

local function untilThere(path)
  local limit = system.clock() + 100
  while not system.exists(path) do
    test.check(system.clock() < limit, path .. ' does not come')
    system.sleep(0.01)
  end
end

local busy = 's: another aelua is working in runs/s-1\n'

test.case('a run that still lives cannot be gone on with; when it is killed, it can', function()
  local folder = test.folder()
  local pid = waiting(folder)
  untilThere(folder .. '/waits')
  local before = contents(folder)
  assert(file.writeAtomic(folder .. '/runs/s-1/half.tmp', 'being written'))
  local output, status = aelua(folder, '--resume runs/s-1')
  test.equal({output, status}, {busy, 1})
  test.equal(contents(folder), before)
  test.equal(system.exists(folder .. '/runs/s-1/half.tmp'), 'file')
  process.kill(pid, 'KILL')
  test.equal(select(2, process.wait(60)), -9)
  output, status = aelua(folder, '--resume runs/s-1')
  test.equal(status, 0, output)
  test.equal(#metrics.read(folder .. '/runs/s-1'), 3)
end)

test.case('one that is finished may be gone on with by the same program', function()
  local folder = interrupted()
  put(folder, [[
    arg = {[0] = 's.lua', '--resume', 'runs/s-1'}
    dofile 'inner.lua'
    dofile 'inner.lua'
    require 'experiment'.start('s', 'x', {{'stop', true, 'in the third epoch'}})
    dofile 'inner.lua']])
  assert(file.writeAtomic(folder .. '/inner.lua', script))
  local output, status = aelua(folder, '')
  test.equal(status, 1, output)
  test.equal(select(2, output:gsub('Going on with', '')), 3)
  has(output, busy)
end)

-- ---- run.txt ----

local function factsOf(folder)
  local map = {}
  for _, pair in ipairs(assert(facts.read(folder .. '/runs/s-1/run.txt'))) do
    test.equal(map[pair[1]], nil, pair[1])
    map[pair[1]] = pair[2]
  end
  return map
end

local function without(map, ...)
  local rest = {}
  for key, value in pairs(map) do rest[key] = value end
  for _, key in ipairs {...} do
    test.check(rest[key], key .. ' is there')
    rest[key] = nil
  end
  return rest
end

test.case('what was known of a run stays until there is news', function()
  local folder = interrupted '--stop=false'
  local path = folder .. '/runs/s-1/run.txt'
  local text = assert(file.read(path)):gsub('(started =) %d+', '%1 1999')
    .. 'test-accuracy = 0.9000\nfailed = once\n'
  assert(file.writeAtomic(path, text))
  local before = factsOf(folder)
  local output, status = resumed(folder, 'local set', "error 'early'\nlocal set")
  test.equal(status, 1, output)
  test.equal(without(factsOf(folder), 'resumed'), without(before, 'failed'))
  output, status = resumed(folder, 'run:finish()', "error 'late'") -- nothing is left to train
  test.equal(status, 1, output)
  test.equal(without(factsOf(folder), 'resumed'), without(before, 'failed'))
  local again = [[
    net = nn.Sequential():add(nn.View(784)):add(nn.Linear(784, 10)):add(nn.LogSoftMax())
    run:train{net = net, criterion = nn.ClassNLLCriterion(), data = set.train, epochs = 1,
              optimizer = optim.Adam(net)}
    error 'later']]
  output, status = resumed(folder, 'run:finish()', again)
  test.equal(status, 1, output)
  test.equal(without(factsOf(folder), 'resumed'),
    without(before, 'failed', 'finished', 'test-accuracy'))
  put(folder, script)
  output, status = aelua(folder, '--resume runs/s-1')
  test.equal(status, 0, output)
  test.equal(without(factsOf(folder), 'resumed', 'finished'),
    without(before, 'failed', 'finished', 'test-accuracy'))
end)

test.case('a run killed before run.txt was written is described when it goes on', function()
  local folder = interrupted()
  local before = factsOf(folder)
  for _, empty in ipairs {false, true} do
    assert(os.remove(folder .. '/runs/s-1/run.txt'))
    if empty then assert(file.writeAtomic(folder .. '/runs/s-1/run.txt', '')) end
    test.equal(select(2, aelua(folder, '--resume runs/s-1')), 0)
    local now = factsOf(folder)
    test.check(now.started and now.resumed and now.finished)
    test.equal({now.experiment, now['data-crc32']}, {'s', before['data-crc32']})
  end
end)

test.case('a run whose page cannot be written is not finished; going on writes it', function()
  local folder = test.folder()
  put(folder, changed("run:fact('accuracy', 'some')", [[
    if not run.resumed then require 'aelua.system'.mkdir(run.folder .. '/report.html') end]]))
  local output, status = aelua(folder, '--stop=false --pictures=false')
  test.equal(status, 1)
  has(output, 'aelua: runs/s-1/report.html: Is a directory\n')
  test.equal(facts.value(facts.read(folder .. '/runs/s-1/run.txt'), 'finished'), nil)
  assert(system.remove(folder .. '/runs/s-1/report.html'))
  output, status = aelua(folder, '--resume runs/s-1')
  test.equal(status, 0, output)
  test.check(test.read(folder .. '/runs/s-1/report.html'):find('<td>finished</td>', 1, true))
  test.check(facts.value(facts.read(folder .. '/runs/s-1/run.txt'), 'finished'))
end)

test.case('the same program may try again: other data, another network, the page', function()
  local folder = interrupted()
  put(folder, (changed('local set = run:data(', [[
    if run.resumed then
      print((select(2, pcall(run.data, run, data.load{builtin = true, samples = 41}))))
    end
    local set = run:data(]]):gsub('run:train', [[
    if run.resumed then
      local other = nn.Sequential():add(nn.View(784)):add(nn.Linear(784, 10)):add(nn.LogSoftMax())
      print((select(2, pcall(run.train, run, {net = other, criterion = nn.ClassNLLCriterion(),
        data = set.train, epochs = 3, optimizer = optim.Adam(other)}))))
    end
    run:train]]):gsub('run:finish%(%)', [[
    local facts, system = require 'aelua.lua.facts', require 'aelua.system'
    system.mkdir(run.folder .. '/report.html')
    run.opt.report = true
    print((select(2, pcall(run.finish, run))))
    run:fact('more', 'known')
    assert(not facts.value(facts.read(run.folder .. '/run.txt'), 'finished'), 'no page')
    assert(system.remove(run.folder .. '/report.html'))
    run:finish()]])))
  local output, status = aelua(folder, '--resume runs/s-1')
  test.equal(status, 0, output)
  has(output, 'the run began with other data, built-in garments: 40 training')
  has(output, 'a checkpoint of another network')
  has(output, 'runs/s-1/report.html: Is a directory\n')
  test.equal(#metrics.read(folder .. '/runs/s-1'), 3)
  local known = facts.read(folder .. '/runs/s-1/run.txt')
  test.equal(facts.value(known, 'data-2'), nil)
  test.check(facts.value(known, 'finished') and facts.value(known, 'more'))
end)

test.case('a run whose log cannot be written leaves print alone', function()
  local folder = interrupted()
  put(folder, [[
    local show = print
    print(pcall(require 'experiment'.start, 's', 'x', {{'stop', true}}))
    print(print == show)]])
  test.shell(('ln -sf /dev/full %s/runs/s-1/log.txt'):format(test.quoted(folder)))
  local output, status = aelua(folder, '--resume runs/s-1')
  test.equal(status, 0, output)
  has(output, 'false\truns/s-1/log.txt: No space left on device\ntrue\n')
end)
