-- Run folders of any name: made, gone on with, compared and shown, or refused in one line; nothing
-- of a name breaks a line, a page or a command. On the fastest path alone.
local test = require 'harness'
local system, file = require 'aelua.system', require 'aelua.file'
local facts, options = require 'aelua.lua.facts', require 'options'

local script = [[
  require 'nn'
  local experiment, data = require 'experiment', require 'data'
  local run = experiment.start('s', 'x', {{'note', '', 'text'}, {'epochs', 1, 'of training'}})
  print((('note %q'):format(run.opt.note):gsub('\n', 'n')))
  local set = data.load{builtin = true, samples = 20}
  local net = nn.Sequential():add(nn.View(784)):add(nn.Linear(784, 10)):add(nn.LogSoftMax())
  run:train{net = net, criterion = nn.ClassNLLCriterion(), data = set.train, batch = 20,
            epochs = run.opt.epochs, optimizer = require 'optim'.SGD(net, {learningRate = 0.1}),
            onBatch = function(b)
              if b.epoch > 1 then os.execute 'kill -INT $PPID' end
            end}
  run:finish()]]

local aelua = test.quoted(test.aelua)

local function shell(folder, line)
  local pipe = assert(io.popen(('cd %s && { %s ; } 2>&1'):format(test.quoted(folder), line)))
  local output = pipe:read 'a'
  return output, select(3, pipe:close())
end

local function project()
  local folder = test.folder()
  assert(file.writeAtomic(folder .. '/s.lua', script))
  return folder
end

local function has(output, text)
  test.check(output:find(text, 1, true), text .. ' in ' .. output)
end

local names = {'with  spaces', 'new\nline', '../beside', './.hidden', 'a..b', '-dash', 'äöü',
               '\xff\xfe', '<script>alert(1)<b>', 'esc\27[2Jx', "q'u\"o`te$HOME", '%s%d', ' ',
               ('long'):rep(60), 'a=b,c;d', 'back\\slash\\010', 'link'}

test.case('a folder of any name: a run, its page, going on', function()
  local folder = project() .. '/inner'
  assert(system.mkdir(folder .. '/target'))
  os.execute(('cp %s/../s.lua %s; ln -s target %s/link'):format(folder, folder, folder))
  for i, name in ipairs(names) do
    local output, status = shell(folder, ('%s s.lua --pictures=false --runs=%s'):format(aelua,
      test.quoted(name)))
    test.equal(status, 0, output)
    test.check(utf8.len(output) and not output:find '[^%g \t\n\128-\255]', output)
    test.equal(select(2, output:gsub('\n', '')), 4, output) -- run, note, an epoch, report
    local run = folder .. '/' .. name .. '/s-1'
    local page = assert(file.read(run .. '/report.html'))
    test.check(utf8.len(page) and not page:find '[^%g \t\n\128-\255]', 'the page is no text')
    test.check(not page:find('<script', 1, true), 'the page is no data')
    test.equal(facts.read(run .. '/options.txt')[4][2], name)
    if i % 3 == 1 then
      output, status = shell(folder, ('%s s.lua --resume=%s'):format(aelua,
        test.quoted(name .. '/s-1')))
      test.equal(status, 0, output)
      has(output, 'stage 1: 1 epoch done before')
    end
  end
end)

test.case('what is no folder is refused in one message', function()
  local folder = project()
  shell(folder, ': >file; ln -s nowhere dangling; ln -s loop loop; mkdir taken; : >taken/s-1')
  for name, reason in pairs {file = 'Not a directory', dangling = 'No such file',
                             loop = 'Too many levels', [('x'):rep(300)] = 'File name too long',
                             ['/proc/x'] = 'No such file',
                             [''] = 'the name of a folder is empty'} do
    local output, status = shell(folder, ('%s s.lua --runs=%s'):format(aelua, test.quoted(name)))
    test.equal(status, 1, output)
    has(output, reason)
    test.equal(select(2, ('\n' .. output):gsub('\n%l+: ', '')), 1, output)
  end
  test.equal(select(2, shell(folder, aelua .. ' s.lua --report=false --runs=taken')), 0)
  test.equal(system.exists(folder .. '/taken/s-2'), 'folder')
  for _, name in ipairs {'', 'file', 'dangling', 'loop', 'taken', '-x', '/dev/zero'} do
    local output, status = shell(folder, ('%s compare ./%s'):format(aelua, name))
    test.equal(status, 1, output)
    has(output, 'is no run')
    if name ~= '' then
      output, status = shell(folder, ('%s s.lua --resume=%s'):format(aelua, name))
      test.equal(status, 1, output)
      has(output, 'no run there')
    end
  end
end)

test.case('a comparison of runs with such names is a table and a page', function()
  local folder = project()
  local words = {}
  for i, name in ipairs {'new\nline', '\xff\xfe', '<script>alert(1)<b>', 'esc\27[2Jx'} do
    local output, status = shell(folder, ('%s s.lua --report=false --note=%s --runs=%s'):format(
      aelua, test.quoted(name), test.quoted(name)))
    test.equal(status, 0, output)
    words[i] = test.quoted('./' .. name .. '/s-1')
  end
  local output, status = shell(folder, ('%s compare %s --out out'):format(aelua,
    table.concat(words, ' ')))
  test.equal(status, 0, output)
  has(output, 'new\\nline/s-1')
  test.check(utf8.len(output) and not output:find '[^%g \t\n\128-\255]', output)
  local page = assert(file.read(folder .. '/out/compare.html'))
  test.check(utf8.len(page) and not page:find '[^%g \t\n\128-\255]', 'the page is no text')
  test.check(not page:find('<script', 1, true), 'the page is no data')
end)

test.case('settings keep every byte, for going on and in a sweep', function()
  local folder = project()
  local note = 'two\nlines \\n \\010 \\ = \r\27 x '
  local words = ' --report=false --note=' .. test.quoted(note)
  local first = shell(folder, aelua .. ' s.lua' .. words)
  local again = shell(folder, aelua .. ' s.lua --resume runs/s-1')
  test.equal(again:match 'note [^\n]*', first:match 'note [^\n]*')
  local output, status = shell(folder, aelua .. ' sweep s.lua --jobs 1 --out sw' .. words .. ',b')
  test.equal(status, 0, output)
  test.equal(facts.read(folder .. '/sw/job-1/s-1/options.txt')[1][2], note)
  output, status = shell(folder, aelua .. ' sweep --out sw')
  test.equal(status, 0, output)
  has(output, '2 done before')
end)

test.case('the command to go on with is one that a shell reads', function()
  local folder = project()
  for _, name in ipairs {'plain', 'with  spaces', "q'uote", 'new\nline'} do
    local output, status = shell(folder, ('%s s.lua --epochs 9 --report=false --runs=%s'):format(
      aelua, test.quoted(name)))
    test.equal(status, 130, output)
    local command = output:match 'Go on with: aelua ([^\n]*)'
    local bash = select(2, shell(folder, 'command -v bash')) == 0
    if bash or not name:find '%c' then
      output = shell(folder, ('%s -c %s'):format(bash and 'bash' or 'sh', test.quoted(aelua .. ' '
        .. command)))
      has(output, 'stage 1: 1 epoch done before')
    end
  end
  test.equal(options.quoted 'a/b-c_1.2', 'a/b-c_1.2')
  test.equal(options.quoted "it's", [['it'\''s']])
  test.equal(options.quoted "a'\n\\", [[$'a\'\012\\']])
  test.equal(options.quoted '', "''")
end)
