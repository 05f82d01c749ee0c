-- A convolutional classifier in the manner of LeNet (LeCun, Bottou, Bengio, Haffner, 1998): twice
-- convolution, rectifier and pooling, then a linear layer. What baseline.lua does with pixels, here
-- with neighbourhoods. `aelua experiments/cnn.lua --help` lists the settings; runs/cnn-1 gets all
-- there is to look at.
local nn, optim = require 'nn', require 'optim'
local data, image = require 'data', require 'image'
local experiment, system = require 'experiment', require 'aelua.system'

local run = experiment.start('cnn', 'A convolutional classifier.', {
  {'epochs', 5, 'epochs of training', min = 0},
  {'lr', 0.05, 'learning rate', min = 0},
  {'momentum', 0.9, 'of the optimizer', min = 0, max = 1},
  {'batch', 100, 'images a step', min = 1},
  {'planes', 16, 'filters of the first convolution; the second has twice as many', min = 1},
  {'samples', 0, 'training images to use, 0 for all', min = 0},
})
local opt = run.opt

-- The data, and what the machine offers.
local set = run:data(data.load{samples = opt.samples})
print(system.describe())
run:picture('sample', 'The first training image', image.zoom(set.train.images[1], 8))

-- The network, with the shape of a sample after each block.
local features = nn.Sequential()
features:add(nn.View(1, 28, 28):setNumInputDims(1)) -- (784) -> (1,28,28)
features:add(nn.SpatialConvolution(1, opt.planes, 5, 5)):add(nn.ReLU())
features:add(nn.SpatialMaxPooling(2, 2)) -- (planes,12,12)
features:add(nn.SpatialConvolution(opt.planes, 2 * opt.planes, 5, 5)):add(nn.ReLU())
features:add(nn.SpatialMaxPooling(2, 2)) -- (2 planes,4,4)
local inputs = 2 * opt.planes * 4 * 4
local classifier = nn.Sequential():add(nn.View(inputs):setNumInputDims(3))
classifier:add(nn.Linear(inputs, 10)):add(nn.LogSoftMax())
local net = nn.Sequential():add(features, 'features'):add(classifier, 'classifier')
net.gradInput = nil -- nobody asks for the gradient of the pixels
run:network(net)

-- Training: the target is the label.
local before = net:clone()
run:train{stage = 'training', net = net, criterion = nn.ClassNLLCriterion(), target = 'label',
  optimizer = optim.SGD(net, {learningRate = opt.lr, momentum = opt.momentum}),
  data = set.train, test = set.test, epochs = opt.epochs, batch = opt.batch, shuffle = true}
run:test(net, set.test) -- and the garments it takes for others

-- What was learnt: the filters, each 5 x 5, before, after and their difference; and what the first
-- ones make of the first test image.
local function filters(from) return from.features:get(2).weight:view(opt.planes, 25) end
run:weights('filters', 'Filters of the first convolution', filters(before), filters(net))
net:evaluate()
net:forward(set.test:batch(1, 1))
local maps = features:get(3).output[1] -- (planes,24,24)
run:picture('maps', 'The first test image through the first filters',
  image.tile(maps / math.max(maps:max(), 1e-6), {padding = 2, zoom = 3}))
run:finish()
