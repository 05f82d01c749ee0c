--- fields.lua - classes written in Lua as data: models, checkpoints, what their fields hold.

local test = require 'harness'
local nn, optim = require 'nn', require 'optim'
local model, checkpoint, file = require 'model', require 'checkpoint', require 'aelua.file'

-- y = gain * x with a gain under a name of its own, and much besides.
local Gain, parent = torch.class('nn.FieldsGain', 'nn.Module')

function Gain:__init(n)
  parent.__init(self)
  self.gain, self.gradGain = torch.ones(n), torch.zeros(n)
  self.calls = 0
end

function Gain:parameters() return {self.gain}, {self.gradGain} end

function Gain:updateOutput(x)
  self.calls = self.calls + 1
  self.output:resizeAs(x):copy(x):cmul(self.gain:view(1, -1):expandAs(x))
  return self.output
end

function Gain:updateGradInput(_, gy)
  self.gradInput:resizeAs(gy):copy(gy):cmul(self.gain:view(1, -1):expandAs(gy))
  return self.gradInput
end

function Gain:accGradParameters(x, gy, scale)
  self.gradGain:add(scale, torch.cmul(x, gy):sum(1):view(-1))
end

torch.class('nn.FieldsLinear', 'nn.Linear')
torch.class('nn.FieldsNet', 'nn.Sequential')
torch.class('nn.FieldsLoss', 'nn.MSECriterion')
local Slots, slots = torch.class('nn.FieldsSlots', 'nn.Module')
function Slots:__init()
  slots.__init(self)
  self.weight, self.gradWeight = torch.rand(3), torch.zeros(3)
end

local function network()
  return nn.FieldsNet():add(nn.FieldsLinear(4, 3), 'first'):add(nn.FieldsGain(3), 'gain')
    :add(nn.FieldsSlots(), 'slots')
end

local function saved(net)
  local path = test.folder() .. '/net.safetensors'
  test.equal({model.save(path, net)}, {true})
  return path
end

local function reloaded(net) return (assert(model.load(saved(net)))) end

test.case('classes, parameters and numbers come back', function()
  local net = network()
  net.gain.gain:fill(3)
  net.first.factor, net.note, net.big = 0.25, 'a text', math.huge
  net.gain:forward(torch.ones(2, 3))
  local again = reloaded(net)
  test.equal(torch.typename(again), 'nn.FieldsNet')
  test.equal(torch.typename(again.first), 'nn.FieldsLinear')
  test.equal({again.gain.calls, again.first.factor, again.note, again.big}, {1, 0.25, 'a text',
    math.huge})
  test.equal(again:parameters(), net:parameters())
  test.equal(again.slots.weight, net.slots.weight)
  test.equal(again.slots.gradWeight, torch.zeros(3))
  test.equal(#again:parameters(), 4)
  test.check(again.gain:parameters()[1] == again.gain.gain)
  local contents = assert(file.readSafetensors(saved(net)))
  test.equal(contents.tensors['gain.gain'], {3, 3, 3})
  local double = reloaded(net:double())
  test.equal(double.slots.weight:type(), 'torch.DoubleTensor')
  test.equal(double:parameters(), net:parameters())
end)

test.case('tables, tensors, views, modules and losses in fields', function()
  local net = network()
  local gain = net.gain
  gain.list = {1, 'two', {three = torch.LongTensor {3, 4}}, [10] = true, empty = {}}
  gain.own, gain.flat = gain.gain, net.first.weight:view(-1):narrow(1, 2, 4)
  gain.rows = net.first.weight:t()
  gain.none = torch.Tensor()
  gain.helper = nn.Sequential():add(nn.Linear(2, 2)):add(nn.FieldsGain(2))
  gain.helper:get(2).calls = 5
  gain.net, gain.again = net, gain.list
  gain.loss = nn.FieldsLoss(false)
  gain.loss.weights = torch.ones(2)
  local again = reloaded(net).gain
  test.equal(again.list[3].three, torch.LongTensor {3, 4})
  test.equal({again.list[1], again.list[2], again.list[10], again.none:dim()}, {1, 'two', true, 0})
  test.equal(again.list.empty, {})
  test.check(rawequal(again.again, again.list), 'one table')
  test.check(again.own == again.gain, 'one tensor')
  test.equal(torch.typename(again.net), 'nn.FieldsNet')
  test.equal(again.rows, net.first.weight:t())
  again.flat:fill(9)
  test.equal(again.net.first.weight:view(-1):narrow(1, 2, 4), {9, 9, 9, 9})
  test.equal(again.rows[2][1], 9)
  test.equal(again.helper:get(1).weight, gain.helper:get(1).weight)
  test.equal(again.helper:get(2).calls, 5)
  test.equal({torch.typename(again.loss), again.loss.sizeAverage}, {'nn.FieldsLoss', false})
  test.equal(again.loss.weights, {1, 1})
end)

test.case('a checkpoint is put into the network that is there', function()
  local net = network()
  local optimizer = optim.Adam(net, {learningRate = 0.1})
  local function step()
    local x = torch.linspace(-1, 1, 12):float():view(3, 4)
    net:zeroGradParameters()
    local y = net:get(2):forward(net:get(1):forward(x))
    net:get(1):backward(x, net:get(2):backward(net:get(1).output, y))
    optimizer:step()
  end
  step()
  net.gain.list = {torch.ones(2)}
  local path = test.folder() .. '/checkpoint'
  local state = {stage = 'x', epoch = 1, batch = 1, sum = 0, samples = 0, right = 0, seconds = 0,
    waited = 0, base = 0.1, done = false, records = {}}
  local generators = {now = torch.getRNGState(), epoch = torch.getRNGState()}
  test.check(checkpoint.save(path, net, optimizer, state, generators))
  local tensor, listed = net.gain.gain, net.gain.list[1]
  step()
  local want = net.gain.gain:clone()
  listed:resize(5):zero()
  net.gain.calls, net.gain.extra = 100, 'new'
  test.check(checkpoint.restore(assert(checkpoint.read(path)), net, optimizer))
  test.check(net.gain.gain == tensor and net.gain.list[1] == listed, 'in place')
  test.equal({net.gain.calls, net.gain.extra}, {1, nil})
  test.equal(listed, {1, 1})
  step()
  test.equal(net.gain.gain, want, 'goes on with the same bits')
end)

test.case('a file that cannot be put into a network leaves it as it was', function()
  local path = test.folder() .. '/m'
  torch.class('nn.FieldsOnce', 'nn.Module')
  local net = nn.FieldsLinear(2, 2)
  net.list, net.inner, net.last = {1, torch.ones(2)}, nn.Linear(1, 1), nn.FieldsOnce()
  assert(model.save(path, net))
  local contents = assert(file.readSafetensors(path))
  local text = contents.metadata['aelua.network']
  net.list[1], net.last = 2, nil
  net.list[2]:fill(7)
  net.inner.weight:fill(7)
  net.weight:fill(7)
  contents.metadata['aelua.network'] = text:gsub('FieldsOnce', 'FieldsOther')
  local done, message = model.restore(net, contents, 'file')
  test.equal({done, (message:gsub(';.*', ''))}, {nil, 'file: last: no layer nn.FieldsOther'})
  test.equal({net.weight:min(), net.list[1], net.list[2]:min(), net.inner.weight:min()},
    {7.0, 2, 7.0, 7.0})
  local generator, inner = torch.getRNGState(), net.inner
  contents.metadata['aelua.network'] = text
  net.last = nn.FieldsOnce()
  test.equal({model.restore(net, contents, 'file')}, {true})
  test.equal(torch.getRNGState(), generator)
  test.check(net.weight:max() < 7 and net.list[1] == 1 and net.inner == inner)
  contents.metadata['aelua.network'] = nil -- of another program: only tensors
  test.equal({model.restore(net, contents, 'file')}, {true})
  test.equal({net.list[1], net.inner == inner}, {1, true})
end)

test.case('outputs and gradInputs that are tables are not kept', function()
  local Fork = torch.class('nn.FieldsFork', 'nn.Module')
  function Fork:updateOutput(x)
    self.output = {x, x}
    return self.output
  end
  function Fork:updateGradInput(_, gy)
    self.gradInput = gy[1] + gy[2]
    return self.gradInput
  end
  local net = nn.Sequential():add(Fork()):add(nn.CAddTable()):add(nn.Linear(3, 2))
  local x = torch.randn(4, 3)
  local want = net:forward(x):clone()
  local path = saved(net)
  local names = {}
  for name in pairs(assert(file.readSafetensors(path)).tensors) do names[#names + 1] = name end
  table.sort(names)
  test.equal(names, {'2.bias', '2.weight'})
  local loaded = assert(model.load(path))
  test.equal(loaded:get(1).output, {})
  test.equal(loaded:forward(x), want)
  test.equal(#net:get(1).output, 2, 'the one that was saved has them still')
end)

test.case('what cannot be saved, and files that are wrong', function()
  local net = network()
  local path = test.folder() .. '/x'
  net.gain.hook = print
  test.fails(function() model.save(path, net) end, 'save: gain.hook is a function')
  net.gain.hook = {deep = {coroutine.create(print)}}
  test.fails(function() model.save(path, net) end, 'save: gain.hook.deep.1 is a thread')
  net.gain.hook = nil
  local contents = assert(file.readSafetensors(saved(net)))
  local text = contents.metadata['aelua.network']
  local function refused(from, to)
    local changed, n = text:gsub(from, to)
    test.equal(n > 0, true, from)
    contents.metadata['aelua.network'] = changed
    local list = {}
    for name, tensor in pairs(contents.tensors) do list[#list + 1] = {name, tensor} end
    assert(file.writeSafetensors(path, list, contents.metadata))
    local none, message = model.load(path)
    test.equal(none, nil)
    return message
  end
  test.check(refused('nn.FieldsGain', 'nn.FieldsGone'):find('no layer nn.FieldsGone', 1, true))
  test.check(refused('nn.FieldsGain', 'Point'):find('no layer', 1, true))
  test.check(refused('"gain.gain"', '"gain.gone"'):find('no tensor gain.gone', 1, true))
  for _, node in ipairs {'{"view":"gain.gain","offset":1,"size":[3],"stride":[1]}',
    '{"view":"first.weight","offset":-1,"size":[3],"stride":[1]}',
    '{"view":"first.weight","offset":0,"size":[13],"stride":[1]}',
    '{"view":"first.weight","offset":0,"size":[2],"stride":[12]}',
    '{"view":"first.weight","offset":0,"size":["a"],"stride":[1]}',
    '{"view":"first.weight"}', '{"same":"nowhere"}', '{"loss":"nn.Linear"}', '{"module":3}',
    '{"table":[[null,1]]}', '{"table":3}', '{}'} do
    local message = refused('"calls":0', '"calls":' .. node)
    test.check(message:find(path .. ': gain', 1, true), message)
  end
end)
