--- Checkpoints of a stage of training: everything that going on with the same bits needs.
--
-- One safetensors file: the network's tensors under PyTorch's names, the optimizer's under
-- `optimizer.`, the generator's state, and as metadata the network's structure and the stage's
-- records. Written atomically: the file is the last complete checkpoint at any instant.

local torch = require 'torch'
local file, json = require 'aelua.file', require 'json'
local model, metrics = require 'model', require 'aelua.lua.metrics'

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

--- Whether an error is Lua's or the engine's want of memory: not a matter of what is saved.
function checkpoint.isMemoryError(problem)
  local text = tostring(problem)
  return text:find('not enough memory', 1, true) or text:find('out of memory', 1, true)
end

--- The network as a stage begins, by which its checkpoint knows it again: hooks and schedules may
-- change options later.
-- @param net module
-- @return table, or nil when the network cannot be saved
function checkpoint.structure(net)
  local fits, structure = pcall(model.structure, net)
  if not fits and checkpoint.isMemoryError(structure) then error(structure, 0) end
  return fits and structure or nil
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
  state.optimizer = {class = tostring(optimizer), tensors = #extra}
  for name, value in pairs(generators) do extra[#extra + 1] = {'generator.' .. name, value} end
  table.sort(extra, function(a, b) return a[1] < b[1] end)
  local ok, message = writeRecords(path, state)
  if not ok then return nil, message end
  state.steps = optimizer.steps
  local own = {recorded = #(state.records or {})}
  for key, value in pairs(state) do if key ~= 'records' then own[key] = value end end
  return model.save(path, net, extra, {['aelua.stage'] = json.encode(own)})
end

-- ---- is it all that a stage goes on from? ----

local function isText(value) return type(value) == 'string' end
local function isTable(value) return type(value) == 'table' end
local function isFinite(value) return type(value) == 'number' and value - value == 0 end
local function isAmount(value) return isFinite(value) and value >= 0 and value <= 2 ^ 53 end

local function isWhole(value, least)
  return type(value) == 'number' and math.tointeger(value) and value >= least
end
local function isCount(value) return isWhole(value, 0) end
local function isPlace(value) return isWhole(value, 1) end

local function isOptimizer(value)
  return isTable(value) and isText(value.class) and isCount(value.tensors)
end

-- What must be there, and, from `best` on, what may.
local kinds = {
  {'stage', isText, 'a text'},
  {'done', function(value) return type(value) == 'boolean' end, 'true or false'},
  {'epoch', isPlace, 'a whole number from 1 on'}, {'batch', isPlace, 'a whole number from 1 on'},
  {'samples', isCount, 'a whole number from 0 on'},
  {'waited', isCount, 'a whole number from 0 on'}, {'steps', isCount, 'a whole number from 0 on'},
  {'right', isAmount, 'from 0 to 2^53'}, {'seconds', isAmount, 'from 0 to 2^53'},
  {'sum', isFinite, 'a finite number'}, {'base', isFinite, 'a finite number'},
  {'best', function(value) return type(value) == 'number' end, 'a number', true},
  {'bestEpoch', isPlace, 'a whole number from 1 on', true},
  {'optimizer', isOptimizer, 'a class and a number of tensors', true},
  {'network', isTable, 'a structure', true},
}

local function demand(condition, name, value, want)
  if condition then return end
  local text = value == nil and 'missing' or json.encode(value):sub(1, 60)
  error({wrong = ('aelua.stage: %s is %s, should be %s'):format(name, text, want)}, 0)
end

local function checkRecords(state)
  for i, record in ipairs(state.records) do
    demand(isTable(record) and record.epoch == i and isText(record.stage),
      'record ' .. i, record, ('one of epoch %d of a stage'):format(i))
    for _, column in ipairs(metrics.measured) do
      local value = json.noNumbers[record[column]] or record[column]
      demand(type(value) == 'number' or value == nil and column ~= 'loss',
        ('%s of record %d'):format(column, i), value, 'a number')
      record[column] = value
    end
  end
end

-- Raises {wrong = message} unless training can go on from it.
local function checkState(state)
  state.best = json.noNumbers[state.best] or state.best
  for _, kind in ipairs(kinds) do
    local name, fits, want, optional = table.unpack(kind)
    demand(fits(state[name]) or optional and state[name] == nil, name, state[name], want)
  end
  demand(state.right <= state.samples, 'right', state.right, 'at most samples')
  demand(state.samples >= state.batch - 1 and (state.samples > 0) == (state.batch > 1), 'batch',
    state.batch, ('what %d samples gave'):format(state.samples))
  checkRecords(state)
  demand(state.epoch == #state.records + 1, 'epoch', state.epoch,
    ('the one after %d records'):format(#state.records))
end

local function checkGenerators(generators)
  local now = torch.getRNGState()
  for _, name in ipairs {'epoch', 'now'} do
    local fits = generators[name] and pcall(torch.setRNGState, generators[name])
    torch.setRNGState(now)
    if not fits then
      error({wrong = ('generator.%s is %s'):format(name, generators[name]
        and "not a generator's state" or 'missing')}, 0)
    end
  end
end

local function checkAll(state, generators)
  checkState(state)
  checkGenerators(generators)
end

-- The state's table, with its records; or nil and a message.
local function readState(path, text)
  local state, why = json.decode(text)
  if state == nil then return nil, ('%s: aelua.stage: %s'):format(path, why) end
  if not isTable(state) or state == json.null then
    return nil, ('%s: aelua.stage is no table'):format(path)
  end
  if state.records == nil then
    if not isCount(state.recorded or 0) then
      return nil, ('%s: aelua.stage: recorded is no whole number from 0 on'):format(path)
    end
    state.records, why = readRecords(path, math.tointeger(state.recorded or 0))
    if not state.records then return nil, why end
  elseif not isTable(state.records) then
    return nil, ('%s: aelua.stage: records are no list'):format(path)
  end
  state.recorded = nil
  return state
end

--- What a checkpoint holds, checked in full.
-- @param path file name
-- @return {state=, generators=, contents=}, or nil and a message
function checkpoint.read(path)
  local contents, message = file.readSafetensors(path)
  if not contents then return nil, message end
  local text = contents.metadata['aelua.stage']
  if not text then return nil, path .. ': no checkpoint of a training (no aelua.stage)' end
  local state, why = readState(path, text)
  if not state then return nil, why end
  local generators = {}
  for name, tensor in pairs(contents.tensors) do
    local which = name:match('^generator%.(.+)$')
    if which then generators[which] = tensor end
  end
  local fits, problem = pcall(checkAll, state, generators)
  if not fits and not problem.wrong then error(problem, 0) end
  if not fits then return nil, ('%s: %s'):format(path, problem.wrong) end
  return {state = state, generators = generators, contents = contents, path = path}
end

-- ---- is it of this network and this optimizer? ----

local function placeOf(path) return path == '' and 'the network' or path end

local function optionText(value) return value == nil and 'not given' or json.encode(value) end

-- The first option that differs, or nil.
local function optionDifference(here, there)
  local names = {}
  for name in pairs(here) do names[#names + 1] = name end
  for name in pairs(there) do if here[name] == nil then names[#names + 1] = name end end
  table.sort(names)
  for _, name in ipairs(names) do
    local mine, other = optionText(here[name]), optionText(there[name])
    if mine ~= other then return ('%s is %s there, %s here'):format(name, other, mine) end
  end
end

local function tableOf(value) return type(value) == 'table' and value or {} end

-- Where two structures (model.structure) differ first, in a sentence; nil when they are the same.
-- there: as read from a file, of any shape.
local function difference(here, there, path)
  there = tableOf(there)
  local class = here.class or here.same and 'the same as ' .. placeOf(here.same)
  local other = there.class or there.same and 'the same as ' .. placeOf(tostring(there.same))
  if class ~= other then
    return ('%s is %s there, %s here'):format(placeOf(path), tostring(other or 'nothing'), class)
  end
  local text = optionDifference(here.options or {}, tableOf(there.options))
  if text then return ('%s (%s): %s'):format(placeOf(path), class, text) end
  local mine, theirs = here.children or {}, tableOf(there.children)
  for i, child in ipairs(mine) do
    if not theirs[i] then break end
    local inner = (path == '' and '' or path .. '.') .. (child.name or i - 1)
    local name = tableOf(theirs[i]).name
    if name ~= child.name then
      return ('%s is named %s there'):format(inner, tostring(name or i - 1))
    end
    text = difference(child, theirs[i], inner)
    if text then return text end
  end
  if #mine ~= #theirs then
    return ('%s has %d modules there, %d here'):format(placeOf(path), #theirs, #mine)
  end
end

-- What it says of the network as the stage began; older ones have it as it was saved.
local function networkFits(saved, net)
  local metadata = saved.contents.metadata
  local there = saved.state.network or json.decode(metadata['aelua.network'] or '[]')
  if not there then return nil, 'aelua.network is no JSON' end
  local text = difference(model.structure(net), there, '')
  local here, kind = net:type(), metadata['aelua.type']
  if not text and kind and kind ~= here then
    text = ('the network is a %s there, a %s here'):format(kind, here)
  end
  for _, entry in ipairs(text and {} or model.tensors(net)) do
    local stored = saved.contents.tensors[entry[1]]
    if not text and stored and stored:type() ~= entry[2]:type() then
      text = ('%s is a %s there, a %s here'):format(entry[1], stored:type(), entry[2]:type())
    end
  end
  if text then return nil, 'a checkpoint of another network: ' .. text end
  return true
end

-- The stored tensors of an optimizer by the names it has for them.
local function optimizerStored(contents)
  local stored, n = {}, 0
  for name, tensor in pairs(contents.tensors) do
    local inner = name:match '^optimizer%.(.+)$'
    if inner then stored[inner], n = tensor, n + 1 end
  end
  return stored, n
end

-- Whether so many of its tensors are all that it had when it was saved. Older checkpoints do not
-- tell; there, what an optimizer keeps for one parameter it keeps for all, and none but SGD does
-- without once it has made a step.
local function isComplete(saved, optimizer, n)
  if saved.state.optimizer then return n == saved.state.optimizer.tensors end
  local all = 0
  for _ in pairs(optimizer:state()) do all = all + 1 end
  return n == all or n == 0 and (saved.state.steps == 0 or tostring(optimizer) == 'optim.SGD')
end

local function optimizerFits(saved, optimizer)
  local before, class = saved.state.optimizer, tostring(optimizer)
  if before and before.class ~= class then
    return nil, ('a checkpoint of %s, the stage trains with %s'):format(before.class, class)
  end
  local own, parameters = optimizer:state(), {}
  for _, entry in ipairs(model.tensors(optimizer.net)) do parameters[entry[1]] = entry[2] end
  local stored, n = optimizerStored(saved.contents)
  for name, tensor in pairs(stored) do
    local parameter = parameters[name:match '^(.*)%.']
    if not own[name] then
      return nil, ('a checkpoint of another optimizer: %s keeps no %s'):format(class, name)
    end
    if tensor:type() ~= own[name]:type() or parameter and not tensor:isSameSizeAs(parameter) then
      return nil, ('optimizer.%s does not fit its parameter: a %s of %s'):format(name,
        tensor:type(), table.concat(tensor:size():totable(), 'x'))
    end
  end
  if isComplete(saved, optimizer, n) then return true end
  return nil, ('%d tensors of %s: not those it was saved with'):format(n, class)
end

--- Puts a checkpoint's tensors into a network and an optimizer of the same structure.
-- @param saved what checkpoint.read gave
-- @param net module
-- @param[opt] optimizer made for net
-- @return true, or nil and a message; nothing is changed when something does not fit
function checkpoint.restore(saved, net, optimizer)
  local fits, why = networkFits(saved, net)
  if fits and optimizer then fits, why = optimizerFits(saved, optimizer) end
  if not fits then return nil, ('%s: %s'):format(saved.path, why) end
  local done, message = model.restore(net, saved.contents, saved.path)
  if not done then return nil, message end
  if not optimizer then return true end
  local own = optimizer:state()
  for name, stored in pairs((optimizerStored(saved.contents))) do
    own[name]:resizeAs(stored):copy(stored)
  end
  optimizer.steps = saved.state.steps
  return true
end

--- The generator as it is now.
function checkpoint.generator() return torch.getRNGState() end

return checkpoint
