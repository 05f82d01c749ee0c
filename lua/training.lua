--- The training loop: epochs, batches, schedules, validation, early stopping, hooks, checkpoints,
-- and going on after an interruption with the same bits. `run:train` of an experiment is this.
--
-- A stage is one call. Its state is the network, the optimizer, the generator, the records of the
-- epochs done, and the place in the current epoch; nothing else carries over from batch to batch.

local torch = require 'torch'
local progress, schedule = require 'progress', require 'schedule'
local diagnose, checkpoint, anomaly = require 'diagnose', require 'checkpoint', require 'anomaly'
local system, evaluating = require 'aelua.system', require 'aelua.lua.evaluating'
local finite, written = anomaly.finite, anomaly.written

local training = {}

-- ---- the description of a stage ----

local known = {'stage', 'net', 'criterion', 'optimizer', 'data', 'input', 'target', 'epochs',
               'batch', 'validate', 'test', 'schedule', 'shuffle', 'patience', 'keepBest', 'clip',
               'onBatch', 'onEpoch', 'accuracy', 'save', 'prepare'}

local targets = {input = function(x) return x end, label = function(_, y) return y end}

local function checkNames(spec)
  for key in pairs(spec) do
    local found = false
    for _, word in ipairs(known) do found = found or word == key end
    if not found then
      local near = system.nearest(tostring(key), known)
      error(("train: unknown field '%s'%s"):format(tostring(key),
        near and "; did you mean '" .. near .. "'?" or ''), 4)
    end
  end
  for _, key in ipairs {'net', 'criterion', 'optimizer', 'data', 'epochs'} do
    if spec[key] == nil then error("train: field '" .. key .. "' is missing", 4) end
  end
end

local function wrong(name, value, want)
  value = type(value) == 'number' and written(value) or tostring(value)
  error(('train: %s is %s, should be %s'):format(name, value, want), 6)
end

-- A field that is a whole number from `least` on; as an integer.
local function wholeNumber(name, value, least)
  local number = type(value) == 'number' and math.tointeger(value)
  if not number or number < least then
    wrong(name, value, ('a whole number from %d on'):format(least))
  end
  return number
end

local function aboveZero(name, value)
  if not (finite(value) and value > 0) then wrong(name, value, 'finite and above 0') end
end

local function checkNumbers(spec)
  if spec.clip then aboveZero('clip', spec.clip) end
  if spec.patience then wholeNumber('patience', spec.patience, 1) end
  return wholeNumber('epochs', spec.epochs, 0), wholeNumber('batch', spec.batch or 1000, 1),
    wholeNumber('save', spec.save or 1, 1)
end

--- The stage with its defaults filled in; an error, at the caller of what calls this, for a field
-- that is wrong.
-- @param spec as for training.train
-- @param[opt='training'] name of the stage when spec gives none
function training.complete(spec, name)
  checkNames(spec)
  local epochs, batch, save = checkNumbers(spec)
  local target = spec.target or 'label'
  if type(target) == 'string' and not targets[target] then
    error(("train: target is '%s', not 'input', 'label' or a function"):format(target), 3)
  end
  local accuracy, stage = spec.accuracy, spec.stage
  if accuracy == nil then accuracy = target == 'label' end
  if stage == nil then stage = name or 'training' end
  return setmetatable({target = targets[target] or target, stage = stage,
    epochs = epochs, batch = batch, save = save,
    schedule = spec.schedule or schedule.constant(), autoencoder = target == 'input',
    accuracy = accuracy, base = spec.optimizer.learningRate}, {__index = spec})
end

-- The rate a schedule gives for the epoch.
local function rateOf(spec, state)
  local rate = spec.schedule(state.epoch, state.base, state.records)
  if finite(rate) and rate >= 0 then return rate end
  error(('%s, epoch %d: the schedule gives the rate %s, should be finite and at least 0'):format(
    spec.stage, state.epoch, type(rate) == 'number' and written(rate) or tostring(rate)), 0)
end

-- ---- what is no number ----

-- Data and parameters are looked at before the first step: there an error names the place, and
-- nothing is trained with it.
local function checkFinite(spec)
  for _, name in ipairs {'data', 'validate', 'test'} do
    for _, part in ipairs {'images', 'labels'} do
      local text = spec[name] and anomaly.describe(spec[name][part])
      if text then error(('%s: %s of %s: %s'):format(spec.stage, part, name, text), 0) end
    end
  end
  local text = anomaly.parameters(spec.net)
  if text then error(('%s: the network has %s'):format(spec.stage, text), 0) end
  text = anomaly.state(spec.optimizer)
  if text then error(('%s: the optimizer has %s'):format(spec.stage, text), 0) end
end

-- Which sample of the data a row of the batch is, when the batch's first place is known.
local function sampleText(row, first, order)
  if not row or not first then return '' end
  local place = first + row - 1
  return (' (sample %d of the data)'):format(order and order[place] or place)
end

-- Ends the run with one message; the checkpoint before stays as it is.
-- what: "the loss is nan"; seen as anomaly.find takes it; batch = {first=, order=}
local function stop(run, spec, state, what, seen, batch)
  local where, row = anomaly.find(spec.net, seen)
  local text = ('%s, epoch %d, batch %d: %s; first seen in %s%s'):format(spec.stage, state.epoch,
    state.batch, what, where or 'what is no longer there',
    sampleText(row, batch and batch.first, batch and batch.order))
  if run.failed then run:failed(text) end
  error(text, 0)
end

-- Parameters that a step made no numbers must not be kept.
local function checkParameters(run, spec, state)
  local text = anomaly.parameters(spec.net)
  if text then
    stop(run, spec, {epoch = state.epoch, batch = state.batch - 1},
      'the parameters are not finite', {criterion = spec.criterion})
  end
end

-- ---- looking without training ----

--- How many rows of scores have their largest at the label.
-- @param output (B, classes)
-- @param y labels (B)
function training.right(output, y)
  local _, class = output:max(2)
  return class:view(-1):eq(y):sum()
end

--- Mean loss and, for classes, the share right, over a part of a data set.
-- @param net module
-- @param part what data.load gives as train or test
-- @param options {criterion=, target= function(x, y), batch=, accuracy=, prepare= function(x),
--   anomaly= function(text), told where the first NaN or infinity is when the loss is none}
-- @return loss (nil without criterion), share right (nil unless asked)
function training.evaluate(net, part, options)
  local target = options.target or targets.label
  local loss, right, told = 0, 0, not options.anomaly
  local was <close> = evaluating(net) -- luacheck: ignore
  for x, y, first in part:batches(options.batch or 1000) do
    if options.prepare then x = options.prepare(x) end
    local output = net:forward(x)
    if options.criterion then
      local wanted = target(x, y)
      loss = loss + options.criterion:forward(output, wanted) * x:size(1)
      if not told and not finite(loss) then
        local text, row = anomaly.find(net, {input = x, target = wanted, loss = loss})
        options.anomaly(('the loss is %s; first seen in %s%s'):format(written(loss), text,
          sampleText(row, first)))
        told = true
      end
    end
    if options.accuracy then right = right + training.right(output, y) end
  end
  return options.criterion and loss / part.n or nil, options.accuracy and right / part.n or nil
end

-- ---- a step ----

-- Scales all gradients so that their norm is at most limit (Pascanu, Mikolov, Bengio, 2013).
-- Returns the norm they had.
local function clip(net, limit)
  local _, gradients = net:parameters()
  local sum = 0
  for _, g in ipairs(gradients) do sum = sum + g:norm() ^ 2 end
  local norm = math.sqrt(sum)
  if norm > limit then for _, g in ipairs(gradients) do g:mul(limit / norm) end end
  return norm
end

-- stopWith(what, seen) is called, and does not return, when the loss or the norm of the gradients
-- is no number: before the weights are changed.
local function step(spec, x, y, stopWith)
  x = spec.prepare and spec.prepare(x) or x
  local wanted, input = spec.target(x, y), spec.input and spec.input(x) or x
  local output = spec.net:forward(input)
  local loss = spec.criterion:forward(output, wanted)
  if not finite(loss) then
    stopWith('the loss is ' .. written(loss),
      {input = input, target = wanted, loss = loss, criterion = spec.criterion})
  end
  spec.optimizer:zeroGrad()
  spec.net:backward(input, spec.criterion:backward(output, wanted))
  local norm = spec.clip and clip(spec.net, spec.clip)
  if norm and not finite(norm) then
    stopWith("the gradients' norm is " .. written(norm), {criterion = spec.criterion})
  end
  spec.optimizer:step()
  return loss, output
end

-- ---- the state of a stage ----

local function begin(run, spec)
  return {stage = spec.stage, epoch = 1, batch = 1, sum = 0, samples = 0, right = 0, seconds = 0,
          records = {}, waited = 0, base = spec.base, done = false,
          network = run.checkpointPath and checkpoint.structure(spec.net)}
end

-- A network with layers written in Lua cannot be saved as data: the run goes on without.
local function save(run, spec, state, epochStart)
  if not run.checkpointPath or run.unsaved then return end
  local fits, done, message = pcall(checkpoint.save, run:checkpointPath(spec.stage), spec.net,
    spec.optimizer, state, {now = torch.getRNGState(), epoch = epochStart})
  if not fits and checkpoint.isMemoryError(done) then error(done, 0) end
  if not fits then
    run.unsaved = true
    run:warn(spec.stage, state.epoch, 'No checkpoints of this run: ' .. tostring(done))
  elseif not done then
    error(message, 0)
  end
end

-- Ctrl-C: the batch is finished and saved; the run says how to go on and ends.
local function interrupted(run, spec, state, epochStart)
  checkParameters(run, spec, state)
  save(run, spec, state, epochStart)
  run:interrupt()
end

-- ---- an epoch ----

-- The order of the images: fixed, or a permutation that the generator gives at the epoch's start.
local function orderOf(spec) return spec.shuffle and torch.randperm(spec.data.n):long() or nil end

-- Trains from state.batch to the end of the epoch.
local function epoch(run, spec, state, epochStart, resumed)
  local label = ('%s %d/%d'):format(spec.stage, state.epoch, spec.epochs)
  local bar = progress.new(label, spec.data.n)
  bar.done, bar.sum = state.samples, state.sum
  local order = orderOf(spec)
  if resumed then torch.setRNGState(resumed) end
  local started = system.clock()
  local before = state.seconds
  local batch = {order = order}
  local function stopWith(what, seen) stop(run, spec, state, what, seen, batch) end
  spec.net:training()
  for x, y, first in spec.data:batches(spec.batch, {order = order, from = state.batch}) do
    batch.first = first
    local loss, output = step(spec, x, y, stopWith)
    local n = x:size(1)
    if spec.accuracy then state.right = state.right + training.right(output, y) end
    state.batch, state.samples, state.sum = state.batch + 1, state.samples + n, state.sum + n * loss
    state.seconds = before + system.clock() - started
    bar:add(n, loss)
    if spec.onBatch then spec.onBatch{epoch = state.epoch, batch = state.batch - 1, loss = loss} end
    if system.interrupted() then interrupted(run, spec, state, epochStart) end
  end
  checkParameters(run, spec, state)
  return bar
end

local function recordOf(run, spec, state, rate)
  local record = {stage = spec.stage, epoch = state.epoch, loss = state.sum / state.samples,
                  lr = rate, seconds = state.seconds,
                  samples_per_second = state.samples / math.max(state.seconds, 1e-9)}
  if spec.accuracy then record.accuracy = state.right / state.samples end
  local options = {criterion = spec.criterion, target = spec.target, batch = spec.batch,
                   accuracy = spec.accuracy, prepare = spec.prepare}
  function options.anomaly(text)
    run:warn(spec.stage, state.epoch, 'Of the data not trained with, ' .. text)
  end
  if spec.validate then
    record.validation_loss, record.validation_accuracy =
      training.evaluate(spec.net, spec.validate, options)
  end
  if spec.test then
    record.test_loss, record.test_accuracy = training.evaluate(spec.net, spec.test, options)
  end
  return record
end

local function summary(record)
  local parts = {}
  for _, part in ipairs {{'accuracy', 'accuracy'}, {'validation_loss', 'validation'},
                         {'validation_accuracy', 'validation accuracy'},
                         {'test_loss', 'test'}, {'test_accuracy', 'test accuracy'}} do
    if record[part[1]] then parts[#parts + 1] = ('%s %.4f'):format(part[2], record[part[1]]) end
  end
  return #parts > 0 and table.concat(parts, '  ') or nil
end

-- ---- early stopping and the best model ----

local function criterionOf(record) return record.validation_loss or record.loss end

-- Notes whether the epoch was the best so far; whether it is time to stop.
local function judge(run, spec, state, record)
  local value = criterionOf(record)
  if not finite(state.best) or value < state.best then
    state.best, state.bestEpoch, state.waited = value, record.epoch, 0
    if spec.keepBest and run.saveBest then run:saveBest(spec.stage, spec.net) end
  else
    state.waited = state.waited + 1
  end
  return spec.patience and state.waited >= spec.patience
end

-- Nothing carries over into the next epoch but what is listed here.
local function nextEpoch(state)
  state.epoch, state.batch = state.epoch + 1, 1
  state.sum, state.samples, state.right, state.seconds = 0, 0, 0, 0
end

local function look(run, spec, record, weights)
  local probe = spec.data:batch(1, math.min(spec.data.n, 1000))
  if spec.prepare then probe = spec.prepare(probe) end
  local layers = diagnose.layers(spec.net, weights, probe)
  if run.layers then run:layers(spec.stage, record.epoch, layers) end
  for _, sentence in ipairs(diagnose.sentences(layers, spec.autoencoder)) do
    run:warn(spec.stage, record.epoch, sentence)
  end
end

-- ---- the stage ----

-- State and generators to begin with: those of the checkpoint, when the run has one for the stage.
local function restore(run, spec)
  local saved = run.saved and run:saved(spec.stage)
  if not saved then return begin(run, spec) end
  if saved.state.samples > spec.data.n then
    error(('%s: aelua.stage: samples is %d, the data have %d'):format(saved.path,
      saved.state.samples, spec.data.n), 0)
  end
  local ok, message = checkpoint.restore(saved, spec.net, spec.optimizer)
  if not ok then error(message, 0) end
  if run.goesOn then run:goesOn(spec.stage, saved.state) end
  saved.state.base = spec.base -- the script may have got another one since
  if saved.state.done then torch.setRNGState(saved.generators.now) end
  return saved.state, saved.generators
end

local function finish(run, spec, state)
  state.done = true
  if spec.keepBest and run.loadBest and state.bestEpoch ~= state.epoch - 1 then
    run:loadBest(spec.stage, spec.net)
  end
  save(run, spec, state, torch.getRNGState())
  return state.records
end

--- Trains one stage; run:train(spec).
-- @param run the run: says, records, saves
-- @param spec {stage= name, net=, criterion=, optimizer=, data= part, epochs=, target= 'label',
--   'input' or function(x, y), prepare= function(x) (the layers below), input= function(x) (noise,
--   on what prepare gave; the target stays clean), batch=1000, validate= part, test= part,
--   schedule= function(epoch, base, history), shuffle=false, patience= epochs without improvement,
--   keepBest= restore the best epoch's weights at the end, clip= largest norm of all gradients,
--   accuracy= count right classes, onBatch= function{epoch, batch, loss}, onEpoch=
--   function(record), which stops the stage when it returns false; a run that was killed calls it
--   again for the epochs after its last checkpoint; save= epochs between checkpoints}. Data and
--   parameters with a NaN or an infinity in them are refused; a loss that becomes one, or gradients
--   clipped or parameters that do, end the run with an error that says where it was first
--   (anomaly.lua), and the last checkpoint stays.
-- @return list of the epochs' records
function training.train(run, spec) return training.stage(run, training.complete(spec)) end

-- When a stage fails, its optimizer's rate is what it was.
local givenRate = {__close = function(given, problem)
  if problem ~= nil then given.spec.optimizer.learningRate = given.spec.base end
end}

--- Trains what training.complete gave.
function training.stage(run, spec)
  local given <close> = setmetatable({spec = spec}, givenRate) -- luacheck: ignore
  local state, generators = restore(run, spec)
  if state.done then return state.records end
  checkFinite(spec)
  while state.epoch <= spec.epochs do
    local rate = rateOf(spec, state)
    spec.optimizer.learningRate = rate
    if generators then torch.setRNGState(generators.epoch) end
    local epochStart = torch.getRNGState()
    local weights = diagnose.weights(spec.net)
    local inside = generators and state.batch > 1 -- the order of this epoch was drawn before
    local bar = epoch(run, spec, state, epochStart, inside and generators.now)
    generators = nil
    local record = recordOf(run, spec, state, rate)
    bar:finish(summary(record), run)
    look(run, spec, record, weights)
    state.records[#state.records + 1] = record
    local stopping = judge(run, spec, state, record)
    if run.record then run:record(record) end
    if spec.onEpoch and spec.onEpoch(record) == false then stopping = true end
    nextEpoch(state)
    if stopping then break end
    -- Only now: what the hook changed and decided is part of what it goes on from.
    if state.epoch <= spec.epochs and (state.epoch - 1) % spec.save == 0 then
      save(run, spec, state, torch.getRNGState())
    end
  end
  spec.optimizer.learningRate = state.base
  return finish(run, spec, state)
end

return training
