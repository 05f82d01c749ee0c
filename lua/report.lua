--- One self-contained page per run: settings, network, curves, pictures, confusion matrix,
-- mistakes, diagnostics. Readable offline, on a phone and in print; no script runs in it.

local svg, file = require 'svg', require 'aelua.file'

local report = {}

local style = [[
:root{color-scheme:light dark;--line:#8884;--soft:#8882;--accent:#0072b2}
*{box-sizing:border-box}
body{font:16px/1.5 system-ui,sans-serif;max-width:62rem;margin:0 auto;padding:1rem}
h1{font-size:1.7rem;margin:.5rem 0 0}h2{font-size:1.2rem;margin:2rem 0 .5rem;
border-bottom:1px solid var(--line);padding-bottom:.2rem}
p.sub{margin:.2rem 0 1rem;opacity:.75}
.cards{display:flex;flex-wrap:wrap;gap:.75rem}
.card{border:1px solid var(--line);border-radius:.5rem;padding:.5rem .9rem;min-width:8rem}
.card b{display:block;font-size:1.35rem}.card span{opacity:.75;font-size:.85rem}
.row{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,24rem),1fr));gap:1rem}
figure{margin:0 0 1rem}figure img{max-width:100%;height:auto;image-rendering:pixelated}
figcaption{font-size:.9rem;opacity:.8}
.scroll{overflow-x:auto}
table{border-collapse:collapse;font-size:.85rem;font-variant-numeric:tabular-nums}
th,td{padding:.15rem .6rem;border-bottom:1px solid var(--soft);text-align:right;white-space:nowrap}
th:first-child,td:first-child{text-align:left}
pre{overflow-x:auto;background:var(--soft);padding:.75rem;border-radius:.5rem;font-size:.8rem}
details summary{cursor:pointer;margin:.4rem 0}
ul.said li{margin:.25rem 0}
td.cell{text-align:center;min-width:2.4rem}
@media print{body{font-size:11pt;max-width:none}h2{break-after:avoid}figure,tr{break-inside:avoid}
details>*{display:block}}
]]

-- ---- pieces ----

local alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'
local two = {} -- two characters for each 12 bits, made when they are needed

local function twelve(n)
  local text = two[n]
  if not text then
    local high, low = (n >> 6) + 1, (n & 63) + 1
    text = alphabet:sub(high, high) .. alphabet:sub(low, low)
    two[n] = text
  end
  return text
end

--- Base64 (RFC 4648) of a string of bytes.
function report.base64(bytes)
  local padding = -#bytes % 3
  local out = {}
  for i = 1, #bytes, 3 do
    local a, b, c = bytes:byte(i, i + 2)
    local n = a << 16 | (b or 0) << 8 | (c or 0)
    out[#out + 1] = twelve(n >> 12)
    out[#out + 1] = twelve(n & 4095)
  end
  local text = table.concat(out)
  return text:sub(1, #text - padding) .. ('='):rep(padding)
end

local function heading(text) return '<h2>' .. svg.escape(text) .. '</h2>' end

local function rowOf(cells, tag, classes)
  local out = {}
  for i, cell in ipairs(cells) do
    out[i] = ('<%s%s>%s</%s>'):format(tag, classes and classes[i] or '', svg.escape(cell), tag)
  end
  return '<tr>' .. table.concat(out) .. '</tr>'
end

--- A table with a head; cells are escaped.
function report.table(head, rows)
  local out = {'<div class="scroll"><table><thead>', rowOf(head, 'th'), '</thead><tbody>'}
  for _, row in ipairs(rows) do out[#out + 1] = rowOf(row, 'td') end
  out[#out + 1] = '</tbody></table></div>'
  return table.concat(out, '\n')
end

local function picture(figure)
  local bytes = file.read(figure.path)
  if not bytes then return '' end
  local title = svg.escape(figure.title)
  return ('<figure><img alt="%s" src="data:image/png;base64,%s"><figcaption>%s</figcaption>'
    .. '</figure>'):format(title, report.base64(bytes), title)
end

local function cards(items)
  local out = {'<div class="cards">'}
  for _, item in ipairs(items) do
    out[#out + 1] = ('<div class="card"><b>%s</b><span>%s</span></div>'):format(
      svg.escape(item[2]), svg.escape(item[1]))
  end
  out[#out + 1] = '</div>'
  return table.concat(out)
end

-- ---- curves ----

-- The columns of metrics drawn, in panels: rows of one stage share a chart.
local panels = {
  {title = 'loss', columns = {'loss', 'validation_loss'}, ylabel = 'loss'},
  {title = 'accuracy', columns = {'accuracy', 'validation_accuracy', 'test_accuracy'},
   ylabel = 'share right'},
  {title = 'seconds an epoch', columns = {'seconds'}, ylabel = 's'},
}

local function seriesOf(rows, stage, column)
  local s = {name = column:gsub('_', ' '), x = {}, y = {}}
  for _, row in ipairs(rows) do
    local value = tonumber(row[column])
    if row.stage == stage and value then
      s.x[#s.x + 1], s.y[#s.y + 1] = tonumber(row.epoch), value
    end
  end
  return #s.x > 0 and s or nil
end

local function stagesOf(rows)
  local list, seen = {}, {}
  for _, row in ipairs(rows) do
    if not seen[row.stage] then list[#list + 1], seen[row.stage] = row.stage, true end
  end
  return list
end

local function stageCurves(rows, stage)
  local out = {}
  for _, panel in ipairs(panels) do
    local series = {}
    for _, column in ipairs(panel.columns) do
      series[#series + 1] = seriesOf(rows, stage, column)
    end
    if #series > 0 then
      out[#out + 1] = '<figure>' .. svg.lines{title = stage .. ': ' .. panel.title,
        xlabel = 'epoch', ylabel = panel.ylabel, series = series} .. '</figure>'
    end
  end
  return '<div class="row">' .. table.concat(out, '\n') .. '</div>'
end

local function curves(rows, columns)
  local out = {heading('Training')}
  for _, stage in ipairs(stagesOf(rows)) do out[#out + 1] = stageCurves(rows, stage) end
  local cells = {}
  for i, row in ipairs(rows) do
    cells[i] = {}
    for j, column in ipairs(columns) do cells[i][j] = row[column] or '' end
  end
  out[#out + 1] = '<details open><summary>Every epoch in numbers</summary>' ..
    report.table(columns, cells) .. '</details>'
  return table.concat(out, '\n')
end

-- ---- the confusion matrix ----

-- Rows: the right class; columns: what the network said; shade: share of the row.
local function confusion(matrix, classes)
  local out = {heading('Confusion matrix'),
               '<p>A row is the true class, a column what the network said.</p>',
               '<div class="scroll"><table><thead>'}
  local head = {''}
  for i = 1, #classes do head[i + 1] = classes[i] end
  head[#head + 1] = 'right'
  out[#out + 1] = rowOf(head, 'th') .. '</thead><tbody>'
  for i, counts in ipairs(matrix) do
    local total, cells, classesOf = 0, {classes[i]}, {''}
    for _, n in ipairs(counts) do total = total + n end
    for j, n in ipairs(counts) do
      local share = total > 0 and n / total or 0
      local colour = i == j and '0,158,115' or '213,94,0'
      cells[j + 1] = ('%d'):format(n)
      classesOf[j + 1] = (' class="cell" style="background:rgba(%s,%.2f)"'):format(colour,
        0.75 * share ^ 0.5)
    end
    cells[#cells + 1] = ('%.1f %%'):format(total > 0 and 100 * counts[i] / total or 0)
    classesOf[#cells] = ''
    out[#out + 1] = rowOf(cells, 'td', classesOf)
  end
  out[#out + 1] = '</tbody></table></div>'
  return table.concat(out, '\n')
end

-- ---- the page ----

local function section(title, list, one)
  if not list or #list == 0 then return '' end
  local out = {heading(title), '<div class="row">'}
  for _, item in ipairs(list) do out[#out + 1] = one(item) end
  out[#out + 1] = '</div>'
  return table.concat(out, '\n')
end

local function said(messages)
  if #messages == 0 then return '' end
  local out = {heading('What the training showed'), '<ul class="said">'}
  for _, message in ipairs(messages) do out[#out + 1] = '<li>' .. svg.escape(message) .. '</li>' end
  out[#out + 1] = '</ul>'
  return table.concat(out)
end

--- A self-contained HTML page in the reports' style.
-- @param title of the page
-- @param subtitle one line under it
-- @param body HTML
function report.document(title, subtitle, body)
  return table.concat({'<!doctype html><html lang="en"><head><meta charset="utf-8">',
    '<meta name="viewport" content="width=device-width,initial-scale=1">',
    ('<title>%s</title><style>%s</style></head><body>'):format(svg.escape(title), style),
    ('<h1>%s</h1><p class="sub">%s</p>'):format(svg.escape(title), svg.escape(subtitle)),
    body, '</body></html>\n'}, '\n')
end

--- The page of a run as text.
-- @param info {title=, subtitle=, cards = {{name, value}}, options = {{name, value}},
--   facts = {{name, value}}, networks = {text}, rows = metrics, columns = names, messages = {text},
--   figures = {{title=, path=}}, confusion = list of lists [optional], classes = names,
--   layers = {head=, rows=} [optional]}
function report.page(info)
  local out = {cards(info.cards), said(info.messages)}
  if #info.rows > 0 then out[#out + 1] = curves(info.rows, info.columns) end
  out[#out + 1] = section('Pictures', info.figures, picture)
  if info.confusion then out[#out + 1] = confusion(info.confusion, info.classes) end
  if info.layers then
    out[#out + 1] = heading('Layers') .. report.table(info.layers.head, info.layers.rows)
  end
  out[#out + 1] = section('Network', info.networks, function(text)
    return '<pre>' .. svg.escape(text) .. '</pre>'
  end)
  out[#out + 1] = heading('Settings') .. report.table({'setting', 'value'}, info.options)
  out[#out + 1] = heading('Where it ran') .. report.table({'fact', 'value'}, info.facts)
  return report.document(info.title, info.subtitle, table.concat(out, '\n'))
end

return report
