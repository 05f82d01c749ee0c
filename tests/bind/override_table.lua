-- Methods that classes written in Lua override, with tables of tensors, inside every container.
local test = require 'harness'
local nn = require 'nn'

local x = torch.randn(4, 3)

-- Counts what it is asked to do: y = {x, x}.
local function watcher(name, parentName)
  local Watcher, parent = torch.class(name, parentName)
  Watcher.calls = {}
  local function count(what) Watcher.calls[what] = (Watcher.calls[what] or 0) + 1 end
  function Watcher:updateOutput(input)
    count('updateOutput')
    self.output = {input, input}
    return self.output
  end
  function Watcher:updateGradInput(_, gradOutput)
    count('updateGradInput')
    self.gradInput = gradOutput[1] + gradOutput[2]
    return self.gradInput
  end
  return Watcher, parent, count
end

local function around(module)
  return {
    Sequential = nn.Sequential():add(module),
    ConcatTable = nn.ConcatTable():add(module):add(nn.Identity()),
    inner = nn.Sequential():add(nn.ConcatTable():add(nn.Sequential():add(module))),
  }
end

local function ones(y)
  if torch.isTensor(y) then return y:clone():fill(1) end
  local out = {}
  for i, part in ipairs(y) do out[i] = ones(part) end
  return out
end

test.case('each step is the class\'s own, wherever it is', function()
  local Watcher, _, count = watcher('nn.CaseWatch', 'nn.Module')
  function Watcher.accGradParameters() count('accGradParameters') end
  function Watcher:zeroGradParameters() count('zeroGradParameters') return self end
  function Watcher:training() count('training') return self end
  function Watcher:clearState() count('clearState') return self end
  for name, net in pairs(around(Watcher())) do
    Watcher.calls = {}
    net:training()
    net:zeroGradParameters()
    local y = net:forward(x)
    net:backward(x, ones(y))
    net:clearState()
    for _, what in ipairs {'updateOutput', 'updateGradInput', 'accGradParameters',
                           'zeroGradParameters', 'training', 'clearState'} do
      test.equal(Watcher.calls[what], 1, name .. ': ' .. what)
    end
  end
end)

test.case('one of its own for both steps, and for the update', function()
  local Watcher, parent, count = watcher('nn.CaseWatchBoth', 'nn.Module')
  function Watcher:backward(input, gradOutput, scale)
    count('backward')
    test.equal(scale, 0.5)
    return parent.backward(self, input, gradOutput, scale)
  end
  function Watcher.accUpdateGradParameters(_, input, gradOutput, rate)
    count('accUpdateGradParameters')
    test.check(torch.isTensor(input) and #gradOutput == 2 and rate == 0.25)
  end
  for name, net in pairs(around(Watcher())) do
    Watcher.calls = {}
    local gy = ones(net:forward(x))
    local gx = net:backward(x, gy, 0.5)
    test.equal(gx, x:clone():fill(name == 'ConcatTable' and 3 or 2), name)
    net:accUpdateGradParameters(x, gy, 0.25)
    test.equal(Watcher.calls.backward, 1, name)
    test.equal(Watcher.calls.updateGradInput, 1, name)
    test.equal(Watcher.calls.accUpdateGradParameters, 1, name)
  end
end)

test.case('a version of forward that gives a table', function()
  local Fork = torch.class('nn.CaseForkForward', 'nn.Identity')
  function Fork.forward(_, input) return {input, input * 2} end
  local net = nn.Sequential():add(Fork()):add(nn.CAddTable())
  test.equal(net:forward(x), x * 3)
end)

test.case('nobody wants its gradInput: it is run all the same, and nothing before it', function()
  local Watcher = watcher('nn.CaseWatchFirst', 'nn.Module')
  for _, branches in ipairs {nn.ConcatTable(), nn.Concat(1)} do
    Watcher.calls = {}
    local tail = nn.Sequential():add(Watcher()):add(nn.CAddTable()):add(nn.Linear(3, 2))
    local tanh = nn.Tanh()
    branches:add(tail):add(nn.Sequential():add(tanh):add(nn.Linear(3, 2)))
    local net = nn.Sequential():add(branches)
    net.gradInput = nil
    local gy = ones(net:forward(x))
    test.equal(net:backward(x, gy), nil)
    test.equal(Watcher.calls.updateGradInput, 1)
    test.equal(tanh.gradInput:dim(), 0)
    test.check(tail:get(3).gradWeight:norm() > 0)
    test.check(branches.gradInput:dim() == 0 and tail.gradInput:dim() == 0, 'kept, not computed')
  end
end)

test.case('a gradInput set by a module inside while nobody wants it is kept', function()
  local inner, own = nn.Concat(2), torch.ones(4, 3)
  local Setter = torch.class('nn.CaseSetter', 'nn.Linear')
  function Setter:updateGradInput(_, gradOutput)
    inner.gradInput = own
    self.gradInput = gradOutput
    return gradOutput
  end
  local net = nn.Sequential():add(inner:add(Setter(3, 3)))
  net.gradInput = nil
  local gy = ones(net:forward(x))
  test.equal(net:backward(x, gy), nil)
  test.equal(inner.gradInput, own)
end)

test.case('the parent\'s steps with other tables than its own', function()
  local Swap, parent = torch.class('nn.CaseSwap', 'nn.ParallelTable')
  local function swapped(t) return {t[2], t[1]} end
  function Swap:updateOutput(input) return parent.updateOutput(self, swapped(input)) end
  function Swap:updateGradInput(input, gradOutput)
    return swapped(parent.updateGradInput(self, swapped(input), gradOutput))
  end
  function Swap:accGradParameters(input, gradOutput, scale)
    return parent.accGradParameters(self, swapped(input), gradOutput, scale)
  end
  local input = {torch.randn(4, 3), torch.randn(4, 2)}
  test.gradients(Swap():add(nn.Linear(2, 3)):add(nn.Linear(3, 1)), input)
  test.gradients(nn.Sequential():add(Swap():add(nn.Linear(2, 3)):add(nn.Linear(3, 1))), input)
end)

test.case('losses of tables as classes', function()
  local Mine, parent = torch.class('nn.CaseCosine', 'nn.CosineEmbeddingCriterion')
  function Mine:updateOutput(input, target) return 2 * parent.updateOutput(self, input, target) end
  function Mine:updateGradInput(input, target)
    local grads = parent.updateGradInput(self, input, target)
    return {grads[1] * 2, grads[2] * 2}
  end
  local input, target = {torch.randn(4, 3), torch.randn(4, 3)}, torch.Tensor {1, -1, 1, 1}
  local plain, mine = nn.CosineEmbeddingCriterion(), Mine()
  test.equal(mine:forward(input, target), 2 * plain:forward(input, target))
  test.equal(mine:backward(input, target)[2], plain:backward(input, target)[2] * 2)
  local sum = nn.MultiCriterion():add(mine):add(plain, 3)
  test.near(sum:forward(input, target), 5 * plain.output, 1e-6)
  test.equal(sum:clone():backward(input, target)[1], sum:backward(input, target)[1])
end)

test.case('clearState empties the tables of modules deep inside', function()
  local Fork = watcher('nn.CaseWatchState', 'nn.Module')
  local fork = Fork()
  local net = nn.Sequential():add(nn.ConcatTable():add(fork))
  net:forward(x)
  test.equal(#fork.output, 2)
  net:clearState()
  test.equal(fork.output, {})
  test.equal(net:forward(x)[1][2], x)
end)
