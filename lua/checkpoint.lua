--- Checkpoints of a stage of training: everything that going on with the same bits needs.
--
-- One safetensors file: the network's tensors under PyTorch's names, the optimizer's under
-- `optimizer.`, the generator's state, and as metadata the network's structure and the stage's
-- records. Written atomically: the file is the last complete checkpoint at any instant.

local torch = require 'torch'
local file, json = require 'aelua.file', require 'json'
local model = require 'model'

local checkpoint = {}

-- The optimizer's state tensors that are not empty, sorted by name.
local function optimizerTensors(optimizer)
  local names, entries = {}, {}
  local state = optimizer:state()
  for name in pairs(state) do names[#names + 1] = name end
  table.sort(names)
  for _, name in ipairs(names) do
    local tensor = state[name]
    if tensor:nElement() > 0 then entries[#entries + 1] = {'optimizer.' .. name, tensor} end
  end
  return entries
end

--- Writes a checkpoint.
-- @param path file name
-- @param net module
-- @param optimizer its optimizer
-- @param state table of the stage: numbers, strings, lists (kept as JSON)
-- @param generators table of names to generator states (torch.getRNGState)
-- @return true, or nil and a message
function checkpoint.save(path, net, optimizer, state, generators)
  local extra = optimizerTensors(optimizer)
  for name, value in pairs(generators) do extra[#extra + 1] = {'generator.' .. name, value} end
  table.sort(extra, function(a, b) return a[1] < b[1] end)
  state.steps = optimizer.steps
  return model.save(path, net, extra, {['aelua.stage'] = json.encode(state)})
end

--- What a checkpoint holds.
-- @param path file name
-- @return {state=, generators=, contents=}, or nil and a message
function checkpoint.read(path)
  local contents, message = file.readSafetensors(path)
  if not contents then return nil, message end
  local text = contents.metadata['aelua.stage']
  if not text then return nil, path .. ': no checkpoint of a training (no aelua.stage)' end
  local state, why = json.decode(text)
  if not state then return nil, ('%s: aelua.stage: %s'):format(path, why) end
  local generators = {}
  for name, tensor in pairs(contents.tensors) do
    local which = name:match('^generator%.(.+)$')
    if which then generators[which] = tensor end
  end
  return {state = state, generators = generators, contents = contents, path = path}
end

--- Puts a checkpoint's tensors into a network and an optimizer of the same structure.
-- @param saved what checkpoint.read gave
-- @param net module
-- @param[opt] optimizer made for net
-- @return true, or nil and a message; nothing is changed when something does not fit
function checkpoint.restore(saved, net, optimizer)
  local done, message = model.restore(net, saved.contents, saved.path)
  if not done then return nil, message end
  if not optimizer then return true end
  for name, tensor in pairs(optimizer:state()) do
    local stored = saved.contents.tensors['optimizer.' .. name]
    if stored then tensor:resizeAs(stored):copy(stored) end
  end
  optimizer.steps = saved.state.steps
  return true
end

--- The generator as it is now.
function checkpoint.generator() return torch.getRNGState() end

return checkpoint
