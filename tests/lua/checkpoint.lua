-- Checkpoints: the records beside them, and the layers a report keeps.
local test = require 'harness'
local nn, optim, file = require 'nn', require 'optim', require 'aelua.file'
local checkpoint, diagnose, json = require 'checkpoint', require 'diagnose', require 'json'

local function size(path)
  local f = assert(io.open(path, 'rb'))
  local n = f:seek 'end'
  f:close()
  return n
end

local net = nn.Sequential():add(nn.Linear(3, 2))
local optimizer = optim.SGD(net, {})

-- A file with this as aelua.stage and these generators.
local function write(path, text, states)
  local extra = {}
  for name, state in pairs(states) do extra[#extra + 1] = {'generator.' .. name, state} end
  return require 'model'.save(path, net, extra, {['aelua.stage'] = text})
end

local function record(i) return {epoch = i, loss = 1 / i, stage = 'x'} end

local function generators() return {now = torch.getRNGState(), epoch = torch.getRNGState()} end

-- The state of a stage with these records.
local function stateOf(records)
  return {stage = 'x', epoch = #records + 1, batch = 1, sum = 0, samples = 0, right = 0,
          seconds = 0, waited = 0, base = 0.1, done = false, records = records}
end

local function save(path, state)
  assert(checkpoint.save(path, net, optimizer, state, generators()))
end

test.case('a checkpoint does not grow with its records, which come back to the bit', function()
  local path = test.folder() .. '/x.safetensors'
  local state, sizes = stateOf{}, {}
  for i = 1, 60 do
    state.records[i] = record(i)
    state.epoch = i + 1
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
  local state = stateOf{record(1), record(2)}
  save(path, state)
  assert(file.appendLine(records, '{"epoch":3,"loss":9}'))
  local out = assert(io.open(records, 'ab')) -- and a torn one
  out:write '{"epo'
  out:close()
  local saved = assert(checkpoint.read(path))
  test.equal(saved.state.records, state.records)
  saved.state.records[3] = record(3)
  saved.state.epoch = 4
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
  save(path, stateOf{})
  test.equal(checkpoint.read(path).state.records, {})
  local state = stateOf{record(1)}
  state.steps = 0
  assert(write(path, json.encode(state), generators()))
  test.equal(assert(checkpoint.read(path)).state.records, {record(1)})
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
  assert(checkpoint.save(path, own, adam, stateOf{}, generators()))
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
  test.equal(restored(function(tensors) tensors[m] = torch.zeros(2, 3):double() end),
    m .. ' does not fit its parameter: a torch.DoubleTensor of 2x3')
  test.equal(restored(function(tensors) tensors['optimizer.0.weight.x'] = torch.ones(2, 3) end),
    'a checkpoint of another optimizer: optim.Adam keeps no 0.weight.x')
end)

test.case('the tensors of the network are of its types', function()
  test.equal(restored(function(tensors)
    tensors['0.bias'] = tensors['0.bias']:double()
  end), 'a checkpoint of another network: 0.bias is a torch.DoubleTensor there, '
    .. 'a torch.FloatTensor here')
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

-- ---- what is no checkpoint ----

-- A checkpoint in the second batch of the third epoch whose state or generators are changed: what
-- is wrong with it. The path comes before.
local function read(change)
  local path = test.folder() .. '/x.safetensors'
  local state, states = stateOf{record(1), record(2)}, generators()
  state.batch, state.samples, state.right, state.sum, state.steps = 2, 20, 7, 1.5, 5
  state.best, state.bestEpoch = 0.5, 2
  state.optimizer = {class = 'optim.SGD', tensors = 0}
  local text = change(state, states)
  assert(write(path, text or json.encode(state), states))
  local before = torch.getRNGState()
  local saved, message = checkpoint.read(path)
  test.check(torch.getRNGState():equal(before), 'the generator goes on as before')
  if saved then return 'well' end
  test.equal(message:sub(1, #path + 2), path .. ': ')
  return message:sub(#path + 3)
end

test.case('each field of the state is checked: the file, the field, its value', function()
  test.equal(read(function() end), 'well')
  local wrong = {-1, 1.5, 'x', true, {}, json.null, 1e300, 'nan'}
  local also = {done = {0, 1}, base = {}, sum = {}, right = {21}, seconds = {}, best = {},
                epoch = {0, 1, 2, 4, 1 << 62}, batch = {0, 1, 22, 1 << 62}, bestEpoch = {0},
                samples = {0}, optimizer = {3, {class = 3, tensors = 0}, {class = 'x'}},
                network = {3}, stage = {3}, steps = {}, waited = {}}
  local allowed = {stage = {x = true, nan = true}, done = {[true] = true}, network = {},
                   sum = {[-1] = true, [1.5] = true, [1e300] = true},
                   base = {[-1] = true, [1.5] = true, [1e300] = true},
                   seconds = {[1.5] = true}, right = {[1.5] = true},
                   best = {[-1] = true, [1.5] = true, [1e300] = true, nan = true}}
  local optional = {best = true, bestEpoch = true, optimizer = true, network = true}
  for name, more in pairs(also) do
    local function check(value, want)
      local text = read(function(state) state[name] = value end)
      local what = ('%s = %s: %s'):format(name, value == nil and 'nil' or json.encode(value), text)
      if want then return test.equal(text, 'well', what) end
      test.check(text:find '^aelua.stage: ' and #text < 160, what)
    end
    check(nil, optional[name])
    for _, value in ipairs(wrong) do
      local fine = allowed[name] and allowed[name][value]
      local plain = type(value) == 'table' and (name == 'network' or name == 'stage')
      if not plain and not (name == 'stage' and fine) then check(value, fine) end
    end
    for _, value in ipairs(more) do check(value) end
  end
  test.equal(read(function(state) state.epoch = 9 end),
    'aelua.stage: epoch is 9, should be the one after 2 records')
  test.equal(read(function(state) state.done = json.null end),
    'aelua.stage: done is null, should be true or false')
end)

test.case('so are the records, the generators and the text itself', function()
  for _, text in ipairs {'3', '"x"', 'true', 'null'} do
    test.equal(read(function() return text end), 'aelua.stage is no table')
  end
  test.check(read(function() return '{' end):find '^aelua.stage: byte 2')
  test.equal(read(function() return '[]' end), 'aelua.stage: stage is missing, should be a text')
  for _, records in ipairs {'abc', 3, true} do
    test.equal(read(function(state) state.records = records end),
      'aelua.stage: records are no list')
  end
  test.equal(read(function(state) state.records = {1, 2} end),
    'aelua.stage: record 1 is 1, should be one of epoch 1 of a stage')
  test.equal(read(function(state) state.records[2].epoch = 1 end):match '^.*record %d',
    'aelua.stage: record 2')
  test.equal(read(function(state) state.records[2].loss = {} end),
    'aelua.stage: loss of record 2 is [], should be a number')
  test.equal(read(function(state) state.records[2].lr = 'x' end),
    'aelua.stage: lr of record 2 is "x", should be a number')
  test.equal(read(function(state) state.records[2].validation_loss = 0 / 0 end), 'well')
  for _, count in ipairs {-1, 'x', {}} do
    test.equal(read(function(state) state.records, state.recorded = nil, count end),
      'aelua.stage: recorded is no whole number from 0 on')
  end
  for _, name in ipairs {'now', 'epoch'} do
    test.equal(read(function(_, states) states[name] = nil end), 'generator.' .. name
      .. ' is missing')
    for _, other in ipairs {torch.ones(5), torch.zeros(5):byte(), torch.ByteTensor(0),
                            torch.getRNGState():narrow(1, 1, 1)} do
      test.equal(read(function(_, states) states[name] = other end), 'generator.' .. name
        .. " is not a generator's state")
    end
  end
end)
