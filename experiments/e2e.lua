-- An autoencoder trained end to end; then its encoder, with a classifier on top, fine-tuned.
-- `aelua experiments/e2e.lua --help` lists the settings; runs/e2e-1 gets all there is to look at.
local nn, optim = require 'nn', require 'optim'
local data, image = require 'data', require 'image'
local experiment, system = require 'experiment', require 'aelua.system'

local run = experiment.start('e2e', 'An autoencoder end to end, then fine-tuned.', {
  {'pretrain.epochs', 5, 'epochs of the autoencoder', min = 0},
  {'pretrain.lr', 0.5, 'its learning rate', min = 0},
  {'finetune.epochs', 5, 'epochs of the classifier', min = 0},
  {'finetune.lr', 0.01, 'its learning rate', min = 0},
  {'momentum', 0.9, 'of both', min = 0, max = 1},
  {'batch', 1000, 'images a step', min = 1},
  {'hidden', 100, 'units of each hidden layer', min = 1},
  {'samples', 0, 'training images to use, 0 for all', min = 0},
})
local opt = run.opt

-- The data, and what the machine offers.
local set = run:data(data.load{samples = opt.samples})
print(system.describe())
run:picture('sample', 'The first training image', image.zoom(set.train.images[1], 8))

-- The network: an encoder and a decoder, each a child with a name.
local encoder = nn.Sequential()
encoder:add(nn.Linear(784, opt.hidden)):add(nn.ReLU())
encoder:add(nn.Linear(opt.hidden, opt.hidden)):add(nn.ReLU())
local decoder = nn.Sequential()
decoder:add(nn.Linear(opt.hidden, opt.hidden)):add(nn.ReLU())
decoder:add(nn.Linear(opt.hidden, 784)):add(nn.ReLU())
local net = nn.Sequential():add(encoder, 'encoder'):add(decoder, 'decoder')
encoder:get(1).gradInput = nil -- nobody asks for the gradient of the pixels
run:network(net)

-- Pre-training: the target is the input.
local before = encoder:clone()
run:train{stage = 'pre-training', net = net, criterion = nn.MSECriterion(), target = 'input',
  optimizer = optim.SGD(net, {learningRate = opt.pretrain.lr, momentum = opt.momentum}),
  data = set.train, epochs = opt.pretrain.epochs, batch = opt.batch}

-- Originals beside their reconstructions.
local images = set.test:batch(1, 12)
run:picture('reconstruction', 'Originals and reconstructions',
            image.rows{images, net:forward(images)})

-- The decoder makes way for a classifier; the encoder keeps its weights.
net:remove('decoder')
local classifier = nn.Sequential():add(nn.Linear(opt.hidden, 10)):add(nn.LogSoftMax())
net:add(classifier, 'classifier')
run:network(net)

-- Fine-tuning: the whole network learns the classes.
local pretrained, untrained = encoder:clone(), classifier:clone()
run:train{stage = 'fine-tuning', net = net, criterion = nn.ClassNLLCriterion(), target = 'label',
  optimizer = optim.SGD(net, {learningRate = opt.finetune.lr, momentum = opt.momentum}),
  data = set.train, test = set.test, epochs = opt.finetune.epochs, batch = opt.batch}
run:test(net, set.test)

-- What was learnt: weights before, after and their difference.
run:weights('pretraining', 'Encoder, pre-training', before:get(1).weight, pretrained:get(1).weight)
run:weights('finetuning', 'Encoder, fine-tuning', pretrained:get(1).weight, encoder:get(1).weight)
run:weights('classifier', 'Classifier', untrained:get(1).weight, classifier:get(1).weight)
run:finish()
