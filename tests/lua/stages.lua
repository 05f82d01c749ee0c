-- Names of stages: cells of metrics.csv, and of files that no two stages share. And the other names
-- that a script gives: of runs, pictures, texts and facts.
-- On the fastest path alone.
local test = require 'harness'
local file, metrics = require 'aelua.file', require 'aelua.lua.metrics'
local system = require 'aelua.system'

local script = [[
  local nn, optim, data = require 'nn', require 'optim', require 'data'
  local run = require 'experiment'.start('s', 'x', {})
  local set = data.load{builtin = true, samples = 20}
  for _, name in ipairs{NAMES} do
    local net = nn.Sequential():add(nn.View(784)):add(nn.Linear(784, 10)):add(nn.LogSoftMax())
    run:train{stage = name, net = net, criterion = nn.ClassNLLCriterion(), data = set.train,
              epochs = 1, optimizer = optim.SGD(net), keepBest = name ~= 'y'}
  end
  run:finish()]]

-- Trains stages of such names, written as Lua: the folder, what it printed, and its status.
local function train(names)
  local folder = test.folder()
  assert(file.writeAtomic(folder .. '/s.lua', (script:gsub('NAMES', function() return names end))))
  local pipe = assert(io.popen(('cd %s && %s s.lua --report=false --pictures=false 2>&1'):format(
    test.quoted(folder), test.quoted(test.aelua))))
  local output = pipe:read 'a'
  return folder, output, select(3, pipe:close())
end

test.case('stages that would share a file are refused, and those with no clean name', function()
  local what = ', should be UTF-8 without comma, quote and control characters'
  for names, message in pairs {
    ["'a b', 'a_b'"] = "train: the stages 'a b' and 'a_b' would share "
      .. 'runs/s-1/checkpoints/a_b.safetensors; name one of them otherwise',
    ["'x', 'x-best'"] = "train: the stages 'x' and 'x-best' would share "
      .. 'runs/s-1/checkpoints/x-best.safetensors',
    ["'x-best', 'x'"] = "train: the stages 'x-best' and 'x' would share "
      .. 'runs/s-1/checkpoints/x-best.safetensors',
    ["'x', 'x'"] = "train: two stages are named 'x'",
    ["'x,y'"] = "train: stage is 'x,y'" .. what,
    [ [['x"']] ] = [[train: stage is 'x"']] .. what,
    ["'x\\ty'"] = [[train: stage is 'x\9y']] .. what,
    ["'x\\ny'"] = [[train: stage is 'x\ny']] .. what,
    ["'x\\xff'"] = "train: stage is 'x?'" .. what,
    ["''"] = "train: stage is ''" .. what,
    ['3'] = 'train: stage is a number' .. what,
    ['false'] = 'train: stage is a boolean' .. what,
    ['{}'] = 'train: stage is a table' .. what,
  } do
    local _, output, status = train(names)
    test.equal(status, 1, output)
    test.check(output:find('\naelua: s.lua:6: ' .. message, 1, true), message .. ' in ' .. output)
  end
end)

test.case('other names are kept as they are', function()
  local folder, output, status = train "'y', 'y-best', 'ä/ö', [[it's]], '..', 'A B'"
  test.equal(status, 0, output)
  local names = {}
  for i, row in ipairs(metrics.read(folder .. '/runs/s-1')) do names[i] = row.stage end
  test.equal(names, {'y', 'y-best', 'ä/ö', "it's", '..', 'A B'})
end)

test.case('a name that leads out of the run folder is refused', function()
  local folder = test.folder()
  assert(file.writeAtomic(folder .. '/s.lua', [[
    local experiment = require 'experiment'
    for _, name in ipairs {'../x', 'a/b', '', 'x\ny', 3} do
      print((select(2, pcall(experiment.start, name, 'About.'))))
    end
    local run = experiment.start('s', 'About.')
    for _, name in ipairs {'../x', 'a/../../x', '..', '/tmp/x', '', 'x\0y'} do
      print((select(2, pcall(run.write, run, name, 'text'))))
      print((select(2, pcall(run.picture, run, name, 'A title.', torch.rand(3, 3)))))
    end
    run:write('b..c', 'text')
    run:picture('T-shirt/top', 'A title.', torch.rand(3, 3))]]))
  local output, status = test.shell(('cd %s && mkdir -p r/s-1 && %s s.lua --runs r'):format(
    test.quoted(folder), test.quoted(test.aelua)))
  test.equal(status, 0, output)
  local list = {}
  for _, name in ipairs {"'../x'", "'a/b'", "''", "'x\\ny'", 'a number'} do
    list[#list + 1] = ('experiment.start: the name is %s, should be a word without / and control '
      .. 'characters\n'):format(name)
  end
  list[#list + 1] = 'Run r/s-2\n'
  for _, name in ipairs {'../x', 'a/../../x', '..', '/tmp/x', '', 'x\\0y'} do
    for _, call in ipairs {'write', 'picture'} do
      list[#list + 1] = ("run:%s: the name is '%s', should be one inside of the run folder\n")
        :format(call, name)
    end
  end
  test.equal(output, table.concat(list))
  local there = system.list(folder)
  table.sort(there)
  test.equal(there, {'r', 's.lua'})
  test.equal(#system.list(folder .. '/r'), 2)
end)

test.case('settings and facts whose names their files could not tell again are refused', function()
  local folder = test.folder()
  assert(file.writeAtomic(folder .. '/s.lua', [[
    local experiment = require 'experiment'
    for _, name in ipairs {'my lr', '', 'x\ny'} do
      print((select(2, pcall(experiment.start, 's', 'About.', {{name, 1}}))))
    end
    local run = experiment.start('s', 'About.')
    print((select(2, pcall(run.fact, run, 'x = 1\nfinished', 'now'))))
    run:fact('y', 'a = b')]]))
  local output, status = test.shell(('cd %s && %s s.lua'):format(test.quoted(folder),
    test.quoted(test.aelua)))
  test.equal(status, 0, output)
  local what = ' is no name for a setting or a fact, should be one word\n'
  test.equal(output, "'my lr'" .. what .. "''" .. what .. "'x\\ny'" .. what .. 'Run runs/s-1\n'
    .. "'x = 1\\nfinished'" .. what)
  test.check(test.read(folder .. '/runs/s-1/run.txt'):find '\nlua = [^\n]*\ny = a = b\n$')
end)

test.case('a stage that failed before its first record can be trained again', function()
  local folder = test.folder()
  assert(file.writeAtomic(folder .. '/s.lua', [[
    local nn, optim, data = require 'nn', require 'optim', require 'data'
    local run = require 'experiment'.start('s', 'x', {})
    local set = data.load{builtin = true, samples = 20}
    local net = nn.Sequential():add(nn.View(784)):add(nn.Linear(784, 10)):add(nn.LogSoftMax())
    local spec = {net = net, criterion = nn.ClassNLLCriterion(), data = set.train, epochs = 1,
                  optimizer = optim.SGD(net)}
    local function train(stage, key, value)
      spec.stage, spec[key or 'batch'] = stage, value
      local ok, problem = pcall(run.train, run, spec)
      spec[key or 'batch'] = nil
      io.stderr:write(tostring(spec.stage), ' ', ok and 'trained' or problem, '\n')
    end
    train('a', 'epoch', 3)
    train('a', 'onBatch', function() error('no batch', 0) end)
    train('a')
    train('b c')
    train('b_c')
    train('b_c')
    train('d', 'onEpoch', function() error('too late', 0) end)
    train('d')
    train()
    train()
    run:finish()]]))
  local output, status = test.shell(('cd %s && %s s.lua --report=false --pictures=false >/dev/null')
    :format(test.quoted(folder), test.quoted(test.aelua)))
  local shared = "b_c train: the stages 'b c' and 'b_c' would share "
    .. 'runs/s-1/checkpoints/b_c.safetensors; name one of them otherwise\n'
  test.equal(output, "a train: unknown field 'epoch'; did you mean 'epochs'?\na no batch\n"
    .. 'a trained\nb c trained\n' .. shared .. shared .. 'd too late\n'
    .. "d train: two stages are named 'd'\nnil trained\nnil trained\n")
  test.equal(status, 0)
  local names = {}
  for i, row in ipairs(metrics.read(folder .. '/runs/s-1')) do names[i] = row.stage end
  test.equal(names, {'a', 'b c', 'd', 'stage 4', 'stage 5'})
end)
