--- Anomaly detection: where the first NaN or infinity is, in data, parameters, outputs and
-- gradients.
--
--     local loss = criterion:forward(net:forward(x), y)
--     if not anomaly.finite(loss) then
--       error(anomaly.find(net, {input = x, target = y, loss = loss, criterion = criterion}))
--     end
--
-- run:train of an experiment does this by itself. Nothing is computed again: what the modules hold
-- of the last forward and backward is looked at, in the order in which it was computed, so that a
-- training without anomalies pays for one comparison a step.

local torch, diagnose = require 'torch', require 'aelua.lua.diagnose'

local anomaly = {}

anomaly.finite = require 'aelua.lua.statistics'.finite

--- A number as messages have it; NaN has no sign.
function anomaly.written(value)
  return value ~= value and 'nan' or ('%.9g'):format(value)
end

local function placeText(place)
  if #place == 1 then return ('at place %d'):format(place[1]) end
  if #place == 2 then return ('in row %d, column %d'):format(place[1], place[2]) end
  return ('at [%s]'):format(table.concat(place, ']['))
end

--- What is no number in a tensor, or in a table of them.
-- @param value tensor, or a table of tensors nested to any depth; anything else has no values
-- @return nil when all is finite; else a text, "3 of 1000 values are not finite, the first, nan, in
--   row 7, column 12", and the place as a list of indices
function anomaly.describe(value)
  if torch.isTensor(value) then
    local count, place = value:nonFinite()
    if count == 0 then return nil end
    return ('%d of %d value%s %s not finite, the first, %s, %s'):format(count, value:nElement(),
      value:nElement() == 1 and '' or 's', count == 1 and 'is' or 'are',
      anomaly.written(value[place]), placeText(place)), place
  elseif type(value) == 'table' then
    for i, part in ipairs(value) do
      local text, place = anomaly.describe(part)
      if text then return ('of part %d, %s'):format(i, text), place end
    end
  end
end

-- ---- in a network ----

-- Modules that hold no other, in order, as {path =, module =}.
local function leavesOf(net)
  local list = {}
  diagnose.eachLeaf(net, '', function(path, module)
    list[#list + 1] = {path = path, module = module}
  end)
  return list
end

local function nameOf(leaf, field)
  local class = torch.typename(leaf.module) or 'a module'
  if field and leaf.path ~= '' then return ('%s.%s (%s)'):format(leaf.path, field, class) end
  if field then return ('%s of %s'):format(field, class) end
  return leaf.path == '' and class or ('%s (%s)'):format(leaf.path, class)
end

-- The field of the leaf that holds a tensor, or its number among the parameters.
local function fieldOf(module, tensor, i, prefix)
  for _, name in ipairs {'weight', 'bias'} do
    local field = prefix == '' and name or prefix .. name:gsub('^%l', string.upper)
    if rawequal(module[field], tensor) then return field end
  end
  return (prefix == '' and 'parameter %d' or 'gradient %d'):format(i)
end

-- Text and place of the first of the leaf's parameters, or of their gradients, that is not finite.
local function amongParameters(leaf, gradients)
  local values, grads = leaf.module:parameters()
  for i, tensor in ipairs((gradients and grads or values) or {}) do
    local text, place = anomaly.describe(tensor)
    if text then
      return nameOf(leaf, fieldOf(leaf.module, tensor, i, gradients and 'grad' or '')) .. ': '
        .. text, place
    end
  end
end

-- What a normalization keeps beside its parameters.
local function amongStatistics(leaf)
  for _, name in ipairs {'running_mean', 'running_var'} do
    local text, place = anomaly.describe(leaf.module[name])
    if text then return nameOf(leaf, name) .. ': ' .. text, place end
  end
end

--- The first parameter, or running mean or variance, that is not finite.
-- @param net module
-- @return nil, or a text, "encoder.0.weight (nn.Linear): 1 of 78400 values is not finite, ..."
function anomaly.parameters(net)
  for _, leaf in ipairs(leavesOf(net)) do
    local text = amongParameters(leaf) or amongStatistics(leaf)
    if text then return text end
  end
end

--- The first tensor of an optimizer's state, by name, that is not finite.
-- @param optimizer of optim
-- @return nil, or a text, "encoder.0.weight.dfdx: 1 of 78400 values is not finite, ..."
function anomaly.state(optimizer)
  local names, state = {}, optimizer:state()
  for name in pairs(state) do names[#names + 1] = name end
  table.sort(names)
  for _, name in ipairs(names) do
    local text = anomaly.describe(state[name])
    if text then return name .. ': ' .. text end
  end
end

--- The first gradient of the last backward that is not finite, in the order of its computation:
-- from the loss to the first layer.
-- @param net module
-- @param[opt] criterion
-- @return nil, or a text
function anomaly.gradients(net, criterion)
  local text = criterion and anomaly.describe(criterion.gradInput)
  if text then
    return ('the gradient of the loss (%s): %s'):format(torch.typename(criterion), text)
  end
  local leaves = leavesOf(net)
  for i = #leaves, 1, -1 do
    text = anomaly.describe(leaves[i].module.gradInput)
    if text then return nameOf(leaves[i], 'gradInput') .. ': ' .. text end
    text = amongParameters(leaves[i], true)
    if text then return text end
  end
end

-- The first output of the last forward; with how large the weights there are.
local function outputs(net)
  for _, leaf in ipairs(leavesOf(net)) do
    local text, place = anomaly.describe(leaf.module.output)
    if text then
      local weight = leaf.module.weight
      return ('the output of %s: %s%s'):format(nameOf(leaf), text, torch.isTensor(weight) and
        ('; its weights are finite, the largest %.3g'):format(weight:clone():abs():max()) or ''),
        place
    end
  end
end

local function inParameters(net, criterion)
  local text = anomaly.parameters(net)
  if not text then return nil end
  local cause = anomaly.gradients(net, criterion)
  return ('the parameter %s%s'):format(text, cause and
    '; in the last backward pass, first in ' .. cause or '')
end

-- What a criterion, or one inside of it, multiplies with.
local function ofCriterion(criterion)
  if not criterion then return nil end
  local text = anomaly.describe(criterion.weights)
  if text then return ('the weights of %s: %s'):format(torch.typename(criterion), text) end
  for _, inner in ipairs(criterion.criterions or {}) do
    text = ofCriterion(inner)
    if text then return text end
  end
end

--- Where the first value is that is no number: the input, the target, the parameters, the outputs
-- of the layers in order, the criterion's weights, the loss, then the gradients of the last
-- backward.
-- @param net module, after a forward, and a backward or not
-- @param[opt] seen {input=, target=, loss=, criterion=}: what there is of them
-- @return nil when all is finite; else a text of one line, and for the input and the target the row
function anomaly.find(net, seen)
  seen = seen or {}
  for _, name in ipairs {'input', 'target'} do
    local text, place = anomaly.describe(seen[name])
    if text then return ('the %s: %s'):format(name, text), place[1] end
  end
  local text = inParameters(net, seen.criterion) or outputs(net) or ofCriterion(seen.criterion)
  if text then return text end
  if seen.loss and not anomaly.finite(seen.loss) then
    return ('the loss, %s, of outputs that are finite'):format(anomaly.written(seen.loss))
  end
  return anomaly.gradients(net, seen.criterion)
end

return anomaly
