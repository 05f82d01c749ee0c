-- A convolutional autoencoder: convolution and pooling make an image small, a decoder draws it
-- again. The decoder is of one of two kinds: full convolutions, which step by two as they draw, or
-- upsampling, each followed by an ordinary convolution. `aelua experiments/convae.lua --help` lists
-- the settings; runs/convae-1 gets all there is to look at.
local nn, optim = require 'nn', require 'optim'
local data, image = require 'data', require 'image'
local experiment, system = require 'experiment', require 'aelua.system'

local run = experiment.start('convae', 'A convolutional autoencoder.', {
  {'epochs', 5, 'epochs of training', min = 0},
  {'lr', 0.002, 'learning rate', min = 0},
  {'batch', 100, 'images a step', min = 1},
  {'planes', 16, 'planes of the large maps', min = 1},
  {'code', 4, 'planes of the code, each 7 x 7', min = 1},
  {'decoder', 'full', 'how it draws', choices = {'full', 'upsampling'}},
  {'samples', 0, 'training images to use, 0 for all', min = 0},
})
local opt = run.opt

-- The data, and what the machine offers.
local set = run:data(data.load{samples = opt.samples})
print(system.describe())

-- The network, with the shape of a sample after each block.
local encoder = nn.Sequential()
encoder:add(nn.View(1, 28, 28):setNumInputDims(1)) -- (784) -> (1,28,28)
encoder:add(nn.SpatialConvolution(1, opt.planes, 3, 3, 1, 1, 1)):add(nn.ReLU())
encoder:add(nn.SpatialMaxPooling(2, 2)) -- (planes,14,14)
encoder:add(nn.SpatialConvolution(opt.planes, opt.code, 3, 3, 1, 1, 1)):add(nn.ReLU())
encoder:add(nn.SpatialMaxPooling(2, 2)) -- (code,7,7)

-- Twice as high and wide: (inputs,H,W) -> (outputs,2 H,2 W)
local function enlarge(decoder, inputs, outputs)
  if opt.decoder == 'full' then
    decoder:add(nn.SpatialFullConvolution(inputs, outputs, 4, 4, 2, 2, 1, 1))
  else
    decoder:add(nn.SpatialUpSamplingNearest(2))
    decoder:add(nn.SpatialConvolution(inputs, outputs, 3, 3, 1, 1, 1))
  end
end
local decoder = nn.Sequential()
enlarge(decoder, opt.code, opt.planes)
decoder:add(nn.ReLU())
enlarge(decoder, opt.planes, 1)
decoder:add(nn.Sigmoid()):add(nn.View(784):setNumInputDims(3))
local net = nn.Sequential():add(encoder, 'encoder'):add(decoder, 'decoder')
net.gradInput = nil -- nobody asks for the gradient of the pixels
run:network(net)

-- Training: the target is the input.
local before = net:clone()
run:train{stage = 'training', net = net, criterion = nn.MSECriterion(), target = 'input',
  optimizer = optim.Adam(net, {learningRate = opt.lr}),
  data = set.train, test = set.test, epochs = opt.epochs, batch = opt.batch, shuffle = true}

-- Originals beside their reconstructions, and the codes between them: planes beside each other.
local images = set.test:batch(1, 12)
net:evaluate()
run:picture('reconstruction', 'Originals and reconstructions',
  image.rows{images, net:forward(images)})
local codes = encoder.output:view(12 * opt.code, 7, 7)
run:picture('code', 'Codes: a row for each image, a column for each plane',
  image.tile(codes / math.max(codes:max(), 1e-6), {columns = opt.code, padding = 1, zoom = 4}))

-- What was learnt: the filters, each 3 x 3, before, after and their difference.
local function filters(from) return from.encoder:get(2).weight:view(opt.planes, 9) end
run:weights('filters', 'Filters of the first convolution', filters(before), filters(net))
run:finish()
