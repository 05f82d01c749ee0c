--- t7.lua - any bytes as Torch's .t7; nets among them are run. What is read is written, if it can
-- be, and then read and written as the same bytes.

local replay = require 'fuzz.replay'
require 'nn'

-- Whether keys are tables and the like, which have no order: bytes may differ then.
local function unordered(object, seen)
  if type(object) ~= 'table' or seen[object] then return false end
  seen[object] = true
  for key, value in next, object do
    local none = type(key) == 'table' or type(key) == 'userdata'
    if none or unordered(value, seen) then return true end
  end
  return false
end

local function writeAgain(object)
  local ok, bytes = replay.orMessage(nil, torch.serialize, object)
  if not ok then return end
  local again = torch.serialize(torch.deserialize(bytes))
  assert(#again == #bytes, 'more or fewer bytes the second time')
  local plain = type(object) ~= 'userdata' and not unordered(object, {})
  assert(again == bytes or not plain, 'other bytes the second time')
end

return replay('t7', function(bytes)
  local path = replay.written(bytes, 'input.t7')
  local ok, object = replay.orMessage(path, torch.load, path)
  if not ok then return end
  -- an expanded tensor is a long text, or too large to print
  local long = torch.isTensor(object) and object:nElement() > 10000
  if not long or object:nElement() > 1 << 40 then replay.orMessage(nil, tostring, object) end
  writeAgain(object)
  if type(object) == 'userdata' and torch.isTypeOf(object, 'nn.Module') then
    pcall(object.forward, object, torch.Tensor(2, 3):fill(1))
  end
end, 4 << 20)
