-- Signals that end the program, inside coroutines too; output that cannot be written; terminals.
local test = require 'harness'
local process = require 'aelua.process'
local put, shell = test.write, test.shell

-- Runs code, sends it the signal when it has printed; returns its output and status.
local function signalled(name, code, before)
  local folder = test.folder()
  put(folder .. '/s.lua', code)
  return shell(([[cd %s; %s %s s.lua >out 2>&1 & pid=$!
    i=0; while [ ! -s %s/out ] && [ $i -lt 400 ]; do sleep 0.05; i=$((i+1)); done; sleep 0.1
    kill -%s $pid; wait $pid; status=$?; cat %s/out; exit $status]]):format(test.quoted(folder),
    before or '', test.quoted(test.aelua), folder, name, folder))
end

local endings = {INT = {130, 'interrupted'}, TERM = {143, 'terminated'},
                 HUP = {129, 'the terminal is gone'}}

-- Where the tests themselves run under nohup, SIGHUP is ignored by all they start.
for line in io.lines '/proc/self/status' do
  local ignored = line:match '^SigIgn:%s*(%x+)'
  if ignored and tonumber(ignored, 16) & 1 ~= 0 then endings.HUP = nil end
end

test.case('a signal raises an error; what is to be closed is closed', function()
  test.interruptsLoop()
  for name, want in pairs(endings) do
    local output, status = signalled(name, [[
      local c <close> = setmetatable({}, {__close = function() print('closed') end})
      print('begun')
      while true do end]])
    test.equal(status, want[1], name)
    test.check(output:find('closed', 1, true) and output:find(want[2], 1, true), output)
  end
end)

test.case('the coroutine that runs is told, and its end is no way out', function()
  test.interruptsLoop()
  for _, code in ipairs {
    'coroutine.wrap(function() print(1) while true do end end)()',
    'local co = coroutine.create(function() print(1) while true do end end)\n'
      .. 'coroutine.resume(co) while true do end',
    [[print(1)
      local co = coroutine.wrap(function() while true do coroutine.yield() end end)
      while true do co() end]],
    [[local function nest(n)
      if n == 0 then print(1) while true do end end
      coroutine.wrap(nest)(n - 1)
    end
    nest(20)]]} do
    local output, status = signalled('INT', code)
    test.equal(status, 130, code .. output)
    test.check(output:find('interrupted', 1, true), output)
  end
end)

test.case('coroutines are as they were', function()
  local function values(...) return table.concat({tostring((...)), select(2, ...)}, ' ') end
  local co = coroutine.create(function(a, b)
    local c = coroutine.yield(a + b)
    error({c}, 0)
  end)
  test.equal(values(coroutine.resume(co, 1, 2)), 'true 3')
  local ok, problem = coroutine.resume(co, 'c')
  test.equal(ok, false)
  test.equal(problem[1], 'c')
  test.equal(values(coroutine.resume(co)), 'false cannot resume dead coroutine')
  test.equal(values(coroutine.resume(coroutine.running())),
             'false cannot resume non-suspended coroutine')
  local closed
  local f = coroutine.wrap(function()
    local _ <close> = setmetatable({}, {__close = function() closed = true end})
    coroutine.yield(1, 2, 3)
    error 'oops'
  end)
  test.equal(select('#', f()), 3)
  test.fails(f, 'signals.lua:', 'oops')
  test.equal(closed, true)
  test.fails(f, 'cannot resume dead coroutine')
  test.fails(function() coroutine.wrap(1) end, 'function expected')
  test.fails(function() coroutine.resume(1) end, 'thread expected')
  local n = 0
  for i in coroutine.wrap(function() for i = 1, 1000 do coroutine.yield(i) end end) do n = n + i end
  test.equal(n, 500500)
end)

test.case('under nohup the end of the terminal is no end', function()
  local output, status = signalled('HUP', [[print(1)
    local clock = require 'aelua.system'.clock
    local t = clock() while clock() < t + 0.5 do end print 'end']], "trap '' HUP;")
  test.equal(output, '1\nend\n')
  test.equal(status, 0)
end)

local training = [[
  require 'nn'
  local experiment, data = require 'experiment', require 'data'
  local run = experiment.start('s', 'x', {})
  local set = data.load{builtin = true, samples = 500}
  local net = nn.Sequential():add(nn.View(784)):add(nn.Linear(784, 10)):add(nn.LogSoftMax())
  run:train{net = net, criterion = nn.ClassNLLCriterion(), data = set.train, epochs = 100000,
            optimizer = require 'optim'.SGD(net, {learningRate = 0.1}), batch = 100}]]

test.case('a run saves on every one of them', function()
  for name, want in pairs(endings) do
    local output, status = signalled(name, training, 'rm -rf runs;')
    test.equal(status, want[1], output)
    test.check(output:find('Interrupted and saved. Go on with: aelua s.lua --resume runs/s-1', 1,
      true), output)
  end
end)

test.case('a second signal ends at once', function()
  test.interruptsLoop()
  local pid = assert(process.spawn {test.aelua, '-e', [[
    require 'aelua.system'.holdInterrupts(true) while true do end]]})
  process.wait(0.3)
  process.kill(pid, 'TERM')
  process.wait(0.5)
  process.kill(pid, 'TERM')
  local ended, status = process.wait(20)
  test.equal(ended, pid)
  test.equal(status, -15)
end)

test.case('a pipe that is full and read late loses nothing', function()
  local output, status = shell(test.quoted(test.aelua)
    .. [[ -e 'for i = 1, 50000 do print(i) end' | { sleep 0.5; tail -n 1; }]])
  test.equal(output, '50000\n')
  test.equal(status, 0)
end)

test.case('without a terminal, in any language', function()
  for _, lang in ipairs {'C', 'C.UTF-8', 'de_DE.UTF-8', 'nonsense'} do
    local output, status = shell(('LANG=%s LC_ALL=%s setsid %s -e %s </dev/null'):format(lang, lang,
      test.quoted(test.aelua), test.quoted [[local s = 'äöü'
      print(s, #s, 1.5, torch.Tensor{0.5}:sum(), ('%.2f'):format(0.25))
      local bar = require 'progress'.new('ä', 2) bar:add(2, 0.5) bar:finish()]]))
    test.equal(status, 0, output)
    test.check(output:find('äöü\t6\t1.5\t0.5\t0.25\nä  loss 0.500000', 1, true), output)
    test.check(not output:find '\r', 'nothing is drawn')
  end
end)

test.case('the progress bar fits a narrow terminal', function()
  if shell 'command -v script' == '' then test.skip 'no script(1)' end
  local folder = test.folder()
  put(folder .. '/s.lua', [[
    local bar = require 'progress'.new('epoch 1/5', 300)
    for _ = 1, 3 do
      bar:add(100, 0.5)
      require 'aelua.system'.sleep(0.15)
    end
    bar:finish()]])
  local output = shell(('script -qec "stty cols 20; %s %s/s.lua" /dev/null </dev/null'):format(
    test.aelua, folder))
  local drawn = 0
  for line in output:gmatch '\r([^\r\n]*)\27%[K' do
    drawn = drawn + 1
    test.check(#line < 20, line)
  end
  test.check(drawn >= 3, output)
end)
