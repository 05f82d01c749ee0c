--- t7.lua - any bytes as Torch's .t7; nets among them are run. What is read is written, if it can
-- be, and then read and written as the same bytes.

local replay = require 'fuzz.replay'
require 'nn'

-- Whether the order of a table's entries, or their number, is not that of their keys: bytes may
-- differ then.
local function unordered(object, seen)
  if type(object) ~= 'table' or seen[object] then return false end
  seen[object] = true
  for key, value in next, object do
    local ordered = type(key) == 'number' or type(key) == 'string'
    if not ordered or unordered(value, seen) then return true end
  end
  return false
end

local function writeAgain(object)
  local ok, bytes = replay.orMessage(nil, torch.serialize, object)
  if not ok or unordered(object, {}) then return end
  local again = torch.deserialize(bytes)
  assert(torch.serialize(again) == bytes, 'other bytes the second time')
end

return replay('t7', function(bytes)
  local path = replay.written(bytes, 'input.t7')
  local ok, object = replay.orMessage(path, torch.load, path)
  if not ok then return end
  tostring(object)
  writeAgain(object)
  if type(object) == 'userdata' and torch.isTypeOf(object, 'nn.Module') then
    pcall(object.forward, object, torch.Tensor(2, 3):fill(1))
  end
end, 4 << 20)
