--- What optim has beside the methods made in C: it is added when optim is required.

local optim = require 'optim'

_G.xlua = require 'aelua.lua.xlua' -- optim brings it along, in Torch too

optim.ConfusionMatrix = require 'aelua.lua.confusion'
optim.Logger = require 'aelua.lua.logger'
optim.checkgrad = require 'aelua.lua.checkgrad'
optim.nag = require 'aelua.lua.nag'
optim.cg = require 'aelua.lua.cg'
optim.lbfgs = require 'aelua.lua.lbfgs'
optim.lswolfe = require 'aelua.lua.lswolfe'

optim.sgd = require 'aelua.lua.sgd'(optim.sgd)

local asgd, rprop = optim.asgd, optim.rprop

--- One step of ASGD.
-- @return x, {f}, the average of the points
function optim.asgd(opfunc, x, config, state)
  config = config or {}
  state = state or config
  local new, losses = asgd(opfunc, x, config, state)
  return new, losses, state.ax
end

--- Steps of Rprop; config.niter of them, one by default.
-- @return x, {f before each}
function optim.rprop(opfunc, x, config, state)
  config = config or {}
  state = state or config
  local options, losses = {}, {}
  for key, value in pairs(config) do options[key] = value end
  options.niter = nil
  for i = 1, config.niter or 1 do
    losses[i] = false -- room for what it is, before the step
    local _, loss = rprop(opfunc, x, options, state)
    losses[i] = loss[1]
  end
  return x, losses
end

return optim
