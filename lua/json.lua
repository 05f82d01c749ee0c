--- JSON (RFC 8259) for the small texts that go along with models and runs.
--
-- Objects become tables with string keys, arrays become lists, null becomes json.null. Encoding
-- sorts the keys, so that equal values give equal texts.

local json = {null = setmetatable({}, {__tostring = function() return 'null' end})}

local MAX_DEPTH = 100

--- The numbers that JSON lacks, by the texts they are written as.
json.noNumbers = {}
for _, n in ipairs {math.huge, -math.huge, 0 / 0, -(0 / 0)} do json.noNumbers[tostring(n)] = n end

-- ---- writing ----

local escapes = {['"'] = '\\"', ['\\'] = '\\\\', ['\n'] = '\\n', ['\r'] = '\\r', ['\t'] = '\\t'}

local function quoted(s)
  return '"' .. s:gsub('[%c"\\]', function(c)
    return escapes[c] or ('\\u%04x'):format(c:byte())
  end) .. '"'
end

local function number(n)
  if math.type(n) == 'integer' then return ('%d'):format(n) end
  if n ~= n or n == math.huge or n == -math.huge then
    return quoted(tostring(n)) -- JSON has no such numbers
  end
  return n == 0 and 1 / n < 0 and '-0.0' or ('%.17g'):format(n)
end

local encode

local function object(t, depth)
  local keys, parts = {}, {}
  for key in pairs(t) do
    if type(key) ~= 'string' then error('json: a key is a ' .. type(key) .. ', not a string', 0) end
    keys[#keys + 1] = key
  end
  table.sort(keys)
  for i, key in ipairs(keys) do parts[i] = quoted(key) .. ':' .. encode(t[key], depth) end
  return '{' .. table.concat(parts, ',') .. '}'
end

local function array(t, depth)
  local parts = {}
  for key in pairs(t) do
    if math.type(key) ~= 'integer' or key < 1 or key > #t then
      error(('json: a list with the key %s'):format(key), 0)
    end
  end
  for i, item in ipairs(t) do parts[i] = encode(item, depth) end
  return '[' .. table.concat(parts, ',') .. ']'
end

function encode(value, depth)
  local kind = type(value)
  if value == json.null then return 'null' end
  if kind == 'string' then return quoted(value) end
  if kind == 'number' then return number(value) end
  if kind == 'boolean' then return tostring(value) end
  if kind ~= 'table' then error('json: a ' .. kind .. ' cannot be written', 0) end
  if depth > MAX_DEPTH then error('json: nested more than ' .. MAX_DEPTH .. ' deep', 0) end
  if #value == 0 and next(value) ~= nil then return object(value, depth + 1) end
  return array(value, depth + 1)
end

--- A value as JSON text. An empty table is written as a list.
-- @param value string, number, boolean, list, table with string keys, or json.null
function json.encode(value) return encode(value, 1) end

-- ---- reading ----

local function failure(state, what)
  error({json = ('byte %d: %s'):format(state.at, what)}, 0)
end

local function skipSpace(state)
  state.at = state.text:find('[^ \t\r\n]', state.at) or #state.text + 1
end

local function expect(state, token)
  if state.text:sub(state.at, state.at + #token - 1) ~= token then
    failure(state, ("'%s' expected"):format(token))
  end
  state.at = state.at + #token
end

local unescapes = {b = '\b', f = '\f', n = '\n', r = '\r', t = '\t',
                   ['"'] = '"', ['\\'] = '\\', ['/'] = '/'}

-- After "\u": the code point, surrogate pairs joined.
local function unicode(state)
  local hex = state.text:match('^%x%x%x%x', state.at)
  if not hex then failure(state, 'four hexadecimal digits expected') end
  state.at = state.at + 4
  local code = tonumber(hex, 16)
  if code < 0xD800 or code > 0xDFFF then return code end
  local low = state.text:match('^\\u([dD][c-fC-F]%x%x)', state.at)
  if code > 0xDBFF or not low then failure(state, 'half a surrogate pair') end
  state.at = state.at + 6
  return 0x10000 + ((code - 0xD800) << 10) + (tonumber(low, 16) - 0xDC00)
end

local function readString(state)
  local parts = {}
  state.at = state.at + 1
  while true do
    local stop = state.text:find('[\0-\31"\\]', state.at)
    if not stop then failure(state, 'a string without end') end
    parts[#parts + 1] = state.text:sub(state.at, stop - 1)
    local c = state.text:sub(stop, stop)
    state.at = stop + 1
    if c == '"' then return table.concat(parts) end
    if c ~= '\\' then failure(state, 'a control character in a string') end
    local letter = state.text:sub(state.at, state.at)
    state.at = state.at + 1
    if letter == 'u' then
      parts[#parts + 1] = utf8.char(unicode(state))
    else
      parts[#parts + 1] = unescapes[letter] or failure(state, 'an unknown escape')
    end
  end
end

local function readNumber(state)
  local text = state.text:match('^-?%d+%.?%d*[eE]?[+-]?%d*', state.at)
  local value = text and not text:match('^-?0%d') and tonumber(text)
  if not value or text:match('%.$') or text:match('%.[eE]') then
    failure(state, 'not a value')
  end
  if value - value ~= 0 then failure(state, 'a number that is too large') end
  state.at = state.at + #text
  return value
end

local readValue

local function readList(state, depth)
  local list = {}
  state.at = state.at + 1
  skipSpace(state)
  if state.text:sub(state.at, state.at) == ']' then state.at = state.at + 1 return list end
  while true do
    list[#list + 1] = readValue(state, depth)
    skipSpace(state)
    if state.text:sub(state.at, state.at) == ']' then state.at = state.at + 1 return list end
    expect(state, ',')
  end
end

local function readObject(state, depth)
  local result = {}
  state.at = state.at + 1
  skipSpace(state)
  if state.text:sub(state.at, state.at) == '}' then state.at = state.at + 1 return result end
  while true do
    skipSpace(state)
    if state.text:sub(state.at, state.at) ~= '"' then failure(state, 'a key expected') end
    local key = readString(state)
    if result[key] ~= nil then failure(state, 'key ' .. quoted(key:sub(1, 100)) .. ' twice') end
    skipSpace(state)
    expect(state, ':')
    result[key] = readValue(state, depth)
    skipSpace(state)
    if state.text:sub(state.at, state.at) == '}' then state.at = state.at + 1 return result end
    expect(state, ',')
  end
end

local words = {t = {'true', true}, f = {'false', false}, n = {'null', json.null}}

function readValue(state, depth)
  if depth > MAX_DEPTH then failure(state, 'nested more than ' .. MAX_DEPTH .. ' deep') end
  skipSpace(state)
  local c = state.text:sub(state.at, state.at)
  if c == '"' then return readString(state) end
  if c == '{' then return readObject(state, depth + 1) end
  if c == '[' then return readList(state, depth + 1) end
  if words[c] then
    expect(state, words[c][1])
    return words[c][2]
  end
  return readNumber(state)
end

--- The value of a JSON text, or nil and a message with the place.
-- @param text string
function json.decode(text)
  local state = {text = text, at = 1}
  local ok, value = pcall(function()
    local result = readValue(state, 1)
    skipSpace(state)
    if state.at <= #text then failure(state, 'more text after the value') end
    return result
  end)
  if ok then return value end
  if type(value) == 'table' and value.json then return nil, value.json end
  error(value, 0)
end

return json
