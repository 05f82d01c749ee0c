--- Torch's optim.nag: Nesterov's accelerated gradient, the function that evaluates the gradient
-- where the momentum leads. optim.NAG (src/optim/NAG.c) is the same rule for a network.
--
--   1.  y = x + momentum * v
--   2.  g = df/dy + weightDecay * y
--   3.  v = momentum * v - learningRate / (1 + t * learningRateDecay) * g
--   4.  x = x + v
--
-- Sutskever, Martens, Dahl, Hinton: On the importance of initialization and momentum in deep
-- learning, ICML 2013.

local torch = require 'torch'
local settings, restoring = require 'aelua.lua.settings', require 'aelua.lua.restoring'

local defaults = {learningRate = 1e-3, learningRateDecay = 0, weightDecay = 0, momentum = 0.9,
                  dampening = 0} -- dampening has no effect, in Torch neither
local kept = {dfdx = true, start = true}

--- One step.
-- @param opfunc function of x, returns f and df/dx
-- @param x tensor, updated
-- @param[opt] config {learningRate = 1e-3, learningRateDecay = 0, weightDecay = 0, momentum = 0.9}
-- @param[opt] state table that keeps v ("dfdx") and the steps done; default: config
-- @return x, {f at y}
return function(opfunc, x, config, state)
  config = config or {}
  state = state or config
  local s = settings.read('optim.nag', config, defaults, kept)
  if s.momentum <= 0 then
    error(('optim.nag: momentum is %g, should be above 0'):format(s.momentum), 2)
  end
  local t = state.evalCounter or 0
  state.evalCounter = t
  state.start = (state.start or x.new()):resizeAs(x):copy(x)
  local undo <close> = restoring(x, state.start) -- luacheck: ignore
  if state.dfdx then x:add(s.momentum, state.dfdx) end
  local f, g = opfunc(x)
  if not torch.isTensor(g) or g:nElement() ~= x:nElement() or g:type() ~= x:type() then
    error(('optim.nag: the function should return its value and a gradient, a %s of %d elements')
      :format(x:type(), x:nElement()), 2)
  end
  local rate = s.learningRate / (1 + t * s.learningRateDecay)
  local losses = {f} -- nothing that takes memory comes after the first change
  if state.dfdx then
    state.dfdx:mul(s.momentum)
  else
    state.dfdx = g:clone():zero()
  end
  state.dfdx:add(-rate, g)
  if s.weightDecay ~= 0 then state.dfdx:add(-rate * s.weightDecay, x) end
  x:copy(state.start):add(1, state.dfdx)
  state.evalCounter = t + 1
  return x, losses
end
