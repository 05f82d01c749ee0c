--- Torch's optim.Logger: numbers of a training, a row for each epoch, in a file and as a chart.
--
--     local logger = optim.Logger('train.log')
--     logger:add {['training error'] = 0.5, ['test error'] = 0.6}
--     logger:style {['training error'] = '-', ['test error'] = '+-'}
--     logger:plot()                          -- train.log.png and train.log.svg
--
-- Columns are in the order of setNames, else that of the names; each row must have the same ones.

local classes = require 'aelua.lua.classes'
local files, system = require 'aelua.file', require 'aelua.system'
local plot, svg = require 'aelua.lua.plot', require 'aelua.lua.svg'
local paths = require 'aelua.lua.paths'

local Logger = classes.define('optim.Logger')

--- @param[opt] path of the file; without one rows are printed
-- @param[opt] timestamp whether the time is part of the file's name
function Logger:__init(path, timestamp)
  self.symbols, self.styles, self.columns, self.names = {}, {}, {}, {}
  self.rows, self.empty = 0, true
  if not path then
    self.name, self.file = 'stdout', io.stdout
    io.stderr:write('<Logger> warning: no path provided, logging to std out\n')
    return
  end
  self.name = path
  if timestamp then path = path .. '-' .. os.date('%Y_%m_%d_%X') end
  assert(system.mkdir(paths.dirname(path)))
  self.file = assert(io.open(path, 'w'))
end

-- A row of these cells, each of which keeps to its place.
function Logger:__write(cells)
  local texts = {}
  for i, cell in ipairs(cells) do texts[i] = cell:gsub('%c', ' ') end
  local done, message = self.file:write(table.concat(texts, '\t'), '\n')
  if done then done, message = self.file:flush() end
  if not done and self.file ~= io.stdout then error(('%s: %s'):format(self.name, message), 0) end
end

-- Begins with columns of these keys, called so; once they are written.
function Logger:__begin(keys, names)
  local byKey, symbols = {}, {}
  for i, key in ipairs(keys) do
    byKey[key], symbols[key] = names[i], {}
    self.styles[key] = self.styles[key] or {'+'}
  end
  self:__write(names)
  self.columns, self.names, self.symbols, self.rows, self.empty = keys, byKey, symbols, 0, false
end

--- Names the columns; rows are then lists: logger:add{0.5, 0.6}.
-- @param names list of strings
-- @return self
function Logger:setNames(names)
  local keys = {}
  for i, name in ipairs(names) do
    if type(name) ~= 'string' then
      error(('optim.Logger: name %d is a %s, should be a string'):format(i, type(name)), 2)
    end
    keys[i] = i
  end
  self:__begin(keys, names)
  return self
end

local function before(a, b)
  if type(a) == type(b) then return a < b end
  return type(a) == 'number'
end

-- The keys of the first row, numbers first.
local function sortedKeys(row)
  local keys, names = {}, {}
  for key in pairs(row) do keys[#keys + 1] = key end
  table.sort(keys, before)
  for i, key in ipairs(keys) do names[i] = tostring(key) end
  return keys, names
end

--- Adds a row.
-- @param row table from names, or places when setNames was called, to numbers and strings
function Logger:add(row)
  local keys, names, cells = self.columns, nil, {}
  if self.empty then keys, names = sortedKeys(row) end
  for i, key in ipairs(keys) do
    local value = row[key]
    if type(value) ~= 'number' and type(value) ~= 'string' then
      error(("optim.Logger: '%s' is a %s; want a number or string in each row"):format(
        names and names[i] or self.names[key], type(value)), 2)
    end
    cells[i] = type(value) == 'number' and ('%11.4e'):format(value) or value
  end
  for key in pairs(row) do
    if not names and not self.symbols[key] then
      error(("optim.Logger: '%s' was not in the first row"):format(tostring(key)), 2)
    end
  end
  if names then self:__begin(keys, names) end
  for _, key in ipairs(keys) do self.symbols[key][self.rows + 1] = row[key] end
  self:__write(cells)
  self.rows = self.rows + 1 -- what fails before is written over
end

--- How curves are drawn: '.' dots, '+' points, '-' lines, '+-' both, '~' lines, '|' boxes.
-- @param styles table from names or places to a style
-- @return self
function Logger:style(styles)
  local lists = {}
  for key, style in pairs(styles) do
    local list = type(style) == 'table' and style or {style}
    for _, format in ipairs(list) do
      if type(format) ~= 'string' then
        error('optim.Logger: a style should be a string, got ' .. type(format), 2)
      end
      plot.styleOf(format)
    end
    lists[key] = list
  end
  for key, list in pairs(lists) do self.styles[key] = list end
  return self
end

--- There is no window to show a chart in; plot writes files.
function Logger:display() return self end

-- The curves of the columns with these keys.
function Logger:__series(keys)
  local series = {}
  for _, key in ipairs(keys) do
    local values = self.symbols[key]
    if not values then
      error(("optim.Logger: there is no column '%s'"):format(tostring(key)), 3)
    end
    for _, format in ipairs(type(values[1]) == 'number' and self.styles[key] or {}) do
      series[#series + 1] = {name = self.names[key], y = values, style = plot.styleOf(format)}
    end
  end
  return series
end

--- Draws the columns, or those named, over the number of the row: NAME.png and NAME.svg beside the
-- log. Nothing before the second row.
-- @param ... names
function Logger:plot(...)
  local series = self:__series(select('#', ...) > 0 and {...} or self.columns)
  if not series[1] or #series[1].y < 2 then return end
  local chart = {title = self.name, xlabel = 'row', series = series}
  plot.save(self.name .. '.png', {chart}, {width = 640, height = 480})
  for _, s in ipairs(series) do
    s.x = {}
    for i = 1, #s.y do s.x[i] = i end
  end
  assert(files.writeAtomic(self.name .. '.svg', svg.lines(chart)))
end

--- Closes the file.
function Logger:close()
  if self.file ~= io.stdout then self.file:close() end
end

return Logger
