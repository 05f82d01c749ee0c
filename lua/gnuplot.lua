--- Torch's gnuplot, without the program: charts as PNG and SVG files.
--
--     gnuplot.pngfigure('loss.png')
--     gnuplot.plot({'training', x, y, '-'}, {'test', x, z, '+-'})
--     gnuplot.xlabel('epoch')
--     gnuplot.plotflush()
--
-- A figure is written by plotflush, when it is closed, and at the end of the program. There are no
-- windows: figure(n) is drawn to figure-n.png in the current folder.

local torch = require 'torch'
local file = require 'aelua.file'
local plot, svg = require 'aelua.lua.plot', require 'aelua.lua.svg'
local heatmap, image = require 'aelua.lua.heatmap', require 'aelua.lua.image'
local finite = require 'aelua.lua.statistics'.finite

local gnuplot = {}

local WIDTH, HEIGHT = 640, 480
local figures, current = {}, nil -- by number

local function say(...) io.stderr:write('gnuplot: ', string.format(...), '\n') end

-- ---- figures ----

-- Whether a curve has a name to be shown.
local function named(series)
  for _, s in ipairs(series or {}) do
    if s.name ~= '' then return true end
  end
  return false
end

local function write(figure)
  if not figure.changed or not (figure.chart.series or figure.chart.values) then return end
  local chart, options = {}, {width = WIDTH, height = HEIGHT}
  for key, value in pairs(figure.chart) do chart[key] = value end
  if not named(chart.series) then chart.legend = false end
  if figure.kind == 'svg' then
    chart.width, chart.height = WIDTH, HEIGHT
    assert(file.writeAtomic(figure.path, chart.values and heatmap.svg(chart) or svg.lines(chart)))
  elseif chart.values then
    image.save(figure.path, heatmap.draw(chart, options))
  else
    plot.save(figure.path, {chart}, options)
  end
  figure.changed = false
end

local function unusedNumber()
  local last = 0
  for n in pairs(figures) do last = math.max(last, n) end
  return last + 1
end

local function newFigure(number, kind, path)
  figures[number] = {kind = kind, path = path, chart = {}, changed = false}
  current = number
  return number
end

local function currentFigure()
  if not current then gnuplot.figure() end
  return figures[current]
end

--- Takes figure n, or a new one, for what follows.
-- @param[opt] n integer
-- @return its number
function gnuplot.figure(n)
  n = n or unusedNumber()
  if figures[n] then
    current = n
    return n
  end
  return newFigure(n, 'png', ('figure-%d.png'):format(n))
end

-- Any ending of Torch's figures of files; what cannot be written becomes an SVG. Returns the kind
-- and the path.
local function fileOf(path)
  if type(path) ~= 'string' then error('gnuplot: the name of a file expected', 3) end
  local ending = path:match('%.(%w+)$')
  local kind = ending == 'svg' and 'svg' or 'png'
  if ending == 'eps' or ending == 'ps' or ending == 'pdf' then
    local other = path:gsub('%.%w+$', '.svg')
    say('%s files cannot be written; %s is written in place of %s', ending, other, path)
    path, kind = other, 'svg'
  end
  return kind, path
end

for _, name in ipairs {'pngfigure', 'svgfigure', 'epsfigure', 'pdffigure'} do
  --- A new figure that is drawn to a file.
  -- @param path string
  gnuplot[name] = function(path)
    local kind, place = fileOf(path)
    return newFigure(unusedNumber(), name == 'svgfigure' and 'svg' or kind, place)
  end
end

--- Writes the current figure to a file now.
function gnuplot.figprint(path)
  local kind, place = fileOf(path)
  write {kind = kind, path = place, chart = currentFigure().chart, changed = true}
end

--- Writes the current figure's file, or figure n's.
-- @param[opt] n integer
function gnuplot.plotflush(n)
  local figure = figures[n or current]
  if not figure then
    error(n and ('gnuplot.plotflush: there is no figure %s'):format(n)
      or 'gnuplot.plotflush: there is no figure yet', 2)
  end
  write(figure)
end

--- Writes a figure's file and forgets the figure.
-- @param[opt] n default: the current one
function gnuplot.close(n)
  n = n or current
  if not figures[n] then return end
  write(figures[n])
  figures[n] = nil
  if n == current then current = nil end
end

--- Writes every figure and forgets them, but for those that cannot be written: an error tells why.
function gnuplot.closeall()
  local problems = {}
  for n, figure in pairs(figures) do
    local ok, problem = pcall(write, figure)
    if ok then figures[n] = nil else problems[#problems + 1] = problem end
  end
  if not figures[current] then current = nil end
  if #problems > 0 then error(table.concat(problems, '; '), 0) end
end

-- Writes what was not written when the program ends. Objects end in the reverse order of their
-- making, so one is made anew behind each figure's tensors.
local guard

local function makeGuard()
  guard = setmetatable({}, {__gc = function(self)
    if self ~= guard then return end
    local ok, message = pcall(gnuplot.closeall)
    if not ok then say('%s', message) end
  end})
end

-- ---- data ----

local function isData(value)
  return torch.isTensor(value) or type(value) == 'table' and type(value[1]) == 'number'
end

local function list(value)
  return torch.isTensor(value) and value:contiguous():view(-1):totable() or value
end

-- Adds a curve for each column of y.
local function addColumns(series, name, x, y, style)
  local columns = torch.isTensor(y) and y:dim() == 2 and y:size(2) or 1
  for c = 1, columns do
    local values = list(columns > 1 and y:select(2, c) or y)
    if x and #x ~= #values then
      error(('gnuplot.plot: %d values of x and %d of y'):format(#x, #values), 0)
    end
    series[#series + 1] = {name = name, x = x, y = values, style = style}
  end
end

-- Adds what {[name,] [x,] y [, format]} describes.
local function addCurve(series, spec)
  local words, data = {}, {}
  for i = 1, #spec do
    local kind = isData(spec[i]) and data or type(spec[i]) == 'string' and words
    if not kind then
      error(('gnuplot.plot: argument %d is a %s; want [name,] [x,] y [, style]'):format(i,
        torch.type(spec[i])), 0)
    end
    kind[#kind + 1] = spec[i]
  end
  local first = type(spec[1]) == 'string'
  local name, format = first and words[1] or '', words[first and 2 or 1] or ''
  local x, y = data[1], data[2]
  if not x or #data > 2 then
    error(('gnuplot.plot: %d tensors; want [name,] [x,] y [, style]'):format(#data), 0)
  end
  if not y and torch.isTensor(x) and x:dim() == 2 and x:size(2) > 1 then
    x, y = x:select(2, 1), x:narrow(2, 2, x:size(2) - 1)
  elseif not y then
    x, y = nil, x
  end
  addColumns(series, name, x and list(x), y, plot.styleOf(format))
end

-- Sets what the current figure shows; labels and limits stay.
local function show(series, values, palette)
  local figure = currentFigure()
  figure.chart.series, figure.chart.values, figure.chart.palette = series, values, palette
  for _, s in ipairs(series or {}) do
    if not s.x then
      s.x = {}
      for k = 1, #s.y do s.x[k] = k end
    end
  end
  figure.changed = true
  makeGuard()
end

--- Draws curves: plot(y), plot(x, y), plot('name', x, y, '-'), or a list for each curve,
-- plot({'a', x, y, '-'}, {'b', x, z, '+'}).
-- Styles: '.' dots, '+' points, '-' lines, '+-' both, '~' lines, '|' boxes.
function gnuplot.plot(...)
  local specs = {...}
  local first = type(specs[1]) == 'table' and specs[1][1]
  if #specs == 1 and type(first) == 'table' and not isData(first) then
    specs = specs[1]
  elseif isData(specs[1]) or type(specs[1]) == 'string' then
    specs = {specs}
  end
  local series = {}
  local ok, message = pcall(function()
    if #specs == 0 then error('gnuplot.plot: nothing to draw', 0) end
    for _, spec in ipairs(specs) do addCurve(series, isData(spec) and {spec} or spec) end
  end)
  if not ok then error(message, 2) end
  show(series)
end

--- Draws boxes, one for each value.
function gnuplot.bar(y) gnuplot.plot('', y, '|') end

-- The least and the largest of the finite numbers of a list; 0 and 0 when there is none.
local function finiteRange(values)
  local low, high = math.huge, -math.huge
  for _, v in ipairs(values) do
    if finite(v) then low, high = math.min(low, v), math.max(high, v) end
  end
  if low > high then return 0, 0 end
  return low, high
end

--- Counts of the values of a tensor in bins of equal width; those that are not finite do not count.
-- @param x tensor
-- @param[opt] bins default: about the root of the number of values
-- @param[opt] low default: the least value
-- @param[opt] high default: the largest value
-- @return (bins) counts; {min =, max =, binwidth =, center = (bins)}
function gnuplot.histc(x, bins, low, high)
  local values = list(x)
  bins = math.tointeger(bins or math.max(math.ceil(math.sqrt(#values)), 1))
  if not bins or bins < 1 then
    error('gnuplot.histc: the number of bins should be a whole number from 1 on', 2)
  end
  local least, largest = finiteRange(values)
  low, high = low or least, high or largest
  if low >= high then low, high = low - 0.5, high + 0.5 end
  local counts, width = torch.DoubleTensor(bins):zero(), (high - low) / bins
  local centres = torch.DoubleTensor(bins)
  for i = 1, bins do centres[i] = low + (i - 0.5) * width end
  for _, v in ipairs(values) do
    if v >= low and v <= high then
      local bin = math.min(math.floor((v - low) / width) + 1, bins)
      counts[bin] = counts[bin] + 1
    end
  end
  return counts, {min = low, max = high, binwidth = width, center = centres}
end

--- Draws such counts; arguments as histc.
function gnuplot.hist(x, bins, low, high)
  local counts, raw = gnuplot.histc(x, bins, low, high)
  gnuplot.plot('', raw.center, counts, '|')
  return counts, raw
end

--- Draws a matrix as a coloured surface seen from above.
-- @param values (rows, columns)
-- @param[opt='gray'] palette 'gray' or 'color'
function gnuplot.imagesc(values, palette)
  if not torch.isTensor(values) or values:dim() ~= 2 then
    error('gnuplot.imagesc: a matrix expected', 2)
  end
  show(nil, values:double(), palette or 'gray')
end

for _, name in ipairs {'splot', 'scatter3'} do
  gnuplot[name] = function() error('gnuplot.' .. name .. ': there is no drawing in space', 2) end
end

-- ---- what stands around ----

local function set(key, value)
  local figure = currentFigure()
  figure.chart[key], figure.changed = value, true
end

for _, key in ipairs {'xlabel', 'ylabel', 'title'} do
  --- Sets the text; so do ylabel and title.
  gnuplot[key] = function(text) set(key, tostring(text)) end
end

--- Lines behind the curves, or none.
-- @param on true, 'on', false or 'off'
function gnuplot.grid(on) set('grid', on == true or on == 'on') end

--- Where the names of the curves stand.
-- @param horizontal 'left', 'center' or 'right'
-- @param vertical 'top', 'middle' or 'bottom'
function gnuplot.movelegend(horizontal, vertical)
  set('legend', (horizontal or '') .. ' ' .. (vertical or ''))
end

--- The names of the curves are drawn, at "left top" and the like, or not.
-- @param on true, a place, or false
function gnuplot.legend(on)
  if on == true then on = nil end
  set('legend', on)
end

-- A limit as a number, or nil for one that is to be found.
local function limit(value) return type(value) == 'number' and value or nil end

--- The ends of the axes: axis{xmin, xmax, ymin, ymax}, '' for one to be found; or 'auto'.
function gnuplot.axis(limits)
  if type(limits) ~= 'table' then
    if limits == 'image' or limits == 'equal' then
      say("axis '%s': both axes keep their scales", limits)
    end
    set('xlim', nil)
    set('ylim', nil)
    return
  end
  local v = {limit(limits[1]), limit(limits[2]), limit(limits[3]), limit(limits[4])}
  set('xlim', (v[1] or v[2]) and {v[1], v[2]} or nil)
  set('ylim', (v[3] or v[4]) and {v[3], v[4]} or nil)
end

local function range(key)
  return function(low, high) set(key, {tonumber(low), tonumber(high)}) end
end

-- What is understood of gnuplot's own language.
local commands = {
  {'^set title "(.*)"$', gnuplot.title}, {'^set xlabel "(.*)"$', gnuplot.xlabel},
  {'^set ylabel "(.*)"$', gnuplot.ylabel},
  {'^set xrange %[(.-):(.-)%]$', range 'xlim'}, {'^set yrange %[(.-):(.-)%]$', range 'ylim'},
  {'^set grid', function() gnuplot.grid(true) end},
  {'^unset grid', function() gnuplot.grid(false) end},
  {'^unset key', function() gnuplot.legend(false) end},
  {'^set key (%a+) (%a+)$', gnuplot.movelegend},
}

--- A command of gnuplot's own. Titles, labels, ranges, grid and key are understood; for others a
-- warning is given.
function gnuplot.raw(text)
  local line = text:match('^%s*(.-)%s*$'):gsub("'", '"')
  for _, command in ipairs(commands) do
    local found = table.pack(line:match(command[1]))
    if found[1] then return command[2](table.unpack(found)) end
  end
  say('raw: not understood: %s', text)
end

return gnuplot
