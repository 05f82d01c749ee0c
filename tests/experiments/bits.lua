-- The same script and seed give the same bits on every kernel path and with any number of threads.
local test = require 'harness'
local system = require 'aelua.system'
local content = test.read
require 'nn'
require 'optim'

local THREADS = {1, 3}

-- Calls body(name) once for each kernel path and number of threads.
local function onEveryMachine(body)
  local path, threads = system.kernels(), system.threads()
  for _, kernels in ipairs(system.availableKernels()) do
    for _, n in ipairs(THREADS) do
      system.setKernels(kernels)
      system.setThreads(n)
      body(('%s, %d threads'):format(kernels, n))
    end
  end
  system.setKernels(path)
  system.setThreads(threads)
end

-- ---- in one process: losses and weights as they are in memory ----

local images, labels = require 'aelua.data'.garments(500, 1, 0)
local x = images:view(500, 784):float():div(255)
local y = labels:long():add(1)

-- Sizes that are no multiples of any block, all kinds of layers, and noise.
local function network()
  local encoder = nn.Sequential():add(nn.WhiteNoise(0, 0.1)):add(nn.Linear(784, 101)):add(nn.ReLU())
    :add(nn.Linear(101, 37)):add(nn.Tanh()):add(nn.Dropout(0.2))
  local decoder = nn.Sequential():add(nn.Linear(37, 101)):add(nn.ELU()):add(nn.Linear(101, 784))
    :add(nn.Sigmoid())
  return nn.Sequential():add(encoder, 'encoder'):add(decoder, 'decoder')
end

local function train(net, criterion, optimizer, input, target, record)
  for step = 0, 7 do
    local first = step * 61 % 367 + 1
    local batch, wanted = input:narrow(1, first, 133), target:narrow(1, first, 133)
    local output = net:forward(batch)
    record[#record + 1] = criterion:forward(output, wanted)
    optimizer:zeroGrad()
    net:backward(batch, criterion:backward(output, wanted))
    optimizer:step()
  end
end

-- Losses of both stages, then every weight.
local function experiment(type)
  torch.manualSeed(1)
  local record, net, input = {}, network():type(type), x:type(type)
  train(net, nn.BCECriterion():type(type), optim.Adam(net, {learningRate = 0.01}), input, input,
    record)
  net:remove 'decoder'
  net:add(nn.Sequential():add(nn.Linear(37, 10)):add(nn.LogSoftMax()):type(type))
  train(net, nn.ClassNLLCriterion():type(type),
    optim.SGD(net, {learningRate = 0.1, momentum = 0.9, weightDecay = 1e-4}), input, y, record)
  for _, parameter in ipairs((net:parameters())) do
    for _, value in ipairs(parameter:view(-1):totable()) do record[#record + 1] = value end
  end
  return record
end

for _, type in ipairs {'torch.FloatTensor', 'torch.DoubleTensor'} do
  test.case('training in ' .. type, function()
    local want
    onEveryMachine(function(name)
      local got = experiment(type)
      want = want or got
      test.equal(got, want, name)
      test.check(got[8] < got[1] and got[16] < got[9], 'the losses fall')
    end)
  end)
end

-- ---- as a user runs it: what e2e.lua prints and draws ----

local function run(folder, kernels, threads)
  local command = ('%s --kernels %s --threads %d experiments/e2e.lua --samples 500 --batch 100 '
    .. '--epochs 1 --runs %s 2>&1'):format(test.quoted(test.aelua), kernels, threads, folder)
  local pipe = assert(io.popen(command))
  local output = pipe:read 'a'
  test.check(pipe:close(), 'the script ends well: ' .. output)
  local losses = {}
  for loss in output:gmatch 'loss%s+(%S+)' do losses[#losses + 1] = loss end
  test.check(#losses >= 2, 'losses in ' .. output)
  return losses
end

test.case('e2e.lua prints and draws the same', function()
  local first, want
  onEveryMachine(function(name)
    local runs = test.folder()
    local losses = run(runs, system.kernels(), system.threads())
    local folder = runs .. '/e2e-1/figures'
    first, want = first or folder, want or losses
    test.equal(losses, want, name)
    test.equal(system.list(folder), system.list(first), name)
    for _, file in ipairs(system.list(first)) do
      if file:find '%.png$' then
        test.check(content(folder .. '/' .. file) == content(first .. '/' .. file),
          file .. ' is the same with ' .. name)
      end
    end
  end)
end)
