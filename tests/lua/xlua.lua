--- xlua.lua - progress, named arguments, helpers; and sys.

local test = require 'harness'
local xlua, sys = require 'xlua', require 'sys'

-- What a piece of code prints, on no terminal or, with script's help, on one.
local function printed(code, terminal)
  local command = ('%s -l xlua -e %s'):format(test.quoted(test.aelua), test.quoted(code))
  if terminal then
    if os.execute('script --version >/dev/null 2>&1') ~= true then test.skip('no script') end
    command = ('script -qec %s /dev/null </dev/null'):format(test.quoted(command))
  end
  local pipe = io.popen(command)
  local output = pipe:read('a')
  pipe:close()
  return output
end

test.case('globals once required', function()
  test.check(rawequal(_G.xlua, xlua) and rawequal(_G.sys, sys))
end)

test.case('formatTime', function()
  for seconds, want in pairs {[0] = '0ms', [0.0214] = '21ms', [1.5] = '1s500ms', [75] = '1m15s',
                              [3600] = '1h', [90061] = '1D1h', [7325.9] = '2h2m'} do
    test.equal(xlua.formatTime(seconds), want)
  end
end)

test.case('progress: one line elsewhere than on a terminal', function()
  local output = printed 'for k = 1, 2 do for i = 1, 50 do xlua.progress(i, 50) end end'
  test.equal(select(2, output:gsub('50/50  Tot: %w+ | Step: %w+\n', '')), 2)
  test.equal(select(2, output:gsub('\n', '')), 2)
  test.equal(printed 'for i = 1, 49 do xlua.progress(i, 50) end', '')
end)

test.case('progress: what is no number is refused, and the next loop goes on', function()
  local output = printed("print(pcall(xlua.progress, 'x', 2)) xlua.progress(2, 2)")
  test.check(output:find('^false.-two numbers expected, got a string and a number\n2/2 '), output)
end)

test.case('progress: a bar on a terminal', function()
  local output = printed('for i = 1, 4 do xlua.progress(i, 4) sys.sleep(0.06) end', true)
  test.check(output:find('\r %[[=>]+%.* 1/4 %.+%] ETA: %w+ | Step: %w+'), 'the first step')
  test.check(output:find('\r %[=+ 4/4 =*>%] Tot: %w+ | Step: %w+'), 'the last step')
  test.check(printed('xlua.progress(0, 0)', true):find('0/0', 1, true), 'nothing to do')
end)

local function f(...)
  local args, input, count, name = xlua.unpack({...}, 'f', 'does something',
    {arg = 'input', type = 'torch.Tensor', help = 'what to do it with', req = true},
    {arg = 'count', type = 'number', help = 'how often', default = 3},
    {arg = 'name', type = 'string | table', help = 'of the result'},
    {arg = 'quiet', type = 'boolean', default = true},
    {arg = 'other', type = 'number', defaulta = 'count'})
  return input, count, name, args.quiet, args.other
end

test.case('arguments by name and in order', function()
  local x = torch.Tensor {1, 2}
  test.equal({f(x)}, {x, 3, nil, true, 3})
  test.equal({f(x, 5, 'n', false)}, {x, 5, 'n', false, 5})
  test.equal({f {input = x, name = {1}, quiet = false, other = 1}}, {x, 3, {1}, false, 1})
end)

test.case('arguments that are missing or of another type', function()
  test.fails(function() f() end, 'f: missing argument input', '[count = number]',
    '[default = 3]', 'what to do it with')
  test.fails(function() f(torch.Tensor(2), {}) end, 'argument count is a table', 'number')
  test.fails(function() f {input = 5} end, 'argument input is a number', 'torch.Tensor')
end)

test.case('unpack_class', function()
  local object = {}
  xlua.unpack_class(object, {{size = 4}}, 'C', '', {arg = 'size', type = 'number'},
    {arg = 'rate', type = 'number', default = 0.5})
  test.equal(object, {size = 4, rate = 0.5})
end)

test.case('errors and modules', function()
  test.fails(function() xlua.error('no such thing', 'Mine') end, '<Mine> no such thing')
  test.equal(xlua.require 'json', require 'json')
  local said
  xlua.trycatch(function() error('oops', 0) end, function(message) said = message end)
  test.equal(said, 'oops')
  test.check(printed 'print(xlua.require "no.such")':find 'could not be loaded.*false')
  test.equal(printed 'xlua.print({a = 1, 2})', '{[1] = 2,\n [a] = 1}\n')
  _G.thing = 1
  xlua.clear 'thing'
  test.equal(_G.thing, nil)
end)

test.case('sys: clocks', function()
  local start = sys.clock()
  sys.tic()
  sys.sleep(0.01)
  sys.usleep(100)
  test.check(sys.toc() >= 0.01 and sys.clock() - start >= sys.toc() - 1e-3)
end)

test.case('sys: commands', function()
  test.equal(sys.execute 'echo " a  b "; echo c >&2', 'a  b \nc')
  test.equal(sys.execute 'printf " \\n "', '')
  local folder = test.folder() .. "/it's"
  paths.mkdir(folder .. '/x')
  test.equal(sys.ls(folder), 'x')
  test.check(sys.uname() == 'linux' or sys.uname() == 'macos')
  local here, name = sys.fpath()
  test.equal({name, paths.basename(here)}, {'xlua.lua', 'lua'})
end)

test.case('sys: split, isNaN, colours', function()
  test.equal(sys.split('a,b,,c', ','), {'a', 'b', '', 'c'})
  test.equal(sys.split(',a b', '[, ]'), {'a', 'b'})
  test.equal(sys.split('', ','), {})
  test.equal({sys.isNaN(0 / 0), sys.isNaN(1)}, {true, false})
  test.equal({sys.COLORS.red, sys.COLORS.Red, sys.COLORS._red}, {'\27[0;31m', '\27[1;31m',
    '\27[41m'})
end)
