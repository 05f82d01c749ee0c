-- The autoencoder built layer by layer: 784-100-784 first, then 100-100 inserted in the middle;
-- then its encoder, with a classifier on top, fine-tuned.
-- `aelua experiments/layerwise.lua --help` lists the settings; runs/layerwise-1 gets the results.
local nn, optim = require 'nn', require 'optim'
local data, image = require 'data', require 'image'
local experiment, system = require 'experiment', require 'aelua.system'

local run = experiment.start('layerwise', 'An autoencoder built layer by layer, then fine-tuned.', {
  {'pretrain.epochs', 5, 'epochs of each autoencoder', min = 0},
  {'pretrain.lr', 0.5, 'its learning rate', min = 0},
  {'finetune.epochs', 5, 'epochs of the classifier', min = 0},
  {'finetune.lr', 0.01, 'its learning rate', min = 0},
  {'momentum', 0.9, 'of all stages', min = 0, max = 1},
  {'batch', 1000, 'images a step', min = 1},
  {'hidden', 100, 'units of each hidden layer', min = 1},
  {'samples', 0, 'training images to use, 0 for all', min = 0},
})
local opt = run.opt

-- The data, and what the machine offers.
local set = run:data(data.load{samples = opt.samples})
print(system.describe())
run:picture('sample', 'The first training image', image.zoom(set.train.images[1], 8))

-- One hidden layer to begin with; encoder and decoder are children with names.
local encoder = nn.Sequential():add(nn.Linear(784, opt.hidden)):add(nn.ReLU())
local decoder = nn.Sequential():add(nn.Linear(opt.hidden, 784)):add(nn.ReLU())
local net = nn.Sequential():add(encoder, 'encoder'):add(decoder, 'decoder')
encoder:get(1).gradInput = nil -- nobody asks for the gradient of the pixels
run:network(net)

-- An autoencoder's stage: the target is the input; a new optimizer knows all layers there are now.
local function pretrain(stage)
  run:train{stage = stage, net = net, criterion = nn.MSECriterion(), target = 'input',
    optimizer = optim.SGD(net, {learningRate = opt.pretrain.lr, momentum = opt.momentum}),
    data = set.train, epochs = opt.pretrain.epochs, batch = opt.batch}
end

-- The first layer, and what it reconstructs.
local before, images = encoder:clone(), set.test:batch(1, 12)
pretrain('one layer')
run:picture('one-layer', 'Originals and reconstructions, one layer',
            image.rows{images, net:forward(images)})

-- The second layer goes into the middle; then all are trained again.
encoder:add(nn.Linear(opt.hidden, opt.hidden)):add(nn.ReLU())
decoder:insert(nn.Linear(opt.hidden, opt.hidden), 1):insert(nn.ReLU(), 2)
run:network(net)
pretrain('two layers')
run:picture('two-layers', 'Originals and reconstructions, two layers',
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
