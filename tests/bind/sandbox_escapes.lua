-- aelua --sandbox against hostile scripts: whatever they try they end by themselves, with an error
-- or in time, and never by a signal.
local test, system = require 'harness', require 'aelua.system'

-- What the program prints and how it ends; the input never ends.
local function run(code, options)
  local folder = test.folder()
  local script = assert(io.open(folder .. '/script.lua', 'w'))
  script:write(code)
  script:close()
  local pipe = assert(io.popen(('cd %s && mkfifo input && exec 3<>input && SECRET=sesame '
    .. 'timeout -s KILL 900 %s --sandbox %s script.lua <&3 2>&1'):format(test.quoted(folder),
    test.quoted(test.aelua), options or '')))
  local output = pipe:read 'a'
  local _, how, status = pipe:close()
  return output, how, status
end

-- Each piece of code fails or not, and the script goes on after it.
test.case('what broke versions of Lua, or looks like it', function()
  local pieces = {
    -- errors in error handlers, and where the stack ends
    "xpcall(function() local function f() return 1 + f() end f() end, function() error() end)",
    [[local function f() return 1 + f() end
      xpcall(f, function() local function g() return 1 + g() end return g() end)]],
    "local f = function(...) return ... end for i = 1, 8 do f(pcall(table.unpack, {}, 1, 1e5)) end",
    "table.unpack({}, 1, 1e8)", "string.byte(('x'):rep(1e8), 1, -1)", "select(-1, 1)",
    "coroutine.wrap(function() return pcall(table.unpack, {}, 1, 999990) end)()",
    "local function deep(n) return n == 0 and 0 or 1 + deep(n - 1) end deep(1e7)",
    "local t = {} for i = 1, 300 do t = setmetatable({}, {__index = t}) end return t.x",
    "local t = setmetatable({}, {}) getmetatable(t).__index = t return t.x",
    "local t = setmetatable({}, {}) getmetatable(t).__newindex = t t.x = 1",
    "local t = setmetatable({}, {__concat = function(a) return a .. a end}) return t .. t",
    "string.gsub(('a'):rep(1e4), '.', function(c) return (c:gsub('.', string.rep, 1e9)) end)",
    -- coroutines that end others, themselves and variables to be closed
    "local c c = coroutine.wrap(function() c() end) c()",
    [[local co = coroutine.create(function()
        local x <close> = setmetatable({}, {__close = function() coroutine.yield() end})
        coroutine.yield()
      end)
      coroutine.resume(co) coroutine.close(co) coroutine.close(co)]],
    [[local x <close> = setmetatable({}, {__close = function() error(1) end})
      local y <close> = setmetatable({}, {__close = function() error(2) end})
      error(3)]],
    [[local function f(n)
        local x <close> = setmetatable({}, {__close = function() error(n) end})
        if n > 0 then return f(n - 1) end
        error 'x'
      end
      f(180)]],
    "local co co = coroutine.create(function() coroutine.close(co) end) coroutine.resume(co)",
    "local f f = function() return coroutine.wrap(f)() end f()",
    "for i = 1, 1e4 do coroutine.wrap(function() coroutine.yield() end)() end",
    -- texts that compile badly
    "load(('('):rep(1e5))", "load('return ' .. ('{'):rep(1e5))", "load(('a.'):rep(1e5) .. 'a = 1')",
    "load('local ' .. ('a,'):rep(300) .. 'a')", "load('return ' .. ('-'):rep(1e5) .. '1')",
    "load('return ' .. ('1 .. '):rep(1e4) .. '1')", "load(('do '):rep(300) .. ('end '):rep(300))",
    "load('goto x; ' .. ('local a; '):rep(150) .. '::x:: ::x::')",
    "load('local _ENV <const> = {} x = 1')()", "load('local _ENV <const> = 11; X = \"Hi\"')()",
    "load('for i = 1, 10 do local _ENV <close> = nil; x = i end')()",
    "load(function() error 'in the reader' end)", "load(function() return {} end)",
    "load('return \\u{7FFFFFFF}')", "load('\\27Lua' .. ('\\0'):rep(100), 'x', 'b')",
    -- sizes
    "('x'):rep(1 << 40)", "('x'):rep(1 << 62)", "('x'):rep(1e9, ('y'):rep(1e9))",
    "string.format('%99999d', 1)", "string.format('%.99999f', 1)", "string.format('%s%', 1)",
    "string.format(('%s'):rep(300), 1)", "string.pack('i17', 1)", "string.pack('>!16i16', -1)",
    "string.unpack('s8', ('\\255'):rep(16))", "string.unpack('z', 'abc', -10)",
    "string.packsize(('i16'):rep(1 << 27))", "utf8.char(1 << 31)", "utf8.codepoint('\\xff', 1, 1)",
    "table.concat({}, 'x', 1, 1 << 60)", "table.concat({}, 'x', math.mininteger, math.maxinteger)",
    "table.insert({}, 1 << 60, 1)", "table.move({1}, 1, math.maxinteger, 2)",
    "table.move({}, math.mininteger, -1, 0)", "table.pack(table.unpack({}, 1, 2e5))",
    "table.sort({3, 1, 2, 5, 4, 7, 6}, function() return true end)",
    "table.sort({1, 2, 'x', {}, 3})", "table.remove({}, 1 << 40)",
    "('a'):find(('('):rep(40))", "('a'):find('%')", "('a'):find('[a')", "('a'):find('%f')",
    "('a'):gsub('a', '%9')", "('x'):rep(1e5):find(('x?'):rep(2e4) .. ('x'):rep(2e4))",
    "('a'):gmatch('a', math.mininteger)()", "math.random(math.mininteger, math.maxinteger)",
    "local t = {} for k in pairs {1, 2, 3} do t[k] = nil end next({}, 'none')",
    -- finalizers
    "setmetatable({}, {__gc = function(o) setmetatable(o, getmetatable(o)) end}) collectgarbage()",
    "setmetatable({}, {__gc = function() error 'x' end}) collectgarbage()",
    "setmetatable({}, {__gc = function() collectgarbage() end}) collectgarbage()",
    "setmetatable({}, {__gc = function() coroutine.yield() end}) collectgarbage()",
    "setmetatable({}, {__mode = 'kv', __gc = true}) collectgarbage()",
    "collectgarbage('setpause', -1) collectgarbage('step', 1 << 40) collectgarbage('none')",
    "collectgarbage('stop') collectgarbage('generational') collectgarbage('incremental', 0, 0, 0)",
    -- files of Lua's own, closed and used again
    "local f = io.open('script.lua') f:close() f:read() f:lines()",
    "local f = io.open('script.lua') local l = f:lines() f:close() l()",
    "io.stdin:close() io.stdin:seek()", "io.close(io.stdout, 1)",
    "getmetatable(io.stdout).__gc(io.stdout)", "getmetatable(io.stdout).__gc({})",
    "getmetatable(io.stdout).__index.write('x')", "io.lines('script.lua', 'n', 'L', 1e9, 0)()",
    "io.open('script.lua'):read(1 << 60)", "io.open('script.lua'):setvbuf('full', 1 << 60)",
    "io.open('script.lua'):seek('set', math.mininteger)", "os.date('%')", "os.date('%Ez', 1 << 60)",
    "os.time{year = 1 << 60, month = 1, day = 1}", "os.setlocale(('x'):rep(1e6))",
    "os.difftime(math.huge, -math.huge)", "os.getenv(('x'):rep(1e6))",
    -- names and modules
    "require(('x'):rep(1e6))", "package.path = ('?;'):rep(1e4) require 'x'",
    "package.path = nil require 'x'", "package.searchers = nil require 'x'",
    "package.searchers[1] = 7 require 'x'", "package.preload.x = 1 require 'x'",
    "package.searchpath(('?'):rep(1e4), ('?'):rep(1e4))", "require '../../etc/passwd'",
    "package.loaded.x = nil require 'x\\0y'", "debug.traceback(coroutine.create(print), 1 << 30)",
    "debug.getinfo(1 << 40)", "debug.getinfo(-1)", "debug.getinfo(coroutine.create(print), 0)",
    "debug.getinfo(1, ('S'):rep(1e6))", "debug.traceback(setmetatable({}, {__tostring = error}))",
    -- the strings' metatable is everyone's
    "getmetatable('').__index = nil getmetatable('').__index = string",
    "getmetatable('').__add = function() return {} end return 'a' + 1",
    "setmetatable(_G, {__index = function(_, k) return k end}) setmetatable(_G, nil)",
    "warn('@on') warn('x') warn('@off')", "rawset(_G, 'x', nil) rawlen(5)", "rawequal()",
  }
  local code = {"local n = 0\nlocal function try(what)\n"
    .. "  io.stderr:write(what, '\\n')\n  local f = load(what, '=piece', 't')\n"
    .. "  if not f then error('no Lua: ' .. what) end\n  pcall(f)\n  n = n + 1\nend"}
  for _, piece in ipairs(pieces) do code[#code + 1] = ('try %q'):format(piece) end
  code[#code + 1] = 'assert(io.stderr:write(n, " tried\\n"))'
  local output, how, status = run(table.concat(code, '\n'),
    '--sandbox-memory 512 --sandbox-time 600')
  test.equal(how, 'exit', output)
  test.check(output:find(#pieces .. ' tried\n', 1, true), output)
  test.equal(status, 0, output)
end)

test.case('time is limited within a call, when input does not come, and after the end', function()
  test.interruptsLoop()
  for _, code in ipairs {
    'local a = torch.Tensor(3000, 3000) while true do torch.mm(a, a) end',
    'torch.svd(torch.randn(2500, 2500))', 'io.read()', "io.read 'a'",
    'setmetatable({}, {__gc = function() while true do end end})',
    'setmetatable({}, {__gc = function() while true do end end}) os.exit(0, true)',
    "require 'aelua.system'.holdInterrupts(true) while true do pcall(error) end",
    "warn '@on' setmetatable({}, {__gc = function() while true do end end}) collectgarbage()",
    'local t = setmetatable({}, {__tostring = function() while true do end end}) error(t)',
    'local t = setmetatable({}, {}) getmetatable(t).__call = t t() while true do end',
    "('x'):rep(1e6):gsub('', ('x'):rep(1e3))",
    "local t = {} for i = 1, 1e7 do t[i] = -i end table.sort(t, function(a, b) return a < b end)",
  } do
    local began = system.clock()
    local output, how, status = run((code:find '^%(' and 'local _ = ' or '') .. code,
      '--sandbox-time 0.3')
    test.equal({how, status}, {'exit', 124}, code .. output)
    test.check(output:find("the sandbox's time is over", 1, true), code .. output)
    test.check(system.clock() - began < 20, code)
  end
end)

test.case('memory is limited, whatever holds it', function()
  for _, code in ipairs {
    "collectgarbage 'stop' local t = {} while true do t[#t + 1] = {} end",
    'local t = {} while true do t[#t + 1] = coroutine.create(function() end) end',
    "local s = ('x'):rep(1e6) for i = 1, 1e6 do s = s:gsub('x', 'xx') end",
    'local t = {} while true do t[#t + 1] = torch.Tensor(10) end',
    'local t = {} while true do t[#t + 1] = torch.Tensor(1):view(1) end',
    "local nn, t = require 'nn', {} while true do t[#t + 1] = nn.Linear(100, 100) end",
    "setmetatable({}, {__gc = function() local t = {} while true do t[#t + 1] = {} end end})"} do
    local output, how, status = run(code, '--sandbox-memory 48 --sandbox-time 300')
    test.equal(how, 'exit', code .. output)
    local told = status == 1 and output:find('memory', 1, true)
    test.check(told or code:find '^setmeta' and status == 0, code .. output)
  end
end)

test.case('the environment tells no secrets', function()
  local output = run("print(os.getenv 'SECRET', os.getenv 'HOME' ~= nil, os.getenv 'AELUA_X')")
  test.equal(output, 'nil\ttrue\tnil\n')
end)
