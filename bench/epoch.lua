-- epoch.lua - trains one of the lecture's networks and prints the seconds of each epoch:
--   aelua bench/epoch.lua NETWORK BATCH EPOCHS HIDDEN
-- NETWORK: e2e, layerwise (its first stage, 784-H-784) or finetune. Fashion-MNIST from AELUA_DATA,
-- pixels gathered and scaled in every step, or the built-in garments, 60,000 of them.
local nn, optim, data = require 'nn', require 'optim', require 'data'
local system = require 'aelua.system'

local kind, batch, epochs = arg[1], tonumber(arg[2]), tonumber(arg[3])
local hidden = tonumber(arg[4] or 100)

torch.manualSeed(1)
local train = data.load().train
local net = nn.Sequential()

local function layers(...)
  local sizes = {...}
  for i = 2, #sizes do
    net:add(nn.Linear(sizes[i - 1], sizes[i]))
    net:add(kind == 'finetune' and i == #sizes and nn.LogSoftMax() or nn.ReLU())
  end
end

if kind == 'e2e' then
  layers(784, hidden, hidden, hidden, 784)
elseif kind == 'layerwise' then
  layers(784, hidden, 784)
else
  layers(784, hidden, hidden, hidden, 10)
end
net:get(1).gradInput = nil -- nobody asks for the gradient of the pixels

local finetune = kind == 'finetune'
local criterion = finetune and nn.ClassNLLCriterion() or nn.MSECriterion()
local optimizer = optim.SGD(net, {learningRate = finetune and 0.01 or 0.5, momentum = 0.9})

for _ = 1, epochs do
  local start, sum, n = system.clock(), 0, 0
  for x, y in train:batches(batch) do
    local target = finetune and y or x
    sum, n = sum + criterion:forward(net:forward(x), target), n + 1
    net:zeroGradParameters()
    net:backward(x, criterion:backward(net.output, target))
    optimizer:step()
  end
  print(('%.6f\t%.9f'):format(system.clock() - start, sum / n))
end
