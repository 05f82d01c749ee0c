--- t7.lua - any bytes as Torch's .t7; nets among them are run.

local replay = require 'fuzz.replay'
require 'nn'

return replay('t7', function(bytes)
  local ok, object = replay.orMessage(torch.load, replay.written(bytes, 'input.t7'))
  if not ok then return end
  tostring(object)
  if type(object) == 'userdata' and torch.isTypeOf(object, 'nn.Module') then
    replay.orMessage(object.forward, object, torch.Tensor(2, 3):fill(1))
  end
end)
