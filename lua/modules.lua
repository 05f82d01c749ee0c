--- Classes: torch.class, torch.type and the like; nn's layers as classes; the module methods that
-- need no C. Loaded before any script.
--
-- A class is a table of methods whose metatable leads to the parent class. Layers of the engine are
-- classes too, so that a class written in Lua may have one as its parent and override any method.

local core = require 'aelua.modules'
local torch, nn = require 'torch', core.nn -- the script's own require makes nn a global
local system = require 'aelua.system'

local modules = {}

-- ---- classes ----

local classes = {} -- by name

-- What makes an instance of a class, by the kind of its root.
local function construct(class, ...)
  if class.__root == 'module' then
    local self = core.instance(class)
    if class.__lua then
      class.__init(self, ...)
    else
      local ok, message = pcall(class.__init, self, ...)
      if not ok then error(message, 2) end
    end
    if not core.made(self) then core.initLua(self) end
    if class.__lua then core.override(self) end
    return self
  end
  local self = setmetatable({}, class.__instance)
  if class.__init then class.__init(self, ...) end
  return self
end

-- Metamethods that instances made of tables take from their class.
local events = {'__tostring', '__call', '__len', '__add', '__sub', '__mul', '__div', '__unm', '__eq'}

local function define(name, parent, root)
  local class = setmetatable({__typename = name, __root = root, __parent = parent},
    {__index = parent, __call = construct, __tostring = function() return 'class ' .. name end})
  class.__index = class
  class.__instance = {__index = class, __class = class}
  for _, event in ipairs(events) do
    class.__instance[event] = function(self, ...)
      local method = class[event]
      if method then return method(self, ...) end
      if event == '__tostring' then return name end
      error(('%s has no %s'):format(name, event), 2)
    end
  end
  classes[name] = class
  return class
end

-- Sets a.b.C in the globals, making the tables in between.
local function publish(name, class)
  local at = _G
  for part in name:gmatch('([^.]+)%.') do
    if part == 'nn' then
      at = nn
    elseif part == 'torch' then
      at = torch
    else
      at[part] = at[part] or {}
      at = at[part]
    end
  end
  at[name:match('([^.]+)$')] = class
end

--- Makes a class, as Torch7: `local Mine, parent = torch.class('nn.Mine', 'nn.Module')`. Its
-- methods go into Mine; __init(self, ...) is the constructor; nn.Mine(...) makes an instance.
-- @param name "package.Name" or "Name"
-- @param[opt] parentName name of a class
-- @param[opt] module table that gets the class instead of the globals
-- @return the class and its parent
function torch.class(name, parentName, module)
  if type(parentName) == 'table' then parentName, module = nil, parentName end
  local parent = parentName and classes[parentName]
  if parentName and not parent then
    error(("torch.class: unknown parent class '%s'"):format(tostring(parentName)), 2)
  end
  local class = define(name, parent, parent and parent.__root or 'table')
  class.__lua = true
  if module then
    module[name:match('([^.]+)$')] = class
  else
    publish(name, class)
  end
  return class, parent
end

--- The class of a value as Torch names it, or nil: "nn.Linear", "torch.FloatTensor".
function torch.typename(value)
  local kind = core.kind(value)
  if kind == 'module' then return core.class(value).__typename end
  if kind == 'tensor' then return value:type() end
  if kind == 'storage' or kind == 'criterion' or kind == 'optimizer' then
    return tostring(value):match('^[%w.]+')
  end
  local meta = kind == 'table' and getmetatable(value)
  local class = type(meta) == 'table' and rawget(meta, '__class')
  return class and class.__typename or nil
end

--- As torch.typename, Lua's type where there is none.
function torch.type(value) return torch.typename(value) or type(value) end

local function classOf(value)
  if core.kind(value) == 'module' then return core.class(value) end
  local meta = type(value) == 'table' and getmetatable(value)
  return type(meta) == 'table' and rawget(meta, '__class') or nil
end

--- Whether the value's class is, or descends from, the class of this name (or the class itself).
function torch.isTypeOf(value, class)
  local name = type(class) == 'table' and class.__typename or class
  local at = classOf(value)
  while at do
    if at.__typename == name then return true end
    at = at.__parent
  end
  return torch.typename(value) == name
end

--- A function that makes an empty instance of a class, as torch.factory.
function torch.factory(name)
  local class = classes[name]
  return class and function()
    return class.__root == 'module' and core.instance(class) or setmetatable({}, class.__instance)
  end
end

torch.getmetatable = function(name) return classes[name] end

-- ---- nn.Module ----

local Module = define('nn.Module', nil, 'module')
nn.Module = Module
for name, method in pairs(core.methods) do Module[name] = method end
local children = core.methods.children
for _, name in ipairs {'children', 'setType', 'typeName', 'copy', 'describe'} do Module[name] = nil end

function Module.__init(self) if not core.made(self) then core.initLua(self) end end

function Module.__call__(self, ...) return self:forward(...) end

-- Calls visit(module) for a module and everything inside it, containers first.
local function walk(module, visit)
  visit(module)
  for _, child in ipairs(children(module) or {}) do walk(child, visit) end
end

--- Calls f(module) for this module and everything inside.
function Module:apply(f)
  walk(self, f)
  return self
end

--- Replaces each module inside, and finally this one, by what f returns for it.
function Module:replace(f)
  for i, child in ipairs(children(self) or {}) do
    local new = child:replace(f)
    if new ~= child then self:replaceChild(i, new) end
  end
  return f(self)
end

--- All modules of a class, and the containers that hold them.
function Module:findModules(name)
  local found, holders = {}, {}
  local function search(module, holder)
    if torch.typename(module) == name then
      found[#found + 1], holders[#holders + 1] = module, holder
    end
    for _, child in ipairs(children(module) or {}) do search(child, module) end
  end
  search(self, self)
  return found, holders
end

--- This module and everything inside, as a list.
function Module:listModules()
  local list = {}
  walk(self, function(module) list[#list + 1] = module end)
  return list
end

--- The tensor type, or the conversion of everything in it: net:type('torch.DoubleTensor').
function Module:type(name)
  if not name then return core.methods.typeName(self) end
  core.methods.setType(self, name)
  walk(self, function(module)
    local fields = core.fields(module)
    for key, value in pairs(fields) do
      if torch.isTensor(value) then fields[key] = value:type(core.methods.typeName(self)) end
    end
  end)
  return self
end

function Module:float() return self:type('torch.FloatTensor') end
function Module:double() return self:type('torch.DoubleTensor') end

local function deepCopy(value, seen)
  if seen[value] then return seen[value] end
  if torch.isTensor(value) then
    seen[value] = value:clone()
  elseif type(value) == 'table' then
    local copy = {}
    seen[value] = copy
    for k, v in pairs(value) do copy[deepCopy(k, seen)] = deepCopy(v, seen) end
    setmetatable(copy, getmetatable(value))
  else
    return value
  end
  return seen[value]
end

--- A deep copy. Names of tensors given are shared with the original: net:clone('weight', 'bias').
function Module:clone(...)
  local copy = core.methods.copy(self)
  local seen = {}
  local function dress(from, to)
    local class = core.class(from)
    core.class(to, class)
    if class.__lua then core.override(to) end
    for key, value in pairs(core.fields(from)) do core.fields(to)[key] = deepCopy(value, seen) end
    local inner = children(to) or {}
    for i, child in ipairs(children(from) or {}) do dress(child, inner[i]) end
  end
  dress(self, copy)
  if select('#', ...) > 0 then copy:share(self, ...) end
  return copy
end

--- Makes the named tensors here the same memory as those of another module of the same structure.
function Module:share(other, ...)
  for _, name in ipairs {...} do
    if self[name] and other[name] then self[name]:set(other[name]) end
  end
  local mine, theirs = children(self) or {}, children(other) or {}
  for i, child in ipairs(mine) do child:share(theirs[i], ...) end
  return self
end

--- accGradParameters and an update with the rate in one.
function Module:accUpdateGradParameters(input, gradOutput, rate)
  self:zeroGradParameters()
  self:accGradParameters(input, gradOutput, 1)
  self:updateParameters(rate)
end

-- ---- printing ----

local function grouped(n)
  local text = ('%d'):format(n):reverse():gsub('(%d%d%d)', '%1,'):reverse()
  return (text:gsub('^,', ''))
end

local function title(module)
  local class = core.class(module)
  if class.__lua then return class.__typename end
  return core.methods.describe(module)
end

local function lines(module, label, indent, out)
  local inner = children(module)
  local prefix = ('  '):rep(indent) .. label
  if not inner then
    local n = module:parameterCount()
    out[#out + 1] = {prefix .. title(module), n > 0 and grouped(n) or ''}
    return
  end
  out[#out + 1] = {prefix .. core.class(module).__typename .. ' {', ''}
  local names = module:names()
  for i, child in ipairs(inner) do
    lines(child, ('(%s): '):format(names[i] or i), indent + 1, out)
  end
  out[#out + 1] = {('  '):rep(indent) .. '}', grouped(module:parameterCount())}
end

-- The tree, with the parameters of each layer and the sum of each container in a column.
function Module.__tostring__(self)
  if not core.made(self) then return core.class(self).__typename end
  local out, width, digits = {}, 0, 0
  lines(self, '', 0, out)
  if #out == 1 then return title(self) end
  for _, line in ipairs(out) do
    width, digits = math.max(width, #line[1]), math.max(digits, #line[2])
  end
  for i, line in ipairs(out) do
    local gap = (' '):rep(width - #line[1] + 2 + digits - #line[2])
    out[i] = line[2] == '' and line[1] or line[1] .. gap .. line[2]
  end
  out[#out] = out[#out] .. ' parameters'
  return table.concat(out, '\n')
end

--- Raises for a name that is nearly that of a method; quiet for any other.
function modules.missing(module, name)
  local words, at = {}, core.class(module)
  while at do
    for key, value in pairs(at) do
      if type(key) == 'string' and type(value) == 'function' then words[#words + 1] = key end
    end
    at = at.__parent
  end
  local near = system.nearest(name, words)
  if near then
    error(("%s has no '%s'; did you mean '%s'?"):format(torch.typename(module), name, near), 0)
  end
end

-- ---- the engine's layers ----

local Container = define('nn.Container', Module, 'module')
nn.Container = Container

for _, layer in ipairs(require 'aelua.reference'.layers) do
  local class = define('nn.' .. layer.name, layer.container and Container or Module, 'module')
  class.__init = core.init[layer.name]
  nn[layer.name] = class
end

--- Says how many dimensions a sample has; those in front are the batch.
-- @param n integer
-- @return self
function nn.View:setNumInputDims(n)
  self.numInputDims = n
  return self
end

-- ---- nn.Criterion, for losses written in Lua ----

local Criterion = define('nn.Criterion', nil, 'table')
nn.Criterion = Criterion

function Criterion:__init()
  self.gradInput = torch.Tensor()
  self.output = 0
end

function Criterion:forward(input, target) return self:updateOutput(input, target) end
function Criterion:backward(input, target) return self:updateGradInput(input, target) end
function Criterion:updateOutput() -- luacheck: ignore self
  error(self.__typename .. ' does not define updateOutput', 2)
end
function Criterion:updateGradInput() -- luacheck: ignore self
  error(self.__typename .. ' does not define updateGradInput', 2)
end
function Criterion:__call(...) return self:forward(...) end

function Criterion:type(name)
  if not name then return self.gradInput:type() end
  for key, value in pairs(self) do
    if torch.isTensor(value) then self[key] = value:type(name) end
  end
  return self
end

function Criterion:float() return self:type('torch.FloatTensor') end
function Criterion:double() return self:type('torch.DoubleTensor') end

return modules
