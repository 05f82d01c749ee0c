--- What optim has beside the methods made in C: it is added when optim is required.

local optim = require 'optim'

_G.xlua = require 'aelua.lua.xlua' -- optim brings it along, in Torch too

optim.ConfusionMatrix = require 'aelua.lua.confusion'
optim.Logger = require 'aelua.lua.logger'

return optim
