-- program.lua - the seeds of tests/fuzz/program.c, a word of the command line on each line, through
-- the program itself. The script that they name is not there: one line and status 1, always.
local test, system = require 'harness', require 'aelua.system'

local seeds = arg[0]:match '^(.*)/[^/]*$' .. '/fuzz/seeds/program'

local function run(bytes)
  local words = {}
  for word in bytes:match '^[^\0]*':gmatch '[^\n]+' do words[#words + 1] = test.quoted(word) end
  local pipe = assert(io.popen(('cd %s && %s %s 2>&1 >/dev/null </dev/null'):format(
    test.quoted(test.folder()), test.quoted(test.aelua), table.concat(words, ' '))))
  local output = pipe:read 'a'
  local _, how, status = pipe:close()
  return output, how, status
end

test.case('seeds of program', function()
  local list = assert(system.list(seeds))
  for _, name in ipairs(list) do
    local file = assert(io.open(seeds .. '/' .. name, 'rb'))
    local output, how, status = run(file:read 'a')
    file:close()
    test.check(how == 'exit' and status <= 1, ('%s: %s %d'):format(name, how, status))
    test.check(output == '' or output:find '^aelua: [^\n]*\n$', name .. ': ' .. output)
  end
  test.check(#list > 0, 'a seed')
end)
