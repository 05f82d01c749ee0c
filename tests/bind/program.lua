-- The program itself: options, how scripts are found and run, and how they end.
local test, system = require 'harness', require 'aelua.system'

-- Runs the program in a shell; returns standard output and error together, and the exit status.
local function run(arguments, before)
  local command = ('{ %s %s %s ; } 2>&1'):format(before or '', test.quoted(test.aelua), arguments)
  local pipe = assert(io.popen(command))
  local output = pipe:read 'a'
  local _, _, status = pipe:close()
  return output, status
end

-- A folder with files of these contents; returns its path.
local function project(files)
  local folder = test.folder()
  for name, text in pairs(files) do
    local file = assert(io.open(folder .. '/' .. name, 'w'))
    file:write(text)
    file:close()
  end
  return folder
end

local function expect(arguments, status, ...)
  local output, got = run(arguments)
  for _, text in ipairs {...} do
    if not output:find(text, 1, true) then
      error(('output of "%s" is\n%s\nwithout "%s"'):format(arguments, output, text), 2)
    end
  end
  test.equal(got, status, 'exit status of ' .. arguments)
  return output
end

test.case('--version and --help', function()
  expect('--version', 0, 'aelua ' .. require('aelua.system').version, 'Lua 5.4', 'kernels')
  expect('--help', 0, 'aelua [options] [script.lua [arguments]]', '--threads', '--kernels')
end)

test.case('-e runs code, -l requires, in order', function()
  test.equal(expect("-e 'x = 6' -e 'print(x * 7)'", 0), '42\n')
  expect("-l nn -e 'print(nn == require \"nn\")'", 0, 'true')
  expect("-e 'error(\"no\")' -e 'print(1)'", 1, 'aelua: (command line):1: no', 'stack traceback')
  expect("-l nosuchthing", 1, "module 'nosuchthing' not found")
end)

test.case('a mistake in the options is one line', function()
  local output = expect('--thread 2 x.lua', 1)
  test.equal(output, "aelua: unknown option '--thread'; did you mean '--threads'?\n")
  test.equal(expect('--quux', 1), "aelua: unknown option '--quux'; see aelua --help\n")
  test.equal(expect('--threads', 1), 'aelua: --threads wants a value\n')
  test.equal(expect('--threads two', 1), "aelua: --threads: 'two' is not a number of threads\n")
  expect('--threads 1000', 1, 'aelua: --threads: ', '1000')
  expect('--kernels avx9', 1, 'aelua: --kernels: ', 'avx9')
end)

test.case('--matmul takes effect, or says why not', function()
  expect('--matmul half', 1, 'aelua: --matmul: ', '"half"', 'bf16')
  local output = expect([[--matmul bf16 -e 'print(torch.getMatmulPrecision())']], 0)
  test.check(output == 'bf16\n' or output:find('stay in float32\n', 1, true), output)
end)

test.case('--threads and --kernels take effect', function()
  local code = [[-e 'local s = require "aelua.system"; print(s.threads(), s.kernels())']]
  test.equal(expect('--threads 3 --kernels portable ' .. code, 0), '3\tportable\n')
  local output = run(code, 'AELUA_THREADS=2 AELUA_KERNELS=portable')
  test.equal(output, '2\tportable\n')
end)

test.case('a script gets its arguments', function()
  local folder = project{
    ['s.lua'] = 'print(arg[0], arg[1], arg[2], #arg, select("#", ...), arg[-1])'}
  local path = folder .. '/s.lua'
  test.equal(expect(path .. " --epochs 'a b'", 0),
             ('%s\t--epochs\ta b\t2\t2\t%s\n'):format(path, test.aelua))
end)

test.case('modules beside the script come first', function()
  local folder = project{
    ['s.lua'] = 'print(require("options"), require("aelua.lua.options").parse ~= nil)',
    ['options.lua'] = 'return "mine"',
  }
  test.equal(expect(folder .. '/s.lua', 0), 'mine\ttrue\n')
  local other = project{['s.lua'] = 'print(require "options" == require "aelua.lua.options")'}
  test.equal(expect(other .. '/s.lua', 0), 'true\n')
end)

test.case('torch is a global from the start, nn and optim once required', function()
  test.equal(expect([[-e 'print(torch == require "torch", nn, optim)
    require "nn" require "optim" print(nn == require "nn", optim == require "optim")']], 0),
    'true\tnil\tnil\ntrue\ttrue\n')
end)

test.case('an error in a script: message, traceback, status 1', function()
  local folder = project{['s.lua'] = [[
local function inner(x) return x:narrow(1, 3, 9) end
print('before')
print(inner(torch.Tensor(4)))
]]}
  local output = expect(folder .. '/s.lua', 1, 'before\n', 's.lua:', 'narrow', '9 elements from 3',
                        'stack traceback', "s.lua:3: in main chunk")
  test.equal(select(2, output:gsub('aelua: ', '')), 1, 'one message')
end)

test.case('error values that are no strings', function()
  expect([[-e 'error(setmetatable({}, {__tostring = function() return "mine" end}))']], 1,
         'aelua: mine')
  expect("-e 'error()'", 1, 'aelua: nil')
end)

test.case('a syntax error: one line', function()
  local folder = project{['s.lua'] = 'print(1)\nx = = 2\n'}
  local output = expect(folder .. '/s.lua', 1, 's.lua:2:', "near '='")
  test.equal(select(2, output:gsub('\n', '')), 1, 'lines')
end)

test.case('no such script, or a folder', function()
  test.equal(expect('nosuch.lua', 1),
    "aelua: cannot open 'nosuch.lua': No such file or directory\n")
  test.equal(expect('/', 1), "aelua: cannot open '/': Is a directory\n")
end)

test.case('standard input as the script', function()
  local output, status = run('', "echo 'print(1 + 1)' |")
  test.equal(output, '2\n')
  test.equal(status, 0)
  test.equal(run('- a b', "echo 'print(...)' |"), 'a\tb\n')
  output, status = run('-', "echo 'x = = 1' |")
  test.check(output:find('^aelua: stdin:1:'), output)
  test.equal(status, 1)
end)

test.case('os.exit keeps its status and what was printed', function()
  test.equal(expect("-e 'print(1) os.exit(7)'", 7), '1\n')
end)

test.case('lines reach a pipe as they are printed', function()
  local read = test.folder() .. '/read'
  local pipe = assert(io.popen(('%s -e %s'):format(test.quoted(test.aelua), test.quoted(([[
    print 'first'
    for _ = 1, 6000 do
      if io.open('%s') then print 'second' break end
      require 'aelua.system'.sleep(0.01)
    end]]):format(read)))))
  test.equal(pipe:read 'l', 'first')
  test.write(read, '')
  test.equal(pipe:read 'l', 'second')
  pipe:close()
end)

test.case('when nobody reads the output any more, it ends without a word', function()
  local folder = test.folder()
  os.execute(([[{ timeout 20 %s -e 'local i = 0 while true do i = i + 1 print(i) end' 2>%s/err
    echo $? >%s/status; } | head -n 2 >%s/out]]):format(test.quoted(test.aelua),
    folder, folder, folder))
  local function content(name)
    local file = assert(io.open(folder .. '/' .. name))
    local text = file:read 'a'
    file:close()
    return text
  end
  test.equal(content 'out', '1\n2\n')
  test.equal(content 'err', '')
  test.equal(content 'status', '141\n')
end)

test.case('a full disk is an error', function()
  local output, status = run("-e 'print(1)' 2>&1 >/dev/full")
  test.equal(output, 'aelua: the output could not be written\n')
  test.equal(status, 1)
end)

test.case('the first work of a process may be shared by threads', function()
  local function sum(threads)
    return (run(('--threads %d -e "print(torch.randn(300000):sum())"'):format(threads)))
  end
  local alone = sum(1)
  test.check(tonumber(alone), alone)
  for _ = 1, 5 do test.equal(sum(4), alone) end
end)

test.case('Ctrl-C raises an error; what is to be closed is closed', function()
  test.interruptsLoop()
  local code = [[local c <close> = setmetatable({}, {__close = function() print('closed') end})
    local pid = io.open('/proc/self/stat'):read('n')
    os.execute(('(sleep 0.2; kill -INT %d) >/dev/null 2>&1 &'):format(pid))
    while true do end]]
  local folder = project{['s.lua'] = code}
  expect(folder .. '/s.lua', 130, 'closed', 's.lua:', 'interrupted', 'stack traceback')
end)

-- Lines typed at the prompt; without a terminal the prompt is reached by -i.
local function prompt(lines)
  local folder = project{input = lines}
  return run('-i', 'cat ' .. folder .. '/input |')
end

test.case('the prompt prints expressions, continues lines and survives errors', function()
  local output, status = prompt [[
1 + 1
x = 5
x, "two"
for i = 1, 2 do
print("line", i)
end
error("oops")
nil .. 1
x + 1
torch.Tensor{1, 2}:sum()
]]
  for _, text in ipairs {'2\n', '5\ttwo\n', 'line\t1\nline\t2\n', 'oops', 'concatenate', '6\n',
                         '3.0\n'} do
    test.check(output:find(text, 1, true), text .. ' in ' .. output)
  end
  test.equal(status, 0)
end)

test.case('the prompt tells of a chunk that ends with the input, and of a lost print', function()
  local output, status = prompt 'for i = 1,\n'
  test.check(output:find("unexpected symbol near <eof>", 1, true), output)
  test.equal(status, 0)
  output = prompt 'print = nil\n1 + 1\nio.write("still here")\n'
  test.check(output:find('attempt to call a nil value', 1, true), output)
  test.check(output:find('still here', 1, true), output)
end)

test.case('one thread is told as one', function()
  local output = run('-i', 'echo | AELUA_THREADS=1')
  test.check(output:find(', 1 thread, ', 1, true), output)
end)

test.case('a variable that cannot be obeyed is said, unless an option takes its place', function()
  local code = [[-e 'local s = require "aelua.system"; print(s.threads(), s.kernels())']]
  local function refused(variable, message)
    local output, status = run(code, variable)
    test.equal(output, 'aelua: ' .. message .. '\n')
    test.equal(status, 1)
  end
  refused('AELUA_KERNELS=nonsense',
    'AELUA_KERNELS: no kernels named "nonsense": portable, avx2 or avx512')
  for _, threads in ipairs {'abc', '-1', '0', '1.5', '2x'} do
    refused('AELUA_THREADS=' .. threads,
      ("AELUA_THREADS: '%s' is not a number of threads"):format(threads))
  end
  refused('AELUA_THREADS=257', 'AELUA_THREADS: threads: 257 is not in 0..256')
  local there = {}
  for _, name in ipairs(system.availableKernels()) do there[name] = true end
  if not there.avx512 then
    refused('AELUA_KERNELS=avx512', 'AELUA_KERNELS: this CPU cannot run avx512')
  end
  local output = run('--threads 2 --kernels portable ' .. code,
    'AELUA_THREADS=abc AELUA_KERNELS=nonsense')
  test.equal(output, '2\tportable\n')
  test.equal(select(2, run(code, 'AELUA_THREADS= AELUA_KERNELS=')), 0)
end)
