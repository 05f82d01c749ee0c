-- The lecture's claim, tested: does pre-training as an autoencoder help the classifier? End to end,
-- layer by layer and not at all, over seeds, epochs and numbers of labels; the same seeds and data
-- for all, so that differences are paired. Fine-tuning takes as many steps with few labels as with
-- all of them. `aelua experiments/compare.lua --help` lists the settings.
local nn, optim = require 'nn', require 'optim'
local data, plot = require 'data', require 'plot'
local experiment, training = require 'experiment', require 'training'
local statistics = require 'statistics'

local run = experiment.start('compare', 'Does pre-training help the classifier?', {
  {'seeds', 5, 'runs of each kind, seeds 1, 2, ...', min = 1},
  {'epochs', {5, 30}, 'epochs of each stage', min = 1},
  {'labels', {100, 1000, 10000, 60000}, 'labelled images for fine-tuning', min = 1},
  {'pretrain.lr', 0.5, 'learning rate of the autoencoders', min = 0},
  {'finetune.lr', 0.01, 'learning rate of the classifier', min = 0},
  {'momentum', 0.9, 'of all stages', min = 0, max = 1},
  {'hidden', 100, 'units of each hidden layer', min = 1},
  {'samples', 0, 'training images to use, 0 for all', min = 0},
})
local opt = run.opt
local set = run:data(data.load{samples = opt.samples})

local function pair(inputs, outputs) return nn.Linear(inputs, outputs), nn.ReLU() end

-- `steps` steps of SGD over and over the part, in its order.
local function train(net, criterion, part, rate, steps, targetIsInput)
  local optimizer = optim.SGD(net, {learningRate = rate, momentum = opt.momentum})
  net:training()
  while steps > 0 do
    for x, y in part:batches(math.min(1000, part.n)) do
      local output, target = net:forward(x), targetIsInput and x or y
      criterion:forward(output, target)
      optimizer:zeroGrad()
      net:backward(x, criterion:backward(output, target))
      optimizer:step()
      steps = steps - 1
      if steps == 0 then break end
    end
  end
end

local stepsAnEpoch = math.ceil(set.train.n / 1000)
local function pretrain(encoder, decoder, epochs)
  local net = nn.Sequential():add(encoder, 'encoder'):add(decoder, 'decoder')
  encoder:get(1).gradInput = nil
  train(net, nn.MSECriterion(), set.train, opt.pretrain.lr, epochs * stepsAnEpoch, true)
end

-- The encoders: 784-100-100 by each method.
local methods = {'none', 'e2e', 'layerwise'}
local encoders = {}
local function newEncoder()
  local linear, relu = pair(784, opt.hidden)
  local encoder = nn.Sequential():add(linear):add(relu)
  linear, relu = pair(opt.hidden, opt.hidden)
  return encoder:add(linear):add(relu)
end
function encoders.none() return newEncoder() end
function encoders.e2e(epochs)
  local encoder, decoder = newEncoder(), nn.Sequential()
  for _, outputs in ipairs {opt.hidden, 784} do
    local linear, relu = pair(opt.hidden, outputs)
    decoder:add(linear):add(relu)
  end
  pretrain(encoder, decoder, epochs)
  return encoder
end
function encoders.layerwise(epochs)
  local linear, relu = pair(784, opt.hidden)
  local encoder = nn.Sequential():add(linear):add(relu)
  linear, relu = pair(opt.hidden, 784)
  local decoder = nn.Sequential():add(linear):add(relu)
  pretrain(encoder, decoder, epochs)
  linear, relu = pair(opt.hidden, opt.hidden)
  encoder:add(linear):add(relu)
  linear, relu = pair(opt.hidden, opt.hidden)
  decoder:insert(linear, 1):insert(relu, 2)
  pretrain(encoder, decoder, epochs)
  return encoder
end

-- accuracy[epochs][labels][method] = list by seed
local accuracy = {}
local lines = {'epochs,labels,method,seed,test_accuracy'}
for _, epochs in ipairs(opt.epochs) do
  accuracy[epochs] = {}
  for _, labels in ipairs(opt.labels) do
    accuracy[epochs][labels] = {none = {}, e2e = {}, layerwise = {}}
  end
  for seed = 1, opt.seeds do
    for _, method in ipairs(methods) do
      torch.manualSeed(seed)
      local encoder = encoders[method](epochs)
      for _, labels in ipairs(opt.labels) do
        torch.manualSeed(1000 + seed)
        local net = nn.Sequential():add(encoder:clone())
        net:add(nn.Sequential():add(nn.Linear(opt.hidden, 10)):add(nn.LogSoftMax()))
        train(net, nn.ClassNLLCriterion(), set.train:subset(labels), opt.finetune.lr,
              epochs * stepsAnEpoch, false)
        local _, right = training.evaluate(net, set.test, {accuracy = true})
        table.insert(accuracy[epochs][labels][method], right)
        lines[#lines + 1] = ('%d,%d,%s,%d,%.4f'):format(epochs, labels, method, seed, right)
      end
    end
    print(('%d epochs, seed %d of %d done'):format(epochs, seed, opt.seeds))
  end
end
run:write('results.csv', table.concat(lines, '\n') .. '\n')

-- The table: mean and spread over the seeds, and the paired differences to no pre-training.
local rows = {'| epochs | labels | none | e2e | layer-wise | e2e - none | layer-wise - none |',
              '|---|---|---|---|---|---|---|'}
local panels = {}
for _, epochs in ipairs(opt.epochs) do
  local panel = {title = epochs .. ' epochs', xlabel = 'log10 of the number of labels', series = {}}
  for i, method in ipairs(methods) do panel.series[i] = {name = method, x = {}, y = {}} end
  for _, labels in ipairs(opt.labels) do
    local a = accuracy[epochs][labels]
    local cells = {epochs, labels}
    for i, method in ipairs(methods) do
      cells[#cells + 1] = statistics.meanAndSpread(a[method], '%.3f')
      table.insert(panel.series[i].x, math.log(labels, 10))
      table.insert(panel.series[i].y, statistics.mean(a[method]))
    end
    for _, method in ipairs {'e2e', 'layerwise'} do
      local differences = statistics.differences(a[method], a.none)
      cells[#cells + 1] = statistics.meanAndSpread(differences, '%+.3f')
    end
    rows[#rows + 1] = '| ' .. table.concat(cells, ' | ') .. ' |'
  end
  panels[#panels + 1] = panel
end
print(table.concat(rows, '\n'))
run:write('table.md', table.concat(rows, '\n') .. '\n')
run:picture('accuracy', 'Test accuracy by number of labels', plot.draw(panels))
run:finish()
