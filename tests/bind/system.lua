-- aelua.system: the machine, terminals, files and folders.
local test = require 'harness'
local system = require 'aelua.system'

test.case('withMemory: a call with so much memory more', function()
  local ok, message, met = system.withMemory(1 << 20, function() return torch.zeros(1 << 20) end)
  test.equal({ok, met}, {false, true})
  test.check(message:find 'out of memory: 4194304 bytes wanted', message)
  local function both(a, b) return torch.zeros(1 << 20):nElement() + a + b, 5 end
  test.equal({system.withMemory(1 << 30, both, 1, 2)}, {true, (1 << 20) + 3, false})
  local function inner() return (system.withMemory(1 << 30, torch.zeros, 1 << 20)) end
  ok, message = system.withMemory(1 << 20, inner)
  test.equal({ok, message}, {true, false}, 'the outer one holds')
  test.equal({system.withMemory(1 << 20, error, 'x')}, {false, 'x', false})
  test.equal(torch.zeros(1 << 20):nElement(), 1 << 20, 'none is left')
  test.fails(function() system.withMemory(-1, print) end, 'not a number of bytes')
end)

test.case('threads can be set and never change a result', function()
  local usual = system.threads()
  local x = torch.DoubleTensor(300, 300):normal()
  local results = {}
  for n = 1, 3 do
    system.setThreads(n)
    test.equal(system.threads(), n)
    test.equal(torch.getnumthreads(), n)
    results[n] = x * x
  end
  test.check(results[1]:equal(results[2]) and results[1]:equal(results[3]))
  torch.setnumthreads(usual)
  test.equal(system.threads(), usual)
  test.fails(function() system.setThreads(-1) end, 'threads')
  test.fails(function() system.setThreads(100000) end, '100000')
end)

test.case('kernels can be set', function()
  local usual, all = system.kernels(), system.availableKernels()
  test.equal(all[1], 'portable')
  for _, name in ipairs(all) do
    system.setKernels(name)
    test.equal(system.kernels(), name)
  end
  system.setKernels(usual)
  test.fails(function() system.setKernels('avx9') end, 'avx9')
end)

test.case('description and version', function()
  test.check(#system.cpu() > 0)
  test.check(system.describe():find(system.kernels() .. ' kernels', 1, true))
  test.check(system.version:find('^%d+%.%d+%.%d+$'))
end)

test.case('clock and memory', function()
  local start = system.clock()
  local x = torch.Tensor(1000, 1000)
  test.check(system.memory() >= 4e6 and system.peak() >= system.memory(), tostring(x:size(1)))
  test.check(system.clock() >= start)
end)

test.case('terminals', function()
  test.equal(type(system.isTerminal('stdout')), 'boolean')
  test.equal(type(system.canDraw()), 'boolean')
  test.check(system.terminalWidth() > 0)
  test.equal(test.shell(test.quoted(test.aelua) .. [[ -e "local system = require 'aelua.system'
    print(system.terminalWidth(), system.terminalHeight())"]]), '80\t24\n', 'on none')
  test.fails(function() system.isTerminal('stdlog') end, 'stdlog')
end)

test.case('folders', function()
  local folder = test.folder()
  local deep = folder .. '/a/b/c'
  test.equal(system.exists(deep), false)
  test.check(system.mkdir(deep))
  test.check(system.mkdir(deep), 'it may be there already')
  test.equal(system.exists(deep), 'folder')
  local file = assert(io.open(folder .. '/file', 'w'))
  file:close()
  test.equal(system.exists(folder .. '/file'), 'file')
  test.equal(system.list(folder), {'a', 'file'})
  test.check(system.remove(folder .. '/file'))
  test.equal(system.list(folder), {'a'})
end)

test.case('what the system refuses is nil and a message', function()
  local folder = test.folder()
  local function refused(text, result, message)
    test.equal(result, nil)
    test.check(message:find(text, 1, true), message)
  end
  refused('No such file', system.remove(folder .. '/none'))
  refused('No such file', system.list(folder .. '/none'))
  local file = assert(io.open(folder .. '/file', 'w'))
  file:close()
  refused(folder .. '/file', system.mkdir(folder .. '/file'))
  refused('Not a directory', system.mkdir(folder .. '/file/x'))
  system.mkdir(folder .. '/full/x')
  refused('not empty', system.remove(folder .. '/full'))
end)

test.case('tmpfolder is new and empty', function()
  local a, b = test.folder(), test.folder()
  test.check(a ~= b)
  test.equal(system.list(a), {})
end)

test.case('tmpfolder is in TMPDIR, and cwd may be gone', function()
  local function run(before, code)
    local pipe = io.popen(('%s %s -e %s')
      :format(before, test.quoted(test.aelua), test.quoted(code)))
    local output = pipe:read 'a'
    pipe:close()
    return output
  end
  local folder = test.folder()
  local code = 'print(require "aelua.system".tmpfolder())'
  test.equal(run('TMPDIR=' .. folder, code):sub(1, #folder + 7), folder .. '/aelua-')
  local output = run('TMPDIR=' .. folder .. '/none', code)
  test.equal(output:gsub('aelua%-%w+:', 'aelua-X:'),
    ('nil\t%s/none/aelua-X: No such file or directory\n'):format(folder))
  output = run('TMPDIR=', code)
  test.equal(output:sub(1, 11), '/tmp/aelua-')
  os.execute('rmdir ' .. output)
  test.equal(run(('cd %s && mkdir x && cd x && rmdir ../x &&'):format(folder),
    'print(require "aelua.system".cwd())'), 'nil\tthe current folder: No such file or directory\n')
end)

test.case('nearest', function()
  local words = {'epochs', 'batch', 'momentum'}
  test.equal(system.nearest('epoch', words), 'epochs')
  test.equal(system.nearest('xyzzy', words), nil)
  test.fails(function() system.nearest('a', {1}) end, 'list of strings')
end)

test.case('the current folder, and sleeping', function()
  local pipe = io.popen('pwd -P')
  test.equal(system.cwd(), pipe:read('l'))
  pipe:close()
  local start = system.clock()
  system.sleep(0.02)
  test.check(system.clock() - start >= 0.02)
  test.fails(function() system.sleep(-1) end, 'seconds')
end)

test.case('the precision of matrix products can be chosen', function()
  test.equal(torch.getMatmulPrecision(), 'float32')
  test.fails(function() torch.setMatmulPrecision('half') end, 'neither float32 nor bf16')
  local a, b = torch.randn(20, 30), torch.randn(30, 10)
  local exact = torch.mm(a, b)
  torch.setMatmulPrecision('bf16')
  local inForce = torch.getMatmulPrecision()
  test.equal(system.describe():find('bf16', 1, true) ~= nil, inForce == 'bf16')
  local difference = (torch.mm(a, b) - exact):abs():max()
  test.check(difference <= (torch.getMatmulPrecision() == 'bf16' and 0.2 or 0))
  test.equal(torch.mm(a:double(), b:double()):float(), torch.mm(a:double(), b:double()):float())
  torch.setMatmulPrecision('float32')
  test.equal(torch.mm(a, b), exact)
end)
