-- Checkpoints: the records beside them, and the layers a report keeps.
local test = require 'harness'
local nn, optim, file = require 'nn', require 'optim', require 'aelua.file'
local checkpoint, diagnose = require 'checkpoint', require 'diagnose'

local function size(path)
  local f = assert(io.open(path, 'rb'))
  local n = f:seek 'end'
  f:close()
  return n
end

local net = nn.Sequential():add(nn.Linear(3, 2))
local optimizer = optim.SGD(net, {})

local function record(i) return {epoch = i, loss = 1 / i, stage = 'x'} end

local function save(path, state)
  assert(checkpoint.save(path, net, optimizer, state, {now = torch.getRNGState()}))
end

test.case('a checkpoint does not grow with its records, which come back to the bit', function()
  local path = test.folder() .. '/x.safetensors'
  local state, sizes = {stage = 'x', records = {}}, {}
  for i = 1, 60 do
    state.records[i] = record(i)
    save(path, state)
    sizes[i] = size(path)
  end
  test.check(sizes[60] <= sizes[1] + 64, sizes[1] .. ' bytes became ' .. sizes[60] .. ': so few')
  local saved = assert(checkpoint.read(path))
  test.equal(saved.state.records, state.records)
  test.equal(saved.state.stage, 'x')
  test.equal(state.recorded, nil)
end)

test.case('what a kill left is no record; lost ones are missed', function()
  local folder = test.folder()
  local path, records = folder .. '/x.safetensors', folder .. '/x.records'
  local state = {stage = 'x', records = {record(1), record(2)}}
  save(path, state)
  assert(file.appendLine(records, '{"epoch":3,"loss":9}'))
  local out = assert(io.open(records, 'ab')) -- and a torn one
  out:write '{"epo'
  out:close()
  local saved = assert(checkpoint.read(path))
  test.equal(saved.state.records, state.records)
  saved.state.records[3] = record(3)
  save(path, saved.state)
  test.equal(assert(checkpoint.read(path)).state.records, {record(1), record(2), record(3)})
  assert(file.writeAtomic(records, '{"epoch":1,"loss":1,"stage":"x"}\n'))
  local none, message = checkpoint.read(path)
  test.equal({none, message}, {nil, records .. ': 1 records, 3 belong to the checkpoint'})
  assert(os.remove(records))
  none, message = checkpoint.read(path)
  test.check(not none and message:find(records, 1, true), message)
end)

test.case('a checkpoint without records, and one with them inside, as they once were', function()
  local path = test.folder() .. '/x.safetensors'
  save(path, {stage = 'x'})
  test.equal(checkpoint.read(path).state.records, {})
  local text = '{"stage":"x","records":[{"epoch":1}]}'
  assert(require 'model'.save(path, net, {}, {['aelua.stage'] = text}))
  test.equal(checkpoint.read(path).state.records, {{epoch = 1}})
end)

test.case('layers of a long run: 100 epochs of a stage at most, and the last', function()
  local list = diagnose.kept({}, 'first', 1, {{path = '1'}})
  for epoch = 1, 1000 do
    list = diagnose.kept(list, 'second', epoch, {{path = '1'}, {path = '2'}})
    test.check(#list <= 1 + 2 * 101, #list .. ' are kept')
  end
  test.equal(list[1], {path = '1', stage = 'first', epoch = 1})
  test.equal({list[2].epoch, list[3].epoch, list[4].epoch, list[6].epoch}, {1, 1, 17, 33})
  test.equal({list[#list].epoch, list[#list].path}, {1000, '2'})
  test.equal(#list, 1 + 2 * 64) -- 1, 17, ... 993, and 1000
end)

-- ---- of which network and optimizer ----

local function trained(make, network)
  local own = network or nn.Sequential():add(nn.Linear(3, 2))
  local adam = make(own)
  own:forward(torch.ones(1, 3))
  own:backward(torch.ones(1, 3), torch.ones(1, 2))
  adam:step()
  return own, adam
end

-- What a checkpoint of Adam holds, changed, put into a new network and optimizer.
local function restored(change, make)
  local path = test.folder() .. '/x.safetensors'
  local own, adam = trained(optim.Adam)
  assert(checkpoint.save(path, own, adam, {stage = 'x', records = {}}, {}))
  local saved = assert(checkpoint.read(path))
  change(saved.contents.tensors, saved.state)
  local fresh = nn.Sequential():add(nn.Linear(3, 2))
  local before = fresh:get(1).weight:clone()
  local done, message = checkpoint.restore(saved, fresh, (make or optim.Adam)(fresh))
  if not done then
    test.check(fresh:get(1).weight:equal(before), 'the network was changed')
    test.equal(message:sub(1, #path + 2), path .. ': ')
  end
  return done and 'done' or message:sub(#path + 3)
end

test.case('the tensors of the optimizer are all those it was saved with, of their sizes', function()
  local m = 'optimizer.0.weight.m'
  test.equal(restored(function() end), 'done')
  test.equal(restored(function(tensors) tensors[m] = nil end),
    '3 tensors of optim.Adam: not those it was saved with')
  test.equal(restored(function(tensors) tensors[m] = torch.ones(6) end),
    m .. ' does not fit its parameter: a torch.FloatTensor of 6')
  test.equal(restored(function(tensors) tensors[m] = torch.DoubleTensor(2, 3) end),
    m .. ' does not fit its parameter: a torch.DoubleTensor of 2x3')
  test.equal(restored(function(tensors) tensors['optimizer.0.weight.x'] = torch.ones(2, 3) end),
    'a checkpoint of another optimizer: optim.Adam keeps no 0.weight.x')
end)

test.case('an older checkpoint, which names no optimizer, is known by its tensors', function()
  local function older(_, state) state.optimizer = nil end
  local function without(tensors, state)
    older(tensors, state)
    for name in pairs(tensors) do if name:find '^optimizer' then tensors[name] = nil end end
  end
  test.equal(restored(older), 'done')
  test.check(restored(older, optim.SGD):find 'another optimizer: optim.SGD keeps no 0%.%a+%.[mv]')
  test.equal(restored(without), '0 tensors of optim.Adam: not those it was saved with')
  test.equal(restored(without, optim.SGD), 'done')
end)
