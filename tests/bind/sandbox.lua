-- aelua --sandbox: what a script there cannot do, by the ways out that are known of Lua.
local test = require 'harness'
local system = require 'aelua.system'
local put = test.write

local function content(path)
  local file = io.open(path, 'rb')
  local text = file and file:read 'a'
  if file then file:close() end
  return text
end

-- A folder with script.lua, runs/, outside/secret and links out of runs/.
local function project(code)
  local folder = test.folder() .. '/work'
  for _, inner in ipairs {'/runs', '/../outside', '/../more'} do
    assert(system.mkdir(folder .. inner))
  end
  put(folder .. '/../outside/secret', 'secret')
  put(folder .. '/../more/data', 'data')
  put(folder .. '/script.lua', code)
  assert(os.execute(('cd %s && ln -s ../../outside runs/out && '
    .. 'ln -s ../../outside/secret runs/link && ln -s ../../outside/new runs/dangling')
    :format(test.quoted(folder))))
  return folder
end

-- Runs the code there in the sandbox; returns what it printed, its status and the folder.
local function run(code, options, arguments)
  local folder = project(code)
  local pipe = assert(io.popen(('cd %s && timeout -s KILL 900 %s --sandbox %s script.lua %s 2>&1')
    :format(test.quoted(folder), test.quoted(test.aelua), options or '', arguments or '')))
  local output = pipe:read 'a'
  return output, select(3, pipe:close()), folder
end

-- Each line of code must fail or give nil, with a message that has the text.
local function refused(text, lines)
  local code = {[[
    local function try(what, ...)
      local f, problem = load('return ' .. what)
      if not f then f, problem = load(what) end
      assert(f, problem)
      local ok, value, message = pcall(f)
      if ok and value then return print('ESCAPED ' .. what) end
      print(what .. '\t' .. tostring(ok and message or value))
    end]]}
  for i, line in ipairs(lines) do code[i + 1] = ('try %q'):format(line) end
  local output, status, folder = run(table.concat(code, '\n'))
  test.equal(status, 0, output)
  local n = 0
  for line in output:gmatch '[^\n]+' do
    if line:find('\t', 1, true) or line:find 'ESCAPED' then
      n = n + 1
      if not line:find(text, 1, true) then error(('"%s" without "%s"'):format(line, text), 2) end
    end
  end
  test.equal(n, #lines, output)
  test.equal(content(folder .. '/../outside/secret'), 'secret')
  test.equal(system.exists(folder .. '/../outside/new'), false)
  return output
end

test.case('no program is started', function()
  refused('the sandbox starts no programs', {
    "os.execute('true')", "os.execute()", "io.popen('true')",
    "require 'aelua.process'.spawn {'true'}", "require 'aelua.process'.wait()",
    "require 'sys'.execute('true')", "package.loaded.os.execute('true')",
    "package.loaded._G.io.popen('true')"})
end)

test.case('a sweep, which starts programs, is refused in one line', function()
  local folder = project("require 'experiment'.start('x', 'y', {})")
  local pipe = io.popen(('cd %s && %s --sandbox --sandbox-read . sweep script.lua --seed 1..2 2>&1')
    :format(folder, test.quoted(test.aelua)))
  local output = pipe:read 'a'
  test.equal({select(2, pipe:close())}, {'exit', 1}, output)
  test.equal(output, 'sweep: the sandbox starts no programs\n')
  test.equal(#system.list(folder .. '/runs'), 3)
end)

-- Linux's account of a running program: whether a filter of system calls is in force.
test.case('the kernel stands behind it, and nothing asks it for what it refuses', function()
  local folder = project [[
    torch.mm(torch.randn(500, 500), torch.randn(500, 500))
    io.stdout:write(io.read 'l', '\n')]]
  local pipe = io.popen(("cd %s && mkfifo pipe && (%s --sandbox --threads 3 script.lua < pipe & "
    .. "exec 3> pipe; sleep 0.5; cat /proc/$!/task/*/status; echo done >&3; wait)"):format(
    folder, test.quoted(test.aelua)))
  local output = pipe:read 'a'
  pipe:close()
  if output:find('Seccomp:\t0') and test.aelua:find 'sanitize' then
    test.skip 'not under a sanitizer, which starts a process at the end'
  end
  local _, threads = output:gsub('Seccomp:\t2', '')
  test.check(threads >= 1 and not output:find 'Seccomp:\t0', output)
  test.check(output:find('done\n', 1, true), output)
end)

test.case('no machine code and no bytecode is loaded', function()
  refused('the sandbox loads no machine code', {"package.loadlib('./x.so', 'luaopen_x')"})
  refused('the sandbox has no bytecode', {'string.dump(print)', "(''):dump()",
    "getmetatable('').__index.dump(function() end)"})
  local output = run([[
    require 'compat'
    put = io.open('runs/x.lua', 'wb')
    put:write('\27Lua not text') put:close()
    for _, f in ipairs {load, loadstring} do
      print(f('\27Lua', 'x', 'b'))
      print(f(function() return '\27Lua' end, 'x', 'bt'))
    end
    print(loadfile 'runs/x.lua')
    print(loadfile('runs/x.lua', 'b'))
    print(pcall(dofile, 'runs/x.lua'))
    package.path = 'runs/?.lua;' .. package.path
    print(pcall(require, 'x'))
    package.cpath = './?.so;runs/?.so'
    io.open('runs/y.so', 'w'):write('\127ELF'):close()
    print(#package.searchers, pcall(require, 'y'))]])
  test.equal(select(2, output:gsub('attempt to load a binary chunk', '')), 8, output)
  test.check(output:find('3\tfalse\tmodule \'y\' not found', 1, true), output)
  local folder = project('')
  put(folder .. '/script.lua', string.dump(function() print 'ran' end))
  local pipe = io.popen(('%s --sandbox %s/script.lua 2>&1'):format(test.quoted(test.aelua),
    folder))
  local text = pipe:read 'a'
  pipe:close()
  test.check(text:find 'attempt to load a binary chunk' and not text:find 'ran', text)
end)

test.case('the debug library only tells where', function()
  refused('the sandbox has no debug library', {
    'debug.getregistry()', "debug.getmetatable('')", 'debug.getupvalue(io.open, 1)',
    'debug.setupvalue(io.open, 1, print)', 'debug.sethook()', 'debug.gethook()',
    'debug.upvaluejoin(print, 1, print, 1)', 'debug.getlocal(1, 1)',
    'debug.getuservalue(io.stdout)',
    "debug.setmetatable('', {})", "require 'debug'.getregistry()",
    "require 'compat'; return getfenv(function() end)", 'setfenv(function() return x end, {})'})
  local output = run [[
    local function f() local i = debug.getinfo(1) return i.short_src, i.currentline, i.func end
    print(f())
    print(debug.getinfo(print).what, debug.getinfo(1000), debug.getinfo(f, 'u').linedefined)
    print((debug.traceback('x'):gsub('\n.*', '')))]]
  test.equal(output, 'script.lua\t1\tnil\nC\tnil\t1\nx\n')
end)

-- Every function that takes a path, given one.
local reads = {
  "io.open('%s')", "io.open('%s', 'rb')", "io.lines('%s')", "io.input('%s')", "loadfile('%s')",
  "dofile('%s')", "torch.load('%s')", "require 'image'.load('%s')", "require 'npy'.load('%s')",
  "require 'npy'.loadz('%s')", "require 'aelua.file'.readSafetensors('%s')",
  "require 'model'.load('%s')", "require 'aelua.system'.list('%s')",
  "require 'aelua.system'.exists('%s')", "torch.DiskFile('%s', 'r')",
  "require 'aelua.data'.idx('%s')", "require 'aelua.file'.readNpy('%s')"}
local writes = {
  "io.open('%s', 'w')", "io.open('%s', 'a')", "io.open('%s', 'r+')", "io.output('%s')",
  "os.remove('%s')", "os.rename('%s', 'runs/x')", "os.rename('runs', '%s')",
  "torch.save('%s', 1)",
  "require 'image'.save('%s', torch.Tensor(1, 2, 2))", "require 'npy'.save('%s', torch.Tensor(2))",
  "require 'aelua.file'.writeAtomic('%s', 'x')", "require 'aelua.file'.appendLine('%s', 'x')",
  "require 'aelua.file'.openEvents('%s')", "require 'aelua.stream'.output('%s')",
  "require 'aelua.system'.mkdir('%s')", "require 'aelua.system'.remove('%s')",
  "require 'paths'.mkdir('%s')", "require 'aelua.process'.lock('%s')",
  "torch.DiskFile('%s', 'w')", "require 'optim'.Logger('%s')"}

-- Those of the list that this library has, with the path.
local function with(list, path)
  local lines = {}
  for i, line in ipairs(list) do lines[i] = line:format(path) end
  return lines
end

test.case('nothing is read beyond what was named', function()
  refused('the sandbox', with(reads, '/etc/passwd'))
  for _, path in ipairs {'/proc/self/mem', '../outside/../../../../../../etc/passwd', 'runs/link',
                         'runs/out/secret', '/dev/zero'} do
    local lines = with(reads, path)
    refused('the sandbox', {lines[1], lines[3], lines[5], lines[7], lines[11], lines[13]})
  end
end)

test.case('nothing is written but below the run folder', function()
  for _, path in ipairs {'../outside/secret', 'runs/link', 'runs/out/new', 'runs/dangling',
                         'script.lua', '/proc/self/mem', 'runs/../../outside/new',
                         'runs/none/../../../outside/new'} do
    refused('the sandbox lets files be written below runs only', with(writes, path))
  end
  refused('the sandbox has no temporary files', {'os.tmpname()', 'io.tmpfile()'})
  refused('the sandbox lets files be written', {"require 'aelua.system'.tmpfolder()"})
end)

-- What is renamed and removed is the link itself, wherever it leads.
test.case('links outside that lead into the run folder are neither replaced nor removed', function()
  local folder = project [[
    local system = require 'aelua.system'
    require 'aelua.file'.writeAtomic('runs/evil', 'evil')
    for _, path in ipairs {'../outside/latest', '../outside/latest/', 'runs/../outside/latest'} do
      print(os.rename('runs/evil', path))
      print(os.rename(path, 'runs/taken'))
      print(os.remove(path))
      print(system.remove(path))
      print(pcall(require 'aelua.file'.openEvents, path))
    end
    print(os.remove 'runs')
    print(os.remove(('x'):rep(5000)))
    print(os.rename('runs/mine-1', 'runs'))
    print(os.rename('runs/evil', 'runs/mine-1/x'), os.remove 'runs/mine-1/x')
    print(system.mkdir 'runs/new', os.rename('runs/new', 'runs/old'), system.remove 'runs/old')]]
  assert(os.execute(('cd %s && rm -r runs && mkdir -p ../real/mine-1 && ln -s ../real runs && '
    .. 'ln -s ../work/runs/mine-1 ../outside/latest'):format(test.quoted(folder))))
  local output, status = test.shell(('cd %s && %s --sandbox script.lua; ls ../outside; ls ..')
    :format(test.quoted(folder), test.quoted(test.aelua)))
  test.equal(status, 0, output)
  local _, refusals = output:gsub('lets files be written below runs only', '')
  test.equal(refusals, 3 * 4 + 3 + 2, output) -- events: "latest/" is a folder
  test.check(output:find('true\ttrue\ntrue\ttrue\ttrue\nlatest\nsecret\nmore\n', 1, true), output)
  test.equal(system.exists(folder .. '/runs/mine-1'), 'folder')
end)

test.case('what is named can be used', function()
  local output, status, folder = run([[
    print((io.open('../more/data'):read 'a'), io.open('script.lua') ~= nil)
    print((require 'aelua.system'.mkdir('results/a/b')), io.open('results/a/b/x', 'w') ~= nil)
    torch.save('results/t.t7', torch.Tensor{1, 2})
    print(torch.load('results/t.t7'):sum(), os.rename('results/t.t7', 'results/u.t7'))
    print(os.remove('results/u.t7'), os.getenv 'HOME' ~= nil, (require 'beside'))
    for l in io.lines '../more/data' do print(l) end
    print(pcall(io.open, 'runs/x', 'w'))]], '--sandbox-read ../more/data --sandbox-read ../outside',
    '--runs results')
  test.check(output:find "module 'beside' not found", output)
  test.equal(status, 1)
  put(folder .. '/beside.lua', 'return "beside"')
  local pipe = io.popen(('cd %s && %s --sandbox --sandbox-read ../more script.lua '
    .. '--runs=results 2>&1'):format(folder, test.quoted(test.aelua)))
  output = pipe:read 'a'
  pipe:close()
  test.check(output:find('data\ttrue\ntrue\ttrue\n3.0\ttrue\ntrue\ttrue\tbeside\ndata\ntrue\tnil'
    .. '\truns/x: the sandbox lets files be written below results only', 1, true), output)
end)

test.case('an experiment runs, saves and goes on', function()
  local code = [[
    require 'nn'
    local experiment, data = require 'experiment', require 'data'
    local run = experiment.start('boxed', 'x', {})
    local set = run:data(data.load{builtin = true, samples = 500})
    local net = nn.Sequential():add(nn.View(784)):add(nn.Linear(784, 10)):add(nn.LogSoftMax())
    run:train{net = net, criterion = nn.ClassNLLCriterion(), data = set.train, epochs = 2,
              optimizer = require 'optim'.SGD(net, {learningRate = 0.1}), batch = 100}
    run:finish()]]
  local output, status, folder = run(code)
  test.equal(status, 0, output)
  test.check(system.exists(folder .. '/runs/boxed-1/report.html'), output)
  test.check(system.exists(folder .. '/runs/boxed-1/checkpoints/stage_1.safetensors'), output)
end)

test.case('metatables give no object of another kind to a finalizer', function()
  local output, status = run [[
    local objects = {torch.Tensor(2), torch.FloatStorage(2), torch.Generator(), torch.Timer(),
      require 'nn'.Linear(2, 2), nn.MSECriterion(), io.stdout,
      require 'aelua.stream'.output('runs/o')}
    local others = {io.stdout, torch.Tensor(2), nn.Linear(2, 2), 1, {}, 'x', nil}
    for _, object in ipairs(objects) do
      local meta = getmetatable(object)
      for _, name in ipairs {'__gc', '__close', '__index', '__tostring', '__len'} do
        local f = type(meta) == 'table' and meta[name]
        if type(f) == 'function' then
          for i = 1, 7 do
            if getmetatable(others[i]) ~= meta then pcall(f, others[i], 1) end
          end
          pcall(f)
        end
      end
    end
    collectgarbage()
    io.stdout:write('alive\n')]]
  test.equal(output, 'alive\n')
  test.equal(status, 0)
end)

test.case('memory is limited, of Lua and of the engine', function()
  for code, message in pairs {
    ["local s = ('x'):rep(200e6)"] = 'not enough memory',
    ["local s = 'x' while true do s = s .. s end"] = 'not enough memory',
    ['local t = {} while true do t[#t + 1] = {} end'] = 'not enough memory',
    ["string.format('%s', ('x'):rep(30e6)):rep(10)"] = 'not enough memory',
    ['torch.Tensor(100e6)'] = 'out of memory',
    ['local t = {} while true do t[#t + 1] = torch.Tensor(1e6) end'] = 'out of memory'} do
    local output, status = run(code:find '^string' and 'local s = ' .. code or code,
                               '--sandbox-memory 64')
    test.equal(status, 1, output)
    test.check(output:find(message, 1, true), output)
    test.check(output:find("the sandbox's memory is used up (--sandbox-memory)", 1, true), output)
  end
  local output = run([[
    print(pcall(string.rep, 'x', 200e6))
    print(pcall(torch.Tensor, 100e6))
    for _ = 1, 50 do torch.Tensor(4e6) end
    print 'goes on']], '--sandbox-memory 64')
  test.check(output:find('goes on\n', 1, true), output)
end)

test.case('the limit of memory stays', function()
  refused('the sandbox keeps its limit', {"require 'aelua.system'.memoryLimit()",
    "require 'aelua.system'.refuseAllocation(0)", "require 'aelua.system'.memoryLimit(1 << 40)"})
end)

test.case('time is limited, whatever the script does', function()
  test.interruptsLoop()
  for _, code in ipairs {
    'while true do end',
    'while true do pcall(function() while true do end end) end',
    'local function f() pcall(f) f() end while true do pcall(f) end',
    "while true do xpcall(error, function() while true do end end) end",
    'coroutine.wrap(function() while true do end end)()',
    [[while true do
      local co = coroutine.create(function() while true do coroutine.yield() end end)
      for _ = 1, 1000 do coroutine.resume(co) end end]],
    'while true do coroutine.resume(coroutine.create(function() while true do end end)) end',
    "(('a'):rep(50000)):find(('a-'):rep(60) .. 'b')",
    "for _ = 1, 1e9 do ('x'):rep(1e8) end",
    'setmetatable({}, {__gc = function() while true do end end}) collectgarbage()',
    'local c <close> = setmetatable({}, {__close = function() while true do end end}) error()',
    "load(function() while true do end end)",
    "table.sort({1, 2, 3}, function() while true do end end)",
    "('x'):gsub('.', function() while true do end end)",
    'while true do torch.manualSeed(1) end',
    "require 'aelua.system'.sleep(1000)"} do
    local began = system.clock()
    local output, status = run(code:find '^%(' and 'local _ = ' .. code or code,
                               '--sandbox-time 0.3')
    test.equal(status, 124, code .. output)
    test.equal(output, "aelua: the sandbox's time is over (--sandbox-time 0.3)\n", code)
    test.check(system.clock() - began < 10, code)
  end
  test.equal(run("print 'in time'", '--sandbox-time 60'), 'in time\n')
end)

-- A pipe that is full and that nobody reads, as standard error and as standard output.
test.case('time is limited, though nobody reads what the script says', function()
  test.interruptsLoop()
  for _, code in ipairs {
    "io.stderr:setvbuf 'no' while true do io.stderr:write(('x'):rep(64)) end",
    "io.stderr:setvbuf('full', 1e5) while true do io.stderr:write(('x'):rep(64)) end",
    "while true do pcall(io.stderr.write, io.stderr, 'x') end",
    "while true do print(('x'):rep(64)) end", 'while true do end',
    'setmetatable({}, {__gc = function() while true do end end}) collectgarbage()',
    "warn '@on' while true do warn 'x' end"} do
    local _, status = test.shell(([[cd %s; mkfifo pipe; exec 3<>pipe
      dd if=/dev/zero of=pipe bs=4096 oflag=nonblock 2>dd
      timeout -s KILL 900 %s --sandbox --sandbox-time 0.3 script.lua >&3 2>&3 & wait $!]]):format(
      test.quoted(project(code)), test.quoted(test.aelua)))
    test.equal(status, 124, code)
  end
  local output, status = test.shell(([[cd %s; mkfifo pipe; exec 3<>pipe
    timeout -s KILL 900 %s --sandbox --sandbox-time 0.3 script.lua 2>&1 >&3 & wait $!]]):format(
    test.quoted(project "while true do print(('x'):rep(64)) end"), test.quoted(test.aelua)))
  test.equal(status, 124)
  test.equal(output, "aelua: the sandbox's time is over (--sandbox-time 0.3)\n")
end)

test.case('no file grows beyond the limit of memory', function()
  local output, status, folder = run([[
    local file = io.open('runs/large', 'w')
    file:setvbuf 'no'
    for i = 1, 17 do
      local ok, message = file:write(('x'):rep(1 << 20))
      if not ok then print(i, message) end
    end
    local out = require 'aelua.stream'.output 'runs/stream'
    local ok, message = true
    for _ = 1, 17 do
      if ok then ok, message = out:write(('x'):rep(1 << 20)) end
    end
    if ok then ok, message = out:keep() end
    print(ok, message)
    print(io.open('runs/small', 'w'):write 'x')
    file:seek('set', 1 << 24)
    assert(file:write 'x')]], '--sandbox-memory 16')
  test.equal(status, 1, output)
  test.check(output:find '^17\tFile too large\nnil\t[^\n]*runs/stream: File too large\nfile',
             output)
  test.check(output:find('the sandbox lets no file grow beyond its memory (--sandbox-memory)', 1,
                         true), output)
  test.equal(#content(folder .. '/runs/large'), 1 << 24)
end)

-- The clock's signal is sent, so that nobody waits an hour.
test.case('time is limited without a word: an hour', function()
  test.interruptsLoop()
  local folder = project "print 'begun' io.stdout:flush() while true do end"
  local output, status = test.shell(([[cd %s; %s --sandbox script.lua >runs/shown 2>&1 & pid=$!
    while ! [ -s runs/shown ]; do sleep 0.05; done
    kill -ALRM $pid; wait $pid; status=$?; cat runs/shown; exit $status]]):format(
    test.quoted(folder), test.quoted(test.aelua)))
  test.equal(status, 124)
  test.equal(output, "begun\naelua: the sandbox's time is over (--sandbox-time 3600)\n")
end)

test.case('mistakes in the options', function()
  local function message(options)
    local output, status = run('print(1)', options)
    test.equal(status, 1, output)
    return output
  end
  test.equal(message '--sandbox-memory 1',
             "aelua: --sandbox-memory: '1' is not a number from 16.0\n")
  test.equal(message '--sandbox-time soon',
             "aelua: --sandbox-time: 'soon' is not a number from 0.01\n")
  local pipe = io.popen(test.quoted(test.aelua) .. " --sandbox-time 1 -e 'print(1)' 2>&1")
  test.equal(pipe:read 'a', 'aelua: --sandbox-time means nothing without --sandbox\n')
  pipe:close()
end)

test.case('loadfile and dofile run text, with an environment of its own', function()
  local output, status = run [[
    local file = io.open('runs/part.lua', 'w')
    file:write('value = ... or 1; return value, 2, 3')
    file:close()
    print(dofile 'runs/part.lua')
    local own = {}
    print(loadfile('runs/part.lua', 't', own)(5), own.value, value)
    print(select('#', loadfile('runs/part.lua')(7)), value)
    print(loadfile('runs/none.lua', 't', own))
    print(pcall(dofile, 'runs/none.lua'))
    file = io.open('runs/part.lua', 'w')
    file:write 'return ('
    file:close()
    print(loadfile 'runs/part.lua')]]
  test.equal(status, 0, output)
  test.equal(output, table.concat({
    '1\t2\t3',
    '5\t5\t1',
    '3\t7',
    'nil\tcannot open runs/none.lua: No such file or directory',
    'false\tcannot open runs/none.lua: No such file or directory',
    'nil\truns/part.lua:1: unexpected symbol near <eof>',
  }, '\n') .. '\n')
end)

test.case('a package.path that is no text, a module with a mistake', function()
  local output = run [[
    local file = io.open('runs/bad.lua', 'w')
    file:write 'return ('
    file:close()
    package.path = 'runs/?.lua'
    print(pcall(require, 'bad'))
    package.path = nil
    print(pcall(require, 'other'))]]
  test.check(output:find("error loading module 'bad' from file 'runs/bad.lua'", 1, true), output)
  test.check(output:find('package.path must be a string', 1, true), output)
end)

test.case('getinfo of another coroutine', function()
  local output = run [[
    local co = coroutine.create(function() coroutine.yield() end)
    coroutine.resume(co)
    print(debug.getinfo(co, 1).currentline, debug.getinfo(co, 9), debug.getinfo(co, print).what)]]
  test.equal(output, '1\tnil\tC\n')
end)

test.case('paths in the options that lead nowhere, and scripts that are none', function()
  local folder = project 'print(1)'
  local function said(before, arguments)
    local pipe = io.popen(('cd %s && %s %s --sandbox %s 2>&1')
      :format(folder, before, test.quoted(test.aelua), arguments))
    local output = pipe:read 'a'
    pipe:close()
    return output
  end
  local nowhere = 'aelua: --sandbox: none/..: No such file or directory\n'
  test.equal(said('', "--sandbox-read '' script.lua"),
    'aelua: --sandbox: : No such file or directory\n')
  test.equal(said('', 'script.lua --runs none/..'), nowhere)
  test.equal(said('', 'script.lua --resume none/..'), nowhere)
  test.equal(said('AELUA_DATA=none/..', 'script.lua'), nowhere)
  test.equal(said('', 'none/../script.lua'), (nowhere:gsub('%.%.:', '../:')))
  test.equal(said('', "-e 'print(2)'"), '2\n')
  test.equal(said("echo 'print(3)' |", ''), '3\n')
end)
