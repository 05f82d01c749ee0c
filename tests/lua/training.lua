-- The training loop by itself: records, schedules, early stopping, hooks, clipping, diagnostics.
local test = require 'harness'
local nn, optim, data = require 'nn', require 'optim', require 'data'
local training, schedule, anomaly = require 'training', require 'schedule', require 'anomaly'
local set = data.load{builtin = true, samples = 200}
local part, held = set.train:split(150)

local function classifier()
  torch.manualSeed(3)
  return nn.Sequential():add(nn.Linear(784, 10)):add(nn.LogSoftMax())
end

-- A run that keeps what it is told.
local function quiet()
  local messages = {}
  return {messages = messages, warn = function(_, _, _, text) messages[#messages + 1] = text end}
end

local function train(fields, run_)
  local net = fields.net or classifier()
  local spec = {net = net, criterion = nn.ClassNLLCriterion(), data = part, epochs = 3, batch = 50,
                optimizer = optim.SGD(net, {learningRate = 0.1})}
  for key, value in pairs(fields) do spec[key] = value end
  local original = print
  print = function() end -- luacheck: ignore
  local ok, records = pcall(training.train, run_ or quiet(), spec)
  print = original -- luacheck: ignore
  if not ok then error(records, 0) end
  return records, net, spec
end

test.case('records: losses, accuracies, validation, rates of the schedule', function()
  local records = train{validate = held, schedule = schedule.step(1, 0.5)}
  test.equal(#records, 3)
  test.near(records[3].lr, 0.025, 1e-12)
  test.check(records[3].loss < records[1].loss)
  for _, key in ipairs {'accuracy', 'validation_loss', 'validation_accuracy', 'seconds'} do
    test.check(records[2][key] and records[2][key] >= 0, key)
  end
end)

test.case('early stopping and keeping the best', function()
  local best
  local run_ = quiet()
  function run_.saveBest(_, _, net) best = net:clone() end
  function run_.loadBest(_, _, net)
    local to, from = net:parameters(), best:parameters()
    for i, w in ipairs(to) do w:copy(from[i]) end
  end
  local rates = function(epoch) return epoch <= 2 and 0.1 or 1e3 end -- ruins the third epoch
  local records, net = train({validate = held, epochs = 20, patience = 2, keepBest = true,
                              schedule = rates}, run_)
  test.equal(#records, 4)
  local loss = training.evaluate(net, held, {criterion = nn.ClassNLLCriterion()})
  test.near(loss, records[2].validation_loss, 1e-6)
end)

test.case('hooks are called, and one can stop the stage', function()
  local batches, epochs = 0, 0
  local records = train{onBatch = function() batches = batches + 1 end,
    onEpoch = function(record)
      epochs = epochs + 1
      return record.epoch < 2
    end}
  test.equal({batches, epochs, #records}, {6, 2, 2})
end)

test.case('clipping bounds the step', function()
  local net = classifier()
  local before = net:getParameters():clone()
  local _, after = train{net = net, clip = 0.01, epochs = 1}
  local moved = (after:getParameters() - before):norm()
  test.check(moved > 0 and moved <= 3 * 0.1 * 0.01 * 1.001, moved)
end)

test.case('unknown and missing fields are named', function()
  test.fails(function() train{epoch = 3} end, "unknown field 'epoch'", "'epochs'")
  test.fails(function() train{target = 'inputs'} end, "target is 'inputs'")
end)

test.case('what goes wrong is said in a sentence', function()
  local run_ = quiet()
  train({optimizer = optim.SGD(classifier(), {learningRate = 0.1})}, run_) -- of another network
  test.check(table.concat(run_.messages):find('did not move', 1, true))
  run_ = quiet()
  local net = nn.Sequential():add(nn.Linear(784, 784)):add(nn.ReLU())
  net:get(1).weight:zero()
  net:get(1).bias:fill(-1)
  train({net = net, criterion = nn.MSECriterion(), target = 'input',
         optimizer = optim.SGD(net, {learningRate = 0.1})}, run_)
  test.check(table.concat(run_.messages):find('100 %% of the output units'), run_.messages[1])
end)

-- ---- what is no number ----

-- Images of numbers between 0 and 1, which can be made none.
local function floats()
  local copy, labels = part:batch()
  local own = {images = copy:clone(), labels = labels:clone(), n = part.n}
  return setmetatable(own, getmetatable(part))
end

-- A loss that is the value from its n-th call on.
local function turning(n, value)
  local Turning, count = torch.class('nn.Turning', 'nn.ClassNLLCriterion'), 0
  function Turning:updateOutput(x, y)
    count = count + 1
    return count >= n and value or nn.ClassNLLCriterion.updateOutput(self, x, y)
  end
  return nn.Turning()
end

test.case('fields that are no numbers are named with their value', function()
  for _, case in ipairs {{'epochs', 0 / 0, 'nan'}, {'epochs', math.huge, 'inf'},
                         {'epochs', -1, '-1'}, {'epochs', 1.5, '1.5'},
                         {'epochs', '3', '3'}, {'batch', 0 / 0, 'nan'},
                         {'batch', 0, '0'}, {'batch', math.huge, 'inf'}, {'save', 0 / 0, 'nan'},
                         {'patience', 0 / 0, 'nan'}, {'clip', 0 / 0, 'nan'}, {'clip', 0, '0'},
                         {'clip', math.huge, 'inf'}} do
    test.fails(function() train{[case[1]] = case[2]} end,
      ('train: %s is %s, should be '):format(case[1], case[3]))
  end
  for _, rate in ipairs {0 / 0, math.huge, -1, 'high'} do
    test.fails(function()
      train{schedule = function(epoch, base) return epoch < 2 and base or rate end}
    end, 'training, epoch 2: the schedule gives the rate ' .. tostring(rate):gsub('%-nan', 'nan'))
  end
  test.equal(#train{epochs = 2.0, batch = 50.0}, 2, 'a whole number may be a float')
end)

test.case('data with a NaN are refused with row and column', function()
  local own = floats()
  own.images[7][300] = 0 / 0
  own.images[9][1] = math.huge
  test.fails(function() train{data = own} end, 'training: images of data: 2 of 117600 values are '
    .. 'not finite, the first, nan, in row 7, column 300')
  test.fails(function() train{validate = own} end, 'images of validate: 2 of')
  own = floats()
  own.labels = own.labels:double()
  own.labels[3] = 0 / 0
  test.fails(function() train{test = own} end, 'labels of test: 1 of 150 values is not finite')
  own.labels[3] = 1.5
  test.fails(function() train{data = own} end, 'target[3] is 1.5, which is no whole number')
end)

test.case('parameters with a NaN are refused with layer and place', function()
  local net = classifier()
  net:get(1).weight[3][5] = 0 / 0
  test.fails(function() train{net = net} end, 'training: the network has 0.weight (nn.Linear): 1 '
    .. 'of 7840 values is not finite, the first, nan, in row 3, column 5')
  net = nn.Sequential():add(nn.Linear(784, 10), 'code'):add(nn.BatchNormalization(10))
    :add(nn.LogSoftMax())
  net:get(2).running_var[4] = math.huge
  test.fails(function() train{net = net} end, '1.running_var (nn.BatchNormalization): 1 of 10')
  net:get(2).running_var[4] = 1
  net:get(1).bias[2] = -math.huge
  test.fails(function() train{net = net} end, 'code.bias (nn.Linear): 1 of 10', 'the first, -inf')
end)

test.case('so are checkpoints, with the state of the optimizer', function()
  local checkpoint, model = require 'checkpoint', require 'model'
  local path = test.folder() .. '/c.safetensors'
  local function resumed(spoil, done)
    local net = classifier()
    local optimizer = optim.SGD(net, {learningRate = 0.1, momentum = 0.9})
    local records, _, spec = train{net = net, optimizer = optimizer, epochs = 1}
    spoil(net, optimizer)
    local state = {stage = 'training', epoch = 2, batch = done and 2 or 1, sum = 0,
                   samples = done or 0, right = 0, seconds = 0, records = records, waited = 0,
                   base = 0.1, done = false}
    assert(checkpoint.save(path, net, optimizer, state, {now = torch.getRNGState(),
      epoch = torch.getRNGState()}))
    test.check(model.load(path), 'it can still be looked at')
    local run_ = quiet()
    function run_.saved() return checkpoint.read(path) end
    net = classifier()
    return train({net = net, optimizer = optim.SGD(net, {learningRate = 0.1, momentum = 0.9}),
                  epochs = spec.epochs + 1}, run_)
  end
  resumed(function() end)
  resumed(function() end, 50)
  test.fails(function() resumed(function() end, 151) end,
    path .. ': aelua.stage: samples is 151, the data have 150')
  test.fails(function()
    resumed(function(net) net:get(1).bias[7] = 0 / 0 end)
  end, 'training: the network has 0.bias (nn.Linear): 1 of 10 values', 'at place 7')
  test.fails(function()
    resumed(function(_, optimizer) optimizer:state()['0.weight.dfdx'][2][9] = math.huge end)
  end, 'training: the optimizer has 0.weight.dfdx: 1 of 7840 values is not finite, the first, inf, '
    .. 'in row 2, column 9')
end)

test.case('a loss that is no number ends the run: where it was first', function()
  local net, failed = classifier(), nil
  local run_ = quiet()
  function run_.failed(_, text) failed = text end
  net:insert(nn.Log(), 1) -- of a pixel that is 0
  test.fails(function() train({net = net}, run_) end, 'training, epoch 1, batch 1: the loss is ',
    'first seen in the output of 0 (nn.Log): ')
  test.check(failed and failed:find('batch 1: the loss is', 1, true))
  test.equal({anomaly.parameters(net)}, {})
  net = classifier()
  test.fails(function()
    train{net = net, optimizer = optim.SGD(net, {learningRate = 1e38})}
  end, 'epoch 1, batch 2: the loss is ', 'first seen in the output of 0 (nn.Linear): ',
    'its weights are finite, the largest ')
  test.fails(function() train{criterion = turning(5, math.huge)} end,
    'epoch 2, batch 2: the loss is inf; first seen in the loss, inf, of outputs that are finite')
end)

test.case('the row of the batch and the sample are named', function()
  local own = floats()
  local target = function(x)
    local wanted = x:clone()
    if own.spoilt then
      for i = 1, x:size(1) do
        if torch.dist(x[i], own.images[77]) == 0 then wanted[i][5] = 0 / 0 end
      end
    end
    return wanted
  end
  local function autoencoder(fields)
    local net = nn.Sequential():add(nn.Linear(784, 784))
    fields.net, fields.criterion, fields.data, fields.target = net, nn.MSECriterion(), own, target
    fields.optimizer = optim.SGD(net, {learningRate = 0.01})
    return train(fields)
  end
  autoencoder{epochs = 1}
  own.spoilt = true
  test.fails(function() autoencoder{epochs = 1} end, 'epoch 1, batch 2: the loss is nan; first '
    .. 'seen in the target: 1 of 39200 values is not finite, the first, nan, in row 27, column 5 '
    .. '(sample 77 of the data)')
  test.fails(function() autoencoder{epochs = 1, shuffle = true} end, '(sample 77 of the data)')
end)

test.case('gradients: with clipping before the step, without at the end of the epoch', function()
  local Spoil = torch.class('nn.Spoil', 'nn.Module')
  function Spoil:updateOutput(input) self.output = input return input end
  function Spoil:updateGradInput(_, gradOutput)
    self.gradInput = gradOutput:clone()
    self.gradInput[1][2] = 0 / 0
    return self.gradInput
  end
  local function spoilt() return classifier():insert(nn.Spoil(), 2) end
  local net = spoilt()
  test.fails(function() train{net = net, clip = 1} end,
    "epoch 1, batch 1: the gradients' norm is nan", 'first seen in 1.gradInput (nn.Spoil): 1 of '
    .. '500 values is not finite, the first, nan, in row 1, column 2')
  test.equal({anomaly.parameters(net)}, {})
  test.fails(function() train{net = spoilt()} end, 'epoch 1, batch 2: the loss is nan; '
    .. 'first seen in the parameter 0.weight',
    'in the last backward pass, first in 1.gradInput (nn.Spoil)')
  test.fails(function() train{net = spoilt(), batch = 150} end,
    'epoch 1, batch 1: the parameters are not finite; first seen in the parameter 0.weight')
end)

test.case('a loss of the data not trained with is a warning, and is never the best', function()
  local own, run_, saved = floats(), quiet(), 0
  function run_.saveBest() saved = saved + 1 end
  local prepared = 0
  train({validate = own, keepBest = true, prepare = function(x)
    prepared = prepared + 1
    return prepared > 3 and prepared <= 6 and x:clone():fill(3.4e38) or x -- the first validation
  end}, run_)
  test.check(run_.messages[1]:find('Of the data not trained with, the loss is nan; first seen in '
    .. 'the output of', 1, true), run_.messages[1])
  test.check(saved >= 1)
end)

test.case('what fails half way leaves mode and rate as they were', function()
  local net = classifier()
  local bad = {criterion = nn.ClassNLLCriterion(), prepare = function() error('no batch', 0) end}
  for text, f in pairs {
    ['no batch'] = function() training.evaluate(net, held, bad) end,
    ['want 784'] = function() require 'diagnose'.layers(net, {}, torch.ones(1, 3)) end,
    ['scatter'] = function() require 'testing'.classify(net, held, 2) end,
  } do
    test.fails(f, text)
    test.equal(net.train, true, text)
  end
  local optimizer = optim.SGD(net, {learningRate = 0.1})
  test.fails(function()
    train{net = net, optimizer = optimizer, schedule = schedule.exponential(0.5),
          onEpoch = function(record) if record.epoch == 2 then error('enough', 0) end end}
  end, 'enough')
  test.equal(optimizer.learningRate, 0.1)
end)
