-- What a script takes away while a function of ours has it in hand: closed in a metamethod, a
-- callback or a finalizer, dropped from the table that held it, or forged. An error or a result;
-- the sanitizers see the rest.
local test = require 'harness'
local nn, optim = require 'nn', require 'optim'
local file, modules, system = require 'aelua.file', require 'aelua.modules', require 'aelua.system'

local function close(object)
  getmetatable(object).__close(object)
  collectgarbage()
  collectgarbage()
end

-- A table that closes the object when its length is asked for.
local function trap(object, element)
  return setmetatable({}, {__len = function() close(object) return 1 end,
    __index = function() return element end})
end

-- Calls f again and again while finalizers call `act`, with a collection at nearly every step.
local function amid(act, f)
  collectgarbage 'generational'
  local over
  local function arm()
    setmetatable({}, {__gc = function()
      if over then return end
      act()
      arm()
    end})
  end
  arm()
  for _ = 1, 2000 do f() end
  over = true
  collectgarbage 'incremental'
end

test.case('an explicit __gc or __close is no release', function()
  for _, name in ipairs {'__gc', '__close'} do
    for _, make in ipairs {function() return torch.ones(3) end, torch.LongStorage, nn.MSECriterion,
      function() return nn.Linear(2, 2) end, function() return optim.SGD(nn.Linear(2, 2)) end} do
      local object = make()
      for _ = 1, 3 do getmetatable(object)[name](object) end
      -- a finalizer of the script's is not the collector, nor is what it calls
      setmetatable({object = object}, {__gc = function(t)
        pcall(getmetatable(t.object)[name], t.object)
      end})
    end
    collectgarbage()
    collectgarbage()
  end
end)

test.case('what is collected while a hook is called is released', function()
  local before = test.memory()
  local hook, mask, count = debug.gethook()
  debug.sethook(function() end, '', 1)
  for _ = 1, 2000 do
    torch.FloatTensor(64)
    local grows = {} -- asks for memory where no collection can begin: it begins in the hook
    for i = 1, 40 do grows[i] = i end
    assert(#grows == 40)
  end
  debug.sethook(hook, mask, count)
  test.equal(test.memory(), before)
end)

test.case('what is closed is not made anew', function()
  local before = test.memory()
  for _, object in ipairs {nn.ReLU(), nn.MSECriterion()} do
    close(object)
    test.fails(function() object:__init() end, 'has been made before')
  end
  test.equal(test.memory(), before)
end)

test.case('a criterion that is closed', function()
  local criterion = nn.MSECriterion()
  close(criterion)
  for _, step in ipairs {'forward', 'backward'} do
    test.fails(function() criterion[step](criterion, torch.ones(2), torch.ones(2)) end,
      'the criterion is closed')
  end
end)

test.case('closing a tensor gives its memory back at once', function()
  collectgarbage()
  collectgarbage 'stop'
  local before = system.memory()
  for _ = 1, 100 do
    local _ <close> = torch.FloatTensor(1 << 20)
  end
  local grown = system.memory() - before
  collectgarbage 'restart'
  test.check(grown < 4 << 20, grown)
  local view
  do
    local whole <close> = torch.ones(4)
    view = whole:narrow(1, 2, 2)
  end
  test.equal(view, {1, 1}, 'a view of it keeps it')
  local layer = nn.Linear(2, 2)
  close(layer.weight)
  test.equal(layer.weight:dim(), 2, 'and so does a layer')
end)

test.case('what is closed by a metamethod of an argument', function()
  local x, y = torch.ones(1000), torch.ones(1000)
  test.fails(function() return x[trap(x, 5)] end, 'dimensions')
  x = torch.ones(1000)
  pcall(function() x[trap(y, {})] = y end)
  x = torch.ones(1000)
  pcall(x.resize, x, trap(x, 5))
  pcall(x.isSize, x, trap(x, 5))
  x = torch.ones(1000)
  pcall(torch.cat, setmetatable({}, {__len = function() return 2 end,
    __index = function() close(x) return x end}), 1)
  for _, n in ipairs {-1, -2, 1 << 61, (1 << 61) - 1} do
    local endless = setmetatable({}, {__len = function() return n end,
      __index = function() return 'x' end})
    test.fails(function() torch.cat(endless, 1) end, 'the list is empty')
    test.equal(system.nearest('x', endless), nil)
  end
  local view = nn.View(4)
  pcall(function() view.sizes = trap(view, 4) end)
  local net = nn.Linear(3, 3)
  pcall(optim.SGD, net, setmetatable({}, {__index = function() close(net) end}))
end)

test.case('a storage that is closed when its own length is asked for', function()
  local s, size = torch.FloatStorage(10), torch.LongStorage {2}
  local meta = getmetatable(s)
  local length = meta.__len
  meta.__len = function(object)
    close(s)
    return length(object)
  end
  local ok, x = pcall(torch.FloatTensor, s, 1, size)
  meta.__len = length
  test.check(ok and x:size(1) == 2, 'sizes ask nobody')
end)

test.case('what is closed by the function that optim evaluates', function()
  local x = torch.ones(1000)
  pcall(optim.sgd, function()
    close(x)
    return 1, torch.ones(1000)
  end, x, {learningRate = 0.1})
  x = torch.ones(2000)
  local state = setmetatable({}, {__newindex = function() end, __index = function(_, key)
    if key ~= 't' and key ~= 'evalCounter' then return torch.zeros(2000) end
    collectgarbage()
    return 0
  end})
  optim.adam(function() return 1, torch.ones(2000) end, x, {learningRate = 0.1}, state)
  test.check(math.abs(x[1] - 0.9) < 1e-5, 'a step with state that nobody keeps')
end)

test.case('a generator that nobody keeps, and another taken meanwhile', function()
  local function draw() return torch.random(torch.Generator()) end
  amid(draw, function() torch.randn(torch.Generator(), 3) end)
  amid(draw, function() torch.randperm(torch.Generator(), 3) end)
  local sizes = setmetatable({2}, {__len = function() draw() collectgarbage() return 1 end})
  test.equal(torch.rand(torch.Generator(), sizes):nElement(), 2)
end)

test.case('what finalizers close while the engine makes a result', function()
  local victim
  local function act() if victim then getmetatable(victim).__close(victim) end end
  local y = torch.ones(64)
  amid(act, function()
    victim = torch.ones(64)
    pcall(torch.cmul, y, victim)
  end)
  amid(act, function()
    victim = torch.LongStorage(100)
    pcall(victim.resize, victim, 5)
  end)
end)

test.case('lists that finalizers change while they are read', function()
  local pairs_, list, parts, options
  local function act()
    for i = 1, 100 do
      if pairs_ then pairs_['x' .. i] = 'y' end
      if list then list[i] = nil end
      if parts then parts[i] = nil end
    end
    if options then options.weights = nil end
  end
  local path = test.folder() .. '/a.safetensors'
  amid(act, function()
    pairs_, list = {a = 'b', c = 'd'}, {{'a', torch.ones(1)}, {'b', torch.ones(1)}}
    pcall(file.writeSafetensors, path, list, pairs_)
    parts = {torch.ones(3), torch.ones(3)}
    pcall(torch.cat, parts, 1)
    options = {weights = torch.ones(3)}
    pcall(nn.ClassNLLCriterion, options)
  end)
end)

test.case('methods that finalizers add while a name is looked for', function()
  local meta, added = getmetatable(torch.Tensor()), {}
  local x = torch.ones(1)
  amid(function()
    for i = 1, 50 do
      local name = ('added%d_%d'):format(#added, i)
      meta[name] = 1
      added[#added + 1] = name
    end
  end, function() pcall(function() return x.unheardOf end) end)
  for _, name in ipairs(added) do meta[name] = nil end
end)

test.case('a class that is its own parent', function()
  local class = torch.class('nn.OwnParent', 'nn.Module')
  function class:updateOutput(x) return x end -- luacheck: ignore
  local parent = class.__parent
  class.__parent = class
  pcall(function() nn.OwnParent():forward(torch.ones(2)) end)
  class.__parent = parent
  nn.OwnParent = nil
end)

test.case('an error while a coroutine closes leaves nothing of it behind', function()
  local class = torch.class('nn.Left', 'nn.Module')
  function class:updateOutput(x) return x end -- luacheck: ignore
  local layer = nn.Left()
  local co = coroutine.create(function()
    local _ <close> = setmetatable({}, {__close = function()
      local made = modules.instance({})
      modules.initLua(made)
      modules.override(made)
    end})
    coroutine.yield()
  end)
  coroutine.resume(co)
  local ok, message = coroutine.close(co)
  test.check(not ok and tostring(message):find 'without a name', tostring(message))
  co = nil -- luacheck: ignore
  collectgarbage()
  collectgarbage()
  local junk = {} -- takes the coroutine's memory
  for i = 1, 30000 do junk[i] = ('A'):rep(100 + i % 200) .. i end
  test.equal(#junk, 30000)
  modules.classChanged()
  test.equal(layer:forward(torch.ones(2)), {1, 1})
  nn.Left = nil
end)

test.case('a generator passes for no tensor, whatever its state', function()
  local generator = torch.Generator()
  local address = tostring(torch.isTensor):match '0x%x+'
  for _, second in ipairs {0, 1, tonumber(address) or 0} do
    torch.setRNGState(generator, torch.LongTensor {second, second})
    test.check(not torch.isTensor(generator), 'isTensor')
  end
end)
