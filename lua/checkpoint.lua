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

-- ---- the epochs' records ----

-- They lie beside the checkpoint, a line of JSON each, and only grow: a checkpoint with all of them
-- in it would take longer with every epoch. It tells how many of the lines are its own; one more is
-- what a kill before the checkpoint left.
local kept = setmetatable({}, {__mode = 'k'}) -- state -> how many of its records are in the file

local function recordsPath(path) return (path:gsub('%.safetensors$', '') .. '.records') end

local function writeRecords(path, state)
  local records, n = state.records or {}, kept[state]
  if not n then
    local lines = {}
    for i, record in ipairs(records) do lines[i] = json.encode(record) .. '\n' end
    local ok, message = file.writeAtomic(recordsPath(path), table.concat(lines))
    if not ok then return nil, message end
  end
  for i = n and n + 1 or #records + 1, #records do
    kept[state] = nil -- in doubt until it is written
    local ok, message = file.appendLine(recordsPath(path), json.encode(records[i]))
    if not ok then return nil, message end
  end
  kept[state] = #records
  return true
end

local function readRecords(path, n)
  local records, place = {}, recordsPath(path)
  if n == 0 then return records end
  local input, message = io.open(place, 'rb')
  if not input then return nil, message end
  for line in input:lines() do
    local record = #records < n and json.decode(line)
    if not record then break end
    records[#records + 1] = record
  end
  input:close()
  if #records == n then return records end
  return nil, ('%s: %d records, %d belong to the checkpoint'):format(place, #records, n)
end

--- Writes a checkpoint, and STAGE.records beside it.
-- @param path file name
-- @param net module
-- @param optimizer its optimizer
-- @param state table of the stage: numbers, strings, lists (kept as JSON); its records only grow
-- @param generators table of names to generator states (torch.getRNGState)
-- @return true, or nil and a message
function checkpoint.save(path, net, optimizer, state, generators)
  local extra = optimizerTensors(optimizer)
  for name, value in pairs(generators) do extra[#extra + 1] = {'generator.' .. name, value} end
  table.sort(extra, function(a, b) return a[1] < b[1] end)
  local ok, message = writeRecords(path, state)
  if not ok then return nil, message end
  state.steps = optimizer.steps
  local own = {recorded = #(state.records or {})}
  for key, value in pairs(state) do if key ~= 'records' then own[key] = value end end
  return model.save(path, net, extra, {['aelua.stage'] = json.encode(own)})
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
  if not state.records then
    state.records, why = readRecords(path, math.tointeger(state.recorded) or 0)
    if not state.records then return nil, why end
  end
  state.recorded = nil
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
