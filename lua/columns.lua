--- Tables as text: columns under each other, two blanks apart, words to the left and numbers to the
-- right; long titles take several lines.
--
--     print(columns.text({'run', 'last loss'}, {{'a', '0.5'}, {'b', '0.25'}}))

local columns = {}

-- What Lua writes for the numbers it does not read.
local notFinite = {inf = true, ['-inf'] = true, nan = true, ['-nan'] = true}

-- Whether a cell begins with a number, or has nothing to tell.
local function numeric(cell)
  local first = cell:match('^%S*')
  return first == '' or first == '-' or tonumber(first) ~= nil or notFinite[first] ~= nil
end

-- A title in lines of at most so many characters, longer words apart.
local function wrapped(title, width)
  local lines = {}
  for word in title:gmatch('%S+') do
    local last = lines[#lines]
    if last and #last + 1 + #word <= width then
      lines[#lines] = last .. ' ' .. word
    else
      lines[#lines + 1] = word
    end
  end
  return lines
end

-- How a column is set: {width=, right=, title = lines}.
local function columnOf(title, rows, j)
  local width, right = 0, true
  for word in title:gmatch('%S+') do width = math.max(width, #word) end
  for _, row in ipairs(rows) do
    width, right = math.max(width, #row[j]), right and numeric(row[j])
  end
  return {width = width, right = right, title = wrapped(title, width)}
end

local function line(set, cells)
  local out = {}
  for j, column in ipairs(set) do
    local gap = (' '):rep(column.width - #cells[j])
    out[j] = column.right and gap .. cells[j] or cells[j] .. gap
  end
  return (table.concat(out, '  '):gsub('%s+$', ''))
end

--- A table.
-- @param head list of titles
-- @param rows list of lists of strings, as long as head
-- @return text without a newline at its end
function columns.text(head, rows)
  local set, height, out = {}, 1, {}
  for j, title in ipairs(head) do
    set[j] = columnOf(title, rows, j)
    height = math.max(height, #set[j].title)
  end
  for i = 1, height do
    local cells = {} -- titles stand on the last line of the head
    for j, column in ipairs(set) do cells[j] = column.title[i - height + #column.title] or '' end
    out[i] = line(set, cells)
  end
  for _, row in ipairs(rows) do out[#out + 1] = line(set, row) end
  return table.concat(out, '\n')
end

return columns
