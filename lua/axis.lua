--- Axes of charts: their ends, tick marks at round numbers, how to write those, and what of a line
-- lies between the ends.

local finite = require 'aelua.lua.statistics'.finite
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

-- Beyond, the ends of an axis could be further apart than numbers reach.
local LARGEST = 1e307

--- Whether a value has a place on an axis: finite, and not of the largest there are.
function axis.shown(value) return finite(value) and math.abs(value) <= LARGEST end

--- The pixel of a value, or nil when it has none.
-- @param scale function from values to pixels
function axis.place(scale, value)
  local pixel = axis.shown(value) and scale(value)
  return axis.shown(pixel) and pixel or nil
end

-- Whether numbers tell the ticks between two ends from each other.
local function apart(low, high)
  return high - low > math.max(1e-14 * math.max(math.abs(low), math.abs(high)), 1e-300)
end

-- Between ends that are the same, or no numbers, there would be ticks without end.
local function checkRange(low, high, name, level)
  if finite(high - low) and apart(low, high) then return end
  error(('axis: %sfrom %g to %g is no range'):format(name and name .. ' ' or '', low, high),
    level + 1)
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
  checkRange(low, high, nil, 2)
  local step = stepFor(high - low, count or 5)
  return multiples(math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9), step)
end

--- Ticks within low..high; whole numbers when the points are as few as epochs are.
-- @param low number
-- @param high number, > low
-- @param points how many points lie on the axis
function axis.inside(low, high, points)
  checkRange(low, high, nil, 2)
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

-- ---- what the series of a chart need ----


--- The width of the boxes of a series: most of the least distance between two of them.
-- @param s {x = list}
function axis.boxWidth(s)
  local sorted, least = {}, math.huge
  for _, x in ipairs(s.x) do if axis.shown(x) then sorted[#sorted + 1] = x end end
  table.sort(sorted)
  for i = 2, #sorted do
    if sorted[i] > sorted[i - 1] then least = math.min(least, sorted[i] - sorted[i - 1]) end
  end
  return 0.8 * (least < math.huge and least or 1)
end

--- Least and largest value of the series that are shown, further apart when they are all but the
-- same; 0 and 1 when there is none. Boxes stand on 0.
-- @param series list of {x =, y =, spread = [above and below y], style =}
-- @param key 'x' or 'y'
function axis.extent(series, key)
  local low, high = math.huge, -math.huge
  for _, s in ipairs(series) do
    local margin = s.style == 'boxes' and key == 'x' and axis.boxWidth(s) * 0.625 or 0
    for i, v in ipairs(s[key]) do
      local spread = key == 'y' and s.spread and s.spread[i] or margin
      if axis.shown(v) and axis.shown(spread) then
        v = v + 0.0 -- differences of whole numbers can be too large for one
        local ground = s.style == 'boxes' and key == 'y' and 0 or v
        low = math.min(low, v - spread, ground)
        high = math.max(high, v + spread, ground)
      end
    end
  end
  if low > high then return 0, 1 end
  if apart(low, high) then return low, high end
  local margin = math.max(0.5, 1e-6 * math.max(-low, high))
  return low - margin, high + margin
end

-- Those of a list within low..high.
local function within(list, low, high)
  local inside, slack = {}, (high - low) * 1e-9
  for _, v in ipairs(list) do
    if v >= low - slack and v <= high + slack then inside[#inside + 1] = v end
  end
  return inside
end

--- Ends and ticks of both axes of a chart.
-- @param chart {xlim = {low, high}, ylim = {low, high}}, either may be absent
-- @param series as axis.extent
-- @return {x0 =, x1 =, xs = ticks, y0 =, y1 =, ys = ticks}
function axis.scales(chart, series)
  local x0, x1 = axis.extent(series, 'x')
  local y0, y1 = axis.extent(series, 'y')
  local points = series[1] and #series[1].x or 2
  local scales = {x0 = x0, x1 = x1, xs = axis.inside(x0, x1, points), ys = axis.ticks(y0, y1)}
  scales.y0, scales.y1 = scales.ys[1], scales.ys[#scales.ys]
  for _, key in ipairs {'x', 'y'} do
    local limits = chart[key .. 'lim']
    if limits then
      local low = limits[1] or (key == 'x' and x0 or scales.y0)
      local high = limits[2] or (key == 'x' and x1 or scales.y1)
      checkRange(low, high, key, 2)
      scales[key .. '0'], scales[key .. '1'] = low, high
      scales[key .. 's'] = within(axis.ticks(low, high), low, high)
    end
  end
  return scales
end

--- The part of a line inside a rectangle, or nothing (Liang and Barsky, 1984).
-- @param x0, y0, x1, y1 the line
-- @param r {left =, right =, top =, bottom =}
-- @return x0, y0, x1, y1
function axis.clip(x0, y0, x1, y1, r)
  local first, last, dx, dy = 0, 1, x1 - x0, y1 - y0
  for _, edge in ipairs {{-dx, x0 - r.left}, {dx, r.right - x0}, {-dy, y0 - r.top},
                         {dy, r.bottom - y0}} do
    local p, q = edge[1], edge[2]
    if p == 0 and q < 0 then return nil end
    if p < 0 then first = math.max(first, q / p) elseif p > 0 then last = math.min(last, q / p) end
  end
  if first > last then return nil end
  return x0 + first * dx, y0 + first * dy, x0 + last * dx, y0 + last * dy
end

return axis
