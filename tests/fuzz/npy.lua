--- npy.lua - any bytes as NumPy's .npy and .npz.

local replay = require 'fuzz.replay'
local file = require 'aelua.file'

return replay('npy', function(bytes)
  local path = replay.written(bytes)
  local ok, t = replay.orMessage(file.readNpy, path)
  if ok and t and t:dim() > 0 then t:sum() end
  local fine, tensors = replay.orMessage(file.readNpz, path)
  if not fine or not tensors then return end
  for _, one in pairs(tensors) do if one:dim() > 0 then one:sum() end end
end)
