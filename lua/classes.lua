--- Classes as Torch7 has them: torch.class, torch.type, torch.isTypeOf, torch.factory.
--
-- A class is a table of methods whose metatable leads to the parent class. Calling it makes an
-- instance: __make gives the bare one, __init(self, ...) fills it, __finish checks it. Instances
-- are tables, or userdata where a parent's __make says so: nn.Module's and each layer's does, so
-- that a class written in Lua may have any layer as its parent and override any of its methods.

local core = require 'aelua.modules'
local torch, nn = require 'torch', core.nn -- the script's own require makes nn a global
local system = require 'aelua.system'

local classes = {}

local byName = {}

-- ---- making instances ----

-- Constructors written in C: their errors should name the line that called the class.
local native = setmetatable({}, {__mode = 'k'})

local function construct(class, ...)
  local self = class.__make(class)
  local init = class.__init
  if native[init] then
    local ok, message = pcall(init, self, ...)
    if not ok then error(message, 2) end
  elseif init then
    init(self, ...)
  end
  local problem = class.__finish and class.__finish(self)
  if problem then error(problem, 2) end
  return self
end

-- Metamethods that table instances take from their class: __add or, as Torch spells it, __add__.
local events = {'__tostring', '__call', '__len', '__unm', '__eq', '__lt', '__le', '__concat',
  '__add', '__sub', '__mul', '__div', '__idiv', '__mod', '__pow'}

local function dispatcher(class, event)
  return function(self, ...)
    local method = class[event] or class[event .. '__']
    if method then return method(self, ...) end
    if event == '__tostring' then return class.__typename end
    if event == '__eq' then return rawequal(self, (...)) end
    error(('%s has no %s'):format(class.__typename, event), 2)
  end
end

-- The metatable of instances; its metamethods look into the class, which may get methods later.
local function instances(class)
  local meta = {__index = class, __class = class}
  for _, event in ipairs(events) do meta[event] = dispatcher(class, event) end
  return meta
end

local function makeTable(class) return setmetatable({}, class.__instance) end

-- The engine keeps in mind which methods classes have.
local function addMethod(class, name, method)
  rawset(class, name, method)
  core.classChanged()
end

-- A class that nobody knows yet.
local function make(name, parent, init)
  local class = setmetatable({__typename = name, __parent = parent, __init = init},
    {__index = parent, __newindex = addMethod, __call = construct,
     __tostring = function() return 'class ' .. name end})
  class.__index = class
  class.__instance = instances(class)
  if not parent then class.__make = makeTable end
  if init then native[init] = true end
  return class
end

--- Makes a class without publishing it.
-- @param name "nn.Linear"
-- @param[opt] parent class
-- @param[opt] init a constructor written in C
-- @return the class
function classes.define(name, parent, init)
  local class = make(name, parent, init)
  byName[name] = class
  return class
end

-- ---- torch.class ----

-- The class of this name; raises, naming the nearest, when there is none.
local function find(name, level)
  local class = byName[name]
  if class then return class end
  local words = {}
  for word in pairs(byName) do words[#words + 1] = word end
  local near = system.nearest(tostring(name), words)
  error(("torch.class: unknown parent class '%s'%s"):format(tostring(name),
    near and ("; did you mean '%s'?"):format(near) or ''), level + 1)
end

local packages = {nn = nn, torch = torch}

-- Sets a.b.C in the globals, making the tables in between.
local function publish(name, class)
  local package, rest = name:match('^(%w+)%.(.+)$')
  local at = packages[package] or _G
  if at ~= _G then name = rest end
  for part in name:gmatch('([^.]+)%.') do
    if at[part] ~= nil and type(at[part]) ~= 'table' then
      error(("torch.class: '%s': %s is a %s, should be a table or nothing"):format(
        class.__typename, part, type(at[part])), 3)
    end
    at[part] = at[part] or {}
    at = at[part]
  end
  at[name:match('([^.]+)$')] = class
end

--- Makes a class, as Torch7: `local Mine, parent = torch.class('nn.Mine', 'nn.Module')`. Its
-- methods go into Mine; __init(self, ...) is the constructor; nn.Mine(...) makes an instance.
-- @param name "package.Name" or "Name"; a class written in Lua may be made anew
-- @param[opt] parentName name of a class
-- @param[opt] module table that gets the class instead of the globals
-- @return the class and its parent
function torch.class(name, parentName, module)
  if type(parentName) == 'table' then parentName, module = nil, parentName end
  if type(name) ~= 'string' or name == '' then
    error('torch.class: the name should be a string', 2)
  end
  local before = byName[name] or (name:match('^nn%.') and nn[name:sub(4)])
  if before and not (type(before) == 'table' and before.__lua) then
    error(("torch.class: '%s' is a class of the engine; take another name"):format(name), 2)
  end
  local parent = parentName and find(parentName, 2)
  local class = make(name, parent)
  class.__lua = true
  if module then
    module[name:match('([^.]+)$')] = class
  else
    publish(name, class)
  end
  byName[name] = class -- at the end: one that failed is not there
  return class, parent
end

-- ---- which class a value has ----

local function classOf(value)
  local kind = core.kind(value)
  if kind == 'module' then return core.class(value) end
  if kind == 'criterion' then return core.lossClass(value) end
  local meta = type(value) == 'table' and getmetatable(value)
  return type(meta) == 'table' and rawget(meta, '__class') or nil
end

--- The class of a value as Torch names it, or nil: "nn.Linear", "torch.FloatTensor".
function torch.typename(value)
  local kind, name = core.kind(value)
  if name then return name end
  if kind == 'tensor' then return value:type() end
  if kind == 'optimizer' or kind == 'generator' then
    return tostring(value):match('^[%w.]+')
  end
  local class = classOf(value)
  return class and class.__typename
end

--- As torch.typename, Lua's type where there is none.
function torch.type(value) return torch.typename(value) or type(value) end

local roots = {tensor = 'torch.Tensor'}

-- Whether a class's name is meant: the name itself, or a pattern that is more than plain text.
local function means(spec, name)
  if spec == name then return true end
  local found, match = pcall(string.match, name or '', spec)
  return found and match ~= nil and match ~= spec
end

--- Whether the value's class is, or descends from, one of this name.
-- @param value anything
-- @param class a class, its name, or a pattern for names: 'torch.*Tensor'
function torch.isTypeOf(value, class)
  local spec = type(class) == 'table' and class.__typename or class
  if type(spec) ~= 'string' then
    error('torch.isTypeOf: a class or the name of one expected, got ' .. type(class), 2)
  end
  local at = classOf(value)
  while at do
    if means(spec, at.__typename) then return true end
    at = at.__parent
  end
  return means(spec, torch.typename(value)) or means(spec, roots[core.kind(value)])
end

--- A function that makes a bare instance of a class, without __init; nil for an unknown name.
function torch.factory(name)
  local class = byName[name]
  return class and function() return class.__make(class) end
end

--- The table that holds a class's methods; for a tensor's name, that of all tensors.
function torch.getmetatable(name)
  if name:find('^torch%.%a*Tensor$') then return getmetatable(torch.Tensor()) end
  return byName[name]
end

-- ---- misspelt names ----

-- Whether one insertion, deletion, replacement or swap of neighbours turns a into b, case apart.
local function oneEdit(a, b)
  a, b = a:lower(), b:lower()
  local first = 1
  while first <= #a and a:byte(first) == b:byte(first) do first = first + 1 end
  local lastA, lastB = #a, #b
  while lastA >= first and lastB >= first and a:byte(lastA) == b:byte(lastB) do
    lastA, lastB = lastA - 1, lastB - 1
  end
  local x, y = a:sub(first, lastA), b:sub(first, lastB)
  return #x <= 1 and #y <= 1 or #x == 2 and x:reverse() == y
end

-- Fields that were never set are nil, as in any Lua table; so short names, which resemble anything,
-- must be very like a method's to be taken for a misspelt one.
local function nearest(name, words)
  if #name < 4 then return nil end
  local near = system.nearest(name, words)
  if near and (#name >= 8 or oneEdit(name, near)) then return near end
end

--- Raises for a name that is nearly that of a method; quiet for any other. src/bind calls it when
-- an object has no such field.
-- @param value the object
-- @param name string
-- @param methods table of its methods; those of a class with its parents'
function core.missing(value, name, methods)
  local words, at = {}, methods
  while at do
    for key, method in pairs(at) do
      if type(key) == 'string' and type(method) == 'function' and key:sub(1, 2) ~= '__' then
        words[#words + 1] = key
      end
    end
    at = rawget(at, '__parent')
  end
  local near = nearest(name, words)
  if not near then return end
  error(("%s has no '%s'; did you mean '%s'?"):format(torch.typename(value), name, near), 3)
end

return classes
