--- Settings of functions that take them in a table, Torch's optim.cg and the like: defaults, types,
-- and names that do not exist.

local system = require 'aelua.system'

local settings = {}

-- Keys that scripts keep in such tables beside the settings.
local common = {evalCounter = true, t = true, state = true, method = true, name = true,
                verbose = true}

local function sortedKeys(...)
  local keys = {}
  for _, list in ipairs {...} do
    for key in pairs(list) do keys[#keys + 1] = key end
  end
  table.sort(keys)
  return keys
end

-- Raises for NaN, and for an infinity unless it is a number of iterations or evaluations (maxIter).
local function checkNumber(owner, key, value)
  if value ~= value then error(('%s: %s is nan, should be a number'):format(owner, key), 4) end
  if math.abs(value) == math.huge and not (value > 0 and key:find '^max') then
    error(('%s: %s is %s, should be finite'):format(owner, key, value), 4)
  end
end

--- The settings in a table, each with its default where it is absent.
-- @param owner "optim.cg", for messages
-- @param config table or nil
-- @param defaults table from names to default values; a function stands for one that may be absent
--   and is a function
-- @param[opt] kept set of names that are no settings but may be there
function settings.read(owner, config, defaults, kept)
  if config ~= nil and type(config) ~= 'table' then
    error(('%s: the config is a %s, should be a table'):format(owner, type(config)), 3)
  end
  local values = {}
  for key, value in pairs(defaults) do
    if type(value) ~= 'function' then values[key] = value end
  end
  for key, value in pairs(config or {}) do
    local default = defaults[key]
    if default ~= nil and type(value) == type(default) then
      if type(value) == 'number' then checkNumber(owner, key, value) end
      values[key] = value
    elseif default ~= nil then
      error(('%s: %s is a %s, should be a %s'):format(owner, key, type(value), type(default)), 3)
    elseif type(key) == 'string' and not common[key] and not (kept and kept[key]) then
      local near = system.nearest(key, sortedKeys(defaults))
      error(("%s has no option '%s'; %s"):format(owner, key, near
        and ("did you mean '%s'?"):format(near)
        or 'there are ' .. table.concat(sortedKeys(defaults), ', ')), 3)
    end
  end
  return values
end

return settings
