--- cmdline.lua - torch.CmdLine: what is read, what is refused, names of runs, the log.

local test = require 'harness'

local function sample()
  local cmd = torch.CmdLine()
  cmd:text()
  cmd:text('Training a simple network')
  cmd:text('Options')
  cmd:option('-seed', 123, 'initial random seed')
  cmd:option('-booloption', false, 'boolean option')
  cmd:option('-on', true, 'on by default')
  cmd:option('--stroption', 'mystring', 'string option')
  return cmd
end

local defaults = {seed = 123, booloption = false, on = true, stroption = 'mystring'}

-- Runs a script that parses with the sample; returns what it printed and its status.
local function run(arguments, more)
  local path = test.folder() .. '/script.lua'
  local file = assert(io.open(path, 'w'))
  file:write [[
    local cmd = torch.CmdLine()
    cmd:text('A script')
    cmd:option('-seed', 123, 'initial random seed')
    cmd:option('-booloption', false, 'boolean option')
  ]]
  file:write(more or '', [[
    local opt = cmd:parse(arg)
    print(opt.seed, opt.booloption, opt.file)
  ]])
  file:close()
  local pipe = assert(io.popen(('%s %s %s 2>&1'):format(test.quoted(test.aelua), path, arguments)))
  local output = pipe:read('a')
  local _, _, status = pipe:close()
  return output, status
end

test.case('defaults', function()
  test.equal(sample():parse {}, defaults)
  test.equal(sample():default(), defaults)
end)

test.case('options on the command line', function()
  local params = sample():parse {'-seed', '-4.5', '-booloption', '-on', '--stroption', '-x'}
  test.equal(params, {seed = -4.5, booloption = true, on = false, stroption = '-x'})
  test.equal(math.type(sample():parse {'-seed', '7'}.seed), 'integer')
end)

test.case('arguments are in order', function()
  local cmd = sample()
  cmd:argument('-input', 'a file')
  cmd:argument('count', 'a number', 'number')
  local params = cmd:parse {'in.txt', '-seed', '1', '12'}
  test.equal({params.input, params.count, params.seed}, {'in.txt', 12, 1})
end)

test.case('the script\'s own arguments; mistakes end it and say why', function()
  test.equal(run '-seed 7 -booloption', '7\ttrue\tnil\n')
  local function refused(arguments, text, more)
    local output, status = run(arguments, more)
    test.equal(status, 1)
    test.check(output:find(text, 1, true), text .. ' in ' .. output)
    test.check(output:find('Usage:', 1, true), 'the help')
  end
  refused('-sed 7', 'unknown option -sed; did you mean -seed?')
  refused('-seed', 'missing argument for option -seed')
  refused('-seed seven', "'seven' is no number")
  refused('-seed 1e999', "'1e999' is no finite number")
  refused('-seed se\rven', "'se?ven' is no number")
  refused('stray', 'invalid argument: stray')
  refused('', '<file> is missing', 'cmd:argument("file", "what to read")')
end)

test.case('help', function()
  local output, status = run('--help', 'cmd:argument("file", "what to read")')
  test.equal(status, 0)
  for _, text in ipairs {'script.lua [options] <file>', 'A script', '-seed ',
                         'initial random seed [123]', 'boolean option [false]',
                         '<file> ', 'what to read'} do
    test.check(output:find(text, 1, true), text .. ' in ' .. output)
  end
end)

test.case('a name for the run', function()
  local cmd = sample()
  local params = cmd:parse {}
  params.rundir = 'elsewhere' -- no setting
  test.equal(cmd:string('experiment', params, {dir = true}), 'experiment')
  test.equal(cmd:string('experiment', params, {seed = false}), 'experiment,seed=123')
  params = cmd:parse {'--stroption', 'mycustomstring', '-seed', '456', '-booloption'}
  test.equal(cmd:string('experiment', params, {booloption = true}),
    'experiment,seed=456,stroption=mycustomstring')
  test.equal(cmd:string('experiment', params),
    'experiment,booloption=t,seed=456,stroption=mycustomstring')
  local other = torch.CmdLine('_', '-')
  other:option('-rate', 0.5)
  other:argument('name')
  test.equal(other:string('x', other:parse {'n', '-rate', '2'}), 'x_name-n_rate-2')
end)

test.case('the log has what print prints', function()
  local path, show, cmd = test.folder() .. '/log', print, sample()
  cmd:silent()
  cmd:log(path, {seed = 1, name = 'x'})
  print('a', 2, nil, true)
  cmd:addTime('project', '<%Y>')
  print('timed')
  _G.print = show
  local file = assert(io.open(path))
  local text = file:read('a')
  file:close()
  test.check(text:match('^%[program started on [^\n]*%]\n%[command line arguments%]\n'
    .. 'name\tx\nseed\t1\n%[%-+%]\na\t2\tnil\ttrue\n<%d%d%d%d>%[project%]: timed\n$'), text)
end)

test.case('options that make no sense', function()
  local cmd = torch.CmdLine()
  test.fails(function() cmd:option('-x') end, '-x', 'no default')
  test.fails(function() cmd:option('-x', 1, 'help', 'string') end, 'number', 'string')
  test.fails(function() cmd:option('-x', {}) end, 'table')
  test.fails(function() cmd:text(5) end, 'string expected')
  test.fails(function() cmd:argument() end, 'cmdline.lua', 'argument: the name', 'got nil')
  test.fails(function() cmd:option(5, 1) end, 'option: the name', 'got number')
  test.equal({cmd:parse {}, #cmd.helplines}, {{}, 0})
end)

test.case('a log that cannot be written is an error', function()
  local show, cmd = print, sample()
  cmd.silentio = true
  local ok, message = pcall(cmd.log, cmd, '/dev/full')
  local after = print
  print = show -- luacheck: ignore
  test.equal(ok, false)
  test.check(after == show, 'print goes on as before')
  test.check(message:find('/dev/full: No space left on device', 1, true), message)
end)
