-- Modules inside modules: adding, finding, replacing, removing; identity and names.
local test = require 'harness'
local nn = require 'nn'

local function sample()
  torch.manualSeed(5)
  local encoder = nn.Sequential():add(nn.Linear(6, 4)):add(nn.ReLU())
  local decoder = nn.Sequential():add(nn.Linear(4, 6)):add(nn.Sigmoid())
  return nn.Sequential():add(encoder, 'encoder'):add(decoder, 'decoder'), encoder, decoder
end

test.case('containers: add, insert, get, remove, replace, names', function()
  local net, encoder, decoder = sample()
  test.equal(#net, 2)
  test.equal(net:size(), 2)
  test.check(net.encoder == encoder and net:get('decoder') == decoder and net:get(-1) == decoder)
  test.equal(net.modules, {encoder, decoder})
  local middle = nn.Identity()
  net:insert(middle, 2, 'middle')
  test.equal(net:names(), {'encoder', 'middle', 'decoder'})
  test.check(net:remove('middle') == middle)
  test.check(net:remove() == decoder)
  test.equal(#net, 1)
  net:add(nn.Tanh())
  test.equal(net:names(), {'encoder', false})
  local new = nn.Sigmoid()
  net:replaceChild(2, new)
  test.check(net:get(2) == new)
  test.fails(function() net:get(3) end, 'child 3 is out of range 1..2')
  test.fails(function() net:get('encodr') end, "no child 'encodr'", "'encoder'")
  test.fails(function() net:add(nn.ReLU(), 'encoder') end, 'encoder')
  test.fails(function() net:add(net) end, 'itself')
  test.fails(function() encoder:add(net) end, 'itself')
  test.fails(function() nn.ReLU():add(nn.ReLU()) end, 'holds no other modules')
  test.fails(function() net:add(5) end, 'module expected')
end)

test.case('a child is replaced by name, by place and in the list', function()
  local net, encoder, decoder = sample()
  local new = nn.Linear(6, 4)
  net.encoder = new
  test.check(net:get(1) == new and net.encoder == new)
  net.modules[2] = encoder
  test.check(net.decoder == encoder)
  net.modules[3] = decoder
  net.modules[#net.modules + 1] = nn.Tanh()
  test.equal(#net.modules, 4)
  table.remove(net.modules)
  test.equal(net:size(), 3)
  test.check(net:replace('decoder', decoder) == net and net:get(2) == decoder)
  local seen = {}
  for i, module in pairs(net.modules) do seen[i] = module end
  test.equal(seen, {new, decoder, decoder})
  net:remove(3)
  test.check(net:get(2) == decoder, 'the other place is left')
  test.fails(function() net.encoder = 5 end, 'module expected')
  test.fails(function() net.encoder = net end, 'itself')
  test.fails(function() net.modules[7] = nn.Tanh() end, '7', '1..2')
  local before = tostring(net)
  test.fails(function() net.modules = {nn.Tanh(), 5} end,
    'container.lua:', 'modules[2] = number: a module is expected')
  test.fails(function() net.modules = {nn.Tanh(), net} end, 'modules[2]', 'itself')
  test.equal(tostring(net), before)
  net.modules = {nn.Tanh(), nn.ReLU()}
  test.equal(torch.typename(net:get(2)), 'nn.ReLU')
  test.equal(net:names(), {false, false})
end)

test.case('a child cannot hide a method or a field', function()
  local net = sample()
  net.note = 1
  for _, name in ipairs {'forward', 'output', 'train', 'modules', 'note', 'add'} do
    test.fails(function() net:add(nn.Tanh(), name) end, ("'%s' cannot name a child"):format(name))
  end
  test.fails(function() net:insert(nn.Tanh(), 1, 'forward') end, "'forward'")
  test.fails(function() net:add(nn.Tanh(), '2') end, '2')
  test.equal(#net, 2)
end)

test.case('a module taken out and put back is the same value, with its fields', function()
  local net = sample()
  net.decoder.note = 'kept'
  local decoder = net:remove 'decoder'
  collectgarbage()
  net:insert(decoder, 1, 'decoder')
  decoder = nil -- luacheck: ignore
  collectgarbage()
  collectgarbage()
  test.equal(net:get(1).note, 'kept')
  net:replace('decoder', nn.Tanh())
  collectgarbage()
  test.equal(net.decoder.note, nil)
end)

-- Walking a network is recursion, which a stack ends: of 20,000 containers once with a crash.
test.case('modules inside each other are at most 100 deep', function()
  local message = 'modules inside each other would be 101 deep, at most 100 may be'
  local outer, inner = nn.Tanh(), nn.Sequential()
  for _ = 2, 100 do outer = nn.Sequential():add(outer) end
  test.fails(function() nn.Sequential():add(outer) end, 'nn.Sequential: ' .. message)
  test.equal(outer:forward(torch.zeros(1)), torch.zeros(1))
  local first = inner
  for _ = 2, 100 do
    local next = nn.Sequential()
    inner:add(next)
    inner = next
  end
  test.fails(function() inner:add(nn.Tanh()) end, message)
  test.fails(function() first:get(1):replace(1, outer) end, '102 deep')
  local copy = first:clone()
  for _ = 2, 100 do copy = copy:get(1) end
  test.fails(function() copy:add(nn.Tanh()) end, message)
  test.equal(#inner, 0)
  nn.Sequential():add(inner)
  test.fails(function() nn.Sequential():add(first) end, message)
end)

test.case('nothing can be taken out of an empty container', function()
  local net = nn.Sequential():add(nn.Tanh())
  net:remove()
  test.fails(function() net:remove() end, 'the container is empty: nothing to remove')
  test.fails(function() net:remove(1) end, 'the container is empty: nothing to remove')
end)
