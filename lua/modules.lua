--- nn.Module and nn.Container, the engine's layers as classes, and nn.Criterion: the methods that
-- need no C. Loaded before any script; the methods in C are in src/bind.

local core = require 'aelua.modules'
local torch, nn = require 'torch', core.nn -- the script's own require makes nn a global
local system = require 'aelua.system'
local classes = require 'aelua.lua.classes'
local copying = require 'aelua.lua.copying'
local tree = require 'aelua.lua.tree'

local children = core.methods.children

-- ---- nn.Module ----

local Module = classes.define('nn.Module')
nn.Module = Module
for name, method in pairs(core.methods) do Module[name] = method end
local internal = {'children', 'setType', 'typeName', 'copy', 'describe'}
for _, name in ipairs(internal) do Module[name] = nil end
Module.__tostring__ = tree.tostring
Module.__root = true -- methods of classes below this one are their own

-- A class written in Lua from nn.Module has its engine module from the start.
function Module.__make(class)
  local self = core.instance(class)
  core.initLua(self, false)
  core.override(self)
  return self
end

function Module:__init() end -- luacheck: ignore self

-- Says what is wrong with a new instance of a class written in Lua, or nothing.
function Module:__finish()
  local class = core.class(self)
  if not class.__lua then return nil end
  local name = class.__typename
  if not core.made(self) then
    return ('%s: __init should call parent.__init(self, ...)'):format(name)
  end
  for slot, grad in pairs {weight = 'gradWeight', bias = 'gradBias'} do
    if core.tensor(self, slot) and not core.tensor(self, grad)
      and class.parameters == Module.parameters then
      return ('%s: it has a %s and no %s'):format(name, slot, grad)
    end
  end
end

--- net(x) is net:forward(x); net(x, gradOutput) goes backward too.
function Module:__call__(input, gradOutput)
  local output = self:forward(input)
  if gradOutput then return output, self:backward(input, gradOutput) end
  return output
end

-- ---- walking ----

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

-- The replacements made so far, {container, place, child that was there}; when what makes them
-- fails they are undone.
local undone = {__close = function(done, problem)
  if problem == nil then return end
  for i = #done, 1, -1 do pcall(core.methods.replaceChild, table.unpack(done[i])) end
end}

-- level: where `replace` was called, for error.
local function replaceAll(module, f, done, level)
  local out = f(module)
  if core.kind(out) ~= 'module' then
    error(('replace: the function returned %s for %s; a module is expected')
      :format(torch.type(out), torch.typename(module)), level)
  end
  for i, child in ipairs(children(module) or {}) do
    local new
    if child.replace == Module.replace then
      new = replaceAll(child, f, done, level + 1)
    else
      new = child:replace(f)
    end
    if new ~= child then
      table.insert(done, {module, i, child})
      module:replaceChild(i, new)
    end
  end
  return out
end

--- Replaces this module and everything inside by what f returns for each, and returns the first;
-- when f fails, everything is where it was. Or puts a module in a child's place:
-- net:replace('encoder', module).
-- @param f function, or place or name of a child
-- @param[opt] module
function Module:replace(f, module)
  if type(f) ~= 'function' then return self:replaceChild(f, module) end
  local done <close> = setmetatable({}, undone)
  return replaceAll(self, f, done, 3)
end

--- All modules of a class, and the containers that hold them.
-- @param name "nn.Linear"
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

-- ---- types, copies, sharing ----

-- All of a module but what converts itself inside.
local function convert(self, name)
  local ok, message = pcall(copying.convertModule, self, name)
  if not ok then error(message, 2) end -- after tail calls, the caller of the method
  return self
end

--- The tensor type, or the conversion of everything in it: net:type('torch.DoubleTensor').
function Module:type(name)
  if not name then return core.methods.typeName(self) end
  return convert(self, name)
end

-- As in Torch these are the class's own type, where it has one.
for short, name in pairs {float = 'torch.FloatTensor', double = 'torch.DoubleTensor'} do
  Module[short] = function(self)
    if self.type == Module.type then return convert(self, name) end
    return self:type(name)
  end
end

--- A deep copy. Names of tensors given are shared with the original: net:clone('weight', 'bias').
function Module:clone(...)
  local copy = copying.module(self)
  if select('#', ...) > 0 then copy:share(self, ...) end
  return copy
end

local shareable = {'weight', 'bias', 'gradWeight', 'gradBias', 'output', 'gradInput'}

-- Collects the tensors of a name in every module of one tree with their counterparts, which are to
-- become one memory, and the modules inside whose class has its own share; changes nothing.
local function pairUp(mine, theirs, name, tensors, modules)
  local a, b = core.tensor(mine, name), core.tensor(theirs, name)
  if a and b then
    if a:type() ~= b:type() then
      error(('share: the %s of %s is a %s, that of the other one a %s')
        :format(name, torch.typename(mine), a:type(), b:type()), 0)
    end
    table.insert(tensors, {a, b})
  end
  local inner, others = children(mine) or {}, children(theirs) or {}
  if #inner ~= #others then
    error(('share: %s holds %d modules, the other one %d')
      :format(torch.typename(mine), #inner, #others), 0)
  end
  for i, child in ipairs(inner) do
    if child.share ~= Module.share then
      table.insert(modules, {child, others[i], name})
    else
      pairUp(child, others[i], name, tensors, modules)
    end
  end
end

--- Makes the named tensors here the same memory as those of another module of the same structure;
-- or fails and shares none, but for what a class's own `share` has done.
function Module:share(other, ...)
  local tensors, modules = {}, {}
  for _, name in ipairs {...} do
    local before = #tensors + #modules
    local ok, problem = pcall(pairUp, self, other, name, tensors, modules)
    if not ok then error(problem, 2) end
    local near = #tensors + #modules == before and system.nearest(name, shareable)
    if near and near ~= name then
      error(("share: no module has a tensor '%s'; did you mean '%s'?"):format(name, near), 2)
    end
  end
  for _, own in ipairs(modules) do own[1]:share(own[2], own[3]) end
  for _, pair in ipairs(tensors) do pair[1]:set(pair[2]) end
  return self
end

-- ---- training without an optimizer ----

--- What Torch7 does for modules that share parameters: the gradients kept in the module are
-- overwritten. accUpdateGradParameters is right for those as well, and keeps them.
function Module:sharedAccUpdateGradParameters(input, gradOutput, rate)
  self:zeroGradParameters()
  self:accGradParameters(input, gradOutput, 1)
  self:updateParameters(rate)
end

Module.defaultAccUpdateGradParameters = Module.accUpdateGradParameters

--- Backward and the update at once: parameters -= rate * their gradient.
-- @return gradInput
function Module:backwardUpdate(input, gradOutput, rate)
  local gradInput = self:updateGradInput(input, gradOutput)
  self:accUpdateGradParameters(input, gradOutput, rate)
  return gradInput
end

-- ---- net.modules ----

local owner = setmetatable({}, {__mode = 'k'}) -- list -> its container

-- The children as a list that can be read and assigned to: net.modules[2] = nn.Tanh().
local list = {}

function list:__index(place) return children(owner[self])[place] end

function list:__newindex(place, module)
  local net = owner[self]
  if module == nil then
    net:remove(place)
  elseif place == net:size() + 1 then
    net:add(module)
  else
    net:replaceChild(place, module)
  end
end

function list:__len() return owner[self]:size() end

function list:__pairs() return ipairs(children(owner[self])) end

--- What net.modules is, called from src/bind.
function core.list(net)
  local view = setmetatable({}, list)
  owner[view] = net
  return view
end

--- What net.modules = {...} does; when it fails, net is as it was.
function core.assignList(net, modules)
  local before = children(net) -- which stay in Lua's hands until the end
  for i, module in ipairs(modules) do
    local ok, problem = core.kind(module) == 'module', 'a module is expected'
    if ok then ok, problem = pcall(net.add, net, module) end
    if not ok then
      while net:size() > #before do net:remove() end
      error(('modules[%d] = %s: %s'):format(i, torch.type(module), problem), 3)
    end
  end
  for _ = 1, #before do net:remove(1) end
end

-- ---- containers and the engine's layers ----

local Container = classes.define('nn.Container', Module)
nn.Container = Container
Container.__root = true

--- Calls f(module) for each module inside, those deeper inside apart.
function Container:applyToModules(f)
  for _, child in ipairs(children(self)) do f(child) end
end

function Container.__make(class)
  local self = core.instance(class)
  core.initLua(self, true)
  core.override(self)
  return self
end

for _, layer in ipairs(require 'aelua.reference'.layers) do
  local parent = layer.container and Container or Module
  local class = classes.define('nn.' .. layer.name, parent, core.init[layer.name])
  class.__make = core.instance
  nn[layer.name] = class
end

--- Without a bias, from now on.
-- @return self
local function noBias(self)
  if self.bias then self.bias, self.gradBias = nil, nil end
  return self
end
--- Says how many dimensions a sample has; those in front are the batch.
-- @param n integer
-- @return self
local function setNumInputDims(self, n)
  self.numInputDims = n
  return self
end
for _, layer in ipairs(require 'aelua.reference'.layers) do
  for _, option in ipairs(layer.options) do
    if option.name == 'bias' then nn[layer.name].noBias = noBias end
    if option.name == 'numInputDims' then nn[layer.name].setNumInputDims = setNumInputDims end
  end
end

--- The probability of an element to be left out.
function nn.Dropout:setp(p) self.p = p end

--- Other sizes from now on: view:resetSize(3, -1).
-- @return self
function nn.View:resetSize(...)
  self.sizes = {...}
  return self
end

-- Torch's way to set options of the pooling layers.
for _, class in ipairs {nn.SpatialMaxPooling, nn.SpatialAveragePooling} do
  --- Windows that begin inside the image and end outside count too.
  function class:ceil()
    self.ceil_mode = true
    return self
  end

  --- Only whole windows count.
  function class:floor()
    self.ceil_mode = false
    return self
  end
end

--- Undoes a max pooling: elements return to the places it took its own from.
-- @param pooling the nn.SpatialMaxPooling, which stays where it is and is held here as well
function nn.SpatialMaxUnpooling:__init(pooling)
  core.init.SpatialMaxUnpooling(self)
  if pooling then self:add(pooling, 'pooling') end
end

--- The zeros of the padding count in the mean, or do not.
function nn.SpatialAveragePooling:setCountIncludePad()
  self.count_include_pad = true
  return self
end
function nn.SpatialAveragePooling:setCountExcludePad()
  self.count_include_pad = false
  return self
end

require 'aelua.lua.tied'

-- ---- nn.Criterion ----

-- For losses written in Lua, whose instances are tables; or the engine's, where they descend from
-- one of its losses.
local Criterion = classes.define('nn.Criterion')
nn.Criterion = Criterion

function Criterion:__init()
  self.gradInput = torch.Tensor()
  self.output = 0
end

function Criterion:forward(input, target) return self:updateOutput(input, target) end
function Criterion:backward(input, target) return self:updateGradInput(input, target) end
function Criterion:updateOutput()
  error(self.__typename .. ' does not define updateOutput', 2)
end
function Criterion:updateGradInput()
  error(self.__typename .. ' does not define updateGradInput', 2)
end
function Criterion:__call(...) return self:forward(...) end
Criterion.__call__ = Criterion.__call
function Criterion:clone() return copying.copy(self, {}) end

function Criterion:type(name)
  if not name then return self.gradInput:type() end
  copying.convert(self, name, self)
  return self
end

function Criterion:float() return self:type('torch.FloatTensor') end
function Criterion:double() return self:type('torch.DoubleTensor') end

-- The engine's losses: what scripts keep in them is copied and converted too.
local loss = core.lossMethods
local copyLoss, convertLoss = loss.clone, loss.type

function loss:clone()
  local copy = copyLoss(self)
  local fields, seen = core.lossFields(copy), {[self] = copy}
  for key, value in pairs(core.lossFields(self)) do fields[key] = copying.copy(value, seen) end
  return copy
end

function loss:type(name)
  if not name then return convertLoss(self) end
  local ok, message = pcall(copying.convert, core.lossFields(self), name, self, convertLoss)
  if not ok then error(message, 2) end
  return self
end

function loss:__tostring__()
  local own = core.lossClass(self).__tostring
  return own and own(self) or core.lossClass(self).__typename
end

local function finishLoss(self)
  if core.lossMade(self) then return nil end
  return ('%s: __init should call parent.__init(self, ...)'):format(core.lossClass(self).__typename)
end

for name, init in pairs(core.lossInit) do
  local class = classes.define('nn.' .. name, Criterion, init)
  for key, method in pairs(loss) do class[key] = method end
  class.__make, class.__finish = core.lossInstance, finishLoss
  nn[name] = class
end

-- ---- tables of tensors ----

require 'aelua.lua.tables'

-- ---- files, loaded by the first script that uses them ----

for _, name in ipairs {'save', 'load', 'serialize', 'deserialize', 'DiskFile', 'MemoryFile'} do
  torch[name] = function(...)
    require 'aelua.lua.files'
    return torch[name](...)
  end
end

--- Writes the network for other programs: see lua/onnx.lua.
function Module:exportONNX(...)
  require 'aelua.lua.onnx'
  return self:exportONNX(...)
end

-- ---- what torch has beside tensors ----

require 'aelua.lua.cmdline'
require 'aelua.lua.tester'
require 'aelua.lua.stochastic'
require 'aelua.lua.jacobian'
require 'aelua.lua.utils'
-- nn.save and nn.load, for which model.lua needs the layers to be there
for _, name in ipairs {'save', 'load'} do
  nn[name] = function(...) return require 'aelua.lua.model'[name](...) end
end
_G.paths = require 'aelua.lua.paths' -- torch brings it along

return {}
