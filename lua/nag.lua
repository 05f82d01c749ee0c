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
local settings = require 'aelua.lua.settings'

local defaults = {learningRate = 1e-3, learningRateDecay = 0, weightDecay = 0, momentum = 0.9,
                  dampening = 0} -- dampening has no effect, in Torch neither
local kept = {dfdx = true, start = true}

-- Fails unless g is a gradient at x.
local function check(x, g)
  if torch.isTensor(g) and g:type() == x:type() and g:nElement() == x:nElement() then return end
  error(('optim.nag: opfunc should return the loss and a gradient of %d elements (%s), got %s')
    :format(x:nElement(), x:type(), torch.isTensor(g) and ('one of %d elements (%s)')
    :format(g:nElement(), g:type()) or torch.type(g)), 3)
end

--- One step; when it fails, x is as it was.
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
  local t, start = state.evalCounter or 0, (state.start or x.new()):resizeAs(x):copy(x)
  state.evalCounter, state.start = t, start
  local _ <close> = setmetatable({}, {__close = function(_, problem)
    if problem ~= nil then x:copy(start) end
  end})
  if state.dfdx then x:add(s.momentum, state.dfdx) end
  local f, g = opfunc(x)
  check(x, g)
  local rate, losses = s.learningRate / (1 + t * s.learningRateDecay), {f}
  if state.dfdx then
    state.dfdx:mul(s.momentum)
  else
    state.dfdx = g:clone():zero()
  end
  state.dfdx:add(-rate, g)
  if s.weightDecay ~= 0 then state.dfdx:add(-rate * s.weightDecay, x) end
  x:copy(start):add(1, state.dfdx)
  state.evalCounter = t + 1
  return x, losses
end
