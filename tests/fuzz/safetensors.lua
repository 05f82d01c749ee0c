--- safetensors.lua - any bytes as a safetensors file; what is read can be written and read again.

local replay = require 'fuzz.replay'
local file = require 'aelua.file'

return replay('safetensors', function(bytes)
  local path = replay.written(bytes)
  local ok, tensors = replay.orMessage(file.readSafetensors, path)
  if not ok or not tensors then return end
  for _, t in pairs(tensors) do if torch.isTensor(t) and t:dim() > 0 then t:sum() end end
end)
