-- A denoising autoencoder (Vincent, Larochelle, Bengio, Manzagol, 2008): noise on the input, the
-- clean picture as target. `aelua experiments/denoising.lua --help` lists the settings.
local nn, optim = require 'nn', require 'optim'
local data, image, noise = require 'data', require 'image', require 'noise'
local experiment = require 'experiment'

local run = experiment.start('denoising', 'An autoencoder that removes noise.', {
  {'epochs', 5, 'epochs of training', min = 0},
  {'lr', 0.5, 'learning rate', min = 0},
  {'momentum', 0.9, 'of the optimizer', min = 0, max = 1},
  {'batch', 1000, 'images a step', min = 1},
  {'hidden', {100, 100}, 'units of the hidden layers', min = 1},
  {'noise', 'masking', 'kind of noise', choices = {'masking', 'gaussian', 'none'}},
  {'amount', 0.3, 'share of pixels masked, or standard deviation', min = 0},
  {'output', 'relu', 'last layer', choices = {'relu', 'sigmoid'}},
  {'samples', 0, 'training images to use, 0 for all', min = 0},
})
local opt = run.opt
local set = run:data(data.load{samples = opt.samples})

-- Encoder and decoder mirror each other.
local encoder, decoder = nn.Sequential(), nn.Sequential()
local width = 784
for _, units in ipairs(opt.hidden) do
  encoder:add(nn.Linear(width, units)):add(nn.ReLU())
  decoder:insert(nn.Linear(units, width), 1)
  decoder:insert(width == 784 and opt.output == 'sigmoid' and nn.Sigmoid() or nn.ReLU(), 2)
  width = units
end
local net = nn.Sequential():add(encoder, 'encoder'):add(decoder, 'decoder')
encoder:get(1).gradInput = nil -- nobody asks for the gradient of the pixels
run:network(net)

-- Training on corrupted pictures; the loss compares with the clean ones.
local corrupt = noise[opt.noise](opt.amount)
local before = encoder:clone()
local clean = set.test:batch(1, 12)
local many = set.test:batch(1, math.min(set.test.n, 1000))
local holesBefore = noise.holes(net:forward(many), many)
run:train{stage = 'training', net = net, criterion = nn.MSECriterion(), data = set.train,
  optimizer = optim.SGD(net, {learningRate = opt.lr, momentum = opt.momentum}),
  input = corrupt, target = 'input', test = set.test, epochs = opt.epochs, batch = opt.batch}

-- Noisy pictures, what the network makes of them, and the clean ones.
local noisy = corrupt(clean):clone()
net:evaluate()
run:picture('denoised', 'Noisy input, reconstruction, original',
            image.rows{noisy, net:forward(noisy), clean})
run:weights('filters', 'Filters of the first layer', before:get(1).weight, encoder:get(1).weight)

-- Holes: pixels that are 0 in every reconstruction though some picture lights them.
local holes = noise.holes(net:forward(many), many)
print(('holes: %d of 784 output units before training, %d after'):format(holesBefore, holes))
run:fact('holes', holes)
run:finish()
