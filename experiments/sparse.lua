-- A sparse autoencoder (Lee, Ekanadham, Ng, 2007): more code than it needs, most of it silent at
-- any time, so that units turn into detectors of parts. Silence is asked for by the mean activation
-- of each unit (KL) or by the sum of all (L1); the decoder may share the encoder's weights; the
-- pictures may be whitened. `aelua experiments/sparse.lua --help` lists the settings.
local nn, optim, unsup = require 'nn', require 'optim', require 'unsup'
local data, image, plot = require 'data', require 'image', require 'plot'
local experiment = require 'experiment'

local run = experiment.start('sparse', 'A sparse autoencoder.', {
  {'epochs', 10, 'epochs of training', min = 0},
  {'lr', 0.002, 'learning rate', min = 0},
  {'batch', 200, 'images a step', min = 1},
  {'hidden', 196, 'units of the code', min = 1},
  {'penalty', 'kl', 'what makes the code sparse', choices = {'kl', 'l1', 'none'}},
  {'weight', 0.003, 'of the penalty, summed over units, against the mean squared error', min = 0},
  {'rho', 0.05, 'wanted mean activation of a unit (kl)', min = 1e-6, max = 1 - 1e-6},
  {'decay', 1e-6, 'L2 penalty on the weights; ten times that with zca', min = 0},
  {'tied', false, "the decoder uses the encoder's weights"},
  {'zca', false, 'whiten the pictures'},
  {'epsilon', 0.1, 'added to their variances by the whitening', min = 0},
  {'samples', 0, 'training images to use, 0 for all', min = 0},
})
local opt = run.opt
local set = run:data(data.load{samples = opt.samples})

-- Whitening, by the statistics of some training images; it does nothing when it is not asked for.
local whiten, colorize = function(x) return x end, function(x) return x end
if opt.zca then
  local some = set.train:batch(1, math.min(set.train.n, 10000))
  local _, means, P, invP = unsup.zca_whiten(some, nil, nil, nil, opt.epsilon)
  function whiten(x) return (unsup.zca_whiten(x, means, P, invP, opt.epsilon)) end
  function colorize(x) return unsup.zca_colorize(x, means, invP) end
end

-- The network: pixels of 0..1 end in a sigmoid, whitened ones are of either sign.
local encode = nn.Linear(784, opt.hidden)
local encoder = nn.Sequential():add(encode):add(nn.Sigmoid())
if opt.penalty == 'kl' then
  encoder:add(nn.KLSparsity(opt.rho, opt.weight), 'penalty')
elseif opt.penalty == 'l1' then
  encoder:add(nn.L1Penalty(opt.weight * opt.hidden, true), 'penalty') -- the mean of all activations
end
local decode = opt.tied and nn.TiedLinear(encode) or nn.Linear(opt.hidden, 784)
local decoder = nn.Sequential():add(decode)
if not opt.zca then decoder:add(nn.Sigmoid()) end
local net = nn.Sequential():add(encoder, 'encoder'):add(decoder, 'decoder')
encode.gradInput = nil -- nobody asks for the gradient of the pixels
run:network(net)

-- Whitening makes pixels that are hardly ever lit as loud as the others: without a penalty they get
-- the largest weights.
local decay = opt.zca and 10 * opt.decay or opt.decay
local before = encode.weight:clone()
run:train{stage = 'training', net = net, criterion = nn.MSECriterion(), target = 'input',
  optimizer = optim.Adam(net, {learningRate = opt.lr, weightDecay = decay}),
  prepare = whiten, data = set.train, test = set.test, epochs = opt.epochs, batch = opt.batch,
  shuffle = true}
net:evaluate()

-- How active each unit is, over the test set: the mean, and in how many pictures at all.
local means, active = torch.zeros(opt.hidden), torch.zeros(opt.hidden)
for x in set.test:batches(1000) do
  local code = encoder:forward(whiten(x))
  means:add(code:sum(1):view(-1))
  active:add(code:gt(0.5):type(means:type()):sum(1):view(-1))
end
means:div(set.test.n)
active:div(set.test.n)
print(('mean activation %.3f, of single units %.3f to %.3f; above one half: %.3f')
  :format(means:mean(), means:min(), means:max(), active:mean()))
run:fact('mean-activation', ('%.4f'):format(means:mean()))
local sorted = torch.sort(means, 1, true):totable()
local wanted = {x = {1, opt.hidden}, y = {opt.rho, opt.rho}, name = 'wanted', style = 'lines'}
run:picture('activations', 'Mean activation of each unit over the test set', plot.draw{
  {title = 'Mean activations', xlabel = 'unit, the most active first', ylabel = 'mean',
   series = {{name = 'of a unit', y = sorted, style = 'lines'},
             opt.penalty == 'kl' and wanted or nil}},
  {title = 'How often above one half', xlabel = 'unit, the most often first', ylabel = 'share',
   series = {{name = 'of a unit', y = torch.sort(active, 1, true):totable(), style = 'lines'}}}})

-- What the units look for, and what the decoder draws for each of them.
run:weights('filters', 'Filters of the encoder', before, encode.weight)
local atoms = opt.tied and decode.weight or decode.weight:t()
run:picture('atoms', 'What the decoder adds for each unit', image.weights(atoms:contiguous()))

-- The pictures that excite some units most, a row for each unit.
local UNITS, PICTURES = math.min(12, opt.hidden), math.min(10, set.test.n)
local shown = set.test:batch(1, math.min(set.test.n, 2000))
local _, best = encoder:forward(whiten(shown)):topk(PICTURES, 1, true)
local pictures = torch.Tensor(UNITS * PICTURES, 784)
for unit = 1, UNITS do
  local rows = shown:index(1, best:select(2, unit))
  pictures:narrow(1, (unit - 1) * PICTURES + 1, PICTURES):copy(rows)
end
run:picture('excited', 'Rows: the pictures that excite a unit most, units 1, 2, ...',
  image.tile(pictures, {columns = PICTURES, zoom = 2}))

-- Originals beside their reconstructions.
local images = set.test:batch(1, 12)
local white = whiten(images)
local rows = {images, colorize(net:forward(white))}
if opt.zca then -- and what the network sees of them
  local limit = 2 * white:clone():abs():mean() + white:std()
  rows = {images, white:clone():div(2 * limit):add(0.5), rows[2]}
end
run:picture('reconstruction', opt.zca and 'Originals, whitened, reconstructions'
  or 'Originals and reconstructions', image.rows(rows))
run:finish()
