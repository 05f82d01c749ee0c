--- A run's page: what lua/report.lua draws, gathered from the run.

local report = require 'report'
local progress, plot, metrics = require 'progress', require 'plot', require 'aelua.lua.metrics'

local summary = {}

local function percent(share) return share and ('%.2f %%'):format(100 * share) or nil end

local function duration(seconds)
  if seconds < 120 then return ('%.1f s'):format(seconds) end
  return ('%.0f min %.0f s'):format(seconds // 60, seconds % 60 // 1) -- of any size
end

local function cards(run)
  local list, seconds, samples = {}, 0, 0
  for _, record in ipairs(run.records) do
    local took = record.seconds or 0
    seconds, samples = seconds + took, samples + took * (record.samples_per_second or 0)
  end
  if run.accuracy then list[1] = {'test accuracy', percent(run.accuracy)} end
  local last = run.records[#run.records]
  if last then list[#list + 1] = {'last loss, ' .. last.stage, ('%.4f'):format(last.loss)} end
  list[#list + 1] = {'epochs', tostring(#run.records)}
  list[#list + 1] = {'training', duration(seconds)}
  if seconds > 0 then
    list[#list + 1] = {'samples a second', progress.grouped(samples / seconds)}
  end
  return list
end

-- Rows with short numbers for the table; the full ones are in metrics.csv.
local function shortRows(run)
  local rows = {}
  for i, record in ipairs(run.records) do
    local row = {}
    for key, value in pairs(record) do
      row[key] = math.type(value) == 'float' and
        (key == 'samples_per_second' and progress.grouped(value) or ('%.5g'):format(value)) or value
    end
    rows[i] = row
  end
  return rows
end

-- The columns that some row has.
local function usedColumns(run, columns)
  local used = {}
  for _, column in ipairs(columns) do
    for _, record in ipairs(run.records) do
      if record[column] ~= nil then
        used[#used + 1] = column
        break
      end
    end
  end
  return used
end

local function layerTable(run)
  if #run.layerRecords == 0 then return nil end
  local rows = {}
  local function cell(value, format) return value and format:format(value) or '' end
  for i, r in ipairs(run.layerRecords) do
    rows[i] = {r.stage, r.epoch, r.path, (r.class:gsub('^nn%.', '')), cell(r.weight, '%.4g'),
               cell(r.gradient, '%.3g'), cell(r.update, '%.3g'), r.dead and percent(r.dead) or '',
               r.saturated and percent(r.saturated) or ''}
  end
  return {head = {'stage', 'epoch', 'layer', 'class', 'weight norm', 'gradient norm',
                  'relative update', 'dead units', 'saturated'}, rows = rows}
end

-- One curve of a stage's records, or nil when the column is empty.
local function series(run, stage, column, name)
  local s = {name = name, x = {}, y = {}}
  for _, record in ipairs(run.records) do
    if record.stage == stage and record[column] then
      s.x[#s.x + 1], s.y[#s.y + 1] = record.epoch, record[column]
    end
  end
  return #s.x > 0 and s or nil
end

local curves = {
  {'loss', {{'loss', 'training'}, {'validation_loss', 'validation'}, {'test_loss', 'test'}}},
  {'accuracy', {{'accuracy', 'training'}, {'validation_accuracy', 'validation'},
                {'test_accuracy', 'test'}}},
}

--- The curves of a run as one picture: a panel for the losses of each stage and one for its
-- accuracies, when it has any.
-- @param run a run of experiment.start
-- @return (3,H,W) Byte, or nil when nothing was trained
function summary.curves(run)
  local panels, seen = {}, {}
  for _, record in ipairs(run.records) do
    if not seen[record.stage] then
      seen[record.stage] = true
      for _, curve in ipairs(curves) do
        local panel = {title = record.stage, xlabel = 'epoch', ylabel = curve[1], series = {}}
        for _, column in ipairs(curve[2]) do
          panel.series[#panel.series + 1] = series(run, record.stage, column[1], column[2])
        end
        if #panel.series > 0 then panels[#panels + 1] = panel end
      end
    end
  end
  return #panels > 0 and plot.draw(panels) or nil
end

--- The page of a run as HTML text.
-- @param run a run of experiment.start
function summary.page(run)
  return report.page{
    title = run.folder:match('([^/]+)/*$') or run.name,
    subtitle = run.about .. (run.set and ' Data: ' .. run.set:describe() .. '.' or ''),
    cards = cards(run), options = run.settings, facts = run.facts, networks = run.networks,
    rows = shortRows(run), columns = usedColumns(run, metrics.columns), messages = run.messages,
    figures = run.figures, confusion = run.confusion, classes = run.set and run.set.classes,
    layers = layerTable(run)}
end

return summary
