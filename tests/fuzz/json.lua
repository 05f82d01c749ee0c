--- json.lua - any bytes as JSON; what is read can be written, and reads the same again.

local replay = require 'fuzz.replay'
local json = require 'json'

return replay('json', function(bytes)
  local ok, value, problem = pcall(json.decode, bytes)
  if not ok then assert(type(value) == 'string', 'an error that is no text') return end
  if value == nil then assert(type(problem) == 'string', 'no value and no message') return end
  local fine, text = pcall(json.encode, value)
  if fine then assert(json.encode(json.decode(text)) == text, 'another text the second time') end
end)
