--- anomaly.lua - what is first no number, in the order of computation; a run that ends for it.

local test = require 'harness'
local nn, anomaly, file = require 'nn', require 'anomaly', require 'aelua.file'

local x, y = torch.rand(5, 3), torch.LongTensor {1, 2, 1, 2, 1}

local function network()
  return nn.Sequential():add(nn.Linear(3, 4), 'code'):add(nn.Tanh()):add(nn.Linear(4, 2))
    :add(nn.LogSoftMax())
end

-- One forward and backward; what anomaly.find says then.
local function look(net, input, target)
  local criterion = nn.ClassNLLCriterion()
  local loss = criterion:forward(net:forward(input), target)
  net:backward(input, criterion:backward(net.output, target))
  return anomaly.find(net, {input = input, target = target, loss = loss, criterion = criterion})
end

test.case('finite, and numbers as messages have them', function()
  test.equal({anomaly.finite(1), anomaly.finite(-1e308), anomaly.finite(0 / 0),
              anomaly.finite(math.huge), anomaly.finite(-math.huge), anomaly.finite(nil)},
             {true, true, false, false, false, false})
  test.equal({anomaly.written(0 / 0), anomaly.written(-(0 / 0)), anomaly.written(-math.huge),
              anomaly.written(0.25)}, {'nan', 'nan', '-inf', '0.25'})
end)

test.case('tensors of every rank and tables of them', function()
  test.equal(anomaly.describe(torch.zeros(3)), nil)
  test.equal(anomaly.describe(nil), nil)
  local t = torch.zeros(2, 3, 4)
  t[2][1][3] = -math.huge
  test.equal({anomaly.describe(t)},
    {'1 of 24 values is not finite, the first, -inf, at [2][1][3]', {2, 1, 3}})
  test.equal({anomaly.describe(t[2])},
    {'1 of 12 values is not finite, the first, -inf, in row 1, column 3', {1, 3}})
  test.equal((anomaly.describe {torch.zeros(2), {torch.zeros(1), torch.DoubleTensor {0, 0 / 0}}}),
    'of part 2, of part 2, 1 of 2 values is not finite, the first, nan, at place 2')
end)

test.case("a criterion's weights that were set after it was made", function()
  local net = network()
  for class, target in pairs {ClassNLLCriterion = y, CrossEntropyCriterion = y,
                              BCECriterion = torch.zeros(5, 2)} do
    local criterion = nn[class](torch.ones(2))
    criterion.weights[2] = 0 / 0
    local output = net:forward(x)
    local loss = criterion:forward(class == 'BCECriterion' and output:clone():exp() or output,
      target)
    test.equal(anomaly.find(net, {input = x, target = target, loss = loss, criterion = criterion}),
      ('the weights of nn.%s: 1 of 2 values is not finite, the first, nan, at place 2'):format(
      class))
  end
  local criterion = nn.MultiCriterion():add(nn.MSECriterion())
    :add(nn.ClassNLLCriterion(torch.ones(2)))
  criterion.criterions[2].weights[1] = 1 / 0
  test.equal(anomaly.find(network(), {loss = 0 / 0, criterion = criterion}),
    'the weights of nn.ClassNLLCriterion: 1 of 2 values is not finite, the first, inf, at place 1')
end)

test.case('nothing, then the input, the target, a parameter, an output, a gradient', function()
  local net = network()
  test.equal(look(net, x, y), nil)
  local input, target = x:clone(), torch.DoubleTensor {1, 2, 0 / 0, 1, 1}
  test.equal((anomaly.find(net, {input = input, target = target})),
    'the target: 1 of 5 values is not finite, the first, nan, at place 3')
  input[4][2] = 0 / 0
  test.equal({anomaly.find(net, {input = input, target = target})},
    {'the input: 1 of 15 values is not finite, the first, nan, in row 4, column 2', 4})
  net:get(3).bias[2] = math.huge
  test.check(look(net, x, y):find '^the parameter 2.bias %(nn.Linear%): 1 of 2 values')
  net = network()
  net:get(1).weight:fill(3e38)
  test.equal(look(net, x:clone():fill(3), y), 'the output of code (nn.Linear): 20 of 20 values are '
    .. 'not finite, the first, inf, in row 1, column 1; its weights are finite, the largest 3e+38')
  net = network()
  look(net, x, y)
  net:get(1).gradWeight[4][3] = 0 / 0
  test.equal((anomaly.find(net)), 'code.gradWeight (nn.Linear): 1 of 12 values is not finite, the '
    .. 'first, nan, in row 4, column 3')
  net:get(3).gradBias[1] = 0 / 0
  test.check(anomaly.gradients(net):find '^2%.gradBias', 'backward: the last layer first')
end)

test.case('a layer alone, parameters in Lua, tables of inputs', function()
  local net = nn.Linear(2, 1)
  net.weight[1][2] = 0 / 0
  test.check(anomaly.parameters(net):find('weight of nn.Linear: 1 of 2 values', 1, true))
  local Scale = torch.class('nn.ScaleOwn', 'nn.Module')
  function Scale:__init()
    nn.Module.__init(self)
    self.factor, self.gradFactor = torch.ones(3), torch.zeros(3)
  end
  function Scale:parameters() return {self.factor}, {self.gradFactor} end
  net = nn.Sequential():add(nn.ScaleOwn())
  test.equal(anomaly.parameters(net), nil)
  net:get(1).factor[2] = 0 / 0
  test.equal(anomaly.parameters(net),
    '0.parameter 1 (nn.ScaleOwn): 1 of 3 values is not finite, the first, nan, at place 2')
  net = nn.Sequential():add(nn.ConcatTable():add(nn.Identity()):add(nn.Log())):add(nn.CAddTable())
  net:forward(torch.zeros(2))
  test.equal((anomaly.find(net)), 'the output of 0.1 (nn.Log): 2 of 2 values are not finite, the '
    .. 'first, -inf, at place 1')
end)

test.case('a classifier whose scores are NaN is not judged', function()
  local testing, set = require 'testing', require 'data'.load{builtin = true, samples = 20}
  local net = nn.Sequential():add(nn.Linear(784, 10)):add(nn.SoftMax()):add(nn.Log())
  net:get(1).weight:mul(1e4) -- probabilities of 0
  test.check(testing.classify(net, set.train, 10).accuracy <= 1)
  net:get(1).weight[2][500] = 0 / 0
  test.fails(function() testing.classify(net, set.train, 10) end, 'test: a score is nan; first '
    .. 'seen in the parameter 0.weight (nn.Linear): 1 of 7840 values')
end)

-- ---- settings of functions in Lua ----

local values = {{0 / 0, 'nan'}, {math.huge, 'inf'}, {-math.huge, '-inf'}}

-- use(value) fails for each of them with a message that has the text and the value.
local function refuses(text, use)
  for _, value in ipairs(values) do
    test.fails(function() use(value[1]) end, text:format(value[2]))
  end
end

test.case('optim: settings', function()
  local optim = require 'optim'
  local function slope(point) return point:dot(point) / 2, point:clone() end
  for _, case in ipairs {{'cg', 'rho'}, {'lbfgs', 'learningRate'}, {'lbfgs', 'tolX'},
                         {'nag', 'momentum'}, {'nag', 'learningRate'}} do
    refuses(('optim.%s: %s is '):format(case[1], case[2]) .. '%s, should be', function(value)
      optim[case[1]](slope, torch.ones(2), {[case[2]] = value})
    end)
  end
  test.fails(function() optim.cg(slope, torch.ones(2), {maxIter = 0 / 0}) end, 'maxIter is nan')
  optim.cg(slope, torch.ones(2), {maxIter = 2, maxEval = math.huge})
end)

test.case('schedules and noise', function()
  local schedule, noise = require 'schedule', require 'noise'
  refuses('schedule.step: every is %s', function(v) schedule.step(v) end)
  refuses('schedule.step: factor is %s', function(v) schedule.step(1, v) end)
  refuses('schedule.multiStep: an epoch is %s', function(v) schedule.multiStep {3, v} end)
  refuses('schedule.multiStep: factor is %s', function(v) schedule.multiStep({3}, v) end)
  refuses('schedule.exponential: factor is %s', function(v) schedule.exponential(v) end)
  refuses('schedule.cosine: epochs is %s', function(v) schedule.cosine(v) end)
  refuses('schedule.cosine: last is %s', function(v) schedule.cosine(3, v) end)
  refuses('schedule.warmUp: epochs is %s', function(v) schedule.warmUp(v) end)
  for i, name in ipairs {'factor', 'patience', 'threshold'} do
    refuses('schedule.onPlateau: ' .. name .. ' is %s', function(v)
      local arguments = {0.5, 1, 0.1}
      arguments[i] = v
      schedule.onPlateau(table.unpack(arguments))
    end)
  end
  refuses('noise.masking:', function(v) noise.masking(v) end)
  refuses('noise.gaussian:', function(v) noise.gaussian(v) end)
end)

test.case('tables as text: the divisor', function()
  local data, path = require 'data', test.folder() .. '/t.csv'
  assert(file.writeAtomic(path, '1,2,a\n3e38,4,b\n5,6,a\n'))
  refuses('data.csv: divisor is %s, should be finite', function(v)
    data.csv{train = path, divisor = v}
  end)
  test.fails(function() data.csv{train = path, divisor = 0} end, 'divisor is 0')
  test.fails(function() data.csv{train = path, divisor = 0.1} end,
    path .. ': sample 2, number 1, divided by 0.1 is not finite')
  refuses('data.csv: test is ', function(v) data.csv{train = path, test = v} end)
end)

test.case('nn.StochasticGradient: fields, and a loss that is no number', function()
  local net = nn.Linear(2, 1)
  local trainer = nn.StochasticGradient(net, nn.MSECriterion())
  trainer.verbose, trainer.shuffleIndices = false, false
  local set = {{torch.ones(2), torch.zeros(1)}, {torch.ones(2), torch.Tensor {0 / 0}}}
  function set.size() return 2 end
  for _, name in ipairs {'learningRate', 'learningRateDecay', 'maxIteration'} do
    local before = trainer[name]
    refuses('nn.StochasticGradient: ' .. name .. ' is %s, should be', function(v)
      trainer[name] = v
      trainer:train(set)
    end)
    trainer[name] = before
  end
  test.fails(function() trainer:train(set) end, 'the loss of sample 2 is nan; first seen in the '
    .. 'target: 1 of 1 value is not finite, the first, nan, at place 1')
  test.equal(anomaly.parameters(net), nil)
end)

-- ---- a run ----

local script = [[
local experiment, nn, optim = require 'experiment', require 'nn', require 'optim'
local data = require 'data'
local run = experiment.start('blow', 'Blows up.', {{'lr', 0.1, 'rate', min = 0}})
local set = run:data(data.load{builtin = true, samples = 100})
local net = nn.Sequential():add(nn.Linear(784, 10)):add(nn.LogSoftMax())
run:train{net = net, criterion = nn.ClassNLLCriterion(), data = set.train, batch = 10, epochs = 9,
  optimizer = optim.SGD(net, {learningRate = run.opt.lr}),
  schedule = function(epoch, base) return epoch < 3 and base or 1e38 end}
print 'not reached'
]]

-- What the script prints, run in the folder with these words; it has to end with status 1.
local function failing(folder, words)
  assert(file.writeAtomic(folder .. '/blow.lua', script))
  local pipe = io.popen(('cd %s && %s blow.lua %s 2>&1'):format(test.quoted(folder),
    test.quoted(test.aelua), words))
  local text = pipe:read 'a'
  local _, _, status = pipe:close()
  test.equal(status, 1)
  return text
end

test.case('a run ends with one message and keeps its last checkpoint', function()
  local folder = test.folder()
  local text = failing(folder, '--report false')
  test.check(not text:find 'not reached', text)
  local message = text:match '([^\n]*stage 1, epoch 3, batch 2: the loss is [^\n]*)\n'
  test.check(message and message:find('first seen in the output of 0 (nn.Linear): ', 1, true), text)
  local run = folder .. '/runs/blow-1'
  for _, name in ipairs {'log.txt', 'run.txt'} do
    local log = assert(io.open(run .. '/' .. name)):read 'a'
    test.check(log:find('epoch 3, batch 2: the loss is', 1, true), name)
  end
  local saved = assert(require 'checkpoint'.read(run .. '/checkpoints/stage_1.safetensors'))
  test.equal(saved.state.epoch, 3)
  for name, tensor in pairs(saved.contents.tensors) do test.equal(tensor:nonFinite(), 0, name) end
  test.equal(#require 'aelua.lua.metrics'.read(run), 2)
end)

test.case('rates that are no numbers are refused on the command line and in files', function()
  local folder = test.folder()
  local function run(words) return failing(folder, words) end
  for _, value in ipairs {'nan', '-nan', 'inf', '1e999', '-1e999'} do
    test.equal(run('--lr=' .. value), "blow: --lr: '" .. value .. "' is not a finite number\n")
  end
  for code, value in pairs {['0 / 0'] = 'nan', ['1 / 0'] = 'inf', ['-1 / 0'] = '-inf'} do
    assert(file.writeAtomic(folder .. '/own.lua', 'lr = ' .. code))
    local want = "--lr: '" .. value .. "' is not a finite number"
    test.check(run '--config own.lua':find(want, 1, true))
  end
  test.check(run '--seed 1e999':find("--seed: '1e999' is not a whole number", 1, true))
end)
