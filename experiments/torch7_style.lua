----------------------------------------------------------------------
-- A script as they were written for Torch7: options, a model, a training loop, a test loop, a log.
-- It keeps to Torch's own packages; only the data set is aelua's.
--
--   aelua experiments/torch7_style.lua -model convnet -optimization sgd -learningRate 0.05
----------------------------------------------------------------------
require 'torch'
require 'nn'
require 'optim'
require 'image'
require 'xlua'
require 'paths'

----------------------------------------------------------------------
-- parse command-line options
--
local cmd = torch.CmdLine()
cmd:text()
cmd:text('Fashion-MNIST training')
cmd:text()
cmd:text('Options:')
cmd:option('-save', 'logs', 'subdirectory to save logs and the network')
cmd:option('-model', 'mlp', 'mlp | convnet | linear')
cmd:option('-optimization', 'sgd', 'sgd | adam | lbfgs')
cmd:option('-learningRate', 0.05, 'learning rate')
cmd:option('-learningRateDecay', 1e-5, 'its decay, a step')
cmd:option('-momentum', 0.5, 'momentum (sgd only)')
cmd:option('-weightDecay', 0, 'L2 penalty on the weights (sgd only)')
cmd:option('-coefL1', 0, 'L1 penalty on the weights')
cmd:option('-batchSize', 100, 'mini-batch size')
cmd:option('-maxIter', 2, 'iterations a mini-batch (lbfgs only)')
cmd:option('-epochs', 5, 'passes over the training data')
cmd:option('-samples', 10000, 'number of training samples')
cmd:option('-seed', 1, 'fixed input seed for repeatable experiments')
cmd:option('-threads', 2, 'number of threads')
cmd:option('-plot', false, 'plot the accuracies while training')
cmd:text()
local opt = cmd:parse(arg)

paths.mkdir(opt.save)
torch.setdefaulttensortype('torch.FloatTensor')
torch.setnumthreads(opt.threads)
torch.manualSeed(opt.seed)
print('<torch> set nb of threads to ' .. torch.getnumthreads())

----------------------------------------------------------------------
-- get/create dataset
--
local fashion = require 'data'.load{}
local classes = fashion.classes
local geometry = {28, 28}

local function takeFirst(part, n)
  n = math.min(n, part.images:size(1))
  local set = {data = part.images[{ {1, n} }]:float(), labels = part.labels[{ {1, n} }]}
  function set.size() return n end
  return set
end

local trainData = takeFirst(fashion.train, opt.samples)
local testData = takeFirst(fashion.test, 10000)

-- normalize: the mean and deviation are those of the training set
local mean, std = trainData.data:mean(), trainData.data:std()
for _, set in ipairs{trainData, testData} do
  set.data:add(-mean):div(std)
  set.data = set.data:view(set.size(), 1, geometry[1], geometry[2])
end
print('<trainer> ' .. trainData.size() .. ' samples, mean ' .. mean .. ', deviation ' .. std)

----------------------------------------------------------------------
-- define model to train: 10-class problem
--
local model = nn.Sequential()
local ninputs = geometry[1] * geometry[2]

if opt.model == 'convnet' then
  -- stage 1: filter bank -> squashing -> max pooling
  model:add(nn.SpatialConvolutionMM(1, 16, 5, 5))
  model:add(nn.Tanh())
  model:add(nn.SpatialMaxPooling(2, 2, 2, 2))
  -- stage 2: filter bank -> squashing -> max pooling
  model:add(nn.SpatialConvolutionMM(16, 32, 5, 5))
  model:add(nn.Tanh())
  model:add(nn.SpatialMaxPooling(2, 2, 2, 2))
  -- stage 3: standard 2-layer network
  model:add(nn.Reshape(32 * 4 * 4))
  model:add(nn.Linear(32 * 4 * 4, 100))
  model:add(nn.Tanh())
  model:add(nn.Linear(100, #classes))
elseif opt.model == 'mlp' then
  model:add(nn.Reshape(ninputs))
  model:add(nn.Linear(ninputs, 100))
  model:add(nn.Tanh())
  model:add(nn.Linear(100, #classes))
elseif opt.model == 'linear' then
  model:add(nn.Reshape(ninputs))
  model:add(nn.Linear(ninputs, #classes))
else
  error('Unknown model type: ' .. opt.model)
end
model:add(nn.LogSoftMax())

-- retrieve parameters and gradients
local parameters, gradParameters = model:getParameters()
local criterion = nn.ClassNLLCriterion()

print('<fashion> using model:')
print(model)
print('<fashion> ' .. parameters:nElement() .. ' parameters')

----------------------------------------------------------------------
-- define training and testing functions
--
local confusion = optim.ConfusionMatrix(classes)
local trainLogger = optim.Logger(paths.concat(opt.save, 'train.log'))
local testLogger = optim.Logger(paths.concat(opt.save, 'test.log'))

local optimMethod, optimState
if opt.optimization == 'sgd' then
  optimMethod = optim.sgd
  optimState = {learningRate = opt.learningRate, momentum = opt.momentum,
                learningRateDecay = opt.learningRateDecay, weightDecay = opt.weightDecay}
elseif opt.optimization == 'adam' then
  optimMethod = optim.adam
  optimState = {learningRate = opt.learningRate}
elseif opt.optimization == 'lbfgs' then
  optimMethod = optim.lbfgs
  optimState = {learningRate = opt.learningRate, maxIter = opt.maxIter,
                lineSearch = optim.lswolfe}
else
  error('unknown optimization method: ' .. opt.optimization)
end

local function train(dataset, epoch)
  model:training()
  local time = sys.clock()
  local shuffle = torch.randperm(dataset.size())
  print('==> online epoch # ' .. epoch .. ' [batchSize = ' .. opt.batchSize .. ']')

  for t = 1, dataset.size(), opt.batchSize do
    -- create mini batch
    local last = math.min(t + opt.batchSize - 1, dataset.size())
    local batch = shuffle[{ {t, last} }]:long()
    local inputs, targets = dataset.data:index(1, batch), dataset.labels:index(1, batch)

    -- closure to evaluate f(x) and df/dx
    local feval = function(x)
      if x ~= parameters then parameters:copy(x) end
      gradParameters:zero()

      local outputs = model:forward(inputs)
      local f = criterion:forward(outputs, targets)
      model:backward(inputs, criterion:backward(outputs, targets))

      if opt.coefL1 ~= 0 then
        f = f + opt.coefL1 * torch.norm(parameters, 1)
        gradParameters:add(torch.sign(parameters):mul(opt.coefL1))
      end

      confusion:batchAdd(outputs, targets)
      return f, gradParameters
    end

    optimMethod(feval, parameters, optimState)
    xlua.progress(last, dataset.size())
  end

  time = (sys.clock() - time) / dataset.size()
  print('==> time to learn 1 sample = ' .. (time * 1000) .. ' ms')

  print(confusion)
  trainLogger:add{['% accuracy (train set)'] = confusion.totalValid * 100}
  confusion:zero()
end

local function test(dataset)
  model:evaluate()
  for t = 1, dataset.size(), opt.batchSize do
    local count = math.min(opt.batchSize, dataset.size() - t + 1)
    local inputs = dataset.data:narrow(1, t, count)
    confusion:batchAdd(model:forward(inputs), dataset.labels:narrow(1, t, count))
    xlua.progress(t + count - 1, dataset.size())
  end

  print(confusion)
  testLogger:add{['% accuracy (test set)'] = confusion.totalValid * 100}
  local accuracy = confusion.totalValid
  confusion:zero()
  return accuracy
end

----------------------------------------------------------------------
-- and train!
--
local best = 0
for epoch = 1, opt.epochs do
  train(trainData, epoch)
  local accuracy = test(testData)

  -- save the network whenever it is the best so far
  if accuracy > best then
    best = accuracy
    local filename = paths.concat(opt.save, 'fashion.net')
    print('<trainer> saving network to ' .. filename)
    model:clearState()
    torch.save(filename, model)
  end

  if opt.plot then
    trainLogger:style{['% accuracy (train set)'] = '-'}
    testLogger:style{['% accuracy (test set)'] = '-'}
    trainLogger:plot()
    testLogger:plot()
  end
end

-- the filters of the first layer, as pictures
local first = opt.model == 'convnet' and model:get(1) or model:get(2)
local side = opt.model == 'convnet' and 5 or geometry[1]
local filters = first.weight:view(-1, side, side)
image.save(paths.concat(opt.save, 'filters.png'),
  image.toDisplayTensor{input = filters, padding = 2, nrow = 10, scaleeach = true})
print(string.format('best test accuracy: %.2f%%', best * 100))
