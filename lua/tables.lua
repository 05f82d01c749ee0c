--- What layers and losses with tables of tensors have beside their files in C: how branches are
-- printed, the copies of a MapTable's child, and the losses that hold others.

local core = require 'aelua.modules'
local torch, nn = require 'torch', core.nn
local classes = require 'aelua.lua.classes'

-- ---- containers ----

-- Containers whose children run side by side are printed so, see lua/tree.lua.
for _, name in ipairs {'Concat', 'DepthConcat', 'Parallel', 'ConcatTable', 'ParallelTable'} do
  nn[name].__branches = true
end

-- The copies of a MapTable's child are made here, for modules with classes or fields of Lua's.

--- @param[opt] module what each tensor of a table is given to; or a table of options
-- @param[opt=true] shared whether its copies have the same parameters
function nn.MapTable:__init(module, shared)
  local options = type(module) == 'table' and module or {shared = shared}
  core.init.MapTable(self, next(options) and options)
  if module and module ~= options then self:add(module) end
end

--- Makes or drops copies of the first child.
-- @param n how many children there shall be, at least 1
function nn.MapTable:resize(n)
  local count = type(n) == 'number' and math.tointeger(n)
  if not count or count < 1 then -- without the first there is nothing to copy
    error(('nn.MapTable:resize: %s children, want a whole number from 1 on'):format(tostring(n)), 2)
  end
  while self:size() > count do self:remove() end
  local names = self.shared and {'weight', 'bias', 'gradWeight', 'gradBias'} or {}
  while self:size() < count do self:add(self:get(1):clone(table.unpack(names))) end
end

function nn.MapTable:updateOutput(input)
  if type(input) == 'table' and #input > 0 and self:size() > 0 then self:resize(#input) end
  return core.methods.updateOutput(self, input)
end

function nn.MapTable:clearState()
  if self:size() > 0 then self:resize(1) end
  return nn.Module.clearState(self)
end

-- ---- losses that hold others ----

local DEEPEST = 100

-- Tensors of the input's structure, sizes and types, all zero; what `grad` has of them is used.
local function zeros(grad, input, depth)
  if depth > DEEPEST then
    error(('the input holds tables more than %d deep inside'):format(DEEPEST), 0)
  end
  if torch.isTensor(input) then
    local fits = torch.isTensor(grad) and grad:type() == input:type()
    return (fits and grad or input.new()):resizeAs(input):zero()
  end
  local list = type(grad) == 'table' and grad or {}
  for i, part in ipairs(input) do list[i] = zeros(list[i], part, depth + 1) end
  for i = #list, #input + 1, -1 do list[i] = nil end
  return list
end

-- sum += weight * grad, for each tensor.
local function add(sum, weight, grad)
  if torch.isTensor(sum) then
    sum:add(weight, grad)
  else
    for i, part in ipairs(sum) do add(part, weight, grad[i]) end
  end
end

local function isLoss(value)
  return core.kind(value) == 'criterion'
    or type(value) == 'table' and type(value.updateGradInput) == 'function'
end

local function checked(self, criterion, weight)
  if not isLoss(criterion) then
    error(('%s: add() wants a criterion, got %s'):format(self.__typename, torch.type(criterion)), 3)
  end
  if weight ~= nil and type(weight) ~= 'number' then
    error(('%s: the weight should be a number, got %s'):format(self.__typename, type(weight)), 3)
  end
end

--- The weighed sum of several losses, all of the same input and target.
local MultiCriterion = classes.define('nn.MultiCriterion', nn.Criterion)
nn.MultiCriterion = MultiCriterion
MultiCriterion.__lua = true -- saved and loaded as classes of scripts are

function MultiCriterion:__init()
  nn.Criterion.__init(self)
  self.criterions, self.weights = {}, {}
end

--- @param criterion a loss
-- @param[opt=1] weight number
-- @return self
function MultiCriterion:add(criterion, weight)
  checked(self, criterion, weight)
  local n = #self.criterions + 1
  self.weights[n] = weight or 1 -- one too many does no harm: the losses are what is counted
  self.criterions[n] = criterion
  return self
end

function MultiCriterion:updateOutput(input, target)
  local sum = 0
  for i, criterion in ipairs(self.criterions) do
    sum = sum + self.weights[i] * criterion:updateOutput(input, target)
  end
  self.output = sum
  return sum
end

function MultiCriterion:updateGradInput(input, target)
  self.gradInput = zeros(self.gradInput, input, 0)
  for i, criterion in ipairs(self.criterions) do
    add(self.gradInput, self.weights[i], criterion:updateGradInput(input, target))
  end
  return self.gradInput
end

--- The weighed sum of several losses, each of its own part of the input, a table; and of its own
-- target, unless there is one for all.
local ParallelCriterion = classes.define('nn.ParallelCriterion', nn.Criterion)
nn.ParallelCriterion = ParallelCriterion
ParallelCriterion.__lua = true

--- @param[opt=false] repeatTarget whether the target is one for all
function ParallelCriterion:__init(repeatTarget)
  nn.Criterion.__init(self)
  self.criterions, self.weights, self.gradInput = {}, {}, {}
  self.repeatTarget = repeatTarget and true or false
end

ParallelCriterion.add = MultiCriterion.add

-- Input and target of the i-th loss.
local function share(self, i, input, target)
  if self.repeatTarget then return input[i], target end
  return input[i], target[i]
end

local function checkShares(self, input, target)
  local n, name = #self.criterions, self.__typename
  if type(input) ~= 'table' or #input ~= n then
    error(('%s: input is %s, want a table of %d'):format(name,
      type(input) == 'table' and ('a table of %d'):format(#input) or 'a tensor', n), 3)
  end
  if not self.repeatTarget and (type(target) ~= 'table' or #target ~= n) then
    error(('%s: target should be a table of %d; or make it with nn.ParallelCriterion(true)')
      :format(name, n), 3)
  end
end

function ParallelCriterion:updateOutput(input, target)
  checkShares(self, input, target)
  local sum = 0
  for i, criterion in ipairs(self.criterions) do
    sum = sum + self.weights[i] * criterion:updateOutput(share(self, i, input, target))
  end
  self.output = sum
  return sum
end

function ParallelCriterion:updateGradInput(input, target)
  checkShares(self, input, target)
  self.gradInput = zeros(self.gradInput, input, 0)
  for i, criterion in ipairs(self.criterions) do
    add(self.gradInput[i], self.weights[i],
      criterion:updateGradInput(share(self, i, input, target)))
  end
  return self.gradInput
end

return {}
