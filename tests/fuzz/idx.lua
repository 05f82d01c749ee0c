--- idx.lua - any bytes as an IDX file, plain or compressed.

local replay = require 'fuzz.replay'
local data = require 'aelua.data'

return replay('idx', function(bytes)
  local ok, t = replay.orMessage(data.idx, replay.written(bytes))
  if ok and t then t:sum() end
end)
