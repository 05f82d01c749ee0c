--- optim.sgd with rates or weight decays of each parameter's own: its learningRates and
-- weightDecays. The step itself is the engine's, made from 0 and then scaled.

local torch = require 'torch'

-- Options that are not the engine's, and tensors kept in the state.
local own = {learningRates = true, weightDecays = true, weightDecay = true,
             deltaParameters = true, decayParameters = true}

local function check(x, config, name)
  local value = config[name]
  if value == nil then return nil end
  if not torch.isTensor(value) or value:nElement() ~= x:nElement() then
    error(('optim.sgd: %s is %s, should be a tensor of the %d parameters'):format(name,
      torch.isTensor(value) and 'a tensor of ' .. value:nElement() or torch.type(value),
      x:nElement()), 3)
  end
  return value:typeAs(x):viewAs(x)
end

-- A tensor of x's sizes in the state.
local function buffer(state, name, x)
  state[name] = state[name] or x.new()
  return state[name]:resizeAs(x)
end

-- g + weightDecay * x, or g + weightDecays * x
local function decayed(g, x, config, state, decays)
  local decay = config.weightDecay or 0
  if decay == 0 and not decays then return g end
  local sum = buffer(state, 'decayParameters', x):copy(g)
  if decay ~= 0 then return sum:add(decay, x) end
  return sum:addcmul(1, x, decays)
end

--- @param sgd the engine's function
-- @return optim.sgd
return function(sgd)
  return function(opfunc, x, config, state)
    if type(config) ~= 'table' or not (config.learningRates or config.weightDecays) then
      return sgd(opfunc, x, config, state)
    end
    state = state or config
    local rates, decays = check(x, config, 'learningRates'), check(x, config, 'weightDecays')
    local options = {}
    for key, value in pairs(config) do
      if not own[key] then options[key] = value end
    end
    local step = buffer(state, 'deltaParameters', x):zero()
    local _, losses = sgd(function()
      local loss, g = opfunc(x)
      return loss, decayed(g, x, config, state, decays)
    end, step, options, state)
    if rates then step:cmul(rates) end
    x:add(step)
    return x, losses
  end
end
