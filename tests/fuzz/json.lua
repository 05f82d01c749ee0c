--- json.lua - any bytes as JSON; what is read is written, and reads the same again.

local replay = require 'fuzz.replay'
local json = require 'json'

local function same(a, b)
  if type(a) ~= 'table' or type(b) ~= 'table' then
    return a == b and (a ~= 0 or 1 / a == 1 / b)
  end
  for key, value in pairs(a) do if not same(value, b[key]) then return false end end
  for key in pairs(b) do if a[key] == nil then return false end end
  return true
end

return replay('json', function(bytes)
  local value, problem = json.decode(bytes)
  if value == nil then return replay.checkMessage(problem) end
  local text = json.encode(value)
  local again = json.decode(text)
  assert(same(value, again), 'another value the second time: ' .. text)
  assert(json.encode(again) == text, 'another text the second time: ' .. text)
end, 4 << 20)
