--- nn.StochasticGradient, Torch7's simplest trainer: one sample after another, each step its own
-- update, without an optimizer.
--
--     local trainer = nn.StochasticGradient(module, criterion)
--     trainer.learningRate = 0.01
--     trainer:train(dataset) -- dataset:size(), dataset[i] = {input, target}
--
-- Fields, with Torch7's defaults: learningRate 0.01, learningRateDecay 0 (the rate of the first
-- iteration is learningRate, that of iteration t learningRate / (1 + t learningRateDecay)),
-- maxIteration 25 (0 or less: without end), shuffleIndices true (one order for all iterations, as
-- there), verbose true; hookExample(trainer, example) and hookIteration(trainer, iteration, error),
-- which may be set.

local core = require 'aelua.modules'
local torch, nn = require 'torch', core.nn
local classes = require 'aelua.lua.classes'
local anomaly = require 'aelua.lua.anomaly'

local StochasticGradient = classes.define('nn.StochasticGradient')
nn.StochasticGradient = StochasticGradient

function StochasticGradient:__init(module, criterion)
  if core.kind(module) ~= 'module' then
    error('nn.StochasticGradient: a module expected, got ' .. torch.type(module), 3)
  end
  if not torch.isTypeOf(criterion, 'nn.Criterion') then
    error('nn.StochasticGradient: a criterion expected, got ' .. torch.type(criterion), 3)
  end
  self.learningRate, self.learningRateDecay = 0.01, 0
  self.maxIteration, self.shuffleIndices, self.verbose = 25, true, true
  self.module, self.criterion = module, criterion
end

local function countOf(dataset)
  local n = dataset.size
  if type(n) == 'function' then n = n(dataset) end
  if math.type(n) ~= 'integer' or n < 1 then
    error('nn.StochasticGradient: the data set has no samples: its size() is ' .. tostring(n), 3)
  end
  return n
end

-- Fields may be set to anything; NaN would make an iteration without end.
local function checkFields(self)
  for _, name in ipairs {'learningRate', 'learningRateDecay', 'maxIteration'} do
    local value = self[name]
    if not anomaly.finite(value) or name ~= 'maxIteration' and value < 0 then
      error(('nn.StochasticGradient: %s is %s, should be %s'):format(name,
        type(value) == 'number' and anomaly.written(value) or tostring(value),
        name == 'maxIteration' and 'a finite number' or 'finite and at least 0'), 3)
    end
  end
end

local function stop(self, place, input, target, loss)
  error(('nn.StochasticGradient: the loss of sample %d is %s; first seen in %s'):format(place,
    anomaly.written(loss), (anomaly.find(self.module,
      {input = input, target = target, loss = loss, criterion = self.criterion}))), 0)
end

-- Goes through the samples in the given order; returns the mean loss.
local function iterate(self, dataset, order, rate)
  local module, criterion, sum = self.module, self.criterion, 0
  for _, place in ipairs(order) do
    local example = dataset[place]
    local input, target = example[1], example[2]
    local loss = criterion:forward(module:forward(input), target)
    if not anomaly.finite(loss) then stop(self, place, input, target, loss) end
    sum = sum + loss
    module:updateGradInput(input, criterion:updateGradInput(module.output, target))
    module:accUpdateGradParameters(input, criterion.gradInput, rate)
    if self.hookExample then self.hookExample(self, example) end
  end
  return sum / #order
end

local function placesUpTo(n)
  local places = {}
  for i = 1, n do places[i] = i end
  return places
end

--- Trains.
-- @param dataset its size() and samples {input, target} at 1..size
function StochasticGradient:train(dataset)
  checkFields(self)
  local n, iteration, rate = countOf(dataset), 1, self.learningRate
  local order = self.shuffleIndices and torch.randperm(n):totable() or placesUpTo(n)
  local say = self.verbose and print or function() end
  local mean
  say('# StochasticGradient: training')
  repeat
    mean = iterate(self, dataset, order, rate)
    if self.hookIteration then self.hookIteration(self, iteration, mean) end
    say('# current error = ' .. mean)
    iteration = iteration + 1
    rate = self.learningRate / (1 + iteration * self.learningRateDecay)
  until self.maxIteration > 0 and iteration > self.maxIteration
  say('# StochasticGradient: you have reached the maximum number of iterations')
  say('# training error = ' .. mean)
end

return StochasticGradient
