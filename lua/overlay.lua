--- Pictures and the page of a comparison: one metric's curves of several runs over each other; runs
-- that differ by their seed as their mean in a band of the spread.

local report, svg, plot = require 'report', require 'svg', require 'plot'
local statistics, comparison = require 'statistics', require 'comparison'
local file, image = require 'aelua.file', require 'aelua.image'

local overlay = {}

-- ---- curves ----

-- values[epoch] = list of the runs' values; and the epochs in order.
local function valuesByEpoch(runs, stage, metric)
  local values, epochs = {}, {}
  for _, run in ipairs(runs) do
    for _, row in ipairs(run.rows) do
      if row.stage == stage and row[metric] ~= nil then
        local epoch = row.epoch
        if not values[epoch] then values[epoch], epochs[#epochs + 1] = {}, epoch end
        table.insert(values[epoch], row[metric])
      end
    end
  end
  table.sort(epochs)
  return values, epochs
end

local function meanCurve(name, runs, stage, metric)
  local s = {name = name, x = {}, y = {}, spread = #runs > 1 and {} or nil}
  local values, epochs = valuesByEpoch(runs, stage, metric)
  for _, epoch in ipairs(epochs) do
    local list = values[epoch]
    if statistics.finite(statistics.mean(list)) then -- else the epoch is left out
      s.x[#s.x + 1], s.y[#s.y + 1] = epoch, statistics.mean(list)
      if s.spread then s.spread[#s.spread + 1] = statistics.spread(list) end
    end
  end
  return s
end

-- What a curve is called: the settings that differ, else the run's name.
local function labelOf(group)
  local label = group.label
  if label == '' then label = #group.runs > 1 and 'mean' or group.runs[1].name end
  return #group.runs > 1 and ('%s (%d seeds)'):format(label, #group.runs) or label
end

--- One panel a stage: {title=, xlabel=, ylabel=, series=}.
function overlay.panels(result)
  local list, words = {}, result.metric:gsub('_', ' ')
  for _, stage in ipairs(result.stages) do
    local series = {}
    for _, group in ipairs(result.groups) do
      local s = meanCurve(labelOf(group), group.runs, stage, result.metric)
      if #s.x > 0 then series[#series + 1] = s end
    end
    if #series > 0 then
      list[#list + 1] = {title = stage, xlabel = 'epoch', ylabel = words, series = series}
    end
  end
  return list
end

-- ---- the page ----

--- The page as text: tables and curves in one file.
function overlay.page(result, panels)
  local body = {}
  for _, panel in ipairs(panels) do
    body[#body + 1] = '<figure>' .. svg.lines(panel) .. '</figure>'
  end
  local out = {'<div class="row">' .. table.concat(body, '\n') .. '</div>'}
  if result.repeated then
    out[#out + 1] = ('<h2>%s</h2>'):format(comparison.groupTitle(result, '±')) ..
      report.table(comparison.groupTable(result, '±'))
  end
  out[#out + 1] = '<h2>Every run</h2>' .. report.table(comparison.runTable(result))
  local words = result.metric:gsub('_', ' ')
  local band = result.repeated and ' A band is the spread (standard deviation) over the seeds.'
  return report.document('Comparison', ('%d runs; the curves show %s.%s'):format(#result.runs,
    words, band or ''), table.concat(out, '\n'))
end

--- Writes compare.csv, compare.html and, when there are curves, compare.png.
-- @param result of comparison.of
-- @param folder that is there
-- @return the files' names as one text; or nil and a message
function overlay.write(result, folder)
  local panels = overlay.panels(result)
  for name, text in pairs {['compare.csv'] = comparison.csv(result),
                           ['compare.html'] = overlay.page(result, panels)} do
    local ok, message = file.writeAtomic(folder .. '/' .. name, text)
    if not ok then return nil, message end
  end
  if #panels == 0 then
    os.remove(folder .. '/compare.png') -- of another comparison
    return 'compare.csv, compare.html'
  end
  local ok, message = image.writePNG(folder .. '/compare.png', plot.draw(panels))
  if not ok then return nil, message end
  return 'compare.csv, compare.html, compare.png'
end

return overlay
