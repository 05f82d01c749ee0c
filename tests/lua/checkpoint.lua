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
