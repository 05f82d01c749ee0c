--- Tables as text, as Torch7's interpreter prints them: a line for each field, tables inside
-- indented.

local torch = require 'torch'

local DEPTH = 5 -- of tables inside tables

local order = {number = 1, string = 2}

local function sortedKeys(list)
  local keys = {}
  for key in pairs(list) do keys[#keys + 1] = key end
  table.sort(keys, function(a, b)
    local x, y = order[type(a)] or 3, order[type(b)] or 3
    if x ~= y then return x < y end
    if x == 3 then return tostring(a) < tostring(b) end
    return a < b
  end)
  return keys
end

-- Whether a value is a table that does not say itself how it is printed.
local function plain(value)
  if type(value) ~= 'table' then return false end
  local meta = getmetatable(value)
  return meta == nil or type(meta) == 'table' and not meta.__tostring
end

local function short(value)
  if type(value) == 'string' then return '"' .. value .. '"' end
  if not torch.isTensor(value) then return tostring(value) end
  local size = value:dim() == 0 and 'empty' or table.concat(value:size():totable(), 'x')
  return ('%s - size: %s'):format(value:type():match '[^.]+$', size)
end

local function write(value, indent, open)
  if not plain(value) then return short(value) end
  if open[value] or #indent > 2 * DEPTH then return '{...}' end
  if next(value) == nil then return '{}' end
  open[value] = true
  local parts = {}
  for _, key in ipairs(sortedKeys(value)) do
    parts[#parts + 1] = ('%s  %s : %s'):format(indent, tostring(key),
      write(value[key], indent .. '  ', open))
  end
  open[value] = nil
  return ('{\n%s\n%s}'):format(table.concat(parts, '\n'), indent)
end

--- @param value any value
-- @return string; that of tostring for all but plain tables
return function(value)
  if not plain(value) then return tostring(value) end
  return write(value, '', {})
end
