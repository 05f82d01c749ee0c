--- siamese.lua - a script as they were written for Torch7: two encoders that share their weights,
-- trained on pairs; then LBFGS and StochasticGradient on a small regression.

local test = require 'harness'
require 'torch'
require 'nn'
require 'optim'

local function makeEncoder()
  return nn.Sequential():add(nn.Linear(6, 5)):add(nn.Tanh()):add(nn.Linear(5, 3))
end

test.case('pairs under CosineEmbeddingCriterion', function()
  torch.manualSeed(5)
  local encoder = makeEncoder()
  local twin = encoder:clone('weight', 'bias', 'gradWeight', 'gradBias')
  local siamese = nn.ParallelTable():add(encoder):add(twin)
  local criterion = nn.CosineEmbeddingCriterion(0.1)
  local p, g = siamese:getParameters()
  test.equal(p:nElement(), 6 * 5 + 5 + 5 * 3 + 3)
  local pair = {torch.randn(10, 6), torch.randn(10, 6)}
  local y = torch.Tensor(10):bernoulli(0.5):mul(2):add(-1)
  local first, last
  local state = {learningRate = 0.02}
  for _ = 1, 150 do
    local _, losses = optim.adam(function(x)
      if x ~= p then p:copy(x) end
      g:zero()
      local loss = criterion:forward(siamese:forward(pair), y)
      siamese:backward(pair, criterion:backward(siamese.output, y))
      return loss, g
    end, p, state)
    first, last = first or losses[1], losses[1]
  end
  test.check(last < 0.2 * first)
  test.equal(encoder:forward(pair[1]), twin:forward(pair[1]))

  local third = makeEncoder()
  third:share(encoder, 'weight', 'bias')
  encoder:get(1).weight:fill(0.25)
  test.equal({third:get(1).weight[2][2], twin:get(1).weight[5][6]}, {0.25, 0.25})
end)

-- The exclusive or, and a network for it.
local X = torch.Tensor {{0, 0}, {0, 1}, {1, 0}, {1, 1}}
local Y = torch.Tensor {{0}, {1}, {1}, {0}}

local function regression()
  torch.manualSeed(2)
  local net = nn.Sequential():add(nn.Linear(2, 4)):add(nn.Tanh()):add(nn.Linear(4, 1))
  local criterion = nn.MSECriterion()
  local w, dw = net:getParameters()
  w:uniform(-1, 1)
  local function feval(x)
    if x ~= w then w:copy(x) end
    dw:zero()
    local loss = criterion:forward(net:forward(X), Y)
    net:backward(X, criterion:backward(net.output, Y))
    return loss, dw
  end
  return net, criterion, w, feval
end

test.case('LBFGS with a line search, cg, and the others, one after the other', function()
  local net, _, w, feval = regression()
  local _, losses = optim.lbfgs(feval, w, {maxIter = 100, lineSearch = optim.lswolfe})
  test.check(losses[#losses] < 1e-6 and losses[1] > 0.1)
  test.near(net:forward(X), Y, 1e-3)
  w:uniform(-1, 1)
  _, losses = optim.cg(feval, w, {maxIter = 30})
  test.check(losses[#losses] < losses[1])
  for _, name in ipairs {'asgd', 'adagrad', 'rmsprop', 'adamax', 'nag', 'rprop', 'adadelta'} do
    w:fill(0.3)
    local state, before = {learningRate = 0.01}, (feval(w))
    for _ = 1, 10 do optim[name](feval, w, state) end
    test.check(feval(w) < before, name)
  end
end)

test.case('StochasticGradient on a table of samples', function()
  local net, criterion = regression()
  local dataset, calls = {}, {}
  function dataset:size() return #self end
  for i = 1, 4 do dataset[i] = {X[i], Y[i]} end
  local trainer = nn.StochasticGradient(net, criterion)
  trainer.learningRate, trainer.maxIteration, trainer.verbose = 0.1, 200, false
  trainer.hookIteration = function(_, iteration, err) calls[iteration] = err end
  trainer:train(dataset)
  test.equal(#calls, 200)
  test.check(calls[200] < 0.1 * calls[1])
end)
