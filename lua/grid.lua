--- Grids of settings from a command line: every combination of the values given.
--
--     --seed 1..3 --lr 0.1,0.5 --epochs 30      3 x 2 combinations, 30 epochs in all of them
--
-- `a..b` are the whole numbers from a to b, commas separate values, ranges may stand among them. A
-- setting that is itself a list has its values separated by semicolons: `--widths '500,100;300'`
-- are two, `--widths '500,100;'` is one.

local grid = {}

local MOST = 10000 -- combinations

-- ---- values ----

-- Adds the values of "7", "1..5" or a word; returns what is wrong, if anything.
local function addItem(values, name, item)
  if not item:find('^%-?%d[%d.]*%.%.') then
    values[#values + 1] = item
    return nil
  end
  local first, last = item:match('^(%-?%d+)%.%.(%-?%d+)$')
  first, last = math.tointeger(tonumber(first)), math.tointeger(tonumber(last))
  if not first or not last then
    return ("--%s: '%s' is no range; A..B are two whole numbers"):format(name, item)
  end
  if first > last then
    return ('--%s: the range %s is empty; the smaller number comes first'):format(name, item)
  end
  if not math.ult(last - first, MOST) then -- unsigned, as large as the difference may be
    return ('--%s: %s are more than %d values'):format(name, item, MOST)
  end
  for n = first, last do values[#values + 1] = tostring(n) end
end

-- The values of one setting, or nil and what is wrong.
local function valuesOf(name, text)
  local values = {}
  if text:find(';', 1, true) then
    for item in text:gmatch('[^;]+') do values[#values + 1] = item end
    if #values == 0 then return nil, ("--%s: there is no value in '%s'"):format(name, text) end
    return values
  end
  for item in (text .. ','):gmatch('([^,]*),') do
    if item == '' and text ~= '' then
      return nil, ("--%s: a value is missing in '%s'"):format(name, text)
    end
    local message = addItem(values, name, item)
    if message then return nil, message end
    if #values > MOST then return nil, ('--%s has more than %d values'):format(name, MOST) end
  end
  return values
end

--- The settings in a list of words: --name value, --name=value, or --name alone.
-- @param words list of strings
-- @return list of {name=, text=, values= list of strings}, without text and values for a name
--   alone; or nil and a message
function grid.settings(words)
  local list, seen, i = {}, {}, 1
  while i <= #words do
    local name, text = words[i]:match('^%-%-([^=]+)=(.*)$')
    name = name or words[i]:match('^%-%-([^=]+)$')
    if not name then
      return nil, ("'%s' is not an option; options begin with --"):format(words[i])
    end
    if seen[name] then return nil, ('--%s is given twice'):format(name) end
    if not text and words[i + 1] and not words[i + 1]:find('^%-%-') then
      i = i + 1
      text = words[i]
    end
    local values, message
    if text then
      values, message = valuesOf(name, text)
      if not values then return nil, message end
    end
    list[#list + 1], seen[name] = {name = name, text = text, values = values}, true
    i = i + 1
  end
  return list
end

-- ---- combinations ----

-- One combination: a value of each setting, by the places in their lists.
local function combination(settings, place)
  local words, varied = {}, {}
  for i, s in ipairs(settings) do
    if not s.values then
      words[i] = '--' .. s.name
    else
      local value = s.values[place[i]]
      words[i] = ('--%s=%s'):format(s.name, value)
      if #s.values > 1 then varied[#varied + 1] = ('%s=%s'):format(s.name, value) end
    end
  end
  return {words = words, label = table.concat(varied, ' ')}
end

-- The next combination's places, the last setting's changing first; false past the last.
local function advance(settings, place)
  for i = #settings, 1, -1 do
    place[i] = place[i] + 1
    if place[i] <= #(settings[i].values or {''}) then return true end
    place[i] = 1
  end
  return false
end

--- Every combination of the settings' values.
-- @param settings what grid.settings gives
-- @return list of {words = of the command line, label = "seed=1 lr=0.1" of those that vary}; or nil
--   and a message
function grid.combinations(settings)
  local count, place, list = 1, {}, {}
  for i, s in ipairs(settings) do
    place[i] = 1
    count = count * #(s.values or {''})
    if count > MOST then return nil, ('the grid has more than %d combinations'):format(MOST) end
  end
  repeat list[#list + 1] = combination(settings, place) until not advance(settings, place)
  return list
end

return grid
