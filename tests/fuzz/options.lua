--- options.lua - any bytes as words of a script's command line, and as the file of --config. What
-- is read is written as words again, and reads the same.

local replay = require 'fuzz.replay'
local options = require 'options'

local spec = {{'epochs', 5, 'whole', min = 0}, {'pretrain.lr', 0.5, 'number', min = 0, max = 10},
  {'finetune.lr', 0.5, 'number'}, {'noise', 'masking', 'words', choices = {'masking', 'gaussian'}},
  {'shuffle', true, 'flag'}, {'widths', {500, 30}, 'list', min = 1}, {'name', '', 'text'}}

local function wordsOf(settings)
  local words = {}
  for i, s in ipairs(settings) do words[i] = '--' .. s.name .. '=' .. options.written(s.value) end
  return words
end

local function checkValues(values)
  assert(math.type(values.epochs) == 'integer' and values.epochs >= 0, 'epochs')
  assert(values.pretrain.lr >= 0 and values.pretrain.lr <= 10, 'pretrain.lr')
  assert(values.finetune.lr - values.finetune.lr == 0, 'finetune.lr is not finite')
  assert(values.noise == 'masking' or values.noise == 'gaussian', 'noise')
  assert(type(values.shuffle) == 'boolean' and type(values.name) == 'string', 'types')
  for _, width in ipairs(values.widths) do assert(width >= 1 and width < math.huge, 'widths') end
end

local function check(words)
  local values, settings = options.read(spec, words)
  if not values then return replay.checkMessage(settings) end
  checkValues(values)
  local again, others = options.read(spec, wordsOf(settings))
  assert(again, others)
  for i, s in ipairs(settings) do
    assert(options.written(s.value) == options.written(others[i].value), s.name)
    assert(type(s.value) == 'table' or s.value == others[i].value, s.name)
  end
end

-- Lua that may never end.
local function mayLoop(bytes)
  for _, word in ipairs {'while', 'for', 'goto', 'repeat', 'function'} do
    if bytes:find(word, 1, true) then return true end
  end
end

return replay('options', function(bytes)
  local words = {}
  for word in bytes:gmatch '[^\n]+' do
    if not word:find '^%-%-config' then words[#words + 1] = word end
  end
  check(words)
  if not mayLoop(bytes) then check {'--config', replay.written(bytes)} end
end, 4 << 20)
