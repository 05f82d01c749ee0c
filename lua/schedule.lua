--- Learning-rate schedules: functions of the epoch that give the rate.
--
-- A schedule is called as `rate = schedule(epoch, base, history)` before each epoch: epoch counts
-- from 1, base is the rate the stage began with, history the list of the epochs' records so far
-- (each with its `loss`, and `validation` when there is one). Any Lua function of that form is a
-- schedule. Schedules keep no state of their own, so that a resumed run repeats them exactly.

local schedule = {}

local function check(name, value, what, ok)
  if not ok then
    error(('schedule.%s: %s is %s'):format(name, what, value ~= value and 'nan'
      or tostring(value)), 3)
  end
end

-- Whether a value is a number from `least` on, and finite; NaN is not.
local function from(least, value)
  return type(value) == 'number' and value >= least and value < math.huge
end

--- The same rate throughout.
function schedule.constant()
  return function(_, base) return base end
end

--- Multiplies the rate by factor every `every` epochs: base * factor^floor((epoch-1)/every).
-- @param every epochs, >= 1
-- @param[opt=0.1] factor
function schedule.step(every, factor)
  factor = factor or 0.1
  check('step', every, 'every', from(1, every))
  check('step', factor, 'factor', from(0, factor))
  return function(epoch, base) return base * factor ^ ((epoch - 1) // every) end
end

--- Multiplies the rate by factor at the beginning of each of the epochs listed.
-- @param epochs list of epochs, {31, 61}
-- @param[opt=0.1] factor
function schedule.multiStep(epochs, factor)
  factor = factor or 0.1
  check('multiStep', epochs, 'the list of epochs', type(epochs) == 'table')
  for _, at in ipairs(epochs) do check('multiStep', at, 'an epoch', from(1, at)) end
  check('multiStep', factor, 'factor', from(0, factor))
  return function(epoch, base)
    for _, at in ipairs(epochs) do if epoch >= at then base = base * factor end end
    return base
  end
end

--- base * factor^(epoch-1).
-- @param factor 0.95 for five per cent less each epoch
function schedule.exponential(factor)
  check('exponential', factor, 'factor', from(0, factor) and factor > 0)
  return function(epoch, base) return base * factor ^ (epoch - 1) end
end

--- From base down to last along half a cosine over `epochs` epochs (Loshchilov and Hutter, SGDR,
-- 2017, without restarts): last + (base - last) (1 + cos(pi (epoch-1)/(epochs-1))) / 2.
-- @param epochs >= 1; later epochs stay at last
-- @param[opt=0] last
function schedule.cosine(epochs, last)
  last = last or 0
  check('cosine', epochs, 'epochs', from(1, epochs))
  check('cosine', last, 'last', from(0, last))
  return function(epoch, base)
    local t = math.min((epoch - 1) / math.max(epochs - 1, 1), 1)
    return last + (base - last) * (1 + math.cos(math.pi * t)) / 2
  end
end

--- Rises evenly to the rate during the first `epochs` epochs, then follows another schedule, which
-- counts from the end of the warm-up.
-- @param epochs >= 1
-- @param[opt] following default: constant
function schedule.warmUp(epochs, following)
  following = following or schedule.constant()
  check('warmUp', epochs, 'epochs', from(1, epochs))
  return function(epoch, base, history)
    if epoch <= epochs then return base * epoch / (epochs + 1) end
    return following(epoch - epochs, base, history)
  end
end

-- The number of reductions after the records: each time `patience` epochs passed without a value
-- better than the best by more than the threshold.
local function reductions(history, patience, threshold)
  local best, waited, count = math.huge, 0, 0
  for _, record in ipairs(history) do
    local value = record.validation or record.loss
    if value < best * (1 - threshold) then
      best, waited = value, 0
    else
      waited = waited + 1
      if waited > patience then count, waited = count + 1, 0 end
    end
  end
  return count
end

--- Multiplies the rate by factor whenever the validation loss (the training loss without one) has
-- not fallen by more than threshold, relatively, for more than `patience` epochs.
-- @param[opt=0.1] factor
-- @param[opt=3] patience
-- @param[opt=1e-4] threshold
function schedule.onPlateau(factor, patience, threshold)
  factor, patience, threshold = factor or 0.1, patience or 3, threshold or 1e-4
  check('onPlateau', factor, 'factor', from(0, factor))
  check('onPlateau', patience, 'patience', from(0, patience))
  check('onPlateau', threshold, 'threshold', from(0, threshold))
  return function(_, base, history)
    return base * factor ^ reductions(history, patience, threshold)
  end
end

return schedule
