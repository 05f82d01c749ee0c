-- A stacked denoising autoencoder (Vincent, Larochelle, Lajoie, Bengio, Manzagol, 2010): greedy,
-- layer by layer, any depth; each layer learns to repair the code below it; then the whole stack is
-- fine-tuned as a classifier. `aelua experiments/sdae.lua --help` lists the settings.
local nn, optim = require 'nn', require 'optim'
local data, image, noise = require 'data', require 'image', require 'noise'
local experiment = require 'experiment'

local run = experiment.start('sdae', 'A stacked denoising autoencoder, then a classifier.', {
  {'widths', {200, 100, 50}, 'units of the layers, from the pixels up', min = 1},
  {'pretrain.epochs', 5, 'epochs of each layer', min = 0},
  {'pretrain.lr', 0.001, 'its learning rate', min = 0},
  {'finetune.epochs', 5, 'epochs of the classifier', min = 0},
  {'finetune.lr', 0.001, 'its learning rate', min = 0},
  {'batch', 200, 'images a step', min = 1},
  {'noise', 'masking', 'kind of noise', choices = {'masking', 'gaussian', 'none'}},
  {'amount', 0.25, 'share masked, or standard deviation', min = 0},
  {'samples', 0, 'training images to use, 0 for all', min = 0},
})
local opt = run.opt
local set = run:data(data.load{samples = opt.samples})
local corrupt = noise[opt.noise](opt.amount)
local stack = nn.Sequential()          -- the layers trained so far
local decoders = nn.Sequential()       -- their inverses, the last one first
local clean = set.test:batch(1, 12)

-- The code that the layers so far make of a batch: what the next layer must repair.
local function codeOf(x)
  if stack:size() == 0 then return x end
  stack:evaluate()
  return stack:forward(x)
end

local width = 784
for i, units in ipairs(opt.widths) do
  local encode = nn.Sequential():add(nn.Linear(width, units)):add(nn.ReLU())
  local decode = nn.Sequential():add(nn.Linear(units, width))
  decode:add(i == 1 and nn.Sigmoid() or nn.ReLU())
  local pair = run:network(nn.Sequential():add(encode, 'encode'):add(decode, 'decode'))
  local before = encode:get(1).weight:clone()
  run:train{stage = 'layer ' .. i, net = pair, criterion = nn.MSECriterion(), data = set.train,
    optimizer = optim.Adam(pair, {learningRate = opt.pretrain.lr}),
    prepare = codeOf, input = corrupt, target = 'input', epochs = opt.pretrain.epochs,
    batch = opt.batch}
  if i == 1 then run:weights('filters', 'Filters of layer 1', before, encode:get(1).weight) end
  stack:add(encode, 'layer' .. i)
  decoders:insert(decode, 1)
  width = units
  run:picture('reconstruction-' .. i, ('Originals and reconstructions through %d layer%s')
    :format(i, i > 1 and 's' or ''), image.rows{clean, decoders:forward(codeOf(clean))})
end
local noisy = corrupt(clean):clone()
run:picture('denoised', 'Noisy input, reconstruction through the whole stack, original',
            image.rows{noisy, decoders:forward(codeOf(noisy)), clean})
local all = set.test:batch(1, math.min(set.test.n, 1000))
print(('holes in the reconstructions: %d of 784'):format(
  noise.holes(decoders:forward(codeOf(all)), all)))

-- The classifier on top; now all layers move.
stack:add(nn.Sequential():add(nn.Linear(width, 10)):add(nn.LogSoftMax()), 'classifier')
run:network(stack)
run:train{stage = 'fine-tuning', net = stack, criterion = nn.ClassNLLCriterion(), data = set.train,
  optimizer = optim.Adam(stack, {learningRate = opt.finetune.lr}),
  test = set.test, epochs = opt.finetune.epochs, batch = opt.batch}
run:test(stack, set.test)
run:finish()
