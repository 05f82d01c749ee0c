--- pool.lua - what the functions are given, for tests/fuzz/calls.lua: objects by number, made when
-- an input first asks for one, tensors of many shapes and layouts, layers with options in range.

local modules, reference = require 'aelua.modules', require 'aelua.reference'
local nn = require 'nn'
local optim = require 'optim'

local pool = {}

-- ---- objects by number ----

local function mine(name, parent, methods)
  local class = torch.class('nn.' .. name, parent)
  nn[name] = nil
  for key, method in pairs(methods) do class[key] = method end
  return class
end

local Lua = mine('FuzzLayer', 'nn.Module', {
  updateOutput = function(self, input)
    self.output:resizeAs(input):copy(input)
    return self.output
  end,
  updateGradInput = function(self, _, gradOutput)
    self.gradInput = gradOutput
    return gradOutput
  end,
})

local function closed()
  local t <close> = torch.Tensor(2, 3) -- luacheck: ignore
  return t
end

local function closedModule()
  local m <close> = nn.Linear(3, 2) -- luacheck: ignore
  return m
end

local function convolutions()
  return nn.Sequential():add(nn.SpatialConvolution(3, 2, 2, 2)):add(nn.ReLU(true))
    :add(nn.SpatialMaxPooling(2, 2)):add(nn.View(-1))
end

-- {kind, constructor}: a place is never given another meaning, new ones go to the end.
local recipes = {
  {'tensor', function() return torch.Tensor(2, 3):fill(1) end},
  {'tensor', function() return torch.Tensor(2, 3):fill(0.5) end},
  {'tensor', function() return torch.DoubleTensor(3, 4):fill(2) end},
  {'tensor', function() return torch.DoubleTensor(2, 3):fill(-1) end},
  {'tensor', function() return torch.LongTensor {1, 2} end},
  {'tensor', function() return torch.ByteTensor(2, 3):fill(1) end},
  {'tensor', function() return torch.Tensor {1, 2, 3} end},
  {'tensor', function() return torch.Tensor(2, 3, 4, 5):fill(0.25) end},
  {'tensor', function() return torch.Tensor() end},
  {'tensor', function() return torch.eye(3) end},
  {'tensor', function() return pool.get(1):t() end},
  {'tensor', function() return torch.Tensor(1, 3):fill(2):expand(2, 3) end},
  {'tensor', function() return pool.get(8):select(1, 1) end},
  {'tensor', closed},
  {'storage', function() return torch.LongStorage {2, 3} end},
  {'storage', function() return pool.get(1):storage() end},
  {'module', function() return nn.Linear(3, 2) end},
  {'module', function() return nn.Sequential():add(pool.get(17)):add(nn.Tanh()) end},
  {'module', convolutions},
  {'module', function() return nn.ConcatTable():add(nn.Identity()):add(pool.get(17)) end},
  {'module', function() return Lua() end},
  {'module', function() return nn.Sequential():add(Lua()):add(nn.BatchNormalization(3)) end},
  {'module', closedModule},
  {'criterion', function() return nn.MSECriterion() end},
  {'criterion', function() return nn.ClassNLLCriterion() end},
  {'criterion', function() return nn.ParallelCriterion():add(pool.get(24)) end},
  {'optimizer', function() return optim.Adam(pool.get(18)) end},
  {'optimizer', function() return optim.SGD(pool.get(17), {momentum = 0.9}) end},
  {'generator', function() return torch.Generator() end},
  {'timer', function() return torch.Timer() end},
  {'file', function() return torch.MemoryFile() end},
  {'table', function() return {pool.get(1), pool.get(2)} end},
  {'table', function() return {} end},
  {'tester', function() return torch.Tester() end},
  {'cmdline', function() return torch.CmdLine() end},
  {'confusion', function() return optim.ConfusionMatrix(3) end},
  {'module', function() return torch.factory 'nn.Linear' () end},
  {'module', function() return torch.factory 'nn.Sequential' () end},
  {'criterion', function() return torch.factory 'nn.MSECriterion' () end},
}

local byKind = {}
for i, recipe in ipairs(recipes) do
  byKind[recipe[1]] = byKind[recipe[1]] or {}
  table.insert(byKind[recipe[1]], i)
end

local made = {}

--- Forgets what was made.
function pool.clear()
  for i in pairs(made) do made[i] = nil end
end

function pool.get(i)
  local object = made[i]
  if object == nil then
    object = recipes[i][2]()
    made[i] = object
  end
  return object
end

--- The number of the object that b means, among those of a kind where there are any.
function pool.place(b, kind)
  local places = byKind[kind]
  return places and places[b % #places + 1] or b % #recipes + 1
end

--- 'tensor', 'module', ... 'table', or nil for what is not kept.
function pool.kind(value)
  local kind = modules.kind(value)
  return kind == 'userdata' and 'timer' or byKind[kind] and kind
end

--- Puts a value where objects of its kind are.
function pool.put(b, value)
  local kind = pool.kind(value)
  if kind then made[pool.place(b, kind)] = value end
end

function pool.drop(i) made[i] = nil end

--- What was made, by number.
pool.made = made

-- ---- constants ----

-- Meant by a byte each: 128 places, new ones go to the end.
pool.constants = {false, true, 0, 1, 2, 3, 4, 5, 7, 8, 9, 16, 31, 64, -1, -2, -3, 100, 1000, 65536,
  0.5, -0.5, 1.5, 1e-3, 1e10, 1e300, -1e300, 0 / 0, 1 / 0, -1 / 0, math.maxinteger,
  math.mininteger, 1 << 31, 1 << 32, (1 << 31) - 1, 1 << 61, 1 << 62, -1 << 31, 2.5, 1e-300, 1e30,
  '', 'x', '3', '*', 'torch.FloatTensor', 'torch.DoubleTensor', 'torch.LongTensor',
  'torch.ByteTensor', 'torch.IntTensor', 'torch.ShortTensor', 'torch.CharTensor', 'float', 'double',
  'V', 'F', 'valid', 'full', 'a', 'U', 'L', 'simple', 'bilinear', 'nn.Linear', 'nn.Module',
  'nn.Criterion', 'weight', 'bias', 'mine', 'output', 'float32', 'bf16', ('x'):rep(300), '%s%d%n',
  'a\0b', '{"a":[1,null,{"b":1e5}]}', '\27[1m', 'ascii', 'binary', 'r', 'lin', 'sum', 'mean'}
pool.CONSTANTS = 128

--- Fields of modules, criterions, options and states.
pool.fields = {'weight', 'bias', 'gradWeight', 'gradBias', 'output', 'gradInput', 'train', 'mine',
  'modules', 'running_mean', 'running_var', 'noise', 'p', 'inplace', 'indices', 'size', 'dim',
  '__index', '__newindex', '__call', '__tostring', '__len', '__gc', '__close', '__eq', '__add',
  'sizeAverage', 'weights', 'criterions', 'learningRate', 'momentum', 'weightDecay', 'maxIter',
  'updateOutput', 'updateGradInput', 'accGradParameters', 'forward', 'backward', 'parameters',
  'reset', 'clearState', 'type', 'clone', 'training', 'zeroGradParameters', '__tostring__',
  '__typename', '__class', 'nDim', 'state', 'lineSearch', 'beta1', '__mode', '__metatable'}

--- Methods that inputs override: the last ones of fields' layers.
pool.methods = {'updateOutput', 'updateGradInput', 'accGradParameters', 'forward', 'backward',
  'parameters', 'zeroGradParameters', 'reset', 'type', 'training', 'evaluate', 'clearState',
  '__tostring__', 'clone', 'updateParameters', 'getParameters'}

-- ---- tensors ----

local types = {'Float', 'Double', 'Float', 'Double', 'Long', 'Byte', 'Int', 'Short', 'Char'}
local constructors = {}
for i, name in ipairs(types) do constructors[i] = torch[name .. 'Tensor'] end

--- Sizes that fit each other more often than not.
pool.shapes = {{2, 3}, {3}, {3, 2}, {2, 3, 4}, {2, 3, 4, 5}, {3, 3}, {2}, {1}, {4}, {3, 4, 4}, {0},
  {2, 0}, {0, 3}, {1, 3}, {3, 1}, {2, 2, 3, 3}, {3, 5, 5}, {6}, {2, 2, 2, 2, 2}, {1, 1, 1, 1},
  {4, 3},
  {3, 2, 3}, {100}, {16, 16}, {2, 2, 2}, {5, 2}, {1, 1}, {7, 7}, {4, 4}, {2, 1, 4, 4}, {3, 0, 2},
  {2, 4}}

local function spread(t) return t:storage() and t:t() end

local layouts = {
  function(t) return t end,
  function(t) return t end,
  function(t) return t:dim() == 2 and spread(t) or t end,
  function(t) return t:dim() > 0 and t:size(1) > 1 and t:narrow(1, 2, t:size(1) - 1) or t end,
  function(t) return t:dim() > 1 and t:select(2, t:size(2)) or t end,
  function(t) return t:dim() > 0 and t:narrow(1, 1, 1):expandAs(t) or t end,
}

local fills = {0, 1, 2, -1, 0.5, 0 / 0, 1 / 0, 1e30}

--- A tensor by three bytes: type and layout, shape, what is in it.
function pool.tensor(b, shape, content)
  local t = constructors[b % #types + 1](table.unpack(pool.shapes[shape % #pool.shapes + 1]))
  content = content % 16
  if content < #fills then
    t:fill(fills[content + 1])
  elseif t:nElement() > 0 and content < 12 then
    t:copy(torch.range(1, t:nElement()))
  else
    t:copy(torch.Tensor(t:size()):uniform(-3, 3))
  end
  local ok, view = pcall(layouts[(b >> 4) % #layouts + 1], t)
  return ok and view or t
end

-- ---- layers, losses and optimizers with options in range ----

local described = {}
for _, list in pairs(reference) do
  for _, entry in ipairs(list) do described[entry.name] = entry.options end
end

local numbers = {0, 1, 0.5, 2, 0.1, -1, 1e-3, 3}

local options = {
  boolean = function(_, b) return b & 1 == 1 end,
  integer = function(o, b)
    local n = math.max(o.min, 1) + b % 4
    return math.tointeger(n <= o.max and n or o.max) or 1
  end,
  number = function(o, b) return math.min(math.max(numbers[b % #numbers + 1], o.min), o.max) end,
  sizes = function(_, b) return torch.LongStorage(pool.shapes[b % 8 + 1]) end,
  tensor = function(_, b) return pool.tensor(b, b >> 3, b >> 4) end,
}

--- Which are optimizers: 'object' for optim.SGD, 'function' for optim.sgd.
pool.optimizers = {cg = 'function', lbfgs = 'function', nag = 'function', checkgrad = 'function'}
for _, entry in ipairs(reference.optims) do
  pool.optimizers[entry.name], pool.optimizers[entry.func] = 'object', 'function'
  described[entry.func] = entry.options
end

--- A table of options, by name, in range.
function pool.settings(name, byte)
  local t = {}
  for _, option in ipairs(described[name] or {}) do
    local b = byte()
    if b < 64 then t[option.name] = options[option.kind](option, b) end
  end
  return t
end

--- Arguments for a constructor, or nil where it is not described.
-- @param name "Linear"
-- @param byte a function that gives the next byte
function pool.options(name, byte)
  local list = described[name]
  if not list then return nil end
  local args, n = {}, 0
  for _, option in ipairs(list) do
    local b = byte()
    if not option.required and b >= 128 then break end
    n = n + 1
    args[n] = options[option.kind](option, b)
  end
  return args, n
end

if not rawget(_G, 'FUZZING') and not ... then
  local test = require 'harness'
  test.case('every object can be made, and is of its kind', function()
    for i, recipe in ipairs(recipes) do
      local object, kind = pool.get(i), recipe[1]
      test.check(object ~= nil, 'object ' .. i)
      if type(object) == 'userdata' then test.equal(pool.kind(object), kind) end
      test.equal(recipes[pool.place(i, kind)][1], kind)
    end
    pool.clear()
    test.equal(next(pool.made), nil)
  end)
  test.case('options in range are taken', function()
    local n = 0
    for _, entry in ipairs(reference.layers) do
      local args, count = pool.options(entry.name, function() return 0 end)
      if pcall(nn[entry.name], table.unpack(args, 1, count)) then n = n + 1 end
    end
    test.check(n > 80, n)
  end)
end

return pool
