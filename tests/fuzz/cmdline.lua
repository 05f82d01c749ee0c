--- cmdline.lua - any bytes as words for torch.CmdLine. What is read is written as words again, and
-- reads the same; a mistake is one line.

local replay = require 'fuzz.replay'
require 'cmdline'

local function newCmd()
  local cmd = torch.CmdLine()
  cmd:text('What it does')
  cmd:argument('file', 'what is read')
  cmd:argument('count', 'how often', 'number')
  cmd:option('-seed', 123, 'initial random seed')
  cmd:option('-name', 'x', 'a name')
  cmd:option('-verbose', false, 'say more')
  cmd:option('-rate', 0.5)
  function cmd.error(_, message) error({mistake = message}, 0) end
  return cmd
end

-- The settings, or nil after a mistake.
local function parse(words)
  local ok, result = pcall(function() return newCmd():parse(words) end)
  if ok then return result end
  if type(result) ~= 'table' then error(result, 0) end
  replay.checkMessage(result.mistake)
end

local function written(value)
  return type(value) == 'number' and ('%q'):format(value) or value
end

local function wordsOf(params)
  local words = {'-seed', written(params.seed), '-name', params.name, '-rate',
    written(params.rate), params.file, written(params.count)}
  if params.verbose then table.insert(words, 1, '-verbose') end
  return words
end

local help = {['-h'] = true, ['-help'] = true, ['--help'] = true}

return replay('cmdline', function(bytes)
  local words = {}
  for word in bytes:gmatch '[^\n]+' do
    if not help[word] then words[#words + 1] = word end
  end
  local params = parse(words)
  if not params then return end
  assert(type(params.seed) == 'number' and type(params.rate) == 'number', 'numbers')
  assert(type(params.name) == 'string' and type(params.verbose) == 'boolean', 'text and flag')
  local cmd = newCmd()
  assert(cmd:string('run', params, {}):find '^run', 'no name of the run')
  assert(#cmd:usage(words) > 0, 'no help')
  local again = assert(parse(wordsOf(params)), 'not read again')
  for name, value in pairs(params) do
    assert(again[name] == value or value ~= value, name .. ' is another the second time')
  end
end, 4 << 20)
