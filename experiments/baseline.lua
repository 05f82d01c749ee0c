-- The classifier without pre-training: what e2e.lua and layerwise.lua must beat.
-- `aelua experiments/baseline.lua --help` lists the settings; runs/baseline-1 gets the results.
local nn, optim = require 'nn', require 'optim'
local data, image = require 'data', require 'image'
local experiment, system = require 'experiment', require 'aelua.system'

local run = experiment.start('baseline', 'The classifier without pre-training.', {
  {'epochs', 5, 'epochs of training', min = 0},
  {'lr', 0.01, 'learning rate', min = 0},
  {'momentum', 0.9, 'of the optimizer', min = 0, max = 1},
  {'batch', 1000, 'images a step', min = 1},
  {'hidden', 100, 'units of each hidden layer', min = 1},
  {'samples', 0, 'training images to use, 0 for all', min = 0},
})
local opt = run.opt

-- The data, and what the machine offers.
local set = run:data(data.load{samples = opt.samples})
print(system.describe())
run:picture('sample', 'The first training image', image.zoom(set.train.images[1], 8))

-- The network: the encoder of the other experiments as chance made it, and the classifier.
local encoder = nn.Sequential()
encoder:add(nn.Linear(784, opt.hidden)):add(nn.ReLU())
encoder:add(nn.Linear(opt.hidden, opt.hidden)):add(nn.ReLU())
local classifier = nn.Sequential():add(nn.Linear(opt.hidden, 10)):add(nn.LogSoftMax())
local net = nn.Sequential():add(encoder, 'encoder'):add(classifier, 'classifier')
encoder:get(1).gradInput = nil -- nobody asks for the gradient of the pixels
run:network(net)

-- Training: the target is the label.
local before = net:clone()
run:train{stage = 'training', net = net, criterion = nn.ClassNLLCriterion(), target = 'label',
  optimizer = optim.SGD(net, {learningRate = opt.lr, momentum = opt.momentum}),
  data = set.train, test = set.test, epochs = opt.epochs, batch = opt.batch}
run:test(net, set.test)

-- What was learnt: weights before, after and their difference.
run:weights('encoder', 'Encoder', before.encoder:get(1).weight, encoder:get(1).weight)
run:weights('classifier', 'Classifier', before.classifier:get(1).weight, classifier:get(1).weight)
run:finish()
