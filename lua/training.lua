--- The training loop of a run: epochs, batches, schedules, validation, early stopping, hooks,
-- checkpoints, and going on after an interruption with the same bits.
--
-- A stage is one call of run:train. Its state is what a checkpoint holds: the network, the
-- optimizer, the generator, the records of the epochs done, and the place in the epoch.

local torch, nn, optim = require 'torch', require 'nn', require 'optim'
local progress, diagnose, schedule = require 'progress', require 'diagnose', require 'schedule'
local system = require 'aelua.system'

local training = {}

-- ---- the description of a stage ----

local known = {'stage', 'net', 'criterion', 'optimizer', 'data', 'input', 'target', 'epochs',
               'batch', 'validate', 'test', 'schedule', 'shuffle', 'patience', 'keepBest', 'clip',
               'onBatch', 'onEpoch', 'accuracy'}

local targets = {
  input = function(x) return x end,
  label = function(_, y) return y end,
}

local function checked(spec)
  for key in pairs(spec) do
    local ok = false
    for _, word in ipairs(known) do ok = ok or word == key end
    if not ok then
      local near = system.nearest(tostring(key), known)
      error(("train: unknown field '%s'%s"):format(tostring(key),
        near and "; did you mean '" .. near .. "'?" or ''), 3)
    end
  end
  for _, key in ipairs {'net', 'criterion', 'optimizer', 'data', 'epochs'} do
    if spec[key] == nil then error('train: field ' .. key .. ' is missing', 3) end
  end
  local target = spec.target or 'label'
  if type(target) == 'string' and not targets[target] then
    error(("train: target is '%s', not 'input', 'label' or a function"):format(target), 3)
  end
  return setmetatable({target = targets[target] or target, stage = spec.stage or 'train',
    batch = spec.batch or 1000, schedule = spec.schedule or schedule.constant(),
    autoencoder = target ~= 'label',
    accuracy = spec.accuracy == nil and target == 'label' or spec.accuracy}, {__index = spec})
end

-- ---- looking at data without training ----

--- Mean loss and, for classes, the share right, over a set.
-- @param net module
-- @param criterion loss, or nil for accuracy alone
-- @param set what data.load gives
-- @param options {batch=, target= function(x, y), accuracy=}
-- @return loss (nil without criterion), accuracy (nil unless asked)
function training.evaluate(net, criterion, set, options)
  local target = options.target or targets.label
  local loss, right, n = 0, 0, 0
  local was = net.train
  net:evaluate()
  for x, y in set:batches(options.batch or 1000) do
    local output, count = net:forward(x), x:size(1)
    if criterion then loss = loss + criterion:forward(output, target(x, y)) * count end
    if options.accuracy then right = right + training.right(output, y) end
    n = n + count
  end
  if was then net:training() end
  return criterion and loss / n or nil, options.accuracy and right / n or nil
end

--- How many rows of log-probabilities have their largest at the label.
-- @param output (B, classes)
-- @param y labels (B)
function training.right(output, y)
  local _, class = output:max(2)
  return class:view(-1):eq(y):sum()
end

-- ---- one epoch ----

-- Scales all gradients so that their norm is at most limit (Pascanu, Mikolov, Bengio, 2013).
local function clip(net, limit)
  local _, gradients = net:parameters()
  local sum = 0
  for _, g in ipairs(gradients) do sum = sum + g:norm() ^ 2 end
  local norm = math.sqrt(sum)
  if norm > limit then for _, g in ipairs(gradients) do g:mul(limit / norm) end end
end

local function step(spec, x, y)
  local wanted = spec.target(x, y)
  local output = spec.net:forward(spec.input and spec.input(x) or x)
  local loss = spec.criterion:forward(output, wanted)
  spec.optimizer:zeroGrad()
  spec.net:backward(spec.input and spec.input.last or x, spec.criterion:backward(output, wanted))
  if spec.clip then clip(spec.net, spec.clip) end
  spec.optimizer:step()
  return loss, output
end
return training
