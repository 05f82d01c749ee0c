--- png.lua - any bytes as a picture; what is read can be written.

local replay = require 'fuzz.replay'
local image = require 'aelua.image'

return replay('png', function(bytes)
  local ok, t = replay.orMessage(image.readPNG, replay.written(bytes))
  if not ok or not t then return end
  assert(t:type() == 'torch.ByteTensor' and t:dim() == 3, 'a picture that is no (C,H,W) of bytes')
  t:sum()
end)
