--- Torch's torch.CmdLine: options and arguments of a script, a name for its run, and a log of what
-- it prints.
--
--     local cmd = torch.CmdLine()
--     cmd:text('Training a simple network')
--     cmd:option('-seed', 123, 'initial random seed')
--     cmd:option('-verbose', false, 'say more')
--     local opt = cmd:parse(arg)           -- aelua train.lua -seed 7 -verbose
--
-- A boolean option takes no value: to name it is to turn its default around.

local torch, system = require 'torch', require 'aelua.system'
local classes, finite = require 'aelua.lua.classes', require 'aelua.lua.statistics'.finite

local CmdLine = classes.define('torch.CmdLine')
torch.CmdLine = CmdLine

-- "-seed" -> "seed"
local function bare(key) return (key:gsub('^%-+', '')) end

--- @param[opt=','] argseparator between the settings in what string() gives
-- @param[opt='='] keyseparator between a name and its value
function CmdLine:__init(argseparator, keyseparator)
  self.argseparator, self.keyseparator = argseparator or ',', keyseparator or '='
  self.options, self.arguments, self.helplines = {}, {}, {}
  self.silentio = false
end

-- ---- what there is ----

--- A line of the help.
-- @param[opt=''] text string
function CmdLine:text(text)
  text = text or ''
  if type(text) ~= 'string' then
    error('torch.CmdLine:text: a string expected, got ' .. type(text), 2)
  end
  table.insert(self.helplines, text)
end

local function checkKey(method, key)
  if type(key) == 'string' then return end
  error(('torch.CmdLine:%s: the name should be a string, got %s'):format(method, type(key)), 3)
end

--- An argument without a name on the command line, which must be there; arguments are in order.
-- @param key its name in the table of settings
-- @param[opt] help string
-- @param[opt='string'] type 'string' or 'number'
function CmdLine:argument(key, help, type)
  checkKey('argument', key)
  local argument = {key = key, help = help, type = type}
  table.insert(self.helplines, argument)
  table.insert(self.arguments, argument)
end

--- An option.
-- @param key '-name'
-- @param default number, string or boolean
-- @param[opt] help string
-- @param[opt] kind type of the default
function CmdLine:option(key, default, help, kind)
  checkKey('option', key)
  if default == nil then error('option ' .. key .. ' has no default value', 2) end
  kind = kind or type(default)
  if type(default) ~= kind then
    error(('option %s: the default is a %s, should be a %s'):format(key, type(default), kind), 2)
  end
  if kind ~= 'number' and kind ~= 'string' and kind ~= 'boolean' then
    error(('option %s: the default is a %s, should be a number, string or boolean')
      :format(key, kind), 2)
  end
  local option = {key = key, default = default, help = help, type = kind}
  self.options[key] = option
  table.insert(self.helplines, option)
end

-- ---- reading ----

--- The settings when nothing is given: a table from names, without dashes, to defaults.
function CmdLine:default()
  local params = {}
  for key, option in pairs(self.options) do params[bare(key)] = option.default end
  return params
end

--- Prints what is wrong and the help to the standard error, and ends the program with status 1.
function CmdLine:error(message)
  io.stderr:write(message, '\n\n', self:usage())
  os.exit(1, true)
end

-- A mistake in the words is one line, whatever is in them.
local function fail(self, text, ...) self:error((text:format(...):gsub('%c', '?'))) end

-- The word as the setting's type, or an error.
function CmdLine:__convert(setting, word)
  if setting.type ~= 'number' then return word end
  local number = tonumber(word)
  if not finite(number) then
    fail(self, "invalid type for %s: '%s' is no %snumber", setting.key, word,
      number and 'finite ' or '')
  end
  return number
end

-- Reads the option at place i; returns how many words it took.
function CmdLine:__readOption(params, words, i)
  local option = self.options[words[i]]
  local name = bare(option.key)
  if option.type == 'boolean' then
    params[name] = not option.default
    return 1
  end
  if words[i + 1] == nil then self:error('missing argument for option ' .. option.key) end
  params[name] = self:__convert(option, words[i + 1])
  return 2
end

-- A word that is no option's name: an argument, unless it looks like an option.
function CmdLine:__readArgument(params, word, place)
  local argument = self.arguments[place]
  if word:find('^%-+%a') then
    local keys = {}
    for key in pairs(self.options) do keys[#keys + 1] = key end
    local near = system.nearest(word, keys)
    fail(self, 'unknown option %s%s', word, near and '; did you mean ' .. near .. '?' or '')
  elseif not argument then
    fail(self, 'invalid argument: %s', word)
  end
  params[bare(argument.key)] = self:__convert(argument, word)
end

--- Reads the command line. -h, -help and --help print the help and end the program; so does a
-- mistake, with status 1.
-- @param[opt] words list of strings; default: the script's arguments
-- @return table of settings: names without dashes
function CmdLine:parse(words)
  words = words or arg or {}
  local params, narguments, i = self:default(), 0, 1
  while i <= #words do
    if words[i] == '-h' or words[i] == '-help' or words[i] == '--help' then
      self:help(words)
      os.exit(0, true)
    end
    if self.options[words[i]] then
      i = i + self:__readOption(params, words, i)
    else
      narguments = narguments + 1
      self:__readArgument(params, words[i], narguments)
      i = i + 1
    end
  end
  if narguments < #self.arguments then
    self:error('not enough arguments: <' .. bare(self.arguments[narguments + 1].key)
      .. '> is missing')
  end
  return params
end

-- ---- help ----

local function label(setting)
  return setting.default ~= nil and setting.key or '<' .. bare(setting.key) .. '>'
end

--- The help as text.
-- @param[opt] words their [0] is the script's name
function CmdLine:usage(words)
  words = words or arg or {}
  local first = {'Usage:', words[0] or 'script.lua', '[options]'}
  for _, argument in ipairs(self.arguments) do first[#first + 1] = label(argument) end
  local lines, width = {table.concat(first, ' ')}, 0
  for _, line in ipairs(self.helplines) do
    if type(line) == 'table' then width = math.max(width, #label(line)) end
  end
  for _, line in ipairs(self.helplines) do
    if type(line) == 'table' then
      local text = ('  %-' .. width .. 's %s'):format(label(line), line.help or '')
      if line.default ~= nil then text = ('%s [%s]'):format(text, tostring(line.default)) end
      line = text
    end
    lines[#lines + 1] = line
  end
  return table.concat(lines, '\n') .. '\n'
end

--- Prints the help.
function CmdLine:help(words) io.write(self:usage(words)) end

-- ---- a name for the run ----

-- A value as it stands in a name: 7, not 7.0.
local function shown(value)
  if type(value) == 'boolean' then return value and 't' or 'f' end
  return type(value) == 'number' and ('%.14g'):format(value) or tostring(value)
end

--- A name that tells the settings that are not the defaults: "experiment,seed=7,verbose=t".
-- @param[opt=''] prefix what it begins with
-- @param params what parse returned; names that are no settings do not count
-- @param[opt] ignore {name = true}: settings to leave out; false: to put in though at its default
function CmdLine:string(prefix, params, ignore)
  ignore = ignore or {}
  local parts, options = {prefix}, {}
  local function text(name) return name .. self.keyseparator .. shown(params[name]) end
  for _, argument in ipairs(self.arguments) do
    local name = bare(argument.key)
    if params[name] ~= nil and not ignore[name] then parts[#parts + 1] = text(name) end
  end
  for key, option in pairs(self.options) do
    local name = bare(key)
    local changed = params[name] ~= nil and params[name] ~= option.default
    if not ignore[name] and (changed or ignore[name] == false) then
      options[#options + 1] = text(name)
    end
  end
  table.sort(options)
  table.move(options, 1, #options, #parts + 1, parts)
  return table.concat(parts, self.argseparator)
end

-- ---- the log ----

--- From log() on, what is printed goes to the log only.
function CmdLine:silent() self.silentio = true end

--- Puts the time before each line of the log.
-- @param[opt] name stands after the time
-- @param[opt='%Y-%m-%d %H:%M:%S'] format as in os.date
function CmdLine:addTime(name, format)
  format = format or '%Y-%m-%d %H:%M:%S'
  if type(format) ~= 'string' then
    error('torch.CmdLine:addTime: the format should be a string, got ' .. type(format), 2)
  end
  self.dateformat = format .. (name and '[' .. name .. ']: ' or ' ')
end

local show = print -- the one before any log

--- Writes what print prints into a file too, from now on, and prints the settings.
-- @param file its name, or an open file
-- @param[opt] params table of settings
function CmdLine:log(file, params)
  local name = not io.type(file) and file or nil
  local log = name and assert(io.open(name, 'w')) or file
  local function logged(...)
    if not self.silentio then show(...) end
    local words = table.pack(...)
    for i = 1, words.n do words[i] = tostring(words[i]) end
    local done, message = log:write(self.dateformat and os.date(self.dateformat) or '',
      table.concat(words, '\t'), '\n')
    if done then done, message = log:flush() end
    if not done then error(('the log %s: %s'):format(name or '', message), 0) end
  end
  logged('[program started on ' .. os.date() .. ']')
  logged('[command line arguments]')
  local names = {}
  for key in pairs(params or {}) do names[#names + 1] = key end
  table.sort(names, function(a, b) return tostring(a) < tostring(b) end)
  for _, key in ipairs(names) do logged(key, params[key]) end
  logged('[----------------------]')
  _G.print = logged -- at the end: with a log that cannot be written print would fail each time
end

return CmdLine
