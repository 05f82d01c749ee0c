--- What scripts written for Torch7's LuaJIT take for granted: Lua 5.1's functions, and Torch's
-- packages as globals. Loaded on request, `require 'compat'` or `aelua -l compat script.lua`: it
-- changes globals, which a new script has no need of.

-- ---- packages ----

_G.torch = require 'torch'
for _, name in ipairs {'nn', 'optim'} do _G[name] = require(name) end
for _, name in ipairs {'paths', 'sys', 'xlua', 'image', 'gnuplot', 'unsup'} do
  _G[name] = require('aelua.lua.' .. name)
  package.loaded[name] = package.loaded[name] or _G[name]
end

-- Parts of Torch's interpreter: what they do, print of tables, is below.
for _, name in ipairs {'trepl', 'env'} do
  package.preload[name] = package.preload[name] or function() return true end
end

-- ---- functions of Lua 5.1 ----

_G.unpack = table.unpack
_G.loadstring = load

local function define(library, name, f)
  if library[name] == nil then library[name] = f end
end

define(table, 'getn', function(list) return #list end)
define(table, 'maxn', function(list)
  local largest = 0
  for key in pairs(list) do
    if type(key) == 'number' then largest = math.max(largest, key) end
  end
  return largest
end)
define(table, 'foreach', function(list, f)
  for key, value in pairs(list) do
    local result = f(key, value)
    if result ~= nil then return result end
  end
end)
define(table, 'foreachi', function(list, f)
  for i, value in ipairs(list) do
    local result = f(i, value)
    if result ~= nil then return result end
  end
end)
define(string, 'gfind', string.gmatch)

define(math, 'pow', function(x, y) return x ^ y end)
define(math, 'mod', math.fmod)
define(math, 'log10', function(x) return math.log(x, 10) end)
define(math, 'cosh', function(x) return (math.exp(x) + math.exp(-x)) / 2 end)
define(math, 'sinh', function(x) return (math.exp(x) - math.exp(-x)) / 2 end)
define(math, 'tanh', function(x)
  local e = math.exp(-2 * math.abs(x))
  return (x < 0 and -1 or 1) * (1 - e) / (1 + e)
end)
define(math, 'ldexp', function(m, e) return m * 2.0 ^ e end)
define(math, 'frexp', function(x)
  if x == 0 or x ~= x or math.abs(x) == math.huge then return x, 0 end
  local e = math.floor(math.log(math.abs(x), 2)) + 1
  local m = x / 2.0 ^ e
  if math.abs(m) >= 1 then m, e = m / 2, e + 1 end
  if math.abs(m) < 0.5 then m, e = m * 2, e - 1 end
  return m, e
end)

-- math.random takes floats that are whole numbers, and %d formats numbers that are not whole, as
-- in 5.1.
local random, format = math.random, string.format

function math.random(low, high) -- luacheck: ignore 122
  if high then return random(math.floor(low), math.floor(high)) end
  if low then return random(math.floor(low)) end
  return random()
end

local function whole(v)
  if math.type(v) ~= 'float' or v ~= v or math.abs(v) >= 2 ^ 63 then return v end
  return math.tointeger(v) or math.tointeger(v < 0 and math.ceil(v) or math.floor(v))
end

function string.format(text, ...) -- luacheck: ignore 122
  local values, i = table.pack(...), 0
  for directive in text:gsub('%%%%', ''):gmatch('%%[-+ #0-9.]*(%a)') do
    i = i + 1
    if directive:find('[diouxXc]') then values[i] = whole(values[i]) end
  end
  return format(text, table.unpack(values, 1, values.n))
end

-- Tables are printed field by field, as Torch's interpreter does.
local print, pretty = print, require 'aelua.lua.pretty'

function _G.print(...)
  local values = table.pack(...)
  for i = 1, values.n do values[i] = pretty(values[i]) end
  print(table.unpack(values, 1, values.n))
end

-- ---- environments and modules ----

local function levelFunction(f, name)
  if type(f) == 'function' then return f end
  local info = debug.getinfo((f or 1) + 2, 'f')
  if not info then error(name .. ': there is no such level', 3) end
  return info.func
end

-- The place of _ENV among a function's upvalues, or nil.
local function environmentOf(f)
  local i = 1
  while true do
    local name = debug.getupvalue(f, i)
    if not name then return nil end
    if name == '_ENV' then return i end
    i = i + 1
  end
end

--- The globals of a function, or of the one at a level of the stack.
function _G.getfenv(f)
  if f == 0 then return _G end
  f = levelFunction(f, 'getfenv')
  local i = environmentOf(f)
  if not i then return _G end
  local _, environment = debug.getupvalue(f, i)
  return environment
end

--- Gives a function, or the one at a level of the stack, other globals.
function _G.setfenv(f, environment)
  f = levelFunction(f, 'setfenv')
  local i = environmentOf(f)
  if i then
    debug.upvaluejoin(f, i, function() return environment end, 1)
  end
  return f
end

--- For module(..., package.seeall).
function package.seeall(module) -- luacheck: ignore 142
  setmetatable(module, {__index = _G})
end

--- Begins a module of Lua 5.1: the rest of the file defines its functions as globals.
function _G.module(name, ...)
  local module = package.loaded[name]
  if type(module) ~= 'table' then
    module = {}
    package.loaded[name] = module
  end
  local at = _G
  for part in name:gmatch('([^.]+)%.') do
    at[part] = at[part] or {}
    at = at[part]
  end
  at[name:match('[^.]+$')] = module
  module._NAME, module._M = name, module
  for _, option in ipairs {...} do option(module) end
  _G.setfenv(2, module)
end

return true
