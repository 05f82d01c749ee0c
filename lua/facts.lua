--- What run.txt tells of a run: a list of {name, value}, each name once.

local options, system = require 'options', require 'aelua.system'

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

return facts
