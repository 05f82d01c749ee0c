-- aelua compare: tables against numbers worked out by hand, pages, mistakes; and how the program
-- finds its commands.
local test, metrics = require 'harness', require 'aelua.lua.metrics'
local system = require 'aelua.system'
local write, read = test.write, test.read

-- A run's folder as experiment leaves it.
local function addRun(folder, options, facts, rows)
  assert(system.mkdir(folder))
  write(folder .. '/options.txt', options)
  write(folder .. '/run.txt', facts)
  write(folder .. '/metrics.csv', 'stage,epoch,loss,accuracy,validation_loss,' ..
    'validation_accuracy,test_loss,test_accuracy,lr,seconds,samples_per_second\n' .. rows)
end

-- Runs the program in a folder; returns what it printed, the errors apart, and its status.
local function aelua(folder, arguments)
  local program = test.aelua:find('^/') and test.aelua or os.getenv('PWD') .. '/' .. test.aelua
  local pipe = assert(io.popen(('cd %s && %s %s 2>errors'):format(test.quoted(folder),
    test.quoted(program), arguments)))
  local output = pipe:read 'a'
  local status = select(3, pipe:close())
  return output, read(folder .. '/errors'), status
end

-- Two learning rates, two seeds; the last run differs by its number of epochs too.
local function project()
  local folder = test.folder()
  local function add(number, lr, seed, accuracy, losses)
    local rows = {}
    for epoch, loss in ipairs(losses) do
      rows[epoch] = ('pretrain,%d,%g,,%g,,,,0.5,0.5,100\n'):format(epoch, loss, loss + 0.25)
    end
    addRun(('%s/runs/e2e-%d'):format(folder, number),
      ('lr = %s\nwidths = 5,6\nseed = %d\nruns = runs/%d\n'):format(lr, seed, number),
      ('experiment = e2e\nstarted = now\ntest-accuracy = %.4f\nfinished = now\n'):format(accuracy),
      table.concat(rows) .. ('finetune,1,2,0.5,1.5,0.625,,,0.1,1,100\n' ..
      'finetune,2,1,0.75,1.75,0.5,,,0.1,1,100\n'))
  end
  add(1, '0.5', 1, 0.70, {4, 1})
  add(2, '0.5', 2, 0.76, {6, 3})
  add(3, '0.5', 3, 0.82, {8, 2})
  add(4, '0.25', 1, 0.5, {9, 7, 5})
  return folder
end

test.case('the table of runs, and mean and spread worked out by hand', function()
  local output, errors, status = aelua(project(), 'compare runs/e2e-*')
  -- 1, 3, 2: mean 2, spread root(2/3) = 0.8165; 0.70, 0.76, 0.82: 0.76, root(0.0024) = 0.0490
  test.equal(output, [[
                                             best        best
                   pretrain  finetune  validation  validation      test
run      lr  seed      loss      loss    accuracy        loss  accuracy  epochs  seconds
e2e-1   0.5     1         1         1      0.6250         1.5    0.7000       4        3
e2e-2   0.5     2         3         1      0.6250         1.5    0.7600       4        3
e2e-3   0.5     3         2         1      0.6250         1.5    0.8200       4        3
e2e-4  0.25     1         5         1      0.6250         1.5    0.5000       5      3.5

Mean +- spread over the seeds:
                                                         best
             pretrain  finetune   best validation  validation
runs    lr       loss      loss          accuracy        loss     test accuracy  epochs  seconds
   3   0.5  2 +- 0.82    1 +- 0  0.6250 +- 0.0000    1.5 +- 0  0.7600 +- 0.0490  4 +- 0   3 +- 0
   1  0.25          5         1            0.6250         1.5            0.5000       5      3.5
]])
  test.equal(errors, '')
  test.equal(status, 0)
end)

test.case('one stage, another metric', function()
  local output = aelua(project(),
                       'compare runs/e2e-1 runs/e2e-4 --metric accuracy --stage=finetune')
  test.equal(output, [[
                             best        best
                       validation  validation      test
run      lr  accuracy    accuracy        loss  accuracy  epochs  seconds
e2e-1   0.5      0.75      0.6250         1.5    0.7000       2        2
e2e-4  0.25      0.75      0.6250         1.5    0.5000       2        2
]])
end)

test.case('a run that did not finish is said, and left out of the means', function()
  local folder = project()
  addRun(folder .. '/runs/e2e-5', 'lr = 0.5\nwidths = 5,6\nseed = 4\n', 'experiment = e2e\n',
    'pretrain,1,100,,,,,,0.5,0.5,100\n')
  local output = aelua(folder, 'compare runs/e2e-1 runs/e2e-2 runs/e2e-5')
  test.check(output:find('e2e%-1 [^\n]* finished\n'), output)
  test.check(output:find('e2e%-5 [^\n]* unfinished\n'), output)
  test.check(output:find('over the seeds, of the runs that finished:\n'), output)
  test.check(output:find('\n +2 +2 %+%- 1 [^\n]*\n$'), output)
end)

test.case('runs of different experiments', function()
  local folder = project()
  addRun(folder .. '/other', 'depth = 3\nseed = 1\n', 'experiment = sdae\nfinished = now\n', '')
  local output, _, status = aelua(folder, 'compare runs/e2e-1/ other')
  test.equal(status, 0)
  local head, first, second = output:match '\n(run [^\n]*)\n([^\n]*)\n([^\n]*)\n$'
  test.check(head:find '^run +experiment +lr +widths +depth +loss', head)
  test.check(first:find '^runs/e2e%-1 +e2e +0.5 +5,6 +%- +1 ', first)
  test.check(second:find '^other +sdae +%- +%- +3 +0 +0$', second)
end)

test.case('a folder that is no run: a message, the others, status 1', function()
  local folder = project()
  write(folder .. '/runs/broken', '')
  local output, errors, status = aelua(folder, 'compare nosuch runs/e2e-1 runs runs/broken')
  test.equal(errors, 'compare: nosuch is no run: no such folder\n' ..
    'compare: runs is no run: it lacks options.txt\n' ..
    'compare: runs/broken is no run: it lacks options.txt\n')
  test.check(output:find '\ne2e%-1 ', output)
  test.equal(status, 1)
  output, errors, status = aelua(folder, 'compare nosuch')
  test.equal(output, '')
  test.equal(errors, 'compare: nosuch is no run: no such folder\n')
  test.equal(status, 1)
end)

test.case('mistakes are one line', function()
  local folder = project()
  local function expect(arguments, message)
    local output, errors, status = aelua(folder, 'compare ' .. arguments)
    test.equal(output, '', arguments)
    test.equal(errors, 'compare: ' .. message .. '\n', arguments)
    test.equal(status, 1, arguments)
  end
  expect('runs/e2e-1 --metric los', "no run has the metric 'los'; did you mean 'loss'?")
  expect('runs/e2e-1 --metric nothing', "no run has the metric 'nothing'; there are loss, " ..
    'accuracy, validation_loss, validation_accuracy, lr, seconds, samples_per_second')
  expect('runs/e2e-1 --stage finetun', "no run has the stage 'finetun'; did you mean 'finetune'?")
  expect('runs/e2e-1 --metrik loss', 'unknown option --metrik; did you mean --metric?')
  expect('--metric loss', 'no run folder given')
  local _, errors, status = aelua(folder, 'compare runs/e2e-1 --out runs/e2e-1/run.txt')
  test.equal(errors, 'compare: runs/e2e-1/run.txt: File exists\n')
  test.equal(status, 1)
end)

test.case('--out writes the table, a page and a picture', function()
  local folder = project()
  local _, _, status = aelua(folder, 'compare runs/e2e-1 runs/e2e-2 runs/e2e-4 --out out/here')
  test.equal(status, 0)
  local csv = read(folder .. '/out/here/compare.csv')
  test.equal(csv:match '^[^\n]*\n[^\n]*\n', 'run,lr,seed,pretrain loss,finetune loss,' ..
    'best validation accuracy,best validation loss,test accuracy,epochs,seconds,state\n' ..
    'runs/e2e-1,0.5,1,1,1,0.625,1.5,0.7,4,3,finished\n')
  local page = read(folder .. '/out/here/compare.html')
  local _, bands = page:gsub('<polygon', '')
  test.equal(bands, 2, 'a band for each stage of the group with two seeds')
  test.equal(select(2, page:gsub('<polyline', '')), 4, 'curves: two groups, two stages')
  test.check(page:find('0.7300 ± 0.0300', 1, true), 'the mean')
  test.check(not page:find 'src=' and not page:find 'href=', 'nothing is fetched')
  test.equal(read(folder .. '/out/here/compare.png'):sub(1, 8), '\137PNG\r\n\26\n')
end)

test.case('what --out writes is said, and what it cannot write', function()
  local folder = project()
  test.check(aelua(folder, 'compare runs/e2e-1 --out out'):find
    '\nwritten to out: compare.csv, compare.html, compare.png\n$')
  addRun(folder .. '/runs/none', 'lr = 0.5\n', 'experiment = e2e\n', '')
  test.check(aelua(folder, 'compare runs/none --out none'):find
    '\nwritten to none: compare.csv, compare.html\n$')
  assert(system.mkdir(folder .. '/full/compare.png'))
  local _, errors, status = aelua(folder, 'compare runs/e2e-1 --out full')
  test.equal(errors, 'compare: full/compare.png: Is a directory\n')
  test.equal(status, 1)
end)

test.case('a cell with a comma or an end of a line is quoted in CSV', function()
  local folder = project()
  addRun(folder .. '/runs/other', 'lr = 0.5\\013\nwidths = 5,"7"\nseed = 1\n', 'experiment = e2e\n',
    '')
  aelua(folder, 'compare runs/e2e-1 runs/other --out .')
  local csv = read(folder .. '/compare.csv')
  test.check(csv:find('\nruns/other,"0.5\r","5,""7""",', 1, true), csv)
end)

test.case('losses that are no numbers are shown, and leave a gap in the curves', function()
  local folder = test.folder()
  addRun(folder .. '/a', 'lr = 1\nseed = 1\n', 'experiment = x\nfinished = now\n',
    'training,1,0.5,,,,,,1,1,1\ntraining,2,nan,,,,,,1,1,1\n')
  addRun(folder .. '/b', 'lr = 1\nseed = 2\n', 'experiment = x\nfinished = now\n',
    'training,1,0.25,,,,,,1,1,1\ntraining,2,0.125,,,,,,1,1,1\n')
  local output, errors, status = aelua(folder, 'compare a b --out .')
  test.equal(errors, '')
  test.equal(status, 0)
  test.check(output:find '\na +1 +%-?nan ', output)
  for points in read(folder .. '/compare.html'):gmatch 'points="([^"]*)"' do
    test.check(points:find '^[%d., -]+$', points)
  end
end)

test.case('a last line without its end is left out, however long it is', function()
  local folder, began = test.folder() .. '/a', os.clock()
  addRun(folder, 'lr = 1\n', 'experiment = x\n',
    'training,1,0.5,,,,,,1,1,1\n' .. ('x'):rep(200000))
  test.equal(#metrics.read(folder), 1)
  test.check(os.clock() - began < 10, os.clock() - began)
end)

test.case('a damaged metrics.csv is said with its line; the others are compared', function()
  local folder = project()
  local head = 'stage,epoch,loss,seconds\n'
  local function expect(text, message)
    local path = folder .. '/runs/bad'
    addRun(path, 'lr = 1\n', 'experiment = e2e\nfinished = now\n', '')
    write(path .. '/metrics.csv', text)
    local output, errors, status = aelua(folder, 'compare runs/e2e-1 runs/bad --out .')
    test.equal(errors, 'compare: runs/bad/metrics.csv: ' .. message .. '\n')
    test.check(output:find '\ne2e%-1 ', output)
    test.equal(status, 1)
  end
  expect('', "line 1: no column 'stage'")
  expect('epoch,loss\n1,2\n', "line 1: no column 'stage'")
  expect('stage,loss\nx,2\n', "line 1: no column 'epoch'")
  expect('\0\xff\n\1\n', "line 1: no column 'stage'")
  expect(head .. 'x,1,1,1\n,2,1,1\n', 'line 3: no stage')
  expect(head .. 'x\n', 'line 2: no epoch')
  expect(head .. '\n', 'line 2: no stage')
  local want = 'want a whole number from 1 to 2147483648'
  for _, epoch in ipairs {'x', 'nan', '0', '-1', '1.5', '1e300', 'inf', '2147483649'} do
    expect(head .. 'x,' .. epoch .. ',1,1\n', ("line 2: epoch is '%s', %s"):format(epoch, want))
  end
  expect(head .. 'x,1,1,1\nx,2,1,\27[2J\xff\n', "line 3: seconds is '\\27[2J?', want a number")
  expect(head .. 'x,1,much,1\n', "line 2: loss is 'much', want a number")
end)

test.case('names in the files of a run do not reach the terminal as they are', function()
  local folder = test.folder()
  for i = 1, 2 do
    addRun(('%s/a%d'):format(folder, i), ('l\27[2Jr = %d\nx = a\\027b%d\n'):format(i, i),
      'experiment = x\nfinished = now\n', 's\27[2J,1,0.5\nt\xc2\x9b2J,1,0.5\n')
  end
  assert(system.mkdir(folder .. '/\27[2J'))
  local function shown(arguments)
    local output, errors = aelua(folder, 'compare ' .. arguments)
    test.equal((output .. errors):find '[^%g\n ]', nil, arguments)
    return output .. errors
  end
  test.check(shown 'a1 a2':find('\\27[2J', 1, true))
  test.check(shown 'a1 --stage x':find('there are s\\27[2J, t\\1552J', 1, true))
  test.equal(shown "$(printf '\\033[2J')", 'compare: \\27[2J is no run: it lacks options.txt\n')
end)

test.case('the last epoch there may be takes no longer than another; a stage is a word', function()
  local folder = test.folder()
  addRun(folder .. '/a', 'lr = 1\n', 'experiment = x\nfinished = now\n',
    '5,1,0.5,,,,,,1,1,1\n5,2147483648,0.25,,,,,,1,1,1\n')
  local output, errors, status = aelua(folder, 'compare a --stage 5 --out .')
  test.equal(errors, '')
  test.equal(status, 0)
  test.check(output:find '\na +0.25 +2 +2 *\n', output)
end)

test.case("a stage's name with a comma keeps to its cell", function()
  local folder = test.folder()
  write(folder .. '/s.lua', [[
    local run = require 'experiment'.start('s', 'About.')
    run:record {stage = 'layer 1, tied\n', epoch = 1, loss = 0.5}]])
  test.equal(select(3, aelua(folder, 's.lua')), 0)
  local rows = assert(metrics.read(folder .. '/runs/s-1'))
  test.equal(rows, {{stage = 'layer 1  tied ', epoch = 1, loss = 0.5}})
end)

-- ---- commands of the program ----

test.case('--help tells of the commands, and so does each of its own', function()
  local folder = test.folder()
  local output = aelua(folder, '--help')
  test.check(output:find '\n  compare RUN%.%.%. +what differs', output)
  test.check(output:find '\n  sweep SCRIPT %.%.%. +an experiment', output)
  local help, _, status = aelua(folder, 'compare --help')
  test.check(help:find('aelua compare RUN... [--NAME VALUE ...]', 1, true), help)
  test.equal(status, 0)
  test.equal(select(3, aelua(folder, 'compare')), 1, 'status without arguments')
end)

test.case('a file of the same name does not hide a command; with a path it is a script', function()
  local folder = project()
  write(folder .. '/compare', 'print("a script", ...)')
  write(folder .. '/compare.lua', 'print("a script too")')
  write(folder .. '/options.lua', 'error "not the library\'s"')
  test.check(aelua(folder, 'compare runs/e2e-1'):find '\nrun ', 'the command')
  test.equal(aelua(folder, './compare x'), 'a script\tx\n')
  test.equal(aelua(folder, 'compare.lua'), 'a script too\n')
end)

test.case('a word that is nearly a command', function()
  local folder = test.folder()
  local output, errors, status = aelua(folder, 'compar runs/e2e-1')
  test.equal(output, '')
  test.equal(errors, "aelua: cannot open 'compar': No such file or directory; " ..
    "did you mean the command 'compare'?\n")
  test.equal(status, 1)
  test.equal(select(2, aelua(folder, 'nothing-like-it')),
    "aelua: cannot open 'nothing-like-it': No such file or directory\n")
end)
