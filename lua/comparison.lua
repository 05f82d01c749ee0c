--- Runs side by side: what differs between their settings and in what they ended, for one run each
-- and as mean and spread over the runs of a group, which differ by their seed alone.
--
--     local runs = {comparison.read('runs/e2e-1'), comparison.read('runs/e2e-2')}
--     local result = comparison.of(runs, {metric = 'loss'})
--     print(comparison.text(result))

local facts, metrics = require 'aelua.lua.facts', require 'aelua.lua.metrics'
local columns, statistics, system = require 'columns', require 'statistics', require 'aelua.system'

local comparison = {}

-- Settings that change where a run is kept and what is drawn, not what comes out.
local aside = {runs = true, resume = true, report = true, pictures = true}

-- ---- reading ----

local function lookup(list)
  local map = {}
  for _, pair in ipairs(list) do map[pair[1]] = pair[2] end
  return map
end

--- A run as its folder tells of it.
-- @param folder run folder
-- @return {folder=, settings = list of {name, value}, value = settings by name, facts = by name,
--   rows = of metrics.csv}; or nil and a message
function comparison.read(folder)
  folder = folder:match('^.*[^/]') or folder:sub(1, 1)
  local settings = facts.read(folder .. '/options.txt')
  local known = facts.read(folder .. '/run.txt')
  local rows, damage = metrics.read(folder)
  if not (settings and known and rows) then
    if settings and known and system.exists(folder .. '/metrics.csv') then return nil, damage end
    local why = system.exists(folder) and 'it lacks ' .. (not settings and 'options.txt'
      or not known and 'run.txt' or 'metrics.csv') or 'no such folder'
    return nil, ('%s is no run: %s'):format(folder, why)
  end
  return {folder = folder, settings = settings, value = lookup(settings), facts = lookup(known),
          rows = rows}
end

--- The runs of a folder that aelua sweep made: of each job the one that finished, else the last.
-- @return list of run folders, or nil when it is no such folder
function comparison.runsOfSweep(folder)
  if not system.exists(folder .. '/sweep.txt') then return nil end
  local jobs, list = {}, {} -- some may have been removed
  for _, name in ipairs(system.list(folder) or {}) do
    jobs[#jobs + 1] = math.tointeger(tonumber(name:match '^job%-([1-9]%d*)$'))
  end
  table.sort(jobs)
  for _, job in ipairs(jobs) do
    list[#list + 1] = comparison.runOfJob(('%s/job-%d'):format(folder, job))
  end
  return list
end

--- The run in a job's folder: the one that finished, else the last that has its options.
-- @return its folder and whether it finished; nil when there is none yet
function comparison.runOfJob(folder)
  local found
  for _, name in ipairs(system.list(folder) or {}) do
    local path = folder .. '/' .. name
    if system.exists(path .. '/options.txt') then
      found = path
      if facts.value(facts.read(path .. '/run.txt'), 'finished') then return path, true end
    end
  end
  return found, false
end

-- ---- what differs ----

local function settingOf(run, name)
  if name == 'experiment' then return run.facts.experiment or '' end
  return run.value[name] or '-'
end

-- Names of the settings that are not the same in all runs, in the order of the runs' options.
local function differing(runs)
  local names, seen = {}, {}
  local function consider(name)
    if seen[name] or aside[name] then return end
    seen[name] = true
    for _, run in ipairs(runs) do
      if settingOf(run, name) ~= settingOf(runs[1], name) then
        names[#names + 1] = name
        return
      end
    end
  end
  consider('experiment')
  for _, run in ipairs(runs) do
    for _, pair in ipairs(run.settings) do consider(pair[1]) end
  end
  return names
end

-- Names as short as they can be while they tell the runs apart: without the folders all have in
-- common.
local function nameAll(runs)
  local common = runs[1].folder:match('^(.*/)') or ''
  for _, run in ipairs(runs) do
    while run.folder:sub(1, #common) ~= common do common = common:match('^(.*/)[^/]*/$') or '' end
  end
  for _, run in ipairs(runs) do run.name = run.folder:sub(#common + 1) end
end

-- ---- in what a run ended ----

local function last(rows, stage, column)
  local value
  for _, row in ipairs(rows) do
    if (not stage or row.stage == stage) and row[column] ~= nil then value = row[column] end
  end
  return value
end

-- The best validation of the last stage that has one: {best accuracy, least loss}.
local function bestValidation(run, wanted)
  local stage
  for _, row in ipairs(run.rows) do
    if row.validation_loss and (not wanted or row.stage == wanted) then stage = row.stage end
  end
  local accuracy, loss
  for _, row in ipairs(run.rows) do
    if row.stage == stage then
      local a, l = row.validation_accuracy, row.validation_loss
      if a and a >= (accuracy or a) then accuracy = a end
      if l and l <= (loss or l) then loss = l end
    end
  end
  return accuracy, loss
end

local function testAccuracy(run)
  return tonumber(run.facts['test-accuracy']) or last(run.rows, nil, 'test_accuracy')
end

local function seconds(run, stage)
  local sum = 0
  for _, row in ipairs(run.rows) do
    if not stage or row.stage == stage then sum = sum + (row.seconds or 0) end
  end
  return sum
end

local function epochs(run, stage)
  local count = 0
  for _, row in ipairs(run.rows) do
    if not stage or row.stage == stage then count = count + 1 end
  end
  return count
end

-- Stages in the order in which the runs have them.
local function stagesOf(runs)
  local list, seen = {}, {}
  for _, run in ipairs(runs) do
    for _, row in ipairs(run.rows) do
      if not seen[row.stage] then list[#list + 1], seen[row.stage] = row.stage, true end
    end
  end
  return list
end

-- The columns of numbers: {title=, format=, get = function(run)}, those that some run has.
local function measures(runs, stages, metric, only)
  local list = {}
  local function add(title, format, get)
    for _, run in ipairs(runs) do
      if get(run) ~= nil then
        list[#list + 1] = {title = title, format = format, get = get}
        return
      end
    end
  end
  local words = metric:gsub('_', ' ')
  for _, stage in ipairs(stages) do
    add(#stages == 1 and words or stage .. ' ' .. words, '%.5g',
        function(run) return last(run.rows, stage, metric) end)
  end
  local function best(which)
    return function(run) return (select(which, bestValidation(run, only))) end
  end
  add('best validation accuracy', '%.4f', best(1))
  add('best validation loss', '%.5g', best(2))
  add('test accuracy', '%.4f', testAccuracy)
  add('epochs', '%.4g', function(run) return epochs(run, only) end)
  add('seconds', '%.3g', function(run) return seconds(run, only) end)
  return list
end

-- ---- groups ----

local function finishedOf(runs)
  local list = {}
  for _, run in ipairs(runs) do if run.facts.finished then list[#list + 1] = run end end
  return list
end

-- Runs whose settings differ by the seed alone, in the order of their first.
local function groupsOf(runs, names)
  local groups, byKey = {}, {}
  for _, run in ipairs(runs) do
    local values, words = {}, {}
    for _, name in ipairs(names) do
      if name ~= 'seed' then
        values[#values + 1] = settingOf(run, name)
        words[#words + 1] = name .. '=' .. settingOf(run, name)
      end
    end
    local key = table.concat(words, '\0')
    if not byKey[key] then
      byKey[key] = {runs = {}, values = values, label = table.concat(words, ', ')}
      groups[#groups + 1] = byKey[key]
    end
    table.insert(byKey[key].runs, run)
  end
  return groups
end

-- A metric that no run has: what there is instead.
local function checkMetric(runs, metric, stages)
  local there = {}
  for _, column in ipairs(metrics.measured) do
    for _, run in ipairs(runs) do
      if last(run.rows, nil, column) ~= nil then
        there[#there + 1] = column
        break
      end
    end
  end
  for _, column in ipairs(there) do if column == metric then return true end end
  if #stages == 0 then return true end -- nothing was trained yet
  local near = system.nearest(metric, there)
  return nil, ("no run has the metric '%s'; %s"):format(metric, near
    and ("did you mean '%s'?"):format(near) or 'there are ' .. table.concat(there, ', '))
end

local function checkStage(stages, only)
  if not only then return stages end
  for _, stage in ipairs(stages) do if stage == only then return {only} end end
  local near = system.nearest(only, stages)
  return nil, ("no run has the stage '%s'; %s"):format(only, near
    and ("did you mean '%s'?"):format(near) or 'there are ' .. table.concat(stages, ', '))
end

--- Compares runs.
-- @param runs list of what comparison.read gives, at least one
-- @param options {metric = 'loss', stage = name of the only one to look at [optional]}
-- @return {runs=, names = settings that differ, stages=, metric=, measures=, repeated = whether
--   some group has several runs, partial = whether only some runs finished: those make the means,
--   groups = list of {runs=, counted = those of the mean, values = of the settings, label=}}; or
--   nil and a message
function comparison.of(runs, options)
  local metric = options.metric or 'loss'
  local all = stagesOf(runs)
  local ok, message = checkMetric(runs, metric, all)
  if not ok then return nil, message end
  local stages, why = checkStage(all, options.stage)
  if not stages then return nil, why end
  nameAll(runs)
  local names = differing(runs)
  local finished = #finishedOf(runs)
  local partial = finished > 0 and finished < #runs
  local groups, repeated = groupsOf(runs, names), false
  for _, group in ipairs(groups) do
    repeated = repeated or #group.runs > 1
    group.counted = partial and finishedOf(group.runs) or group.runs
  end
  return {runs = runs, names = names, stages = stages, metric = metric, groups = groups,
          measures = measures(runs, stages, metric, options.stage), repeated = repeated,
          partial = partial}
end

-- ---- tables ----

local function shown(measure, value)
  return type(value) == 'number' and measure.format:format(value) or value or ''
end

--- One row a run.
-- @param raw numbers in full [false]
-- @return head, rows: lists of strings
function comparison.runTable(result, raw)
  local head, rows = {'run'}, {}
  local states = raw or #finishedOf(result.runs) < #result.runs
  for _, name in ipairs(result.names) do head[#head + 1] = name end
  for _, measure in ipairs(result.measures) do head[#head + 1] = measure.title end
  if states then head[#head + 1] = 'state' end
  for i, run in ipairs(result.runs) do
    local row = {raw and run.folder or run.name}
    for _, name in ipairs(result.names) do row[#row + 1] = settingOf(run, name) end
    for _, measure in ipairs(result.measures) do
      local value = measure.get(run)
      row[#row + 1] = raw and type(value) == 'number' and ('%.9g'):format(value) or
        shown(measure, value)
    end
    if states then row[#row + 1] = run.facts.finished and 'finished' or 'unfinished' end
    rows[i] = row
  end
  return head, rows
end

-- "0.7910 +- 0.0021" of the runs that have the measure; a single one has no spread.
local function meanCell(measure, runs, sign)
  local list = {}
  for _, run in ipairs(runs) do
    local value = measure.get(run)
    if type(value) == 'number' then list[#list + 1] = value end
  end
  if #list == 0 then return '' end
  local mean = measure.format:format(statistics.mean(list))
  if #list == 1 then return mean end
  local format = measure.format:gsub('%d+g', '2g')
  return ('%s %s %s'):format(mean, sign, format:format(statistics.spread(list)))
end

--- One row a group: mean and population spread over its runs.
-- @param sign between the two: '+-'
-- @return head, rows: lists of strings
function comparison.groupTable(result, sign)
  local head, rows = {'runs'}, {}
  for _, name in ipairs(result.names) do if name ~= 'seed' then head[#head + 1] = name end end
  for _, measure in ipairs(result.measures) do head[#head + 1] = measure.title end
  for i, group in ipairs(result.groups) do
    local row = {tostring(#group.counted), table.unpack(group.values)}
    for _, measure in ipairs(result.measures) do
      row[#row + 1] = meanCell(measure, group.counted, sign)
    end
    rows[i] = row
  end
  return head, rows
end

--- What stands above the table of groups.
function comparison.groupTitle(result, sign)
  return ('Mean %s spread over the seeds%s'):format(sign,
    result.partial and ', of the runs that finished' or '')
end

--- The tables as text: the runs and, where groups have several, mean and spread.
function comparison.text(result)
  local text = columns.text(comparison.runTable(result))
  if not result.repeated then return text end
  return ('%s\n\n%s:\n%s'):format(text, comparison.groupTitle(result, '+-'),
    columns.text(comparison.groupTable(result, '+-')))
end

local function csvCell(cell)
  return cell:find('[,"\n\r]') and '"' .. cell:gsub('"', '""') .. '"' or cell
end

--- The runs as CSV, numbers in full.
function comparison.csv(result)
  local head, rows = comparison.runTable(result, true)
  table.insert(rows, 1, head)
  local lines = {}
  for i, row in ipairs(rows) do
    local cells = {}
    for j, cell in ipairs(row) do cells[j] = csvCell(cell) end
    lines[i] = table.concat(cells, ',')
  end
  return table.concat(lines, '\n') .. '\n'
end

return comparison
