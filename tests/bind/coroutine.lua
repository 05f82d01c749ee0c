-- coroutine.resume and its kin, the engine's own: values that do not fit on a stack.
local test = require 'harness'

-- Lua's stacks hold a million values.
local half = {}
for i = 1, 600000 do half[i] = i end

test.case('too many arguments', function()
  local co = coroutine.create(function(...) -- luacheck: ignore
    coroutine.yield 'holds them'
    return 'after it'
  end)
  test.equal({coroutine.resume(co, table.unpack(half))}, {true, 'holds them'})
  local ok, problem = coroutine.resume(co, table.unpack(half))
  test.equal({ok, problem}, {false, 'too many arguments to resume'})
  test.equal({coroutine.resume(co)}, {true, 'after it'})
end)

test.case('too many results', function()
  local co = coroutine.create(function()
    coroutine.yield(table.unpack(half))
    return 'after it'
  end)
  local ok, problem
  local function holding(...) -- luacheck: ignore
    ok, problem = coroutine.resume(co)
  end
  holding(table.unpack(half))
  test.equal({ok, problem}, {false, 'too many results to resume'})
  test.equal({coroutine.resume(co)}, {true, 'after it'})
end)
