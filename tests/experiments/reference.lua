-- The lecture's experiments on the real data, against PyTorch 1.13's for the same setting: batch
-- 1000 in the data's order, SGD with momentum 0.9, float, 5+5 epochs, AELUA_SEEDS (3) seeds from 0.
--
-- The mean final test accuracy lies within 0.01 of PyTorch's. In every epoch of every stage the
-- two mean training losses differ by at most three standard errors of their difference, from the
-- spreads of both programs' seeds; a spread counts as at least 4 % of the loss, which is that of
-- 60 seeds of the layer-wise first stage in either program: three or five show it too small by
-- chance.
local test = require 'harness'
require 'nn'
require 'optim'

local SEEDS, EPOCHS, BATCH = tonumber(os.getenv 'AELUA_SEEDS' or 3), 5, 1000

-- Means and population standard deviations over PyTorch's five seeds, per epoch, and the mean final
-- accuracy.
local reference = {
  e2e = {
    ae = {{0.127627, 0.002134}, {0.089310, 0.002613}, {0.072996, 0.001572}, {0.064712, 0.000961},
          {0.058153, 0.001363}},
    clf = {{1.394389, 0.025256}, {0.796194, 0.011825}, {0.689397, 0.007839}, {0.624182, 0.007298},
           {0.578994, 0.007000}},
    accuracy = 0.79140,
  },
  layerwise = {
    ae = {{0.103413, 0.001347}, {0.063023, 0.001847}, {0.050972, 0.001020}, {0.044854, 0.000986},
          {0.041031, 0.001293}},
    ae2 = {{0.070668, 0.001408}, {0.043012, 0.001276}, {0.038853, 0.001151}, {0.036788, 0.001311},
           {0.035376, 0.001355}},
    clf = {{1.276235, 0.016263}, {0.754130, 0.007194}, {0.667998, 0.006128}, {0.610454, 0.005608},
           {0.569002, 0.005227}},
    accuracy = 0.79858,
  },
  none = {
    clf = {{2.017007, 0.021171}, {1.003803, 0.028927}, {0.745211, 0.016988}, {0.651497, 0.011612},
           {0.591380, 0.009464}},
    accuracy = 0.79226,
  },
}

local set -- the data, loaded once

-- ---- one run ----

local function block(...)
  local net = nn.Sequential()
  local widths = {...}
  for i = 2, #widths do net:add(nn.Linear(widths[i - 1], widths[i])):add(nn.ReLU()) end
  if widths[1] == 784 then net:get(1).gradInput = nil end -- nobody wants the pixels' gradient
  return net
end

-- Trains and returns the mean loss of each epoch.
local function train(net, criterion, rate, target)
  local optimizer = optim.SGD(net, {learningRate = rate, momentum = 0.9})
  local losses = {}
  for epoch = 1, EPOCHS do
    local sum, batches = 0, 0
    for x, y in set.train:batches(BATCH) do
      local wanted, output = target(x, y), net:forward(x)
      sum, batches = sum + criterion:forward(output, wanted), batches + 1
      optimizer:zeroGrad()
      net:backward(x, criterion:backward(output, wanted))
      optimizer:step()
    end
    losses[epoch] = sum / batches
  end
  return losses
end

local function accuracy(net)
  local right = 0
  for x, y in set.test:batches(BATCH) do
    local _, class = net:forward(x):max(2)
    right = right + class:view(-1):eq(y):sum()
  end
  return right / set.test.n
end

local function reconstruct(net)
  return train(net, nn.MSECriterion(), 0.5, function(x) return x end)
end

local function classify(net, curves)
  net:remove 'decoder'
  net:add(nn.Sequential():add(nn.Linear(100, 10)):add(nn.LogSoftMax()), 'classifier')
  curves.clf = train(net, nn.ClassNLLCriterion(), 0.01, function(_, y) return y end)
  curves.accuracy = accuracy(net)
  return curves
end

local run = {}

function run.e2e()
  local net = nn.Sequential():add(block(784, 100, 100), 'encoder')
    :add(block(100, 100, 784), 'decoder')
  return classify(net, {ae = reconstruct(net)})
end

function run.layerwise()
  local encoder, decoder = block(784, 100), block(100, 784)
  local net = nn.Sequential():add(encoder, 'encoder'):add(decoder, 'decoder')
  local curves = {ae = reconstruct(net)}
  encoder:add(nn.Linear(100, 100)):add(nn.ReLU())
  decoder:insert(nn.Linear(100, 100), 1)
  decoder:insert(nn.ReLU(), 2)
  curves.ae2 = reconstruct(net)
  return classify(net, curves)
end

function run.none()
  local net = nn.Sequential():add(block(784, 100, 100), 'encoder'):add(nn.Identity(), 'decoder')
  return classify(net, {})
end

-- ---- comparing ----

-- Mean of a list of numbers, and the variance of that mean.
local function statistics(list)
  local mean, squares = 0, 0
  for _, v in ipairs(list) do mean = mean + v / #list end
  for _, v in ipairs(list) do squares = squares + (v - mean) ^ 2 end
  return mean, math.max(squares / (#list - 1), (0.04 * mean) ^ 2) / #list
end

local function compareCurve(what, curves, facts)
  for epoch, fact in ipairs(facts) do
    local losses = {}
    for seed, curve in ipairs(curves) do losses[seed] = curve[epoch] end
    local mean, variance = statistics(losses)
    local theirs = math.max(fact[2] ^ 2 * 5 / 4, (0.04 * fact[1]) ^ 2) / 5
    test.near(mean, fact[1], 3 * math.sqrt(variance + theirs),
      ('mean loss of %s, epoch %d'):format(what, epoch))
  end
end

local function compare(experiment)
  if not os.getenv 'AELUA_DATA' then test.skip 'AELUA_DATA is not set' end
  set = set or require 'data'.load{}
  test.equal({set.train.n, set.test.n}, {60000, 10000}, 'sizes of Fashion-MNIST')
  local results = {ae = {}, ae2 = {}, clf = {}, accuracy = {}}
  for seed = 1, SEEDS do
    torch.manualSeed(seed - 1)
    for what, result in pairs(run[experiment]()) do results[what][seed] = result end
  end
  local facts = reference[experiment]
  test.near((statistics(results.accuracy)), facts.accuracy, 0.01, 'mean final accuracy')
  for _, stage in ipairs {'ae', 'ae2', 'clf'} do
    compareCurve(stage, results[stage], facts[stage] or {})
  end
end

for _, experiment in ipairs {'e2e', 'layerwise', 'none'} do
  test.case(experiment .. ' agrees with PyTorch', function() compare(experiment) end)
end
