-- The classifier without pre-training: what e2e.lua and layerwise.lua must beat.
-- `aelua experiments/baseline.lua --help` lists the settings; the pictures go to runs/baseline.
local nn, optim = require 'nn', require 'optim'
local data, image, plot = require 'data', require 'image', require 'plot'
local options, progress, system = require 'options', require 'progress', require 'aelua.system'

local opt = options.parse('baseline', 'The classifier without pre-training.', {
  {'epochs', 5, 'epochs of training', min = 0},
  {'lr', 0.01, 'learning rate', min = 0},
  {'momentum', 0.9, 'of the optimizer', min = 0, max = 1},
  {'batch', 1000, 'images a step', min = 1},
  {'hidden', 100, 'units of each hidden layer', min = 1},
  {'samples', 0, 'training images to use, 0 for all', min = 0},
  {'seed', 1, 'of the initial weights'},
  {'out', 'runs/baseline', 'folder for the pictures'},
})
torch.manualSeed(opt.seed)

-- The data, and what the machine offers.
local set = data.load{samples = opt.samples}
print(set)
print(system.describe())
image.save(opt.out .. '/sample.png', image.zoom(set.train.images[1], 8))

-- The network: the encoder of the other experiments as chance made it, and the classifier.
local encoder = nn.Sequential()
encoder:add(nn.Linear(784, opt.hidden)):add(nn.ReLU())
encoder:add(nn.Linear(opt.hidden, opt.hidden)):add(nn.ReLU())
local classifier = nn.Sequential():add(nn.Linear(opt.hidden, 10)):add(nn.LogSoftMax())
local net = nn.Sequential():add(encoder, 'encoder'):add(classifier, 'classifier')
encoder:get(1).gradInput = nil -- nobody asks for the gradient of the pixels
print(net)
local before = net:clone()

-- How many of the rows of log-probabilities have their largest at the right class.
local function right(output, y)
  local _, class = output:max(2)
  return class:view(-1):eq(y):sum()
end

local function accuracy(part)
  local count = 0
  net:evaluate()
  for x, y in part:batches(opt.batch) do count = count + right(net:forward(x), y) end
  return count / part.n
end

-- Training: a step a batch.
local criterion = nn.ClassNLLCriterion()
local optimizer = optim.SGD(net, {learningRate = opt.lr, momentum = opt.momentum})
local losses, training, test = {}, {}, {}
for epoch = 1, opt.epochs do
  local bar = progress.new(('training %d/%d'):format(epoch, opt.epochs), set.train.n)
  local count = 0
  net:training()
  for x, y in set.train:batches(opt.batch) do
    local output = net:forward(x)
    local loss = criterion:forward(output, y)
    optimizer:zeroGrad()
    net:backward(x, criterion:backward(output, y))
    optimizer:step()
    count = count + right(output, y)
    bar:add(x:size(1), loss)
  end
  losses[epoch], training[epoch], test[epoch] = bar:loss(), count / set.train.n, accuracy(set.test)
  bar:finish(('accuracy %.4f, test %.4f'):format(training[epoch], test[epoch]))
end
print(('test accuracy %.4f on %s'):format(accuracy(set.test), set.name))

-- What was learnt: weights before, after and their difference; the curves.
image.saveWeights(opt.out .. '/encoder', before.encoder:get(1).weight, encoder:get(1).weight)
image.saveWeights(opt.out .. '/classifier', before.classifier:get(1).weight,
                  classifier:get(1).weight)
plot.save(opt.out .. '/curves.png', {
  {title = 'loss', xlabel = 'epoch', ylabel = 'NLL', series = {{name = 'training', y = losses}}},
  {title = 'accuracy', xlabel = 'epoch', ylabel = 'share right',
   series = {{name = 'training', y = training}, {name = 'test', y = test}}},
})
print('pictures in ' .. opt.out)
