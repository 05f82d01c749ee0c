-- aelua.process: programs started and waited for, and the file that only one of them may hold.
local test = require 'harness'
local process, system = require 'aelua.process', require 'aelua.system'
local content = test.read

-- Runs a line of sh to its end; returns its status and what it printed.
local function shell(line)
  local path = test.folder() .. '/output'
  local pid = assert(process.spawn({'/bin/sh', '-c', line}, path))
  local ended, status = process.wait(20)
  test.equal(ended, pid, 'the child that ended')
  return status, content(path)
end

-- Waits until check() holds; fails after 20 seconds.
local function eventually(what, check)
  local started = system.clock()
  while not check() do
    if system.clock() - started > 20 then error(what .. ' did not happen') end
    process.wait(0.02)
    os.execute('sleep 0.02')
  end
end

test.case('a child has a status, and its output and errors go into the file', function()
  local status, output = shell('echo out; echo err >&2; exit 3')
  test.equal(status, 3)
  test.equal(output, 'out\nerr\n')
end)

test.case('output is added to what the file has', function()
  local path = test.folder() .. '/output'
  for _ = 1, 2 do
    assert(process.spawn({'echo', 'a b', '$HOME'}, path))
    test.equal(select(2, process.wait(20)), 0)
  end
  test.equal(content(path), 'a b $HOME\na b $HOME\n')
end)

test.case('a child has no input', function()
  test.equal(shell('cat'), 0)
end)

test.case('wait tells of each child once, and not of what others wait for', function()
  test.equal(process.wait(0), nil)
  local before = system.clock()
  test.equal(process.wait(60), nil, 'without children')
  test.check(system.clock() - before < 10, 'it does not wait when there is nothing to wait for')
  local pipe = assert(io.popen('exit 5'))
  local status = {}
  for code = 1, 3 do
    local pid = assert(process.spawn {'/bin/sh', '-c', 'exit ' .. code})
    status[pid] = code
  end
  for _ = 1, 3 do
    local pid, got = process.wait(20)
    test.equal(got, status[pid], 'status')
    status[pid] = nil
  end
  test.equal(next(status), nil)
  test.equal(process.wait(0), nil)
  test.equal(select(3, pipe:close()), 5, 'status of the pipe')
end)

test.case('a child has a status where the program began with SIGCHLD ignored', function()
  local ignoring = 'env --ignore-signal=CHLD '
  if select(2, test.shell(ignoring .. 'true')) ~= 0 then test.skip 'env ignores no signals here' end
  local script = test.folder() .. '/script.lua'
  test.write(script, [[local process = require 'aelua.process'
    assert(process.spawn {'/bin/sh', '-c', 'exit 3'})
    print(select(2, process.wait(20)), select(3, io.popen('exit 5'):close()))]])
  local line = ignoring .. test.quoted(test.aelua) .. ' ' .. test.quoted(script)
  test.equal(test.shell(line), '3\t5\n')
end)

test.case('kill', function()
  for name, number in pairs {INT = 2, TERM = 15, KILL = 9} do
    local pid = assert(process.spawn {'sleep', '60'})
    test.equal(process.wait(0), nil, 'a running child')
    process.kill(pid, name)
    local ended, status = process.wait(20)
    test.equal(ended, pid)
    test.equal(status, -number, name)
    test.fails(function() process.kill(pid, 'INT') end, 'no child has this id')
  end
  test.fails(function() process.kill(1, 'KILL') end, 'no child has this id')
  test.fails(function() process.kill(1, 'HUP') end, "invalid option 'HUP'")
end)

test.case('a child meets signals as if nobody had touched them', function()
  test.equal(shell('kill -PIPE $$; echo alive'), -13)
  test.equal(shell('kill -INT $$; echo alive'), -2)
end)

test.case('what cannot start: nil and a message', function()
  local pid, message = process.spawn {'/nosuchprogram'}
  test.equal(pid, nil)
  test.equal(message, '/nosuchprogram: No such file or directory')
  local folder = test.folder()
  pid, message = process.spawn({'true'}, folder .. '/no/output')
  test.equal(pid, nil)
  test.equal(message, folder .. '/no/output: No such file or directory')
  test.equal(process.wait(0), nil, 'no child is left of them')
  test.fails(function() process.spawn {} end, 'a list of a program and its arguments expected')
  test.fails(function() process.spawn {'true', {}} end, 'a list of strings expected')
  test.fails(function() process.spawn 'true' end, 'table expected')
end)

test.case('no program is started without files to be had', function()
  local code = [[
    local process, open = require 'aelua.process', {}
    repeat open[#open + 1] = io.open('/dev/null') until #open > 0 and not io.open('/dev/null')
    for k = 0, 3 do
      print(process.spawn {'true'})
      open[#open]:close()
      open[#open] = nil
    end
    print(process.spawn({'true'}) ~= nil)]]
  local pipe = io.popen(('ulimit -n 64; %s -e %s 2>&1')
    :format(test.quoted(test.aelua), test.quoted(code)))
  test.equal(pipe:read 'a', ('nil\t/dev/null: Too many open files\n'):rep(2)
    .. ('nil\ttrue: Too many open files\n'):rep(2) .. 'true\n')
  pipe:close()
end)

test.case('no file is left open, and none goes along', function()
  if not system.exists '/proc/self/fd' then test.skip 'no /proc here' end
  local folder = test.folder()
  collectgarbage() -- files that earlier cases left open
  collectgarbage()
  local before = #system.list '/proc/self/fd'
  for i = 1, 50 do
    process.spawn {'/nosuchprogram'}
    process.spawn({'true'}, folder .. '/no/output')
    if i <= 5 then assert(process.spawn {'true'}) end
  end
  while process.wait(20) do end
  test.equal(#system.list '/proc/self/fd', before, 'open files')
  local mine = assert(io.open(folder .. '/mine', 'w'))
  local _, output = shell('ls -l /proc/self/fd')
  mine:close()
  test.check(output:find('/output', 1, true), output)
  test.check(not output:find('/mine', 1, true), output)
end)

-- Runs code in another aelua; returns what it printed and its status.
local function aelua(code)
  local pipe = assert(io.popen(('%s -e %s 2>&1'):format(test.quoted(test.aelua),
    test.quoted(code))))
  local output = pipe:read 'a'
  return output, select(3, pipe:close())
end

test.case('when the parent is killed, its children are interrupted', function()
  if not system.exists '/proc/self' then test.skip 'only where there is /proc' end
  local folder = test.folder()
  local child = ("trap 'echo interrupted >%s/end; exit' INT; echo here >%s/begin; "
    .. 'while :; do sleep 0.05; done'):format(folder, folder)
  local _, status = aelua(([[local process = require 'aelua.process'
    process.spawn {'/bin/sh', '-c', %q}
    while not io.open('%s/begin') do end
    os.execute('kill -KILL ' .. io.open('/proc/self/stat'):read('n'))]]):format(child, folder))
  test.check(status == 9 or status == 137, 'the parent was killed')
  eventually('the end of the child', function() return system.exists(folder .. '/end') end)
end)

test.case('one program holds a lock, until its children have ended', function()
  local path = test.folder() .. '/lock'
  local lock = ("require 'aelua.process'.lock '%s'"):format(path)
  local take = ('local lock, why, busy = %s print(lock and true, why, busy)'):format(lock)
  local taken = 'true\tnil\tnil\n'
  local held = ('nil\t%s: in use by another program\ttrue\n'):format(path)
  test.equal(aelua(take), taken)
  test.equal(aelua(take), taken, 'the first has ended')
  aelua(([[%s require 'aelua.process'.spawn {'/bin/sh', '-c',
    'trap : INT; echo here >%s.begin; while ! [ -e %s.go ]; do sleep 0.05; done'}
    while not io.open('%s.begin') do end]]):format(take, path, path, path))
  test.equal(aelua(take), held)
  assert(io.open(path .. '.go', 'w')):close()
  eventually('the lock', function() return aelua(take) == taken end)
  test.equal(aelua "print(require 'aelua.process'.lock '/nosuchfolder/lock')",
             'nil\t/nosuchfolder/lock: No such file or directory\n')
  test.equal(aelua(take .. ' ' .. take), taken .. held, 'nor twice by one program')
end)

test.case('a lock is let go when it is closed or collected; one program holds so many', function()
  local path = test.folder() .. '/lock'
  local function with(program) return aelua((program:gsub('PATH', path))) end
  test.equal(with [[
    local process = require 'aelua.process'
    local first, second <const> = process.lock 'PATH', process.lock 'PATH.2'
    print(io.type(first), process.lock 'PATH')
    first:close()
    local again <close> = process.lock 'PATH'
    print(io.type(again), (process.lock 'PATH.2'), io.type(second))]],
    ('file\tnil\t%s: in use by another program\ttrue\nfile\tnil\tfile\n'):format(path))
  test.equal(with [[
    for i = 1, 200 do
      assert(require 'aelua.process'.lock 'PATH')
      collectgarbage()
    end]], '')
  test.check(with([[
    local all = {}
    for i = 1, 65 do all[i] = assert(require 'aelua.process'.lock('PATH' .. i)) end]]):find(
    'lock: 64 files are held already', 1, true))
end)
