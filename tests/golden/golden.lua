-- Training in double from given weights and data follows PyTorch's to 1e-9. make_golden.py wrote
-- golden.txt; it says how weights and data are computed, and this file computes them likewise.
local test = require 'harness'
require 'nn'
require 'optim'

local BATCH = 100
-- A share of the steps where they take long: on the portable path, whose double products are slow
-- and whose bits are the others', as tests/experiments/bits.lua sees; and under a memory checker.
local slow = require 'aelua.system'.kernels() == 'portable' or os.getenv 'AELUA_UNDER'
local SHARE = slow and 0.1 or 1

local function readGolden(path)
  local golden = {}
  for line in io.lines(path) do
    local name, list = line:match '^(%S+) (.*)$'
    local values = {}
    for word in list:gmatch '%S+' do values[#values + 1] = assert(tonumber(word)) end
    golden[name] = values
  end
  return golden
end

local golden = readGolden(debug.getinfo(1, 'S').source:match '^@(.*)%.lua$' .. '.txt')

-- ---- weights and data ----

local function generator(state)
  return function()
    state = 6364136223846793005 * state + 1442695040888963407
    return (state >> 11) / 2 ^ 53
  end
end

local function draws(n, draw)
  local list = {}
  for i = 1, n do list[i] = draw() end
  return list
end

local function linear(u, inputs, outputs)
  local layer, bound = nn.Linear(inputs, outputs):double(), math.sqrt(inputs)
  local function weight() return (2 * u() - 1) / bound end
  layer.weight:copy(torch.DoubleTensor(draws(inputs * outputs, weight)))
  layer.bias:copy(torch.DoubleTensor(draws(outputs, weight)))
  return layer
end

local function formulaData()
  local u = generator(1)
  local function pixel()
    local v = u()
    return v < 0.5 and 0.0 or v
  end
  local prototypes = {}
  for k = 1, 10 do prototypes[k] = draws(784, pixel) end
  local images, labels = {}, {}
  for i = 1, 1000 do
    labels[i] = math.floor(10 * u()) + 1
    local prototype, brightness = prototypes[labels[i]], 0.5 + u() / 2
    local row = {}
    for j = 1, 784 do row[j] = prototype[j] * brightness * (0.8 + u() / 5) end
    images[i] = row
  end
  return torch.DoubleTensor(images), torch.LongTensor(labels)
end

local function realData()
  local folder = os.getenv 'AELUA_DATA'
  if not folder then test.skip 'AELUA_DATA is not set' end
  local read = require 'aelua.data'.idx
  local images = read(folder .. '/train-images-idx3-ubyte.gz')
  local labels = read(folder .. '/train-labels-idx1-ubyte.gz')
  return images:narrow(1, 1, 6000):reshape(6000, 784):double():div(255),
    labels:narrow(1, 1, 6000):long():add(1)
end

-- ---- training ----

local function image(x) return x end
local function label(_, y) return y end

-- Trains with the golden run of that name; losses are equal, and at its end the parameters.
local function compare(name, net, criterion, optimizer, images, labels, target)
  local want, losses = golden[name], {}
  for step = 1, #want * SHARE do
    local first = (step - 1) * BATCH % images:size(1) + 1
    local x, y = images:narrow(1, first, BATCH), labels:narrow(1, first, BATCH)
    local wanted, output = target(x, y), net:forward(x)
    losses[step] = criterion:forward(output, wanted)
    optimizer:zeroGrad()
    net:backward(x, criterion:backward(output, wanted))
    optimizer:step()
  end
  test.near(losses, table.move(want, 1, #losses, 1, {}), 1e-9, name)
  if #losses < #want then return end
  local squares = {}
  for i, parameter in ipairs((net:parameters())) do
    squares[i] = parameter:dot(parameter) / parameter:nElement()
  end
  test.near(squares, golden[name .. '.parameters'], 1e-9, name .. '.parameters')
end

local function endToEnd(name, images, labels)
  local u = generator(2)
  local encoder = nn.Sequential():add(linear(u, 784, 100)):add(nn.ReLU())
    :add(linear(u, 100, 100)):add(nn.ReLU())
  local decoder = nn.Sequential():add(linear(u, 100, 100)):add(nn.ReLU())
    :add(linear(u, 100, 784)):add(nn.ReLU())
  local net = nn.Sequential():add(encoder, 'encoder'):add(decoder, 'decoder'):double()
  local sgd = optim.SGD(net, {learningRate = 0.5, momentum = 0.9})
  local mse, nll = nn.MSECriterion():double(), nn.ClassNLLCriterion():double()
  compare(name .. '.autoencoder', net, mse, sgd, images, labels, image)
  if SHARE < 1 then return end

  net:remove 'decoder'
  net:add(nn.Sequential():add(linear(generator(3), 100, 10)):add(nn.LogSoftMax()):double())
  sgd = optim.SGD(net, {learningRate = 0.01, momentum = 0.9})
  compare(name .. '.classifier', net, nll, sgd, images, labels, label)
end

local images, labels = formulaData()

test.case('end to end on formula data', function() endToEnd('formula', images, labels) end)
test.case('end to end on Fashion-MNIST', function() endToEnd('fashion', realData()) end)

-- ---- other layers, losses and optimizers: 784-50-outputs ----

local function variant(name, hidden, last, criterion, target, outputs, optimizer, options)
  test.case(name, function()
    local u = generator(4)
    local net = nn.Sequential():add(linear(u, 784, 50)):add(hidden):add(linear(u, 50, outputs))
    if last then net:add(last) end
    net:double()
    compare(name, net, criterion:double(), optimizer(net, options), images, labels, target)
  end)
end

local function oneHot(_, y)
  local target = torch.zeros(y:size(1), 10):double()
  for i = 1, y:size(1) do target[{i, y[i]}] = 1 end
  return target
end

variant('nesterov', nn.ReLU(), nn.ReLU(), nn.MSECriterion(), image, 784, optim.SGD,
  {learningRate = 0.5, momentum = 0.9, nesterov = true, weightDecay = 1e-3})
variant('dampening', nn.Tanh(), nil, nn.MSECriterion(), image, 784, optim.SGD,
  {learningRate = 0.5, momentum = 0.9, dampening = 0.5, learningRateDecay = 0.02})
variant('adam', nn.Sigmoid(), nn.Sigmoid(), nn.BCECriterion(), image, 784, optim.Adam,
  {learningRate = 0.01})
variant('adam.decay', nn.ELU(), nn.LeakyReLU(0.01), nn.AbsCriterion(), image, 784, optim.Adam,
  {learningRate = 0.002, beta1 = 0.8, beta2 = 0.99, weightDecay = 1e-3})
variant('entropy', nn.LeakyReLU(0.1), nil,
  nn.CrossEntropyCriterion(torch.range(0, 9):div(8):add(1)), label, 10, optim.SGD,
  {learningRate = 0.1})
variant('softmax', nn.ELU(0.5), nn.SoftMax(), nn.MSECriterion(false), oneHot, 10, optim.SGD,
  {learningRate = 0.01})
