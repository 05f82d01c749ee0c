--- What the training is doing: per layer, how large weights and gradients are, how far an epoch
-- moved them, which units are dead or saturated; and what to say when something is wrong.

local torch, evaluating = require 'torch', require 'aelua.lua.evaluating'

local diagnose = {}

local SATURATED = 0.99 -- |tanh| beyond it; sigmoid: beyond (1 + 0.99)/2 or below (1 - 0.99)/2
local DEAD_OUTPUTS = 0.05 -- share of dead units in the last layer that is worth a sentence
local DEAD_HIDDEN = 0.5

--- Calls visit(path, leaf) for every module of a network that holds no other, in order.
-- @param module the network
-- @param path of it: '' for the whole one; "encoder.0" is the path of a child's first child
function diagnose.eachLeaf(module, path, visit)
  if not module.modules then return visit(path, module) end
  for i, name in ipairs(module:names()) do
    local inner = (path == '' and '' or path .. '.') .. (name or i - 1)
    diagnose.eachLeaf(module:get(i), inner, visit)
  end
end
local eachLeaf = diagnose.eachLeaf

local rectifiers = {['nn.ReLU'] = true}

-- Share of units whose output was 0 for every sample of the last forward.
local function deadShare(output)
  local columns = output:view(output:size(1), -1)
  local highest = columns:max(1)
  return highest:le(0):sum() / highest:nElement()
end

-- Share of single outputs near the ends of the function's range.
local function saturatedShare(name, output)
  local y = output:clone():view(-1)
  if name == 'nn.Sigmoid' then y:mul(2):add(-1) end
  return y:abs():gt(SATURATED):sum() / y:nElement()
end

--- The weights as they are now, to be compared with later.
-- @param net module
-- @return table of layer paths to copies
function diagnose.weights(net)
  local copies = {}
  eachLeaf(net, '', function(path, leaf)
    if leaf.weight then copies[path] = leaf.weight:clone() end
  end)
  return copies
end

--- One record per layer: {path=, class=, weight= (norm), gradient= (norm), update= (norm of the
-- change over norm of the weights), dead=, saturated= (shares)}; what does not apply is nil.
-- @param net module, after a backward
-- @param before what diagnose.weights gave at the beginning of the epoch
-- @param probe inputs (B, ...) to look at the units with
function diagnose.layers(net, before, probe)
  local records = {}
  local was <close> = evaluating(net) -- luacheck: ignore
  net:forward(probe)
  eachLeaf(net, '', function(path, leaf)
    local class = torch.typename(leaf)
    local record = {path = path, class = class}
    if leaf.weight then
      record.weight = leaf.weight:norm()
      record.gradient = leaf.gradWeight:norm()
      local old = before[path]
      if old and old:isSameSizeAs(leaf.weight) then
        record.update = (leaf.weight - old):norm() / math.max(old:norm(), 1e-30)
      end
    elseif rectifiers[class] then
      record.dead = deadShare(leaf.output)
    elseif class == 'nn.Tanh' or class == 'nn.Sigmoid' then
      record.saturated = saturatedShare(class, leaf.output)
    end
    if record.weight or record.dead or record.saturated then records[#records + 1] = record end
  end)
  return records
end

--- Plain sentences about what is wrong, most important first; an empty list when nothing is.
-- @param records what diagnose.layers gave
-- @param autoencoder whether the last layer's outputs are pixels
function diagnose.sentences(records, autoencoder)
  local out = {}
  for i, r in ipairs(records) do
    if r.update == 0 then
      out[#out + 1] = ("The weights of %s did not move: the optimizer does not know them, their "
        .. 'gradient is zero, or the learning rate is 0.'):format(r.path)
    end
    local last = i == #records
    if r.dead and last and autoencoder and r.dead > DEAD_OUTPUTS then
      out[#out + 1] = ('%.0f %% of the output units (%s) are 0 for every image: a ReLU there '
        .. 'hardly ever recovers and leaves a hole in each reconstruction; a Sigmoid output has '
        .. 'none, a lower learning rate fewer.'):format(100 * r.dead, r.path)
    elseif r.dead and r.dead > DEAD_HIDDEN then
      out[#out + 1] = ('%.0f %% of the units of %s are 0 for every image: the learning rate was '
        .. 'probably too high for them.'):format(100 * r.dead, r.path)
    end
    if r.saturated and r.saturated > DEAD_HIDDEN then
      out[#out + 1] = ('%.0f %% of the outputs of %s are at the end of their range, where the '
        .. 'gradient vanishes: smaller initial weights or a lower learning rate help.'):format(
        100 * r.saturated, r.path)
    end
  end
  return out
end

-- Of how many epochs of a stage the layers are kept, at most.
local EPOCHS = 100

--- Adds what layers() gave to a list of such records. A long run does not make it grow without end:
-- of a stage's epochs up to 100 stay, evenly spaced, and the last one.
-- @param list records with stage and epoch
-- @param stage name
-- @param epoch number
-- @param records of this epoch
-- @return the list, with the records
function diagnose.kept(list, stage, epoch, records)
  local every, left = 1, {}
  while (epoch - 1) // every >= EPOCHS do every = 2 * every end
  for _, record in ipairs(list) do
    if record.stage ~= stage or (record.epoch - 1) % every == 0 then left[#left + 1] = record end
  end
  for _, record in ipairs(records) do
    record.stage, record.epoch = stage, epoch
    left[#left + 1] = record
  end
  return left
end

return diagnose
