--- Experiments as runs that can be repeated, resumed, compared and looked at.
--
--     local experiment = require 'experiment'
--     local run = experiment.start('mine', 'What it is about.', {{'epochs', 5, 'of training'}})
--     ... run:train{stage = 'training', net = net, ...} ...
--     run:finish()
--
-- A run owns a folder, runs/mine-1 and so on, with
--   options.txt   every setting          metrics.csv   a row for each epoch of each stage
--   run.txt       version, machine, ...  log.txt       what was printed
--   script.lua    the script             checkpoints/  the last one of each stage,
--                                         and its records
--   figures/      the pictures           report.html   all of it on one page
--   events.out.tfevents.*                the metrics for TensorBoard
--   run.lock      held by the program that works in it

local torch = require 'torch'
local options, system, file = require 'options', require 'aelua.system', require 'aelua.file'
local process, plain = require 'aelua.process', require 'columns'.plain
local facts, metrics = require 'aelua.lua.facts', require 'aelua.lua.metrics'
local training, checkpoint, model = require 'training', require 'checkpoint', require 'model'
local image, diagnose = require 'image', require 'diagnose'

local experiment = {}
local Run = {}
Run.__index = Run

-- What every experiment can be told beside its own settings.
local common = {
  {'seed', 1, 'of all random numbers'},
  {'runs', 'runs', 'folder that gets the run folder'},
  {'resume', '', 'run folder to go on with'},
  {'report', true, 'write report.html at the end'},
  {'pictures', true, 'write pictures'},
  {'matmul', torch.getMatmulPrecision(), 'factors of matrix products',
   choices = {'float32', 'bf16'}},
}

-- The value, or its message raised.
local function must(value, message)
  if not value then error(message, 0) end
  return value
end

local function mustWrite(path, text) must(file.writeAtomic(path, text)) end

-- ---- folders ----

-- What a script gave as a name, for a message.
local function given(name)
  return type(name) == 'string' and ("'%s'"):format(plain(name)) or 'a ' .. type(name)
end

-- Fails unless a name leads to a file inside of the run folder.
local function checkName(call, name)
  name = tostring(name)
  if name ~= '' and not name:find '%c' and name:sub(1, 1) ~= '/' and
     not ('/' .. name .. '/'):find('/../', 1, true) then return end
  error(("%s: the name is '%s', should be one inside of the run folder"):format(call,
    plain(name)), 3)
end

-- The first of runs/name-1, -2, ... that is not there, made; two runs never get the same.
local function newFolder(runs, name)
  local number = 1
  while true do
    local folder = ('%s/%s-%d'):format(runs, name, number)
    if not system.exists(folder) then
      local ok, made = system.mkdir(folder)
      if not ok then error(('the run folder cannot be made: %s'):format(made), 0) end
      if made then return folder end
    end
    number = number + 1
  end
end

-- Holds the folder for this program alone: two would spoil each other's files. The lock goes with
-- the program, however that ends.
local function lockFolder(name, folder)
  local lock, message, busy = process.lock(folder .. '/run.lock')
  if busy then options.fail(name, 'another aelua is working in ' .. plain(folder)) end
  return must(lock, message)
end

-- ---- starting ----

-- The given command line, or the one of the run to go on with.
local function settingsOf(name, about, spec)
  local all = {table.unpack(spec)}
  local own = {}
  for _, setting in ipairs(spec) do
    facts.checkName(setting[1])
    own[setting[1]] = true
  end
  for _, setting in ipairs(common) do if not own[setting[1]] then all[#all + 1] = setting end end
  local opt, settings = options.parse(name, about, all)
  if opt.runs == '' then options.fail(name, '--runs: the name of a folder is empty') end
  if opt.resume == '' then return opt, settings end
  local folder = opt.resume:gsub('/+$', '')
  local saved, message = facts.read(folder .. '/options.txt')
  if not saved then
    options.fail(name, ('--resume %s: no run there (%s)'):format(folder, message))
  end
  if #arg > 2 or (#arg == 2 and arg[1] ~= '--resume') then
    options.fail(name, '--resume goes on with the settings of the run: give nothing else')
  end
  local begun = facts.value(facts.read(folder .. '/run.txt'), 'experiment')
  if begun and begun ~= name then
    options.fail(name, ('--resume %s: a run of the experiment %s; give the script of that one')
      :format(plain(folder), plain(begun)))
  end
  local words = {}
  for _, pair in ipairs(saved) do words[#words + 1] = ('--%s=%s'):format(pair[1], pair[2]) end
  opt, settings = options.parse(name, about, all, words)
  opt.resume = folder
  return opt, settings
end

local function optionPairs(settings)
  local list = {}
  for _, s in ipairs(settings) do
    if s.name ~= 'resume' then list[#list + 1] = {s.name, options.written(s.value)} end
  end
  return list
end

-- A function that prints, and the same into the run's log.
local function teePrint(run)
  local original = print
  return function(...)
    original(...)
    local words = {}
    for i = 1, select('#', ...) do words[i] = tostring((select(i, ...))) end
    local done, message = run.log:write(table.concat(words, '\t'), '\n')
    if done then done, message = run.log:flush() end
    if not done then error(('%s/log.txt: %s'):format(run.folder, message), 0) end
  end
end

--- Begins a run, or goes on with one (--resume): reads the settings, makes the folder, sets the
-- seed. Ends the program with one line when a setting is wrong.
-- @param name of the experiment, of which that of the folder is made: lower-case letters, digits,
-- - and _
-- @param about one sentence, for --help and the report
-- @param[opt] spec list of {name, default, help, min=, max=, choices=}
-- @return the run; run.opt has the settings, run.folder its folder
function experiment.start(name, about, spec)
  if type(name) ~= 'string' or name == '' or name:find '[/%c]' then
    error(('experiment.start: the name is %s, should be a word without / and control characters')
      :format(given(name)), 2)
  end
  local opt, settings = settingsOf(name, about, spec or {})
  local run = setmetatable({name = name, about = about, opt = opt, resumed = opt.resume ~= '',
    settings = optionPairs(settings), records = {}, messages = {},
    networks = {}, figures = {}, layerRecords = {}, stages = 0, stageNames = {}, stageFiles = {},
    warned = {}, sets = 0}, Run)
  run.folder = run.resumed and opt.resume or newFolder(opt.runs, name)
  run.lock = lockFolder(name, run.folder)
  for _, inner in ipairs {'figures', 'checkpoints'} do
    must(system.mkdir(run.folder .. '/' .. inner))
  end
  if run.resumed then
    run.begun = facts.read(run.folder .. '/run.txt')
    run.facts = facts.resumed(run.begun, name)
    run:removeLeftovers()
    facts.write(run.folder .. '/run.txt', run.facts)
  else
    run.facts = facts.new(name)
    run:writeDescription()
  end
  run.log = must(io.open(run.folder .. '/log.txt', 'a'))
  if not run.resumed then run:rewriteMetrics() end
  torch.manualSeed(opt.seed)
  torch.setMatmulPrecision(opt.matmul)
  system.holdInterrupts(true)
  local ok, problem = pcall(run.announce, run)
  if ok then return run end
  system.holdInterrupts(false)
  error(problem, 0)
end

-- From here on what is printed is in the log, too; unless that cannot be written.
function Run:announce()
  local tee = teePrint(self)
  tee(('%s %s'):format(self.resumed and 'Going on with' or 'Run', plain(self.folder)))
  if self.resumed then self:compareScript(tee) end
  self.print, print = print, tee -- luacheck: ignore
end

-- What a kill in the middle of a write left.
function Run:removeLeftovers()
  for _, inner in ipairs {'', '/checkpoints'} do
    for _, name in ipairs(system.list(self.folder .. inner)) do
      if name:find('%.tmp$') then system.remove(self.folder .. inner .. '/' .. name) end
    end
  end
end

function Run:writeDescription()
  facts.write(self.folder .. '/options.txt', self.settings)
  facts.write(self.folder .. '/run.txt', self.facts)
  local script = arg[0] and file.read(arg[0])
  if script then mustWrite(self.folder .. '/script.lua', script) end
end

-- Scripts are changed on purpose, too: that is no error.
function Run:compareScript(say)
  local before, now = file.read(self.folder .. '/script.lua'), arg[0] and file.read(arg[0])
  if before and now and before ~= now then
    say(('Note: %s is not as it was when the run began (%s/script.lua)'):format(plain(arg[0]),
      plain(self.folder)))
  end
end

-- ---- what a script tells its run ----

--- The data set of the run: printed, and noted with a checksum of all its bytes; a run goes on with
-- the same bytes only. Further ones are noted as data-2 and so on.
-- @param set what data.load gives
-- @return set
function Run:data(set)
  local sums = {}
  for _, part in ipairs {set.train, set.test} do
    sums[#sums + 1] = ('%08x'):format(file.crc32(part.images))
    sums[#sums + 1] = ('%08x'):format(file.crc32(part.labels))
  end
  local name = self.sets == 0 and 'data' or 'data-' .. self.sets + 1
  local before, now = facts.value(self.begun, name .. '-crc32'), table.concat(sums, ' ')
  if before and before ~= now then
    error(('%s: the run began with other data, %s; go on with the same, or begin a new run'):format(
      self.folder, facts.value(self.begun, name) or before), 0)
  end
  print(set)
  self:fact(name, set:describe())
  self:fact(name .. '-crc32', now)
  self.set, self.sets = set, self.sets + 1
  return set
end

--- Notes a fact in run.txt and the report.
-- @param name a word
-- @param value one line
function Run:fact(name, value)
  facts.checkName(name)
  for _, pair in ipairs(self.facts) do
    if pair[1] == name then
      pair[2] = value
      return facts.write(self.folder .. '/run.txt', self.facts)
    end
  end
  self.facts[#self.facts + 1] = {name, value}
  facts.write(self.folder .. '/run.txt', self.facts)
end

--- Writes a text file into the run folder, atomically.
-- @param name file name
-- @param text string
function Run:write(name, text)
  checkName('run:write', name)
  mustWrite(self.folder .. '/' .. name, text)
end

--- Prints a network and keeps its tree for the report.
function Run:network(net)
  self.networks[#self.networks + 1] = tostring(net)
  print(net)
  return net
end

--- Writes a picture to figures/NAME.png and keeps it for the report.
-- @param name file name without ending
-- @param title what it shows
-- @param picture as image.save takes it
function Run:picture(name, title, picture)
  checkName('run:picture', name)
  if not self.opt.pictures then return end
  local path = ('%s/figures/%s.png'):format(self.folder, name)
  image.save(path, picture)
  self.figures[#self.figures + 1] = {title = title, path = path}
end

--- Pictures of weights before, after, and their difference.
-- @param name file name without ending
-- @param title what they are
-- @param before (units, inputs)
-- @param after the same sizes
function Run:weights(name, title, before, after)
  if not self.opt.pictures then return end
  local limit = math.max(before:clone():abs():max(), after:clone():abs():max())
  local difference = image.weights(after - before) -- at first: sizes that differ make no picture
  self:picture(name .. '-before', title .. ', before', image.weights(before, limit))
  self:picture(name .. '-after', title .. ', after', image.weights(after, limit))
  self:picture(name .. '-difference', title .. ', difference', difference)
end

-- ---- training: the interface that training.lua uses ----

-- A stage that failed and has left no record can be trained again under its name.
local released = {__close = function(claim, problem)
  if problem == nil then return end
  local run = claim.run
  for _, record in ipairs(run.records) do if record.stage == claim.stage then return end end
  run.stageNames[claim.stage], run.stages = nil, run.stages - 1
  for _, path in ipairs(claim.paths) do run.stageFiles[path] = nil end
end}

-- The name of a stage is a cell of metrics.csv, and the files it leads to are its own. Returns what
-- is to be closed when the stage ends.
local function claimFiles(run, stage, keepBest)
  if type(stage) ~= 'string' or stage == '' or stage:find '[,"%c]' or not utf8.len(stage) then
    error(('train: stage is %s, should be UTF-8 without comma, quote and control characters')
      :format(given(stage)), 3)
  end
  if run.stageNames[stage] then error(("train: two stages are named '%s'"):format(stage), 3) end
  local paths = {run:checkpointPath(stage), keepBest and run:bestPath(stage) or nil}
  for _, path in ipairs(paths) do
    local other = run.stageFiles[path]
    if other then
      error(("train: the stages '%s' and '%s' would share %s; name one of them otherwise"):format(
        other, stage, path), 3)
    end
  end
  local claim = setmetatable({run = run, stage = stage, paths = paths}, released)
  run.stages = run.stages + 1
  run.stageNames[stage] = true
  for _, path in ipairs(paths) do run.stageFiles[path] = stage end
  return claim
end

--- Trains one stage; see training.train for the fields.
-- @param spec table
-- @return list of the epochs' records
function Run:train(spec)
  local stage = training.complete(spec, 'stage ' .. self.stages + 1)
  local claim <close> = claimFiles(self, stage.stage, stage.keepBest) -- luacheck: ignore
  local records = training.stage(self, stage)
  self:writeEvents(records)
  return records
end

function Run:checkpointPath(stage)
  return ('%s/checkpoints/%s.safetensors'):format(self.folder, stage:gsub('[^%w_-]', '_'))
end

-- The checkpoint of a stage, when the run goes on and has one.
function Run:saved(stage)
  if not self.resumed or not system.exists(self:checkpointPath(stage)) then return nil end
  local saved = must(checkpoint.read(self:checkpointPath(stage)))
  if saved.state.stage ~= stage then
    error(("%s is of stage '%s'"):format(self:checkpointPath(stage), saved.state.stage), 0)
  end
  return saved
end

-- The stage goes on from such a checkpoint.
function Run:goesOn(stage, state)
  for _, record in ipairs(state.records) do self.records[#self.records + 1] = record end
  local done = #state.records
  print(('%s: %d epoch%s done before%s'):format(stage, done, done == 1 and '' or 's',
    state.done and ', which was all' or ''))
end

function Run:bestPath(stage)
  return (self:checkpointPath(stage):gsub('%.safetensors$', '-best.safetensors'))
end

function Run:saveBest(stage, net)
  must(model.save(self:bestPath(stage), net))
end

function Run:loadBest(stage, net)
  local contents = must(file.readSafetensors(self:bestPath(stage)))
  must(model.restore(net, contents, self:bestPath(stage)))
end

-- One row: kept, and appended to metrics.csv. What a run that goes on finds there may be torn, and
-- have rows after the checkpoint; it stays until there is more to tell.
function Run:record(record)
  self.records[#self.records + 1] = record
  if not self.metricsWritten then -- a finished run that trains again is not finished
    self.facts = facts.without(self.facts, 'finished', 'test-accuracy')
    facts.write(self.folder .. '/run.txt', self.facts)
    return self:rewriteMetrics()
  end
  must(file.appendLine(self.folder .. '/metrics.csv', metrics.line(record)))
end

function Run:rewriteMetrics()
  mustWrite(self.folder .. '/metrics.csv', metrics.text(self.records))
  self.metricsWritten = true
end

function Run:layers(stage, epoch, records)
  self.layerRecords = diagnose.kept(self.layerRecords, stage, epoch, records)
end

--- Says what went wrong, once for each stage.
function Run:warn(stage, epoch, sentence)
  local key = stage .. sentence:gsub('[%d.]+', '#')
  if self.warned[key] then return end
  self.warned[key] = true
  self.messages[#self.messages + 1] = ('%s, epoch %d: %s'):format(stage, epoch, sentence)
  print('! ' .. self.messages[#self.messages])
end

-- Called by the training loop before it raises the error: the log has it too.
function Run:failed(text)
  self.log:write(text, '\n')
  self.log:flush()
  self:fact('failed', text)
end

-- Called by the training loop after it has saved.
function Run:interrupt()
  print(('\nInterrupted and saved. Go on with: aelua %s --resume %s'):format(
    options.quoted(arg[0] or 'SCRIPT'), options.quoted(self.folder)))
  self.log:close()
  local _, status = system.interrupted()
  os.exit(status, true)
end

-- ---- looking at the result ----

--- Accuracy on a part, with the confusion matrix and the most confident mistakes for the report.
-- @param net classifier with log-probabilities
-- @param part what data.load gives as test
-- @return share right
function Run:test(net, part)
  local result = require 'testing'.classify(net, part, #self.set.classes)
  self.confusion = result.confusion
  if #result.mistakes > 0 and self.opt.pictures then
    local pictures, words = require 'testing'.pictures(part, result.mistakes, self.set.classes)
    self:picture('mistakes', 'Most confident mistakes: ' .. words, pictures)
  end
  self.accuracy = result.accuracy
  print(('test accuracy %.4f on %s'):format(result.accuracy, self.set.name))
  self:fact('test-accuracy', ('%.4f'):format(result.accuracy))
  return result.accuracy
end

-- The metrics as TensorBoard scalars: stage/column at the epoch.
function Run:writeEvents(records)
  if not self.events then
    local path = ('%s/events.out.tfevents.%d.aelua'):format(self.folder, os.time())
    self.events = must(file.openEvents(path))
  end
  for _, record in ipairs(records) do
    for _, column in ipairs(metrics.measured) do
      local value = record[column]
      if type(value) == 'number' then
        must(self.events:scalar(record.stage .. '/' .. column, record.epoch, value))
      end
    end
  end
  must(self.events:flush())
end

--- Ends the run: writes the report, closes the log. Only with that it counts as finished, and what
-- could not be written is written when the run goes on.
function Run:finish()
  local all = facts.without(self.facts, 'finished') -- self.facts lack it until the end
  all[#all + 1] = {'finished', facts.now()}
  if self.events then self.events:close() end
  self.events = nil
  if not self.metricsWritten then self:rewriteMetrics() end
  local summary = require 'summary'
  local curves = self.opt.pictures and summary.curves(self)
  if curves then image.save(self.folder .. '/figures/curves.png', curves) end
  if self.opt.report then
    local path = self.folder .. '/report.html'
    mustWrite(path, summary.page(setmetatable({facts = all}, {__index = self})))
    print('report: ' .. plain(path))
  end
  facts.write(self.folder .. '/run.txt', all)
  self.facts = all
  system.holdInterrupts(false)
  self.log:close()
  self.lock:close()
  print = self.print -- luacheck: ignore
end

return experiment
