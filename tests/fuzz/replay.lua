--- replay.lua - what a fuzz target in Lua is written with; those in C: fuzz.h and seeds.c.
--
--     return require 'fuzz.replay' ('json', function(bytes) ... end, 4 << 20)
--
-- The last: how many bytes of Lua's an input may take.
--
-- Under libFuzzer (tests/fuzz/host.c) this gives the function. In the ordinary tests it gives every
-- file of tests/fuzz/seeds/NAME to it: inputs that once were findings, and valid ones.

local system = require 'aelua.system'
local fuzzing = rawget(_G, 'FUZZING')
local LIMIT = 4 << 20 -- bytes an input may take, of the engine and Lua

local folder -- where inputs are written

--- Writes the bytes to a file and gives its path; it is overwritten by the next.
local function written(bytes, name)
  folder = folder or assert(system.tmpfolder())
  local path = folder .. '/' .. (name or 'input')
  local file = assert(io.open(path, 'wb'))
  file:write(bytes)
  file:close()
  return path
end

--- A message must be text, of one line.
local function checkMessage(message)
  assert(type(message) == 'string', 'an error that is no text')
  assert(#message > 0 and #message < 5000, 'an error without a message, or a very long one')
  assert(not message:find '[\n\r]', 'a message of several lines: ' .. message)
end

--- Calls f; an error must be one line of text, and name the path when there is one. Returns whether
-- there was none, and f's result.
local function orMessage(path, f, ...)
  local ok, result = pcall(f, ...)
  if ok then return true, result end
  checkMessage(result)
  local named = not path or result:find(path, 1, true)
  assert(named, 'a message that does not name the file: ' .. result)
  return false
end

-- lua: bytes that Lua may take [optional]
local function limited(run, lua)
  return function(bytes)
    local before = collectgarbage 'count'
    local held = system.memory() + math.ceil(before * 1024)
    system.memoryLimit(held + LIMIT + (lua or LIMIT))
    local ok, problem = pcall(run, bytes)
    system.memoryLimit()
    if not ok then error(problem, 0) end
    local taken = (collectgarbage 'count' - before) * 1024
    if lua and taken > lua then error(('%d bytes of Lua taken'):format(taken), 0) end
  end
end

local replay = {written = written, checkMessage = checkMessage, orMessage = orMessage}

local function target(name, run, lua)
  run = limited(run, lua)
  if fuzzing then return run end
  local test = require 'harness'
  local seeds = arg[0]:match '^(.*)/[^/]*$' .. '/fuzz/seeds/' .. name
  test.case('seeds of ' .. name, function()
    local list = assert(system.list(seeds))
    for _, file in ipairs(list) do
      local input = assert(io.open(seeds .. '/' .. file, 'rb'))
      local bytes = input:read 'a'
      input:close()
      local ok, problem = pcall(run, bytes)
      test.check(ok, file .. ': ' .. tostring(problem))
    end
    test.check(#list > 0, 'a seed')
    if folder then os.execute('rm -rf ' .. test.quoted(folder)) end
    folder = nil
  end)
  return run
end

setmetatable(replay, {__call = function(_, ...) return target(...) end})

if not fuzzing and not ... then
  local test = require 'harness'
  test.case('an error that is no text, and memory beyond the limit', function()
    test.fails(function() orMessage(nil, error, {}) end, 'no text')
    test.fails(function() orMessage(nil, error, '') end, 'without a message')
    test.fails(function() orMessage(nil, error, 'a\nb') end, 'several lines')
    test.fails(function() orMessage('a/b', error, 'a/c: bad') end, 'not name the file')
    test.check(not orMessage('a/b', error, 'a/b: bad'))
    test.fails(function()
      limited(function() torch.ByteTensor(4 * LIMIT) end)('')
    end, 'out of memory')
    torch.ByteTensor(4 * LIMIT)
    test.fails(function()
      limited(function() return ('x'):rep(1 << 20) .. 'y' end, 1 << 20)('')
    end, 'of Lua taken')
  end)
end

return replay
