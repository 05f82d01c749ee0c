-- Engine objects as Lua values: identity, closing, and the collector's view of their memory.
local test = require 'harness'
local nn, system = require 'nn', require 'aelua.system'

test.case('one object is one value', function()
  local x = torch.Tensor(2, 3)
  local seen = {[x:storage()] = true}
  test.check(seen[x:storage()], 'the storage is the same key')
  x:storage()
  collectgarbage()
  test.check(seen[x[1]:storage()], 'after a collection too')
end)

test.case('a closed tensor is refused and shown', function()
  local kept
  do
    local x <close> = torch.ones(3)
    kept = x
  end
  test.fails(function() return kept:sum() end, 'closed')
  test.fails(function() return torch.add(kept, 1) end, 'closed')
  test.equal(tostring(kept), '[closed tensor]')
  kept = nil
  collectgarbage()
end)

test.case('views keep their memory alive', function()
  local view = torch.range(1, 1000)[{{501, 510}}]
  collectgarbage()
  collectgarbage()
  test.equal(view[1], 501.0)
end)

test.case('a loop that makes tensors does not grow', function()
  collectgarbage()
  local before = system.memory()
  local most = 0
  for i = 1, 4000 do
    local x = torch.FloatTensor(256, 1024)
    x[1][1] = i
    most = math.max(most, system.memory())
  end
  local grown = (most - before) / 2 ^ 20
  test.check(grown <= 100, ('4000 MiB made, grown by %.0f MiB'):format(grown))
end)

test.case('small tensors and operators do not grow either', function()
  collectgarbage()
  local before = system.memory()
  local x = torch.ones(10)
  for _ = 1, 300000 do x = x * 1 end
  test.equal(x:sum(), 10.0)
  local grown = (system.memory() - before) / 2 ^ 20
  test.check(grown <= 100, ('grown by %.0f MiB'):format(grown))
end)

test.case('a loop that makes views leaves no pile of them', function()
  local x, most = torch.zeros(10, 10), 0
  collectgarbage()
  local before = system.memory()
  for i = 1, 50000 do
    local row = x:select(1, 1 + i % 10)
    most = math.max(most, system.memory() - before)
    test.equal(row:dim(), 1)
  end
  test.check(most <= 4 << 20, 'views of ' .. most .. ' bytes at a time')
end)

test.case('other userdata is no tensor and no storage', function()
  for _, value in ipairs {io.stdout, torch.Generator(), torch.LongStorage(1), nn.Identity()} do
    test.check(not torch.isTensor(value), 'isTensor')
    test.fails(function() torch.abs(value) end, 'tensor expected, got')
  end
  for _, value in ipairs {io.stdout, torch.Generator(), torch.Tensor(1), nn.Identity()} do
    test.check(not torch.isStorage(value), 'isStorage')
  end
end)

test.case('what is dropped is freed', function()
  local before = test.memory()
  do
    local list = {}
    for i = 1, 100 do list[i] = torch.Tensor(1000) end
    test.check(system.memory() - before >= 400000, 'memory of ' .. #list .. ' tensors')
  end
  test.check(test.memory() - before <= 20000, 'little is left')
end)
