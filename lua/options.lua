--- Settings of a script, declared once, changed on the command line or in a file.
--
--     local opt = options.parse('e2e', 'Trains an autoencoder end to end.', {
--       {'pretrain.epochs', 5, 'epochs of the autoencoder', min = 0},
--       {'pretrain.lr', 0.5, 'its learning rate', min = 0},
--       {'noise', 'masking', 'kind of noise', choices = {'masking', 'gaussian'}},
--     })
--     print(opt.pretrain.epochs)
--
-- The type of a setting is the type of its default: integer, number, boolean, string, or a list of
-- numbers (`--widths 500,100`). A bare last name sets every setting that ends with it:
-- `--epochs 30` is `--pretrain.epochs 30 --finetune.epochs 30`.

local system, finite = require 'aelua.system', require 'aelua.lua.statistics'.finite
local plain = require 'aelua.lua.columns'.plain

local options = {}

-- ---- one setting ----

local function kindOf(default)
  if math.type(default) == 'integer' then return 'integer' end
  if type(default) == 'table' then return 'list' end
  return type(default)
end

local readers = {}

function readers.integer(text)
  local n = math.tointeger(tonumber(text))
  return n, 'a whole number'
end

function readers.number(text)
  local n = tonumber(text)
  return finite(n) and n + 0.0 or nil, 'a finite number'
end

function readers.boolean(text)
  local words = {['true'] = true, yes = true, on = true, ['1'] = true,
                 ['false'] = false, no = false, off = false, ['0'] = false}
  return words[text], 'true or false'
end

function readers.string(text) return text end

function readers.list(text)
  local list = {}
  for item in (text .. ','):gmatch('([^,]*),') do
    local n = math.tointeger(tonumber(item)) or tonumber(item)
    if not finite(n) then return nil, 'finite numbers with commas between them' end
    list[#list + 1] = n
  end
  return list
end

-- As short as reads the same number again.
local function exact(value)
  local text, digits = tostring(value), 15
  while finite(value) and tonumber(text) ~= value do
    text, digits = ('%.' .. digits .. 'g'):format(value), digits + 1
  end
  return text
end

--- A value as it would be written on the command line.
function options.written(value)
  if value ~= value then return 'nan' end -- whatever its sign
  if type(value) ~= 'table' then return exact(value) end
  local items = {}
  for i = 1, #value do items[i] = exact(value[i]) end
  return table.concat(items, ',')
end
local written = options.written

--- A word as a shell reads it: in quotes where it needs them.
function options.quoted(word)
  if word:find '^[%w_=./,:@%%+-]+$' then return word end
  local quoted = "'" .. word:gsub("'", [['\'']]) .. "'"
  if not word:find '%c' then return quoted end
  return "$'" .. word:gsub("[\\']", '\\%0'):gsub('%c', function(c)
    return ('\\%03o'):format(c:byte())
  end) .. "'"
end

local function rangeText(setting)
  if setting.choices then return table.concat(setting.choices, ', ') end
  if setting.min and setting.max then return setting.min .. ' to ' .. setting.max end
  if setting.min then return 'at least ' .. setting.min end
  if setting.max then return 'at most ' .. setting.max end
end

local function inRange(setting, value)
  if setting.choices then
    for _, choice in ipairs(setting.choices) do if choice == value then return true end end
    return false
  end
  for _, v in ipairs(type(value) == 'table' and value or {value}) do
    local fits = (not setting.min or v >= setting.min) and (not setting.max or v <= setting.max)
    if not fits then return false end
  end
  return true
end

-- The setting's value read from text, or nil and what is wrong with it.
local function read(setting, text)
  local value, want = readers[setting.kind](text)
  if value == nil then
    return nil, ("--%s: '%s' is not %s"):format(setting.name, text, want)
  end
  if not inRange(setting, value) then
    return nil, ('--%s: %s is not allowed (%s)'):format(setting.name, text, rangeText(setting))
  end
  return value
end

-- ---- all of them ----

local function declare(spec)
  local settings = {}
  for i, entry in ipairs(spec) do
    local name, default, help = entry[1], entry[2], entry[3]
    assert(type(name) == 'string' and default ~= nil,
           'setting ' .. i .. ': {name, default, help} expected')
    if type(default) == 'number' and not finite(default) then
      error(('setting %s: its default is %s, should be finite'):format(name,
        options.written(default)), 0)
    end
    settings[i] = {name = name, default = default, help = help or '', kind = kindOf(default),
                   min = entry.min, max = entry.max, choices = entry.choices, value = default}
  end
  return settings
end

-- The settings a name on the command line means: the one of that name, else all that end with it.
local function find(settings, name)
  local found = {}
  for _, s in ipairs(settings) do
    if s.name == name then return {s} end
    if s.name:match('([^.]+)$') == name then found[#found + 1] = s end
  end
  return found
end

local function unknown(settings, name)
  local words, seen = {'help', 'config'}, {}
  for _, s in ipairs(settings) do
    for _, word in ipairs {s.name, s.name:match('([^.]+)$')} do
      if not seen[word] then words[#words + 1], seen[word] = word, true end
    end
  end
  local near = system.nearest(name, words)
  return ('unknown option --%s%s'):format(
    name, near and ('; did you mean --' .. near .. '?') or '; --help lists them')
end

local function set(settings, name, text)
  local found = find(settings, name)
  if #found == 0 then return nil, unknown(settings, name) end
  for _, s in ipairs(found) do
    local value, message = read(s, text)
    if message then return nil, message end
    s.value = value
  end
  return true
end

-- What tables assign, as a list of {name, value} with dotted names; nil and a message for a table
-- inside itself. above: the tables this one is in.
local function flattened(t, prefix, list, above)
  above[t] = true
  for key, value in pairs(t) do
    local name = prefix .. tostring(key)
    if above[value] then return nil, name .. ' is a table inside itself' end
    if type(value) == 'table' and #value == 0 then
      local done, why = flattened(value, name .. '.', list, above)
      if not done then return nil, why end
    else
      list[#list + 1] = {name, value}
    end
  end
  above[t] = nil
  return list
end

-- Sets what a file assigns: `epochs = 30` or `pretrain = {lr = 0.1}`. It runs without any library.
-- A bare last name comes before the full names, whatever the file's order.
local function readFile(settings, path)
  local env = {}
  local chunk, message = loadfile(path, 't', env)
  if not chunk then return nil, '--config: ' .. message end
  local ok, failure = pcall(chunk)
  if not ok then return nil, '--config: ' .. tostring(failure) end
  local list, problem = flattened(env, '', {}, {})
  if not list then return nil, '--config: ' .. path .. ': ' .. problem end
  table.sort(list, function(a, b)
    local bareA, bareB = not a[1]:find('.', 1, true), not b[1]:find('.', 1, true)
    if bareA ~= bareB then return bareA end
    return a[1] < b[1]
  end)
  for _, entry in ipairs(list) do
    local done, why = set(settings, entry[1], written(entry[2]))
    if not done then return nil, path .. ': ' .. why end
  end
  return true
end

-- Nested tables from dotted names.
local function nested(settings)
  local result = {}
  for _, s in ipairs(settings) do
    local at = result
    for part in s.name:gmatch('([^.]+)%.') do
      at[part] = at[part] or {}
      at = at[part]
    end
    at[s.name:match('([^.]+)$')] = s.value
  end
  return result
end

-- One argument: returns how many were used, or nil and a message.
local function take(settings, args, i)
  local word = args[i]
  local name, text = word:match('^%-%-([^=]+)=(.*)$')
  name = name or word:match('^%-%-(.+)$')
  if not name then return nil, ("'%s' is not an option; options begin with --"):format(word) end
  local positive = name:match('^no%-(.+)$')
  if not text and positive and #find(settings, name) == 0 then
    local found = find(settings, positive)
    if #found > 0 and found[1].kind == 'boolean' then
      local done, message = set(settings, positive, 'false')
      return done and 1, message
    end
  end
  local first = find(settings, name)[1]
  if not text and first and first.kind == 'boolean' and
     (not args[i + 1] or args[i + 1]:find('^%-')) then
    text = 'true'
  end
  local used = 1
  if not text then
    used, text = 2, args[i + 1]
    if name ~= 'config' and not first then return nil, unknown(settings, name) end
    if not text then return nil, ('--%s wants a value'):format(name) end
  end
  local done, message
  if name == 'config' then
    done, message = readFile(settings, text)
  else
    done, message = set(settings, name, text)
  end
  return done and used, message
end

--- Reads the command line against a specification.
-- @param spec list of {name, default, help, min=, max=, choices=}
-- @param args list of words
-- @return nested table of values and the list of settings; or nil and a one-line message
function options.read(spec, args)
  local settings = declare(spec)
  local i = 1
  while i <= #args do
    local used, message = take(settings, args, i)
    if not used then return nil, (message:gsub('%c', '?')) end -- one line, whatever the words
    i = i + used
  end
  return nested(settings), settings
end

--- The text of --help.
-- @param name the script's name
-- @param about one sentence
-- @param spec as for read
function options.help(name, about, spec)
  local lines = {about, '', ('aelua %s.lua [--NAME VALUE ...]'):format(name), ''}
  local rows, width = {}, 0
  for _, s in ipairs(declare(spec)) do
    local left = ('  --%s %s'):format(s.name, written(s.default))
    local range = rangeText(s)
    rows[#rows + 1] = {left, s.help .. (range and ' (' .. range .. ')' or '')}
    width = math.max(width, #left)
  end
  rows[#rows + 1] = {'  --config FILE', 'a Lua file that assigns settings'}
  for _, row in ipairs(rows) do
    local gap = (' '):rep(math.max(width - #row[1], 0) + 2)
    lines[#lines + 1] = row[2] == '' and row[1] or row[1] .. gap .. row[2]
  end
  lines[#lines + 1] = '\nThe values shown are the defaults. A last name alone sets every setting'
  lines[#lines + 1] = 'that ends with it: --epochs 30 sets those of all stages.'
  return table.concat(lines, '\n')
end

--- The settings of the running script. Prints help and ends for --help; prints one line and ends
-- with status 1 for a mistake.
-- @param name the script's name
-- @param about one sentence for --help
-- @param spec list of {name, default, help, min=, max=, choices=}
-- @param[opt] args list of words; default: the program's arguments
-- @return nested table of values, and the list of settings with their names and values
function options.parse(name, about, spec, args)
  args = args or arg
  for _, word in ipairs(args) do
    if word == '--help' or word == '-h' then
      print(options.help(name, about, spec))
      os.exit(0, true)
    end
  end
  local values, settings = options.read(spec, args)
  if not values then options.fail(name, settings) end
  return values, settings
end

--- Ends the program with one line about a mistake.
function options.fail(name, message)
  io.stderr:write(name, ': ', plain(message), '\n')
  os.exit(1, true)
end

return options
