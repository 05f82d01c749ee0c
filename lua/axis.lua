--- Tick marks: round numbers that cover a range, and how to write them.

local axis = {}

-- The power of ten at or below a positive number.
local function power(v) return math.floor(math.log(v, 10) + 1e-9) end

-- The step 1, 2 or 5 times a power of ten nearest above the range divided by the count.
local function stepFor(range, count)
  local raw = range / math.max(count, 1)
  local unit = 10.0 ^ power(raw)
  for _, factor in ipairs {1, 2, 5, 10} do
    if raw <= factor * unit * (1 + 1e-9) then return factor * unit end
  end
end

local function multiples(first, last, step)
  local list = {}
  for k = first, last do list[#list + 1] = k * step end
  return list
end

--- Ticks that enclose low..high: the first is at or below low, the last at or above high.
-- @param low number
-- @param high number, > low
-- @param[opt=5] count about how many intervals
function axis.ticks(low, high, count)
  local step = stepFor(high - low, count or 5)
  return multiples(math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9), step)
end

--- Ticks within low..high; whole numbers when the points are as few as epochs are.
-- @param low number
-- @param high number, > low
-- @param points how many points lie on the axis
function axis.inside(low, high, points)
  local step = stepFor(high - low, math.max(math.min(points - 1, 8), 1))
  if low % 1 == 0 and high % 1 == 0 then step = math.max(math.ceil(step), 1) end
  return multiples(math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9), step)
end

--- A tick as text, with as many digits as tell it from its neighbours.
-- @param value one of list
-- @param list the ticks of the axis
function axis.label(value, list)
  if #list < 2 then return ('%.6g'):format(value) end
  local step = list[2] - list[1]
  local largest = math.max(math.abs(list[1]), math.abs(list[#list]))
  if largest >= 1e6 or largest < 1e-4 then
    local digits = power(largest) - power(step) + 1
    return ('%.' .. math.min(math.max(digits, 3), 17) .. 'g'):format(value)
  end
  local decimals = math.max(0, -power(step))
  return ('%.' .. decimals .. 'f'):format(value == 0 and 0 or value)
end

return axis
