--- What is known of a run, as run.txt and options.txt have it: a list of {name, value}.

local options, system, file = require 'options', require 'aelua.system', require 'aelua.file'
local plain = require 'aelua.lua.columns'.plain

local facts = {}

--- The time, as it is written there.
function facts.now() return os.date '!%Y-%m-%d %H:%M:%S UTC' end

--- Those of a run that begins.
-- @param name of the experiment
function facts.new(name)
  local command = {options.quoted(arg[0] or '')}
  for _, word in ipairs(arg) do
    command[#command + 1] = options.quoted(word)
  end
  return {{'experiment', name}, {'aelua', system.version},
          {'command', 'aelua ' .. table.concat(command, ' ')},
          {'started', facts.now()}, {'machine', system.describe()}, {'lua', _VERSION}}
end

--- The value of a name; nil when there is none.
-- @param[opt] list
-- @param name string
function facts.value(list, name)
  for _, pair in ipairs(list or {}) do if pair[1] == name then return pair[2] end end
end

--- The list without some names.
-- @param list
-- @param ... names
function facts.without(list, ...)
  local kept = {}
  for _, pair in ipairs(list) do
    local wanted = true
    for _, name in ipairs {...} do wanted = wanted and pair[1] ~= name end
    if wanted then kept[#kept + 1] = {pair[1], pair[2]} end
  end
  return kept
end

--- Those of a run that goes on: what is known of it, results included, until there is news.
-- @param[opt] begun what its run.txt tells; nil or empty when it was killed before
-- @param name of the experiment
function facts.resumed(begun, name)
  local list = facts.without(begun and begun[1] and begun or facts.new(name), 'failed', 'resumed')
  list[#list + 1] = {'resumed', facts.now()}
  return list
end

-- ---- files of lines "name = value": run.txt, options.txt, sweep.txt ----

--- What such a file has, in order.
-- @param path
-- @return list of {name, value}, or nil and a message
function facts.read(path)
  local text, message = file.read(path)
  if not text then return nil, message end
  local list = {}
  for line in text:gmatch('([^\n]+)') do
    local name, value = line:match('^(%S+) = (.*)$')
    if name then
      list[#list + 1] = {name, (value:gsub('\\(%d%d%d)', function(code)
        return tonumber(code) < 256 and string.char(tonumber(code)) or nil
      end))}
    end
  end
  return list
end

--- Fails unless a name is one word, as it must be to be read again.
function facts.checkName(name)
  if type(name) == 'string' and name:find '^%S+$' and not name:find '%c' then return end
  error(("'%s' is no name for a setting or a fact, should be one word"):format(
    plain(tostring(name))), 0)
end

--- Writes what facts.read reads, atomically; control characters in values as \010 and the like. An
-- error when it cannot.
-- @param path
-- @param list of {name, value}
function facts.write(path, list)
  local lines = {}
  for i, pair in ipairs(list) do
    facts.checkName(pair[1])
    local value = tostring(pair[2]):gsub('\\%f[%d]', '\\092'):gsub('%c', function(c)
      return ('\\%03d'):format(c:byte())
    end)
    lines[i] = ('%s = %s'):format(pair[1], value)
  end
  local ok, message = file.writeAtomic(path, table.concat(lines, '\n') .. '\n')
  if not ok then error(message, 0) end
end

return facts
