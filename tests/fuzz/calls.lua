--- calls.lua - random programs of calls to everything Lua sees of the engine: wrong types, NaN,
-- huge and negative sizes, aliased, overlapping and closed tensors, modules that contain
-- themselves, methods that raise, return anything, call back into the network or take it apart. Any
-- error is right; a crash, what the sanitizers see, and a call without end are not.
--
-- An input is a program: each step is a byte for what is done (`steps` below) and bytes for what it
-- is done with. Functions are named by three bytes, see calls/functions.lua; objects are those of
-- calls/pool.lua. AELUA_FUZZ_TRACE=1 tells on stderr what is called; tools/calls.lua gives inputs
-- to begin with and the figures of what is reached.

local replay = require 'fuzz.replay'
local functions = require 'fuzz.calls.functions'
local pool = require 'fuzz.calls.pool'
local system = require 'aelua.system'

local LARGEST = 1 << 12 -- elements of a tensor: work may be their square
local LONGEST = 12 -- steps of a program
local CALLS = 100 -- everything that is called, in callbacks too
local MEMORY = 1 << 20

local trace = os.getenv 'AELUA_FUZZ_TRACE'
local stderr = io.stderr

local at, text, calls, depth

local read = string.byte

local function byte()
  at = at + 1
  return read(text, at) or 0
end

-- ---- calling ----

local function shown(v)
  if torch.isTensor(v) then
    local ok, sizes = pcall(function() return table.concat(v:size():totable(), 'x') end)
    return ok and v:type() .. ' ' .. sizes or 'closed tensor'
  end
  local ok, kind = pcall(torch.type, v)
  return ok and type(v) == 'userdata' and kind or type(v) == 'string' and ('%q'):format(v)
    or tostring(type(v) == 'table' and kind or v)
end

local function tell(what, ...)
  local words = {}
  for i = 1, select('#', ...) do words[i] = shown((select(i, ...))) end
  stderr:write(('  '):rep(depth), what, '(', table.concat(words, ', '), ')\n')
end

local function tooLarge(t)
  local ok, n = pcall(torch.numel, t)
  return ok and n > LARGEST
end

-- Strides of 0 give tensors with elements without end, which take time without end.
local function cut(...)
  for i = 1, select('#', ...) do
    local t = select(i, ...)
    if type(t) == 'userdata' and torch.isTensor(t) and tooLarge(t) then t:set() end
  end
end

local function spend()
  calls = calls + 1
  if calls > CALLS then error('enough', 0) end
end

-- Calls f; what it returns, and what it was given, is no larger than we bear.
local function attempt(what, f, ...)
  spend()
  if trace then tell(what, ...) end
  local results = table.pack(pcall(f, ...))
  cut(...)
  cut(table.unpack(results, 2, 5))
  if trace then tell('  ', table.unpack(results, 1, 5)) end
  if results[1] then return results[2], results[3], results[4], results end
end

-- ---- values ----

local value, step

local function close(v)
  local here <close> = v -- luacheck: ignore
end

local function object() return pool.get(pool.place(byte())) end

-- Closes something that a function may have in hand; whether what is left of the input says so.
local function sprung()
  spend()
  if at >= #text then return false end
  attempt('close', close, object())
  if byte() & 1 == 1 then collectgarbage() end
  return true
end

-- Of tables that close things when they are read.
local trap = {__len = function() return sprung() and byte() % 4 or 0 end,
  __index = function() return sprung() and value() or nil end}

local function list()
  local t, n = {}, byte()
  for i = 1, n % 4 do t[i] = value() end
  for _ = 1, n >> 2 & 3 do t[pool.fields[byte() % #pool.fields + 1]] = value() end
  if n & 16 ~= 0 then t[#t + 1] = t end
  return n & 32 ~= 0 and setmetatable(t, trap) or t
end

local function keep(...)
  for i = 1, select('#', ...) do
    local v = select(i, ...)
    if not (type(v) == 'table' and functions.library[v]) then pool.put(byte(), v) end
  end
end

-- What a callback does, as the bytes left at the time say; with no bytes left it gives back what it
-- got.
local deeds = {
  function(...) return ... end,
  function() return value() end,
  function() error 'mine' end,
  function() error({}) end,
  function() error() end,
  function(...) step() return ... end,
  function() step() step() return value() end,
  function(...) return coroutine.yield(...) end,
  function(first, ...)
    local here <close> = type(first) == 'userdata' and first or nil -- luacheck: ignore
    return first, ...
  end,
  function(first) return 0.5, first end,
  function(first, second)
    keep(first, second)
    attempt('remove', function() while first:remove() do spend() end end)
    return second
  end,
  function(...) collectgarbage() return ... end,
  function(first, second) keep(first, second) step() return second end,
  function(first, second) return first:updateOutput(second) end,
}

local function callback(...)
  spend()
  if at >= #text or depth > 6 then return ... end
  depth = depth + 1
  local results = table.pack(pcall(deeds[byte() % #deeds + 1], ...))
  depth = depth - 1
  if not results[1] then error(results[2], 0) end
  return table.unpack(results, 2, results.n)
end

-- The function that the next three bytes mean; tools/calls.lua wants to know where they stood.
local function named()
  local position = at
  local entry = functions.at(byte() << 16 | byte() << 8 | byte())
  if functions.met then table.insert(functions.met, {at = position, entry = entry}) end
  return entry
end

-- Calls a function with these arguments, and counts that.
local function run(entry, args, n)
  entry.called = entry.called + 1
  local a, b, c, all = attempt(entry.name, entry.f, table.unpack(args, 1, n))
  if all then entry.returned = entry.returned + 1 end
  return a, b, c
end

local function layer()
  local entry = named()
  local args, n = pool.options(entry.name:match '^nn%.(%w+)$', byte)
  if not args then return pool.get(pool.place(byte(), 'module')) end
  return (run(entry, args, n))
end

-- By ranges of a byte, in the order of how often each is wanted. Below `hint` it is an object of a
-- kind.
function value(kind, hint)
  local b = byte()
  if kind and b < (hint or 96) then return pool.get(pool.place(b, kind)) end
  if b < 128 then return pool.get(pool.place(b)) end
  if b < 152 then return pool.constants[byte() % pool.CONSTANTS + 1] end
  if b < 192 then return (b - 152) % 10 - 2 end
  if b < 214 then return pool.tensor(byte(), byte(), byte()) end
  if b < 224 then return list() end
  if b < 232 then return callback end
  if b < 240 then return pool.fields[byte() % #pool.fields + 1] end
  if b < 244 then return layer() end
  return nil
end

-- ---- steps ----

local counts = {[0] = 1, 1, 2, 2, 3, 1, 0, 1, 2, 3, 4, 3, 5, 6, 4, 2}

-- Mostly with a first one of that kind; a tensor is often given others.
local function arguments(first)
  local n, args = counts[byte() % 16], {}
  for i = 1, n do
    if i == 1 then args[i] = value(first, 224)
    else args[i] = value(first == 'tensor' and first, 80) end
  end
  return args, n
end

-- What a constructor, or a function of optim, is for.
local function meant(name)
  local kind = pool.optimizers[name]
  if not kind then return pool.options(name, byte) end
  local settings = pool.settings(name, byte)
  if kind == 'object' then return {value('module', 224), settings}, 2 end
  return {callback, value('tensor', 224), settings}, 3
end

local function call()
  local entry = named()
  local args, n
  local name = entry.name:match '^%w+%.(%w+)$'
  if name and byte() < 200 then args, n = meant(name) end
  if not args then args, n = arguments(entry.self) end
  keep(run(entry, args, n))
end

local function method(target, name, ...) return target[name](target, ...) end

-- Forward and backward with the first shape that the module takes.
local function pass()
  local module, b = value 'module', byte()
  local output, input
  for i = 0, b & 64 ~= 0 and 11 or 0 do
    input = b & 128 ~= 0 and value 'tensor' or pool.tensor(byte(), b + i, byte())
    output = attempt('forward', method, module, 'forward', input)
    if output ~= nil then break end
  end
  keep(output, input)
  if output == nil then return end
  local gradient = b & 1 == 0 and output or value 'tensor'
  keep((attempt('backward', method, module, 'backward', input, gradient)))
end

local targets = {function(input) return input end,
  function() return torch.LongTensor {1, 2} end, function() return 1 end,
  function(input) return input:clone():sign() end, function() return value() end}

local function loss()
  local criterion, b = value 'criterion', byte()
  local input = b & 128 ~= 0 and value 'tensor' or pool.tensor(byte(), b, byte())
  local target = attempt('target', targets[(b >> 4) % #targets + 1], input)
  attempt('forward', method, criterion, 'forward', input, target)
  keep((attempt('backward', method, criterion, 'backward', input, target)))
end

local function module() return pool.get(pool.place(byte(), 'module')) end

local function assign()
  local target, name, v = object(), pool.fields[byte() % #pool.fields + 1], value()
  if functions.library[target] then return end
  attempt('assign ' .. name, function() target[name] = v end)
end

local function override()
  local target, name = module(), pool.methods[byte() % #pool.methods + 1]
  attempt('override ' .. name, function() target[name] = callback end)
end

local function meta()
  local t = list()
  attempt('setmetatable', setmetatable, value 'table', t)
end

local operators = {
  function(a, b) return a + b end, function(a, b) return a - b end,
  function(a, b) return a * b end, function(a, b) return a / b end,
  function(a, b) return a % b end, function(a, b) return a ^ b end,
  function(a, b) return a .. b end, function(a, b) return a == b end,
  function(a, b) return a < b end, function(a, b) return a <= b end,
  function(a, b) return a[b] end, function(a, b) a[b] = value() return a end,
  function(a, b) return a(b, value()) end, function(a) return -a end, function(a) return #a end,
  function(a) return tostring(a) end, function(a, b) return a // b end,
  function(a) for k, v in pairs(a) do spend() keep(k, v) end end,
}

local function operate()
  local f = operators[byte() % #operators + 1]
  keep((attempt('operator', f, value 'tensor', value())))
end

local function routine()
  local thread = coroutine.create(step)
  attempt('resume', coroutine.resume, thread)
  if coroutine.status(thread) == 'suspended' then attempt('resume', coroutine.resume, thread, 1) end
  attempt('close', coroutine.close, thread)
end

local function serialized()
  local v, format = value 'module', byte() < 200 and 'binary' or 'ascii'
  local bytes = attempt('serialize', torch.serialize, v, format)
  if bytes then keep((attempt('deserialize', torch.deserialize, bytes, format))) end
end

local function children()
  local container = module()
  local name, args, n = byte() % 4, arguments 'module'
  name = name == 0 and 'insert' or name == 1 and 'replaceChild' or 'add'
  keep((attempt(name, method, container, name, table.unpack(args, 1, n))))
end

-- A class in the script's own words; there is one of each name.
local function class()
  local name, parent = 'nn.Fuzz' .. byte() % 4, value()
  local made = attempt('torch.class', torch.class, name, parent)
  if not made then return end
  for _ = 1, byte() % 4 do made[pool.methods[byte() % #pool.methods + 1]] = callback end
  keep((attempt(name, made, value())))
end

local function drop() pool.drop(pool.place(byte())) end

-- {share of 256, step}: the shares' order and sum stay.
local kinds = {{120, call}, {28, pass}, {12, loss}, {16, assign}, {10, override},
  {6, function() attempt('close', close, object()) end}, {14, operate}, {6, meta}, {6, routine},
  {8, serialized}, {14, children}, {4, class}, {4, drop}, {8, function() keep(layer()) end}}

local steps = {}
for _, kind in ipairs(kinds) do
  for _ = 1, kind[1] do steps[#steps + 1] = kind[2] end
end
assert(#steps == 256)

function step() steps[byte() + 1]() end

-- ---- programs ----

local function quiet(...)
  for i = 1, select('#', ...) do tostring((select(i, ...))) end
end

-- While an input runs, nothing is printed and the program does not end. {table, key, value}
local stubs = {{_G, 'print', quiet}, {io, 'write', quiet}, {io, 'stderr', {write = quiet}},
  {os, 'exit', function() error 'exit' end}}

local function exchange()
  for _, stub in ipairs(stubs) do
    local t, key = stub[1], stub[2]
    t[key], stub[3] = stub[3], t[key]
  end
end

-- What an input may have changed for all.
local function restore()
  exchange()
  pool.clear()
  torch.setdefaulttensortype 'torch.FloatTensor'
  if torch.getMatmulPrecision() ~= 'float32' then torch.setMatmulPrecision 'float32' end
  for i = 0, 3 do nn['Fuzz' .. i] = nil end
end

-- Every element of what is left lies inside its storage.
local function touch()
  for _, v in pairs(pool.made) do
    if torch.isTensor(v) then pcall(method, v, 'clone') end
  end
end

local function program()
  for _ = 1, LONGEST do
    if at >= #text or calls > CALLS then break end
    pcall(step)
  end
end

return replay('calls', function(bytes)
  at, text, calls, depth = 0, bytes, 0, 0
  system.memoryLimit(system.memory() + math.ceil(collectgarbage 'count' * 1024) + MEMORY)
  torch.manualSeed(1)
  exchange()
  program()
  touch()
  restore()
  if system.memory() > 3 * MEMORY then collectgarbage() end
end)
