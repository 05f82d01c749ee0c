-- MultiCriterion and ParallelCriterion: losses that hold others.
local test = require 'harness'
local nn = require 'nn'

local x, t = torch.randn(3, 4), torch.randn(3, 4)

local function multi()
  return nn.MultiCriterion():add(nn.MSECriterion(), 0.5):add(nn.AbsCriterion())
end
local function parallel(...)
  return nn.ParallelCriterion(...):add(nn.MSECriterion()):add(nn.ClassNLLCriterion(), 0.25)
end

test.case('the weighed sum of losses', function()
  local loss = multi()
  local mse, abs = nn.MSECriterion(), nn.AbsCriterion()
  test.near(loss:forward(x, t), 0.5 * mse:forward(x, t) + abs:forward(x, t), 1e-7)
  test.near(loss.output, loss:forward(x, t), 0)
  test.near(loss:backward(x, t), mse:backward(x, t) * 0.5 + abs:backward(x, t), 1e-7)
  local before = loss.gradInput
  test.check(loss:backward(x, t) == before, 'the same tensor')
end)

test.case('gradients', function()
  test.criterion_gradients(multi(), x, t)
  test.criterion_gradients(parallel(), {x, torch.randn(3, 4)}, {t, torch.Tensor {1, 2, 4}})
  local inner = nn.ParallelCriterion():add(multi(), 2):add(nn.MarginRankingCriterion(), 3)
  test.criterion_gradients(inner, {x, {torch.randn(5), torch.randn(5)}},
    {t, torch.randn(5):sign()})
  local of_tables = nn.MultiCriterion():add(nn.CosineEmbeddingCriterion(), 0.3)
    :add(nn.L1HingeEmbeddingCriterion(30), 0.2)
  test.criterion_gradients(of_tables, {torch.randn(4), torch.randn(4)}, -1)
end)

test.case('one target for all', function()
  local loss = nn.ParallelCriterion(true):add(nn.MSECriterion()):add(nn.AbsCriterion(), 2)
  local want = nn.MSECriterion():forward(x, t) + 2 * nn.AbsCriterion():forward(t, t)
  test.near(loss:forward({x, t}, t), want, 1e-7)
  test.equal(#loss:backward({x, t}, t), 2)
end)

test.case('with a net', function()
  local net = nn.ConcatTable():add(nn.Linear(4, 4))
    :add(nn.Sequential():add(nn.Linear(4, 4)):add(nn.LogSoftMax()))
  local loss, target = parallel(), {t, torch.Tensor {1, 2, 4}}
  local first
  for _ = 1, 20 do
    net:zeroGradParameters()
    local value = loss:forward(net:forward(x), target)
    net:backward(x, loss:backward(net.output, target))
    net:updateParameters(0.1)
    first = first or value
  end
  test.check(loss.output < first)
end)

test.case('types, copies, files', function()
  local loss = parallel():double()
  local input, target = {x:double(), x:double()}, {t:double(), torch.Tensor {1, 2, 4}}
  local want = loss:forward(input, target)
  test.equal(loss:clone():forward(input, target), want)
  test.equal(torch.deserialize(torch.serialize(loss)):forward(input, target), want)
  test.equal(loss:float():backward({x, x}, {t, target[2]})[1]:type(), 'torch.FloatTensor')
end)

test.case('what is wrong is told', function()
  test.fails(function() nn.MultiCriterion():add(nn.Tanh()) end,
    'nn.MultiCriterion: add() wants a criterion, got nn.Tanh')
  test.fails(function() nn.MultiCriterion():add(nn.MSECriterion(), 'x') end, 'a number')
  test.fails(function() parallel():forward(x, t) end,
    'nn.ParallelCriterion: input is a tensor, want a table of 2')
  test.fails(function() parallel():forward({x}, {t}) end, 'input is a table of 1')
  test.fails(function() parallel():forward({x, x}, t) end, 'target should be a table of 2')
end)

test.case('a loss that fails leaves the output as it was', function()
  for _, loss in ipairs {nn.MultiCriterion():add(nn.MSECriterion()):add(nn.ClassNLLCriterion()),
                         nn.ParallelCriterion(true):add(nn.MSECriterion())
                           :add(nn.ClassNLLCriterion())} do
    loss.output = 7
    test.fails(function()
      local input = torch.ones(2, 2)
      loss:forward(loss.repeatTarget and {input, input} or input, torch.ones(2, 2))
    end, 'ClassNLLCriterion')
    test.equal(loss.output, 7)
  end
end)
