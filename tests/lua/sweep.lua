-- aelua sweep: grids, runs side by side, failures, and going on after every kind of end.
local test = require 'harness'
local grid, process, system = require 'grid', require 'aelua.process', require 'aelua.system'
local write, read = test.write, test.read

-- ---- grids ----

local function combinations(...)
  local settings, message = grid.settings {...}
  if not settings then return nil, message end
  local list, why = grid.combinations(settings)
  if not list then return nil, why end
  local lines = {}
  for i, c in ipairs(list) do lines[i] = table.concat(c.words, ' ') .. ' | ' .. c.label end
  return lines
end

test.case('ranges and lists make a grid; the rest is passed on', function()
  test.equal(combinations('--seed', '-1..1', '--lr=0.1,0.5', '--epochs', '3'), {
    '--seed=-1 --lr=0.1 --epochs=3 | seed=-1 lr=0.1',
    '--seed=-1 --lr=0.5 --epochs=3 | seed=-1 lr=0.5',
    '--seed=0 --lr=0.1 --epochs=3 | seed=0 lr=0.1', '--seed=0 --lr=0.5 --epochs=3 | seed=0 lr=0.5',
    '--seed=1 --lr=0.1 --epochs=3 | seed=1 lr=0.1', '--seed=1 --lr=0.5 --epochs=3 | seed=1 lr=0.5'})
  test.equal(combinations('--seed', '1..2,7'), {'--seed=1 | seed=1', '--seed=2 | seed=2',
                                                '--seed=7 | seed=7'})
  test.equal(combinations('--no-report', '--config', '../a.lua', '--name='),
             {'--no-report --config=../a.lua --name= | '})
  test.equal(combinations('--widths', '500,100;300'), {'--widths=500,100 | widths=500,100',
                                                       '--widths=300 | widths=300'})
  test.equal(combinations('--widths', '500,100;'), {'--widths=500,100 | '})
  test.equal(combinations(), {' | '})
end)

test.case('bad ranges and lists', function()
  local function expect(message, ...) test.equal(select(2, combinations(...)), message) end
  expect('--seed: the range 5..1 is empty; the smaller number comes first', '--seed', '5..1')
  expect("--seed: '1..x' is no range; A..B are two whole numbers", '--seed', '1..x')
  expect("--lr: '0.1..0.5' is no range; A..B are two whole numbers", '--lr', '0.1..0.5')
  expect("--seed: '1..99999999999999999999' is no range; A..B are two whole numbers",
         '--seed', '1..99999999999999999999')
  expect('--seed: 1..20000 are more than 10000 values', '--seed', '1..20000')
  expect('--seed: -9000000000000000000..9000000000000000000 are more than 10000 values',
         '--seed', '-9000000000000000000..9000000000000000000')
  expect('--seed has more than 10000 values', '--seed', ('1..6000,'):rep(1000) .. '1')
  expect("--widths: there is no value in ';'", '--widths', ';')
  expect('the grid has more than 10000 combinations', '--a', '1..101', '--b', '1..100')
  expect("--seed: a value is missing in '1,,3'", '--seed', '1,,3')
  expect('--seed is given twice', '--seed', '1', '--seed=2')
  expect("'5' is not an option; options begin with --", '--seed', '1', '5')
end)

-- ---- sweeps ----

-- A stage on random numbers; seed `bad` fails after it. each epoch takes `wait` seconds more.
local script = [[
local nn, optim, experiment = require 'nn', require 'optim', require 'experiment'
local run = experiment.start('mini', 'A tiny classifier.', {
  {'epochs', 2, 'of training', min = 1}, {'lr', 0.1, 'learning rate', max = 1},
  {'bad', 0, 'seed that fails'}, {'wait', 0.0, 'seconds'}})
local x, y = torch.rand(20, 5), torch.LongTensor(20):fill(1)
local part = {n = 20}
function part.batch() return x, y end
function part.batches(_, size, options)
  local at = ((options or {}).from or 1) - 1
  return function()
    at = at + 1
    if at > 20 // size then return nil end
    return x:narrow(1, (at - 1) * size + 1, size), y:narrow(1, (at - 1) * size + 1, size)
  end
end
local net = nn.Sequential():add(nn.Linear(5, 3)):add(nn.LogSoftMax())
run:train{stage = 'training', net = net, criterion = nn.ClassNLLCriterion(), batch = 10,
  optimizer = optim.SGD(net, {learningRate = run.opt.lr}), data = part, epochs = run.opt.epochs,
  onEpoch = function()
    local clock = require 'aelua.system'.clock
    local begin = clock()
    while clock() - begin < run.opt.wait do end
  end}
if run.opt.seed == run.opt.bad then error('seed ' .. run.opt.seed .. ' is bad') end
run:finish()
]]

local program = test.aelua:find('^/') and test.aelua or os.getenv('PWD') .. '/' .. test.aelua

-- Runs `aelua sweep` in a folder, which gets mini.lua; returns what it printed, errors and status.
local function sweep(folder, arguments)
  if not system.exists(folder .. '/mini.lua') then write(folder .. '/mini.lua', script) end
  local pipe = assert(io.popen(('cd %s && %s sweep %s 2>errors'):format(test.quoted(folder),
    test.quoted(program), arguments)))
  local output = pipe:read 'a'
  local status = select(3, pipe:close())
  return output, read(folder .. '/errors'), status
end

-- The same, beside the test: returns its process.
local function start(folder, arguments)
  write(folder .. '/mini.lua', script)
  return assert(process.spawn({'/bin/sh', '-c', ('cd %s && exec %s --threads 2 sweep %s'):format(
    test.quoted(folder), test.quoted(program), arguments)}, folder .. '/output'))
end

-- Waits until the first two jobs have trained for an epoch.
local function trained(folder)
  local began = system.clock()
  for job = 1, 2 do
    local metrics = ('%s/runs/sweep-1/job-%d/mini-1/metrics.csv'):format(folder, job)
    while not (system.exists(metrics) and read(metrics):find '\ntraining,1,') do
      if system.clock() - began > 60 then error('no epoch: ' .. read(folder .. '/output')) end
      os.execute 'sleep 0.02'
    end
  end
end

-- The losses of all jobs of a sweep, as written.
local function losses(folder, jobs)
  local list = {}
  for job = 1, jobs do
    local text = read(('%s/runs/sweep-1/job-%d/mini-1/metrics.csv'):format(folder, job))
    for epoch, loss in text:gmatch '\ntraining,(%d+),([^,]*)' do
      list[#list + 1] = ('%d:%s:%s'):format(job, epoch, loss)
    end
  end
  return list
end

test.case('a grid runs, each run in its folder, and ends in a table', function()
  local folder = test.folder()
  local output, errors, status = sweep(folder, 'mini.lua --seed 1..2 --lr 0.1,0.5 --no-report')
  test.equal(errors, '')
  test.equal(status, 0)
  local labels = {'seed=1 lr=0.1', 'seed=1 lr=0.5', 'seed=2 lr=0.1', 'seed=2 lr=0.5'}
  for job, label in ipairs(labels) do
    test.check(output:find(('job %d (%s): started\n'):format(job, label), 1, true), label)
    test.check(output:find(('\njob %d (%s): done in '):format(job, label), 1, true), label)
    local row = ('\njob%%-%d/mini%%-1 +0%%.%%d +%d '):format(job, (job + 1) // 2)
    test.check(output:find(row), output)
  end
  test.check(output:find('4 of 4 runs done\n', 1, true), output)
  test.check(output:find('\nMean +- spread over the seeds:\nruns   lr ', 1, true), output)
  test.check(output:find '\n +2 +0.1 [^\n]* %+%- [^\n]*\n +2 +0.5 [^\n]* %+%- ', output)
  test.check(not output:find '\27', 'no control characters without a terminal')
  test.equal(#losses(folder, 4), 8)
  local sweepFolder = folder .. '/runs/sweep-1/'
  test.check(read(sweepFolder .. 'sweep.txt'):find('\noption = --seed=1..2\n' ..
    'option = --lr=0.1,0.5\noption = --no-report\n' ..
    'job-1 = --seed=1 --lr=0.1 --no-report\n', 1, true), 'sweep.txt')
  test.check(read(sweepFolder .. 'job-3/output.txt'):find 'training 2/2  loss ', 'the log')
  test.check(read(sweepFolder .. 'compare.csv'):find '\nruns/sweep%-1/job%-4/mini%-1,0.5,2,')
  for _, name in ipairs {'compare.html', 'compare.png'} do
    test.check(system.exists(sweepFolder .. name), name)
  end
  local again = sweep(folder, 'mini.lua --runs runs --no-report')
  test.check(again:find '^Sweep runs/sweep%-2: 1 run of mini.lua, 1 at once\njob 1: started\n',
             again)
end)

test.case('threads are divided among the runs', function()
  local folder = test.folder()
  write(folder .. '/mini.lua', [[local system = require 'aelua.system'
    print(system.threads(), system.kernels())]])
  local arguments = '--threads 6 --kernels portable sweep mini.lua --a 1..4 --jobs 3'
  local pipe = assert(io.popen(('cd %s && %s %s'):format(test.quoted(folder),
    test.quoted(program), arguments)))
  local output = pipe:read 'a'
  test.equal(select(3, pipe:close()), 0)
  test.check(output:find('4 runs of mini.lua, 3 at once', 1, true), output)
  test.check(output:find('No run to compare', 1, true), output)
  test.check(output:find 'job 4 %(a=4%): done in %d+%.%d s\n', output)
  for job = 1, 4 do
    test.equal(read(('%s/runs/sweep-1/job-%d/output.txt'):format(folder, job)), '2\tportable\n')
  end
end)

test.case('a failing run is survived and reported; repaired, the sweep goes on', function()
  local folder = test.folder()
  local output, errors, status = sweep(folder,
    'mini.lua --seed 1..3 --lr 0.1,0.5 --bad 2 --no-report')
  test.equal(status, 1)
  test.equal(errors, 'sweep: job 3 (seed=2 lr=0.1), job 4 (seed=2 lr=0.5) failed: ' ..
    'aelua: mini.lua:24: seed 2 is bad\n' ..
    'sweep: all they printed is in runs/sweep-1/job-*/output.txt\n')
  test.check(output:find('4 of 6 runs done, 2 failed\n', 1, true), output)
  test.check(output:find '\n +2 +0.1 [^\n]*\n +2 +0.5 ', 'means of the two that finished')
  local before = read(folder .. '/runs/sweep-1/job-1/mini-1/run.txt')
  write(folder .. '/mini.lua', (script:gsub("if run.opt.seed == run.opt.bad[^\n]*", '')))
  output, errors, status = sweep(folder, '--out runs/sweep-1')
  test.equal(errors, '')
  test.equal(status, 0)
  test.check(output:find('6 runs of mini.lua, 2 at once, 4 done before\n', 1, true)
    or output:find('6 runs of mini.lua, 1 at once, 4 done before\n', 1, true), output)
  test.check(output:find('job 3 (seed=2 lr=0.1): going on\n', 1, true), output)
  test.check(not output:find('job 1 (', 1, true), 'job 1 is not run again')
  test.equal(read(folder .. '/runs/sweep-1/job-1/mini-1/run.txt'), before)
  test.check(not system.exists(folder .. '/runs/sweep-1/job-3/mini-2'), 'the same run goes on')
end)

test.case('jobs that were removed, and a list of them that was, hide no other', function()
  local folder = test.folder()
  write(folder .. '/s.lua', [[
    local run = require 'experiment'.start('s', 'About.', {{'a', 0, 'what to remove'}})
    if run.opt.a == 4 then require 'aelua.system'.remove('s/sweep.txt') end
    if run.opt.a == 5 then run:write('metrics.csv', 'x') end
    run:finish()]])
  local function compared()
    local pipe = assert(io.popen(('cd %s && %s compare s 2>&1'):format(test.quoted(folder),
      test.quoted(program))))
    local output, list = pipe:read 'a', {}
    for job in output:gmatch 'job%-(%d+)/' do list[#list + 1] = job end
    return table.concat(list, ' '), output
  end
  sweep(folder, 's.lua --a 11..22 --no-report --out s')
  test.equal(compared(), '1 2 3 4 5 6 7 8 9 10 11 12')
  for _, job in ipairs {2, 3, 11} do os.execute(("rm -r '%s/s/job-%d'"):format(folder, job)) end
  test.equal(compared(), '1 4 5 6 7 8 9 10 12')
  os.execute(("rm -r '%s'/s/job-*"):format(folder))
  test.equal(select(2, compared()), 'compare: s is a sweep without any run\n')
  os.execute(("rm -r '%s/s'"):format(folder))
  local output, errors, status = sweep(folder, 's.lua --a 1,4,5 --no-report --out s')
  test.check(output:find '\njob%-1/[^\n]*\njob%-2/[^\n]*\n\nwritten', output)
  test.equal(errors, "sweep: s/job-3/s-1/metrics.csv: line 1: no column 'stage'\n")
  test.equal(status, 0)
end)

test.case('what failed is said, and what came out, when that cannot be written', function()
  local folder = test.folder()
  write(folder .. '/s.lua', [[
    local run = require 'experiment'.start('s', 'About.', {{'a', 0}})
    require 'aelua.system'.mkdir('s/compare.html')
    if run.opt.a == 2 then error('two', 0) end
    run:finish()]])
  local output, errors, status = sweep(folder, 's.lua --a 1..2 --no-report --out s')
  test.check(output:find '\njob%-1/s%-1 [^\n]* finished\njob%-2/s%-1 [^\n]* unfinished\n$', output)
  test.equal(errors, 'sweep: job 2 (a=2) failed: aelua: two\n' ..
    'sweep: all they printed is in s/job-*/output.txt\nsweep: s/compare.html: Is a directory\n')
  test.equal(status, 1)
end)

test.case('a mistake in the settings is said once, and leaves nothing', function()
  local folder = test.folder()
  local output, errors, status = sweep(folder, 'mini.lua --sead 1..9')
  test.equal(errors, 'sweep: mini: unknown option --sead; did you mean --seed?\n')
  test.equal(status, 1)
  test.equal(select(2, output:gsub('started', '')), 1, 'jobs started')
  test.equal(system.list(folder .. '/runs'), {})
  test.equal(select(2, sweep(folder, 'mini.lua --lr 5,6')),
             'sweep: mini: --lr: 5 is not allowed (at most 1)\n')
  write(folder .. '/wrong.lua', 'x = = 1')
  test.equal(select(2, sweep(folder, 'wrong.lua --seed 1..2')),
             "sweep: aelua: wrong.lua:1: unexpected symbol near '='\n")
end)

test.case('what sweep.txt and the runs say does not reach the terminal as it is', function()
  local folder = test.folder()
  write(folder .. '/s.lua', "io.stderr:write('\\27[2J', arg[1], '\\n') os.exit(arg[1] == '--a=y')")
  local function go(text)
    write(folder .. '/s/sweep.txt', text)
    local output, errors = sweep(folder, '--out s')
    test.equal((output .. errors):find '[^%g\n ]', nil)
    return output, errors
  end
  assert(system.mkdir(folder .. '/s'))
  local output, errors = go 'script = s.lua\noption = --a=y,\\027x\n'
  test.check(output:find('job 2 (a=\\27x): failed', 1, true), output)
  test.check(errors:find('job 2 (a=\\27x) failed: \\27[2J--a=\\27x', 1, true), errors)
  test.check(select(2, go 'script = s\\027.lua\n'):find('script s\\27.lua: No such', 1, true))
end)

test.case('a sweep that goes on and is refused stays as it is', function()
  local folder = test.folder()
  sweep(folder, 'mini.lua --seed 1..2 --no-report --out s')
  local text = read(folder .. '/s/sweep.txt')
  os.execute(("rm -r '%s/s/job-2'"):format(folder))
  write(folder .. '/mini.lua', 'x = = 1')
  local _, errors, status = sweep(folder, '--out s')
  test.equal(errors, "sweep: aelua: mini.lua:1: unexpected symbol near '='\n")
  test.equal(status, 1)
  test.equal(read(folder .. '/s/sweep.txt'), text)
  test.check(system.exists(folder .. '/s/job-1/output.txt'), 'what the first job printed')
  write(folder .. '/mini.lua', script)
  test.equal(select(3, sweep(folder, '--out s')), 0)
end)

test.case('mistakes of the sweep itself are one line', function()
  local folder = test.folder()
  local function expect(arguments, message)
    local output, errors, status = sweep(folder, arguments)
    test.equal(output, '', arguments)
    test.equal(errors, 'sweep: ' .. message .. '\n', arguments)
    test.equal(status, 1, arguments)
  end
  expect('nosuch.lua --seed 1..2', 'cannot open the script nosuch.lua: No such file or directory')
  expect('. --seed 1..2', 'cannot open the script .: Is a directory')
  expect('--seed 1..2', 'no script given')
  expect('--out nosuch', 'nosuch holds no sweep to go on with')
  expect('mini.lua --out .', '. is there and holds no sweep')
  expect('mini.lua --jobs 0', "--jobs: '0' is not a number of jobs")
  expect('mini.lua --out', '--out wants a value')
  expect('mini.lua --seed 2..1', '--seed: the range 2..1 is empty; the smaller number comes first')
  expect('mini.lua --resume x', 'a sweep goes on with --out FOLDER, not --resume')
  expect('mini.lua --runs mini.lua/x', 'the folder cannot be made: mini.lua/x: Not a directory')
  test.check(not system.exists(folder .. '/runs'), 'no folder is made')
  sweep(folder, 'mini.lua --seed 1 --out a --no-report')
  expect('mini.lua --seed 2 --out a', 'a is the sweep of mini.lua --seed=1 --no-report; ' ..
    'without a script it goes on, another one needs another folder')
  test.equal(select(3, sweep(folder, 'mini.lua --seed 1 --no-report --out a')), 0, 'the same again')
end)

test.case('whatever cannot be written is one line, and the same command goes on', function()
  local folder, arguments = test.folder(), 'mini.lua --seed 1 --no-report --out a'
  write(folder .. '/mini.lua', script)
  local n = 0
  repeat
    n = n + (n < 10 and 1 or 4)
    local output, status = test.shell(([[cd %s && %s -e "require 'aelua.file'.failStep(%d)" \
      sweep %s]]):format(test.quoted(folder), test.quoted(program), n, arguments))
    local line = output:match 'sweep: [^\n]*: No space left on device\n'
    test.check(status == 0 or line, output)
    test.check(not output:find 'stack traceback', output)
    local _, errors, again = sweep(folder, arguments)
    test.equal({errors, again}, {'', 0}, ('step %d, then'):format(n))
    os.execute(('rm -r %s/a'):format(test.quoted(folder)))
  until status == 0
  test.check(n > 20, n)
end)

local slow = 'mini.lua --seed 1..3 --epochs 5 --wait 0.3 --no-report'

test.case('Ctrl-C stops the runs, and the sweep goes on to the same bits', function()
  local folder, whole = test.folder(), test.folder()
  local pid = start(folder, slow)
  trained(folder)
  test.equal(select(3, sweep(folder, '--out runs/sweep-1')), 1, 'a second sweep there at once')
  test.equal(read(folder .. '/errors'),
             'sweep: runs/sweep-1/sweep.lock: in use by another program\n')
  process.kill(pid, 'INT')
  local _, status = process.wait(30)
  test.equal(status, 130)
  local output = read(folder .. '/output')
  test.check(output:find('\nInterrupted; the runs save where they are.', 1, true), output)
  test.equal(output:match '\n(%d of .*)$',
             '0 of 3 runs done\nGo on with: aelua sweep --out runs/sweep-1\n')
  test.check(not system.exists(folder .. '/runs/sweep-1/job-3'), 'no other run is started')
  test.check(#losses(folder, 2) < 10, 'it was stopped on its way')
  test.equal(select(3, sweep(folder, '--out runs/sweep-1')), 0)
  test.equal(select(3, sweep(whole, slow:gsub('0.3', '0'))), 0)
  test.equal(losses(folder, 3), losses(whole, 3))
end)

test.case('a sweep that was killed goes on, too', function()
  if not system.exists '/proc/self' then test.skip 'runs outlive a killed sweep here' end
  local folder = test.folder()
  local pid = start(folder, slow)
  trained(folder)
  process.kill(pid, 'KILL')
  process.wait(30)
  local began = system.clock()
  local output, errors, status
  repeat output, errors, status = sweep(folder, '--out runs/sweep-1')
  until not errors:find 'in use' or system.clock() - began > 30
  test.check(output:find('job 1 (seed=1): going on\n', 1, true), output)
  test.equal(errors, '')
  test.equal(status, 0)
  test.equal(#losses(folder, 3), 15)
end)
