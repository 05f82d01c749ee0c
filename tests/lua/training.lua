-- The training loop by itself: records, schedules, early stopping, hooks, clipping, diagnostics.
local test = require 'harness'
local nn, optim, data = require 'nn', require 'optim', require 'data'
local training, schedule = require 'training', require 'schedule'
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
  run_ = quiet()
  net = classifier()
  net:get(1).weight:fill(0 / 0)
  local records = train({net = net, epochs = 5}, run_)
  test.equal(#records, 1)
  test.check(table.concat(run_.messages):find('The loss is', 1, true))
end)
