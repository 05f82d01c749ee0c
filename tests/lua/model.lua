--- model.lua - networks to files and back: structure, weights, what is shared, files that are
-- wrong.

local test = require 'harness'
require 'nn'
local model, file, json = require 'model', require 'aelua.file', require 'json'
local system = require 'aelua.system'

local function autoencoder()
  return nn.Sequential()
    :add(nn.Sequential():add(nn.Linear(6, 3), 'fc'):add(nn.Sigmoid()), 'encoder')
    :add(nn.Sequential():add(nn.Linear(3, 6)):add(nn.Tanh()), 'decoder')
end

local function saved(net, ...)
  local path = test.folder() .. '/net.safetensors'
  test.equal({model.save(path, net, ...)}, {true})
  return path
end

local function reloaded(net) return (assert(model.load(saved(net)))) end

local function names(net)
  local list = {}
  for i, entry in ipairs(model.tensors(net)) do list[i] = entry[1] end
  return list
end

test.case('tensors have PyTorch’s names, in order', function()
  test.equal(names(autoencoder()),
    {'encoder.fc.weight', 'encoder.fc.bias', 'decoder.0.weight', 'decoder.0.bias'})
  test.equal(names(nn.Linear(2, 3)), {'weight', 'bias'})
  test.equal(names(nn.Linear(2, 3, false)), {'weight'})
  test.equal(names(nn.ReLU()), {})
end)

test.case('options that are infinite, or no number, and statistics come back', function()
  local net = nn.Sequential():add(nn.Normalize(math.huge)):add(nn.L1Penalty(0.1))
    :add(nn.BatchNormalization(3)):add(nn.Transpose({1, 2}, {2, 1}))
  net:forward(torch.randn(4, 3))
  net:get(2).loss = -math.huge
  net:evaluate()
  local again = reloaded(net)
  again:evaluate()
  test.equal({again:get(1).p, again:get(2).loss}, {math.huge, -math.huge})
  local x = torch.randn(4, 3)
  test.equal(again:forward(x), net:forward(x))
  net:get(2):forward(torch.Tensor {0 / 0})
  test.equal(reloaded(net):get(2).loss, 0.0)
end)

test.case('a network comes back: classes, names, weights, output', function()
  local net = autoencoder()
  local again = reloaded(net)
  test.equal(tostring(again), tostring(net))
  test.equal(names(again), names(net))
  local x = torch.rand(5, 6)
  test.equal(again:forward(x), net:forward(x))
  test.check(again:get('encoder') and again.encoder.fc, 'names of children')
end)

test.case('every layer comes back with its options', function()
  local net = nn.Sequential():add(nn.Linear(4, 6, false)):add(nn.LeakyReLU(0.3, true))
    :add(nn.ELU(0.7)):add(nn.Dropout(0.25)):add(nn.WhiteNoise(0.5, 0.1)):add(nn.ReLU(true))
    :add(nn.Reshape(2, 3)):add(nn.View(-1, 6)):add(nn.View(6):setNumInputDims(1))
    :add(nn.Identity()):add(nn.SoftMax()):add(nn.LogSoftMax())
  local again = reloaded(net)
  test.equal(tostring(again), tostring(net))
  local core = require 'aelua.modules'
  for i = 1, net:size() do
    test.equal(core.options(again:get(i)), core.options(net:get(i)), tostring(net:get(i)))
  end
end)

test.case('doubles stay doubles, to the last bit', function()
  local net = nn.Linear(3, 2):double()
  net.weight[1][1] = 1 / 3
  local again = reloaded(net)
  test.equal(again:type(), 'torch.DoubleTensor')
  test.equal(again.weight, net.weight)
end)

test.case('more tensors and metadata go along', function()
  local path = saved(nn.Linear(2, 2), {{'extra', torch.LongTensor {1, 2}}}, {note = 'seed 7'})
  local net, metadata = assert(model.load(path))
  test.equal(torch.typename(net), 'nn.Linear')
  test.equal({metadata.note, metadata.format}, {'seed 7', 'pt'})
  test.equal(assert(file.readSafetensors(path)).tensors.extra, torch.LongTensor {1, 2})
end)

-- ---- what is shared ----

test.case('a module in two places is one again', function()
  local tied = nn.Linear(3, 3)
  local net = nn.Sequential():add(tied, 'a'):add(nn.Tanh()):add(tied)
  test.equal(names(net), {'a.weight', 'a.bias'})
  local again = reloaded(net)
  test.equal(rawequal(again:get(1), again:get(3)), true)
  test.equal(again:get(3).weight, tied.weight)
end)

test.case('shared tensors are shared again, gradients only where they were', function()
  local a, b = nn.Linear(3, 3), nn.Linear(3, 3)
  local net = nn.Sequential():add(a):add(b)
  b:share(a, 'weight', 'gradWeight')
  local again = reloaded(net)
  test.equal(names(again), {'0.weight', '0.bias', '1.bias'})
  again:get(1).weight:fill(7)
  again:get(1).gradWeight:fill(8)
  test.equal({again:get(2).weight:max(), again:get(2).gradWeight:min()}, {7, 8})

  local c = nn.Linear(3, 3)
  again = reloaded(nn.Sequential():add(nn.Sequential():add(a)):add(c:share(a, 'weight')))
  again:get(2).gradWeight:fill(3)
  again:get(1):get(1).gradWeight:fill(4)
  test.equal(again:get(2).gradWeight:min(), 3)
  test.equal(again:get(2).weight, a.weight)
end)

test.case('flattened parameters are told apart', function()
  local net = autoencoder()
  net:getParameters()
  test.equal(#names(net), 4)
  test.equal(reloaded(net):forward(torch.ones(1, 6)), net:forward(torch.ones(1, 6)))
end)

-- ---- restoring into a network ----

local function contentsOf(net) return assert(file.readSafetensors(saved(net))) end

test.case('restore copies into a network of the same structure', function()
  local net, other = autoencoder(), autoencoder()
  local weight = other.encoder.fc.weight
  test.equal({model.restore(other, contentsOf(net), 'file')}, {true})
  test.equal(weight, net.encoder.fc.weight, 'in place')
  test.equal({model.restore(other:double(), contentsOf(net), 'file')}, {true})
  test.equal(other.encoder.fc.weight:float(), net.encoder.fc.weight)
end)

test.case('restore leaves a network that does not fit as it was', function()
  local other = nn.Sequential():add(nn.Linear(6, 3)):add(nn.Linear(3, 5))
  local before = other:get(1).weight:clone()
  test.equal({model.restore(other, contentsOf(autoencoder()), 'file')},
    {nil, 'file: no tensor 0.weight: a checkpoint of another network'})
  local net = nn.Sequential():add(nn.Linear(6, 3)):add(nn.Linear(3, 6))
  test.equal({model.restore(other, contentsOf(net), 'file')},
    {nil, 'file: 1.weight is 6x3, the network has 5x3: a checkpoint of another network'})
  test.equal(other:get(1).weight, before)
end)

test.case('restore of shared weights into a network that shares none', function()
  local a, b = nn.Linear(3, 3), nn.Linear(3, 3)
  local contents = contentsOf(nn.Sequential():add(a):add(b:share(a, 'weight')))
  local net = nn.Sequential():add(nn.Linear(3, 3)):add(nn.Linear(3, 3))
  test.equal({model.restore(net, contents, 'file')}, {true})
  test.equal(net:get(2).weight, a.weight)
  test.equal(net:get(2).bias, b.bias)
end)

-- ---- what cannot be saved or loaded ----

test.case('save and load return the system’s message', function()
  local path = test.folder() .. '/nowhere/x'
  local ok, message = model.save(path, nn.Linear(1, 1))
  test.equal(ok, nil)
  test.check(message:find(path, 1, true), message)
  test.equal({nn.load('/nonexistent')}, {nil, '/nonexistent: No such file or directory'})
end)

-- The message with which a file of this structure (text or table) and tensors is refused.
local function refused(structure, metadata, tensors)
  local path = test.folder() .. '/bad'
  metadata = metadata or {}
  metadata['aelua.network'] = type(structure) == 'table' and json.encode(structure) or structure
  assert(file.writeSafetensors(path, tensors or {}, metadata))
  local net, message = model.load(path)
  test.equal(net, nil)
  test.equal(message:sub(1, #path + 2), path .. ': ')
  return message:sub(#path + 3)
end

test.case('a file without a network', function()
  test.equal(refused(nil), 'holds tensors but no network (no aelua.network)')
end)

test.case('structures that are none', function()
  local linear = {class = 'nn.Linear', options = {inputSize = 2, outputSize = 2}}
  local function inside(node) return {class = 'nn.Sequential', children = {linear, node}} end
  test.equal(refused '{', 'aelua.network: byte 2: a key expected')
  test.equal(refused '3', 'the network: no layer')
  test.equal(refused '[]', 'the network: no layer nil')
  local unknown = '; a class written in Lua has to be there before a file with it is loaded'
  test.equal(refused {class = 'os.execute'}, 'the network: no layer os.execute' .. unknown)
  test.equal(refused {class = 'nn.Module'}, 'the network: no layer nn.Module')
  test.equal(refused(inside {class = 'nn.Nothing', name = 'x'}),
    'x: no layer nn.Nothing' .. unknown)
  test.equal(refused(inside(3)), 'the network: no layer')
  test.equal(refused {class = 'nn.Tanh', children = {linear}}, 'the network: children of a nn.Tanh')
  for _, children in ipairs {'abc', 3, true, {x = 1}} do
    test.equal(refused(inside {class = 'nn.Sequential', children = children}),
      '1: children that are no list')
  end
  test.equal(refused(inside {class = 'nn.Linear', options = 5}), '1: options that are no table')
  test.check(refused(inside {class = 'nn.Linear'}):find('1: nn.Linear: ', 1, true), 'no sizes')
  test.equal(refused(inside {class = 'nn.Tanh', options = {x = 1}}),
    "1: nn.Tanh has no option 'x'")
  test.equal(refused(inside {same = '7'}), '1: the same as 7, which is none')
  test.equal(refused(inside {same = ''}), '1: the same as , which is none')
end)

test.case('tensors, types and sharing that do not fit the structure', function()
  local linear = {class = 'nn.Linear', options = {inputSize = 2, outputSize = 1}}
  local weight, bias = {'weight', torch.zeros(1, 2)}, {'bias', torch.zeros(1)}
  test.equal(refused(linear), 'no tensor weight: a checkpoint of another network')
  test.equal(refused(linear, {}, {weight, {'bias', torch.zeros(2)}}),
    'bias is 2, the network has 1: a checkpoint of another network')
  test.check(refused(linear, {['aelua.type'] = 'torch.Nothing'}, {weight, bias})
    :find('torch.Nothing', 1, true), 'type')
  test.equal(refused(linear, {['aelua.shared'] = '{"bias":"x"}'}, {weight, bias}),
    'the network: aelua.shared: no tensors bias and x')
  test.equal(refused(linear, {['aelua.shared'] = '{"bias":"weight"}'}, {weight, bias}),
    'the network: aelua.shared: bias and weight differ in size')
end)

test.case('a few words of structure take little, whatever they describe', function()
  local function linear(n)
    return {class = 'nn.Linear', options = {inputSize = n, outputSize = n}}
  end
  local function expect(node)
    collectgarbage()
    local before = system.memory()
    local message = refused(node)
    test.check(message:find('the network is too large for the tensors there: ', 1, true), message)
    test.check(message:find('out of memory', 1, true), message)
    collectgarbage()
    test.check(system.memory() - before < 1 << 20, 'it is given back')
  end
  local peak = system.peak()
  expect(linear(30000))
  expect {class = 'nn.BatchNormalization', options = {nOutput = 1 << 30}}
  local many = {}
  for i = 1, 300 do many[i] = linear(200) end
  expect {class = 'nn.Sequential', children = many}
  test.check(system.peak() <= math.max(peak, system.memory() + (80 << 20)), 'little is taken')
end)

test.case('what shares much comes back without a place for each', function()
  local net = nn.Sequential():add(nn.Linear(600, 600))
  for _ = 2, 60 do net:add(net:get(1):clone('weight', 'gradWeight')) end
  for _, kind in ipairs {'float', 'double'} do
    net[kind](net)
    local again = reloaded(net)
    again:get(1).weight[1][1] = 5
    test.equal(again:get(60).weight[1][1], 5.0)
    test.equal(again:get(60).bias, net:get(60).bias)
  end
end)

test.case('nn.save and nn.load are there with nn alone', function()
  local path = test.folder() .. '/x.safetensors'
  local output, status = test.shell(test.quoted(test.aelua) .. ' -e ' .. test.quoted(([[
    local nn = require 'nn'
    nn.save('%s', nn.Linear(3, 2))
    print(nn.load('%s'))
    print(nn.load('%s.none'))]]):format(path, path, path)))
  test.check(output:find('nn.Linear(3 -> 2)', 1, true), output)
  test.check(output:find('x.safetensors.none: No such file', 1, true), output)
  test.equal(status, 0)
end)
