--- stochastic.lua - nn.StochasticGradient.

local test = require 'harness'
local nn = require 'nn'

-- y = 2 x - 1 at n places.
local function line(n)
  local dataset = {}
  for i = 1, n do
    local x = torch.DoubleTensor {2 * (i - 1) / (n - 1) - 1}
    dataset[i] = {x, x * 2 - 1}
  end
  function dataset:size() return #self end -- luacheck: ignore self
  return dataset
end

local function trainer(module)
  local t = nn.StochasticGradient(module, nn.MSECriterion():double())
  t.verbose = false
  return t
end

test.case('it learns a line, sample by sample, and calls the hooks', function()
  local net = nn.Sequential():add(nn.Linear(1, 1)):double()
  local t, examples, errors = trainer(net), 0, {}
  t.learningRate, t.maxIteration = 0.1, 60
  function t:hookExample(example) -- luacheck: ignore self
    examples = examples + #example // 2
  end
  function t:hookIteration(iteration, mean) -- luacheck: ignore self
    test.equal(iteration, #errors + 1)
    errors[iteration] = mean
  end
  t:train(line(5))
  test.equal({examples, #errors}, {300, 60})
  test.check(errors[60] < 1e-4 * errors[1])
  test.near({net:get(1).weight[1][1], net:get(1).bias[1]}, {2, -1}, 0.01)
end)

test.case('each step as Torch makes it', function()
  local t = trainer(nn.Linear(1, 1):double())
  test.equal({t.learningRate, t.learningRateDecay, t.maxIteration, t.shuffleIndices},
    {0.01, 0, 25, true})
  t.learningRate, t.learningRateDecay, t.maxIteration, t.shuffleIndices = 0.2, 0.5, 3, false
  t.module.weight:fill(0.5)
  t.module.bias:fill(0)
  t:train(line(3))
  local w, b = 0.5, 0.0
  for iteration = 1, 3 do
    local rate = iteration == 1 and 0.2 or 0.2 / (1 + 0.5 * iteration)
    for _, x in ipairs {-1, 0, 1} do
      local slope = 2 * (w * x + b - (2 * x - 1))
      w, b = w - rate * slope * x, b - rate * slope
    end
  end
  test.near({t.module.weight[1][1], t.module.bias[1]}, {w, b}, 1e-14)
end)

test.case('a layer written in Lua, and modules that share', function()
  local Shift, parent = torch.class('nn.StochasticShift', 'nn.Module')
  function Shift:__init()
    parent.__init(self)
    self.shift, self.gradShift = torch.zeros(1), torch.zeros(1)
  end
  function Shift:parameters() return {self.shift}, {self.gradShift} end
  function Shift:updateOutput(x) return x + self.shift[1] end
  function Shift.updateGradInput(_, _, gy) return gy end
  function Shift:accGradParameters(_, gy, scale) self.gradShift:add(scale * gy:sum()) end
  local a = nn.Linear(1, 1, false)
  local b = a:clone('weight', 'gradWeight')
  local net = nn.Sequential():add(a):add(b):add(nn.StochasticShift()):double()
  a.weight:fill(1)
  local t = trainer(net)
  t.learningRate, t.maxIteration = 0.05, 200
  t:train(line(5))
  test.near({a.weight[1][1] ^ 2, net:get(3).shift[1]}, {2, -1}, 0.01)
end)

test.case('mistakes', function()
  local function wrong(...)
    local arguments = {...}
    return function() nn.StochasticGradient(table.unpack(arguments)) end
  end
  test.fails(wrong(3, nn.MSECriterion()), 'a module expected, got number')
  test.fails(wrong(nn.Linear(1, 1)), 'a criterion expected, got nil')
  local t = trainer(nn.Linear(1, 1):double())
  test.fails(function() t:train {} end, 'stochastic.lua:', 'no samples')
end)
