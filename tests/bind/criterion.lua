-- Criterions as Lua values: construction, targets, fields, types, copies.
local test = require 'harness'
local nn = require 'nn'

test.case('criterions: numbers as targets, fields, labels from 1', function()
  local nll = nn.ClassNLLCriterion()
  local x = torch.log(torch.Tensor{0.2, 0.5, 0.3})
  test.near(nll:forward(x, 2), -math.log(0.5), 1e-6)
  test.near(nll(x, 3), -math.log(0.3), 1e-6)
  test.equal(nll:backward(x, 2):totable(), {0, -1, 0})
  test.near(nll.output, -math.log(0.3), 1e-6)
  test.fails(function() nll:forward(x, 0) end, 'label', '0')
  test.fails(function() nll:forward(x, 4) end, '4', '1..3')
  nll.sizeAverage = false
  local batch = x:view(1, 3):expand(4, 3):contiguous()
  test.near(nll:forward(batch, torch.LongTensor{2, 2, 2, 2}), -4 * math.log(0.5), 1e-5)
  test.fails(function() nn.MSECriterion():forward(torch.ones(2), torch.ones(3)) end, '2', '3')
  test.fails(function() return nll.forwrd end, "'forwrd'", "'forward'")
  test.equal(tostring(nll), 'nn.ClassNLLCriterion')
  test.equal(nll:double():forward(x:double(), 2) > 0, true)
  test.equal(nll:clone().sizeAverage, false)
end)

test.case('constructors take positions or names, and name what is wrong', function()
  test.equal(nn.MSECriterion(false).sizeAverage, false)
  test.equal(nn.MSECriterion{sizeAverage = false}.sizeAverage, false)
  test.equal(nn.ClassNLLCriterion(torch.Tensor{1, 2}).weights, torch.Tensor{1, 2})
  test.equal(nn.ClassNLLCriterion(nil, false).sizeAverage, false)
  test.fails(function() nn.MSECriterion{sizeAvrage = false} end, 'criterion.lua:', "'sizeAverage'")
  test.fails(function() nn.MSECriterion(1) end, 'sizeAverage should be a boolean, got number')
  test.fails(function() nn.MSECriterion(true, 2) end, '1 argument too many')
  test.fails(function() nn.ClassNLLCriterion(5) end, 'weights should be a tensor')
end)

test.case('forward and updateOutput, backward and updateGradInput', function()
  local mse, x, y = nn.MSECriterion(), torch.rand(3, 2), torch.rand(3, 2)
  test.equal(mse:forward(x, y), mse:updateOutput(x, y))
  test.check(rawequal(mse:backward(x, y), mse.gradInput))
  test.check(rawequal(mse:updateGradInput(x, y), mse.gradInput))
  test.fails(function() mse:forward(x) end, 'tensor expected')
  test.fails(function() mse:forward(x, y:double()) end, 'Double')
  test.fails(function() mse.forward(x, y) end, 'criterion')
end)

test.case('fields: any may be set, the engine\'s are kept apart', function()
  local mse = nn.MSECriterion()
  mse.note = {1}
  mse.output = 5
  test.equal({mse.note[1], mse.output}, {1, 5})
  mse:forward(torch.ones(2), torch.zeros(2))
  test.equal(mse.output, 1)
  test.equal(mse.unset, nil)
  test.equal(mse[1], nil)
  test.fails(function() mse.gradInput = torch.ones(1) end, 'its own gradInput')
  test.fails(function() mse.sizeAverage = 1 end, 'should be a boolean')
  test.fails(function() mse:bakcward() end, 'criterion.lua:', "'backward'")
end)

test.case('types, with weights and what is kept in fields', function()
  local nll = nn.ClassNLLCriterion(torch.Tensor{1, 2})
  nll.extra, nll.labels = torch.ones(1), torch.LongTensor{1}
  test.check(nll:double() == nll)
  test.equal(nll:type(), 'torch.DoubleTensor')
  test.equal(nll.weights:type(), 'torch.DoubleTensor')
  test.equal(nll.extra:type(), 'torch.DoubleTensor')
  test.equal(nll.labels:type(), 'torch.LongTensor')
  test.equal(nll:type('torch.FloatTensor'):type(), 'torch.FloatTensor')
  test.fails(function() nll:type('torch.LongTensor') end, 'criterion.lua:', 'Long')
end)

test.case('clones have their own weights and fields, and count labels from 1', function()
  local nll = nn.ClassNLLCriterion(torch.Tensor{1, 2})
  nll.list = {torch.ones(1)}
  local copy = nll:clone()
  copy.weights:zero()
  copy.list[1]:zero()
  test.equal(nll.weights:sum(), 3)
  test.equal(nll.list[1][1], 1)
  test.equal(nll:forward(torch.Tensor{-1, -3}, 2), 3)
  test.equal(nn.ClassNLLCriterion():clone():forward(torch.Tensor{-1, -3}, 2), 3)
end)

test.case('criterions in a loop do not grow the process', function()
  local system = require 'aelua.system'
  local x = torch.ones(200)
  local function make()
    for _ = 1, 3000 do nn.MSECriterion():backward(x, x) end
    collectgarbage()
    collectgarbage()
    return system.memory()
  end
  local first = make()
  test.check(make() <= first + 1e6)
end)
