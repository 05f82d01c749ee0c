--- Line charts as SVG text, for pages: sharp at any size, legible in print, readable as text.
--
--     svg.lines{title = 'loss', xlabel = 'epoch', ylabel = 'MSE',
--               series = {{name = 'training', x = {1, 2}, y = {0.12, 0.08}}}}

local axis = require 'aelua.lua.axis'

local svg = {}

--- Colours told apart by everybody (Okabe and Ito, 2008), in the order they are given to series.
svg.colours = {'#0072b2', '#d55e00', '#009e73', '#cc79a7', '#e69f00', '#56b4e9', '#000000'}

-- Lines are told apart without colour too, after the first of each colour's turn.
local dashes = {'', '7 3', '2 3', '9 3 2 3'}

--- Text as it may stand in HTML and SVG.
-- @param s string
function svg.escape(s)
  s = tostring(s):gsub('[^%g\n\t \128-\255]', '\u{FFFD}')
  if not utf8.len(s) then s = s:gsub('[\128-\255]', '\u{FFFD}') end
  return (s:gsub('[&<>"]', {['&'] = '&amp;', ['<'] = '&lt;', ['>'] = '&gt;',
                                      ['"'] = '&quot;'}))
end


local function pointList(s, X, Y)
  local points = {}
  for i, x in ipairs(s.x) do
    local px, py = axis.place(X, x), axis.place(Y, s.y[i])
    if px and py then points[#points + 1] = ('%.1f,%.1f'):format(px, py) end
  end
  return points
end

-- The band of +-spread around a series, as a closed path.
local function band(s, X, Y, colour)
  local upper, lower = {}, {}
  for i, x in ipairs(s.x) do
    local px, y, spread = axis.place(X, x), s.y[i], s.spread[i]
    if px and axis.shown(y) and axis.shown(spread) then
      upper[#upper + 1] = ('%.1f,%.1f'):format(px, Y(y + spread))
      lower[#lower + 1] = ('%.1f,%.1f'):format(px, Y(y - spread))
    end
  end
  for i = 1, #lower // 2 do lower[i], lower[#lower + 1 - i] = lower[#lower + 1 - i], lower[i] end
  return ('<polygon points="%s %s" fill="%s" opacity="0.15"/>'):format(
    table.concat(upper, ' '), table.concat(lower, ' '), colour)
end

local function boxes(s, X, Y, colour)
  local out, half = {}, axis.boxWidth(s) / 2
  for i, x in ipairs(s.x) do
    local y = s.y[i]
    if axis.shown(x) and axis.shown(y) then
      local top, bottom = Y(math.max(y, 0)), Y(math.min(y, 0))
      out[#out + 1] = ('<rect x="%.1f" y="%.1f" width="%.1f" height="%.1f" fill="%s"/>'):format(
        X(x - half), top, X(x + half) - X(x - half), bottom - top, colour)
    end
  end
  return table.concat(out)
end

-- What each style of a series draws; a curve is a line with circles when they are few.
local styles = {
  curve = {line = true, circles = 40, radius = 2.6},
  lines = {line = true},
  points = {circles = math.huge, radius = 2.6},
  linespoints = {line = true, circles = math.huge, radius = 2.6},
  dots = {circles = math.huge, radius = 1},
}

local function curve(s, index, X, Y)
  local colour = svg.colours[(index - 1) % #svg.colours + 1]
  if s.style == 'boxes' then return boxes(s, X, Y, colour) end
  local style = styles[s.style or 'curve'] or error(("svg: no style '%s'"):format(s.style), 0)
  local dash = dashes[((index - 1) // #svg.colours) % #dashes + 1]
  local points = pointList(s, X, Y)
  local parts = {}
  if s.spread then parts[1] = band(s, X, Y, colour) end
  if style.line then
    parts[#parts + 1] = ('<polyline points="%s" fill="none" stroke="%s" stroke-width="2" ' ..
      'stroke-linejoin="round"%s/>'):format(table.concat(points, ' '), colour,
      dash ~= '' and ' stroke-dasharray="' .. dash .. '"' or '')
  end
  if #points <= (style.circles or 0) then
    for _, p in ipairs(points) do
      local px, py = p:match('(.*),(.*)')
      parts[#parts + 1] = ('<circle cx="%s" cy="%s" r="%g" fill="%s"/>'):format(px, py,
        style.radius, colour)
    end
  end
  return table.concat(parts)
end

local function gridLines(k, X, Y, frame, grid)
  local out = {}
  for _, v in ipairs(k.ys) do
    out[#out + 1] = ('<line x1="%d" x2="%d" y1="%.1f" y2="%.1f" class="%s"/>' ..
      '<text x="%d" y="%.1f" text-anchor="end" dominant-baseline="middle">%s</text>'):format(
      frame.left, grid and frame.right or frame.left + 4, Y(v), Y(v), grid and 'grid' or 'tick',
      frame.left - 6, Y(v), axis.label(v, k.ys))
  end
  for _, v in ipairs(k.xs) do
    out[#out + 1] = ('<line x1="%.1f" x2="%.1f" y1="%d" y2="%d" class="tick"/>' ..
      '<text x="%.1f" y="%d" text-anchor="middle">%s</text>'):format(
      X(v), X(v), frame.bottom, frame.bottom + 4, X(v), frame.bottom + 17, axis.label(v, k.xs))
  end
  return table.concat(out, '\n')
end

-- Names above the frame, each after a piece of its line; as many rows as they need.
local function legend(series, frame)
  local out, x, y = {}, frame.left, 38
  for i, s in ipairs(series) do
    local width = 30 + 6.6 * #s.name
    if x + width > frame.right and x > frame.left then x, y = frame.left, y + 16 end
    out[i] = ('<line x1="%d" x2="%d" y1="%d" y2="%d" stroke="%s" stroke-width="3"/>' ..
      '<text x="%d" y="%d">%s</text>'):format(x, x + 16, y - 4, y - 4,
      svg.colours[(i - 1) % #svg.colours + 1], x + 21, y, svg.escape(s.name))
    x = math.floor(x + width + 6)
  end
  return table.concat(out, '\n'), y
end

local LEAST = 100 -- height of the frame, however many rows of names stand above it

local style = '<style>text{font:12px system-ui,sans-serif;fill:currentColor}' ..
  '.title{font-weight:600;font-size:13px}.grid{stroke:currentColor;opacity:.15}' ..
  '.tick{stroke:currentColor;opacity:.6}.frame{fill:none;stroke:currentColor;opacity:.4}</style>'

-- Begins the group of the series, of which nothing shows outside of the frame when it has limits.
local function clipped(chart, frame)
  if not chart.xlim and not chart.ylim then return '<g>' end
  return ('<clipPath id="frame"><rect x="%d" y="%d" width="%d" height="%d"/></clipPath>' ..
    '<g clip-path="url(#frame)">'):format(frame.left, frame.top, frame.right - frame.left,
    frame.bottom - frame.top)
end

--- A line chart.
-- @param chart {title=, xlabel=, ylabel=, width=560, height=320 (more where many names need it),
--   series = {{name=, x=, y=, spread= (half the height of a band around the line), style= as in
--   plot}, ...}, xlim=, ylim=, grid=, legend= as in plot}; values that are no numbers are left out
-- @return SVG text
function svg.lines(chart)
  local width, height = chart.width or 560, chart.height or 320
  local frame = {left = 62, right = width - 14}
  local names, last = legend(chart.series, frame)
  frame.top = last + 12
  height = math.max(height, frame.top + LEAST + 44)
  frame.bottom = height - 44
  local k = axis.scales(chart, chart.series)
  local function X(v)
    return frame.left + (v - k.x0) / (k.x1 - k.x0) * (frame.right - frame.left)
  end
  local function Y(v)
    return frame.bottom - (v - k.y0) / (k.y1 - k.y0) * (frame.bottom - frame.top)
  end
  local title = svg.escape(chart.title or '')
  local out = {
    ('<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" role="img" aria-label="%s">')
      :format(width, height, title), style,
    ('<text x="%d" y="18" class="title">%s</text>'):format(frame.left, title),
    chart.legend ~= false and names or '', gridLines(k, X, Y, frame, chart.grid ~= false),
    ('<rect x="%d" y="%d" width="%d" height="%d" class="frame"/>'):format(frame.left, frame.top,
      frame.right - frame.left, frame.bottom - frame.top)}
  out[#out + 1] = clipped(chart, frame)
  for i, s in ipairs(chart.series) do out[#out + 1] = curve(s, i, X, Y) end
  out[#out + 1] = '</g>'
  out[#out + 1] = ('<text x="%d" y="%d" text-anchor="middle">%s</text>'):format(
    (frame.left + frame.right) // 2, height - 8, svg.escape(chart.xlabel or ''))
  out[#out + 1] = ('<text transform="translate(14 %d) rotate(-90)" text-anchor="middle">%s</text>')
    :format((frame.top + frame.bottom) // 2, svg.escape(chart.ylabel or ''))
  out[#out + 1] = '</svg>'
  return table.concat(out, '\n')
end

return svg
