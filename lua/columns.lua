--- Tables as text: columns under each other, two blanks apart, words to the left and numbers to the
-- right; long titles take several lines.
--
--     print(columns.text({'run', 'last loss'}, {{'a', '0.5'}, {'b', '0.25'}}))

local columns = {}

-- Bytes that are no UTF-8, each as one character.
local function repaired(text)
  return utf8.len(text) and text or (text:gsub('[\128-\255]', '?'))
end

--- How many characters a text has; combining and double-width ones count as one, too.
function columns.width(text) return utf8.len(repaired(text)) end

local function written(c) return c == '\n' and '\\n' or ('\\%d'):format(utf8.codepoint(c)) end

--- The text as one line without control characters, a newline as \n, others as \27 and the like;
-- bytes that are no UTF-8 as ?.
function columns.plain(text)
  text = repaired(text):gsub('%c', written)
  return (text:gsub('\xC2[\x80-\x9F]', written)) -- terminals obey these, too
end

--- At most so many characters of a text, from its start.
function columns.cut(text, limit)
  text = repaired(text)
  local place = utf8.offset(text, math.max(limit, 0) + 1)
  return place and text:sub(1, place - 1) or text
end

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
    if last and columns.width(last) + 1 + columns.width(word) <= width then
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
  for word in title:gmatch('%S+') do width = math.max(width, columns.width(word)) end
  for _, row in ipairs(rows) do
    width, right = math.max(width, columns.width(row[j])), right and numeric(row[j])
  end
  return {width = width, right = right, title = wrapped(title, width)}
end

local function line(set, cells)
  local out = {}
  for j, column in ipairs(set) do
    local gap = (' '):rep(column.width - columns.width(cells[j]))
    out[j] = column.right and gap .. cells[j] or cells[j] .. gap
  end
  return table.concat(out, '  '):match('^.*%S') or ''
end

-- Cells without what would break a line.
local function plainRows(rows)
  local list = {}
  for i, row in ipairs(rows) do
    list[i] = {}
    for j, cell in ipairs(row) do list[i][j] = columns.plain(cell) end
  end
  return list
end

--- A table.
-- @param head list of titles
-- @param rows list of lists of strings, as long as head
-- @return text without a newline at its end
function columns.text(head, rows)
  local set, height, out = {}, 1, {}
  head, rows = plainRows {head}[1], plainRows(rows)
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
