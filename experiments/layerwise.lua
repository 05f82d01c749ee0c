-- The autoencoder built layer by layer: 784-100-784 first, then 100-100 inserted in the middle.
-- `aelua experiments/layerwise.lua --help` lists the settings; the pictures go to runs/layerwise.
local nn, optim = require 'nn', require 'optim'
local data, image, plot = require 'data', require 'image', require 'plot'
local options, progress, system = require 'options', require 'progress', require 'aelua.system'

local opt = options.parse('layerwise', 'An autoencoder built layer by layer, then fine-tuned.', {
  {'pretrain.epochs', 5, 'epochs of each autoencoder', min = 0},
  {'pretrain.lr', 0.5, 'its learning rate', min = 0},
  {'finetune.epochs', 5, 'epochs of the classifier', min = 0},
  {'finetune.lr', 0.01, 'its learning rate', min = 0},
  {'momentum', 0.9, 'of all stages', min = 0, max = 1},
  {'batch', 1000, 'images a step', min = 1},
  {'hidden', 100, 'units of each hidden layer', min = 1},
  {'samples', 0, 'training images to use, 0 for all', min = 0},
  {'seed', 1, 'of the initial weights'},
  {'out', 'runs/layerwise', 'folder for the pictures'},
})
torch.manualSeed(opt.seed)
local set = data.load{samples = opt.samples}
print(set)
print(system.describe())
image.save(opt.out .. '/sample.png', image.zoom(set.train.images[1], 8))

-- One hidden layer to begin with; encoder and decoder are children with names.
local encoder = nn.Sequential():add(nn.Linear(784, opt.hidden)):add(nn.ReLU())
local decoder = nn.Sequential():add(nn.Linear(opt.hidden, 784)):add(nn.ReLU())
local net = nn.Sequential():add(encoder, 'encoder'):add(decoder, 'decoder')
encoder:get(1).gradInput = nil -- nobody asks for the gradient of the pixels
print(net)

-- How many of the rows of log-probabilities have their largest at the right class.
local function right(output, y)
  local _, class = output:max(2)
  return class:view(-1):eq(y):sum()
end

-- One stage, with a new optimizer over all parameters there are now.
local function train(stage, criterion, settings, targetIsInput)
  local optimizer = optim.SGD(net, {learningRate = settings.lr, momentum = opt.momentum})
  local losses, accuracies = {}, {}
  for epoch = 1, settings.epochs do
    local bar = progress.new(('%s %d/%d'):format(stage, epoch, settings.epochs), set.train.n)
    local count = 0
    net:training()
    for x, y in set.train:batches(opt.batch) do
      local output, target = net:forward(x), targetIsInput and x or y
      local loss = criterion:forward(output, target)
      optimizer:zeroGrad()
      net:backward(x, criterion:backward(output, target))
      optimizer:step()
      if not targetIsInput then count = count + right(output, y) end
      bar:add(x:size(1), loss)
    end
    losses[epoch], accuracies[epoch] = bar:loss(), count / set.train.n
    bar:finish(not targetIsInput and ('accuracy %.4f'):format(accuracies[epoch]))
  end
  return losses, accuracies
end

-- First layer, then the second in the middle of the first; the target is the input.
local before, images = encoder:clone(), set.test:batch(1, 12)
local first = train('layer 1', nn.MSECriterion(), opt.pretrain, true)
local one = net:forward(images):clone()
encoder:add(nn.Linear(opt.hidden, opt.hidden)):add(nn.ReLU())
decoder:insert(nn.Linear(opt.hidden, opt.hidden), 1):insert(nn.ReLU(), 2)
print(net)
local second = train('layer 2', nn.MSECriterion(), opt.pretrain, true)
image.save(opt.out .. '/reconstruction.png', image.rows{images, one, net:forward(images)})

-- The decoder makes way for a classifier; the encoder keeps its weights.
net:remove('decoder')
local classifier = nn.Sequential():add(nn.Linear(opt.hidden, 10)):add(nn.LogSoftMax())
net:add(classifier, 'classifier')
print(net)
local pretrained, untrained = encoder:clone(), classifier:clone()
local nll, share = train('fine-tuning', nn.ClassNLLCriterion(), opt.finetune, false)
local count = 0
net:evaluate()
for x, y in set.test:batches(opt.batch) do count = count + right(net:forward(x), y) end
print(('test accuracy %.4f on %s'):format(count / set.test.n, set.name))

-- What was learnt: weights before, after and their difference; the curves.
image.saveWeights(opt.out .. '/pretraining', before:get(1).weight, pretrained:get(1).weight)
image.saveWeights(opt.out .. '/finetuning', pretrained:get(1).weight, encoder:get(1).weight)
image.saveWeights(opt.out .. '/classifier', untrained:get(1).weight, classifier:get(1).weight)
plot.save(opt.out .. '/curves.png', {
  {title = 'autoencoders', xlabel = 'epoch', ylabel = 'MSE',
   series = {{name = 'one layer', y = first}, {name = 'two layers', y = second}}},
  {title = 'fine-tuning', xlabel = 'epoch', ylabel = 'NLL', series = {{name = 'loss', y = nll}}},
  {title = 'accuracy', xlabel = 'epoch', series = {{name = 'training', y = share}}},
})
print('pictures in ' .. opt.out)
