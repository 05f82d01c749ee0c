--- digits.lua - a script as they were written for Torch7: options, a convolutional network, feval
-- with optim.sgd, a confusion matrix, loggers with plots, a saved model.

local test = require 'harness'
require 'torch'
require 'nn'
require 'optim'
require 'paths'
require 'image'

-- Squares, crosses and stripes with noise, and their classes.
local function makeData(n)
  local data = {data = torch.randn(n, 1, 12, 12):mul(0.3), labels = torch.Tensor(n)}
  function data:size() return self.labels:size(1) end
  for i = 1, n do
    local label = (i - 1) % 3 + 1
    local picture = data.data[i][1]
    if label == 1 then picture[{ {3, 9}, {3, 9} }]:add(1) end
    if label == 2 then picture[{ {}, 6 }]:add(2) picture[{ 6, {} }]:add(2) end
    if label == 3 then for row = 1, 12, 3 do picture[row]:add(1.5) end end
    data.labels[i] = label
  end
  return data
end

local function makeModel(classes)
  local model = nn.Sequential()
  model:add(nn.SpatialConvolution(1, 4, 3, 3, 1, 1, 1, 1))
  model:add(nn.SpatialBatchNormalization(4))
  model:add(nn.ReLU(true))
  model:add(nn.SpatialMaxPooling(2, 2, 2, 2))
  model:add(nn.View(4 * 6 * 6):setNumInputDims(3))
  model:add(nn.Dropout(0.2))
  model:add(nn.Linear(4 * 6 * 6, 16)):add(nn.BatchNormalization(16)):add(nn.Tanh())
  model:add(nn.Linear(16, #classes)):add(nn.LogSoftMax())
  return model
end

test.case('training and testing, epoch by epoch', function()
  local folder = test.folder()
  local cmd = torch.CmdLine()
  cmd:text('Training a small network')
  cmd:option('-save', paths.concat(folder, 'run'), 'where to save')
  cmd:option('-learningRate', 0.05, 'learning rate')
  cmd:option('-batchSize', 8, 'samples to a step')
  cmd:option('-full', false, 'the whole set')
  local opt = cmd:parse {'-batchSize', '10', '-full'}
  test.equal({opt.learningRate, opt.batchSize, opt.full}, {0.05, 10, true})

  torch.manualSeed(opt.seed or 1)
  paths.mkdir(opt.save)
  local classes = {'square', 'cross', 'stripes'}
  local trainData, testData = makeData(48), makeData(15)
  local mean = trainData.data[{ {}, 1, {}, {} }]:mean()
  local std = trainData.data[{ {}, 1, {}, {} }]:std()
  for _, set in ipairs {trainData, testData} do
    set.data[{ {}, 1, {}, {} }]:add(-mean)
    set.data[{ {}, 1, {}, {} }]:div(std)
  end
  test.near({trainData.data:mean(), trainData.data:std()}, {0, 1}, 1e-4)

  local model, criterion = makeModel(classes), nn.ClassNLLCriterion()
  local parameters, gradParameters = model:getParameters()
  test.equal(parameters:nElement(), 40 + 8 + 145 * 16 + 32 + 51)
  local confusion = optim.ConfusionMatrix(classes)
  local logger = optim.Logger(paths.concat(opt.save, 'train.log'))
  logger.showPlot = false
  local optimState = {learningRate = opt.learningRate, momentum = 0.9, dampening = 0,
    weightDecay = 1e-4, learningRateDecay = 1e-7}
  local fileName = paths.concat(opt.save, 'model.net')

  local function train()
    model:training()
    local shuffle = torch.randperm(trainData:size())
    for t = 1, trainData:size(), opt.batchSize do
      local n = math.min(opt.batchSize, trainData:size() - t + 1)
      local inputs, targets = torch.Tensor(n, 1, 12, 12), torch.Tensor(n)
      for i = 1, n do
        inputs[i] = trainData.data[shuffle[t + i - 1]]
        targets[i] = trainData.labels[shuffle[t + i - 1]]
      end
      local function feval(x)
        if x ~= parameters then parameters:copy(x) end
        gradParameters:zero()
        local output = model:forward(inputs)
        local f = criterion:forward(output, targets)
        model:backward(inputs, criterion:backward(output, targets))
        gradParameters:add(torch.sign(parameters):mul(1e-6) + parameters:clone():mul(1e-5))
        confusion:batchAdd(output, targets)
        return f + 1e-5 * torch.norm(parameters, 2) ^ 2 / 2, gradParameters
      end
      optim.sgd(feval, parameters, optimState)
    end
    confusion:updateValids()
    local accuracy = confusion.totalValid
    logger:add {['% accuracy'] = accuracy * 100}
    if paths.filep(fileName) then os.rename(fileName, fileName .. '.old') end
    torch.save(fileName, model:clearState())
    confusion:zero()
    return accuracy
  end

  -- Sample by sample, with batch normalization in evaluation.
  local function evaluate()
    model:evaluate()
    for t = 1, testData:size() do
      confusion:add(model:forward(testData.data[t]), testData.labels[t])
    end
    confusion:updateValids()
    local accuracy = confusion.totalValid
    confusion:zero()
    return accuracy
  end

  local first, last, right
  for _ = 1, 8 do
    last, right = train(), evaluate()
    first = first or last
    logger:style {['% accuracy'] = '-'}
    logger:plot()
  end
  test.check(last > first and last > 0.9, 'the training set is learnt')
  test.check(right > 0.9, 'the test set too')

  test.check(paths.filep(fileName .. '.old'))
  local loaded = torch.load(fileName)
  loaded:evaluate()
  test.equal(loaded:forward(testData.data), model:forward(testData.data))
  local _, guess = model.output:max(2)
  test.equal(torch.eq(guess:squeeze(), testData.labels:long()):sum() / testData:size(), right)

  local name = paths.concat(opt.save, 'filters.png')
  image.save(name, image.toDisplayTensor {input = model:get(1).weight, padding = 1, nrow = 2})
  test.equal(image.load(name, 1):size():totable(), {1, 8, 8})
end)
