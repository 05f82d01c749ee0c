--- metrics.csv of a run: a row for each epoch of each stage.

local file, json, plain = require 'aelua.file', require 'json', require 'columns'.plain

local metrics = {}

--- What is measured in an epoch: numbers.
metrics.measured = {'loss', 'accuracy', 'validation_loss', 'validation_accuracy', 'test_loss',
                    'test_accuracy', 'lr', 'seconds', 'samples_per_second'}

--- The columns, in order.
metrics.columns = {'stage', 'epoch', table.unpack(metrics.measured)}

local function cellText(value)
  if value == nil then return '' end
  if type(value) == 'string' then return (value:gsub('[,%c]', ' ')) end
  if math.type(value) == 'integer' then return ('%d'):format(value) end
  return ('%.9g'):format(value)
end

--- The line of a record, without its end.
-- @param record table by column; what it lacks stays empty
function metrics.line(record)
  local cells = {}
  for i, column in ipairs(metrics.columns) do cells[i] = cellText(record[column]) end
  return table.concat(cells, ',')
end

--- The whole file of some records.
function metrics.text(records)
  local lines = {table.concat(metrics.columns, ',')}
  for _, record in ipairs(records) do lines[#lines + 1] = metrics.line(record) end
  return table.concat(lines, '\n') .. '\n'
end

local isColumn = {}
for _, column in ipairs(metrics.columns) do isColumn[column] = true end

-- A cell's value, or nil and what is wrong with it.
local function cellValue(column, cell)
  if column == 'stage' then return cell end
  local value = tonumber(cell) or json.noNumbers[cell] -- as cellText writes them, too
  if not isColumn[column] then return value or cell end
  local want = 'a number'
  if column == 'epoch' then
    value, want = value and math.tointeger(value), 'a whole number from 1 to 2147483648'
    if value and (value < 1 or value > 1 << 31) then value = nil end
  end
  if value then return value end
  return nil, ("%s is '%s', want %s"):format(column, plain(cell:sub(1, 40)), want)
end

-- The row of a line's cells, or nil and what is wrong with it.
local function rowOf(head, cells)
  local row = {}
  for i, column in ipairs(head) do
    if cells[i] and cells[i] ~= '' then
      local message
      row[column], message = cellValue(column, cells[i])
      if message then return nil, message end
    end
  end
  if row.stage and row.epoch then return row end
  return nil, 'no ' .. (row.stage and 'epoch' or 'stage')
end

local function cellsOf(line)
  local cells = {}
  for cell in (line .. ','):gmatch('([^,]*),') do cells[#cells + 1] = cell end
  return cells
end

-- The rows of a file's text, or nil and what is wrong with it.
local function rowsOf(text)
  local first, rest = text:match('^([^\n]*)\n()')
  local rows, head, there = {}, cellsOf(first or ''), {}
  for _, column in ipairs(head) do there[column] = true end
  for _, column in ipairs {'stage', 'epoch'} do
    if not there[column] then return nil, ("line 1: no column '%s'"):format(column) end
  end
  for line in text:gmatch('([^\n]*)\n', rest) do
    local row, message = rowOf(head, cellsOf(line))
    if not row then return nil, ('line %d: %s'):format(#rows + 2, message) end
    rows[#rows + 1] = row
  end
  return rows
end

--- The rows of a run: a list of tables by column, numbers as numbers; each has a stage and an
-- epoch.
-- @param folder run folder
-- @return list, or nil and a message
function metrics.read(folder)
  local path = folder .. '/metrics.csv'
  local text, message = file.read(path)
  if not text then return nil, message end
  local rows
  rows, message = rowsOf(text:match('^.*\n') or '') -- without a line still being written
  if not rows then return nil, ('%s: %s'):format(path, message) end
  return rows
end

--- The last row of a run, found from the end of its file, however long that is.
-- @param folder run folder
-- @return table by column; nil when there is none that can be read
function metrics.last(folder)
  local f <close> = io.open(folder .. '/metrics.csv')
  local head = f and f:read 'L'
  if not head then return nil end
  f:seek('set', math.max(f:seek 'end' - 4096, #head - 1)) -- from the end of a line before it
  local line = f:read('a'):match '\n([^\n]*)\n[^\n]*$'
  local rows = line and rowsOf(head .. line .. '\n')
  return rows and rows[1]
end

return metrics
