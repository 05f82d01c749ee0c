--- options.lua - any bytes as words of a command line, and as the file of --config.

local replay = require 'fuzz.replay'
local options = require 'options'

local spec = {{'epochs', 5, 'whole', min = 0}, {'pretrain.lr', 0.5, 'number', min = 0, max = 10},
  {'finetune.lr', 0.5, 'number'}, {'noise', 'masking', 'words', choices = {'masking', 'gaussian'}},
  {'shuffle', true, 'flag'}, {'widths', {500, 30}, 'list', min = 1}, {'name', '', 'text'}}

local function check(...)
  local values, settings = options.read(spec, {...})
  if values then
    assert(math.type(values.epochs) == 'integer' and values.epochs >= 0, 'epochs')
    assert(values.pretrain.lr >= 0 and values.pretrain.lr <= 10, 'pretrain.lr')
    assert(values.noise == 'masking' or values.noise == 'gaussian', 'noise')
  else
    assert(type(settings) == 'string' and #settings > 0, 'no message')
  end
end

return replay('options', function(bytes)
  local words = {}
  for word in bytes:gmatch '[^\n]+' do
    if not word:find '^%-%-config' then words[#words + 1] = word end
  end
  check(table.unpack(words))
  if bytes:find('while', 1, true) or bytes:find('for', 1, true) or bytes:find('goto', 1, true) or
     bytes:find('repeat', 1, true) or bytes:find('function', 1, true) then
    return -- they may never end
  end
  check('--config', replay.written(bytes))
end)
