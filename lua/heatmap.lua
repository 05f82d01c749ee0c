--- A matrix as a picture: one coloured cell for each element, axes with their numbers, and the
-- colours' scale. Row 1 is at the bottom, as in a chart.
--
--     heatmap.draw({values = m, title = 'weights', palette = 'color'})

local torch = require 'torch'
local core, axis = require 'aelua.image', require 'aelua.lua.axis'
local svg = require 'aelua.lua.svg'

local heatmap = {}

-- Five points of viridis (van der Walt and Smith, 2015), told apart in grey too; and greys.
local palettes = {
  color = {{68, 1, 84}, {59, 82, 139}, {33, 145, 140}, {94, 201, 98}, {253, 231, 37}},
  gray = {{0, 0, 0}, {255, 255, 255}},
}
palettes.colour, palettes.grey = palettes.color, palettes.gray

local INK, TEXT = 0x222222, 11

-- The colour at 0 <= share <= 1 as 0xRRGGBB.
local function colourAt(palette, share)
  local at = share == share and share * (#palette - 1) or 0
  local i = math.min(math.floor(at), #palette - 2)
  local colour = 0
  for c = 1, 3 do
    local from, to = palette[i + 1][c], palette[i + 2][c]
    colour = colour * 256 + math.floor(from + (at - i) * (to - from) + 0.5)
  end
  return colour
end

-- Elements, extremes and geometry of a chart of a matrix.
local function measure(chart, width, height)
  local values = chart.values
  if not torch.isTensor(values) or values:dim() ~= 2 then
    error('heatmap: a matrix expected, got ' .. (torch.isTensor(values)
      and values:dim() .. ' dimensions' or type(values)), 3)
  end
  local palette = palettes[chart.palette or 'gray']
  if not palette then
    error(("heatmap: no palette '%s'; there are color and gray"):format(chart.palette), 3)
  end
  local m = {rows = values:size(1), columns = values:size(2), cells = values:totable(),
             low = values:min(), high = values:max(), palette = palette,
             frame = {left = 64, right = width - 96, top = 44, bottom = height - 60}}
  if chart.low then m.low = chart.low end
  if chart.high then m.high = chart.high end
  local f = m.frame
  m.dx, m.dy = (f.right - f.left) / m.columns, (f.bottom - f.top) / m.rows
  return m
end

-- Calls rectangle(x, y, width, height, colour) for each cell and each piece of the scale.
local function eachRectangle(m, rectangle)
  local f, range = m.frame, m.high > m.low and m.high - m.low or 1
  for i = 1, m.rows do
    for j = 1, m.columns do
      local share = math.min(math.max((m.cells[i][j] - m.low) / range, 0), 1)
      rectangle(f.left + (j - 1) * m.dx, f.bottom - i * m.dy, m.dx, m.dy,
        colourAt(m.palette, share))
    end
  end
  local step = (f.bottom - f.top) / 64
  for k = 0, 63 do
    rectangle(f.right + 16, f.bottom - (k + 1) * step, 16, step, colourAt(m.palette, k / 63))
  end
end

-- Calls text(x, y, words, anchor) for every number and title; anchor is start, middle or end.
local function eachText(m, chart, text)
  local f = m.frame
  local middle = (f.left + f.right) / 2
  local xs, ys = axis.inside(1, math.max(m.columns, 2), m.columns),
    axis.inside(1, math.max(m.rows, 2), m.rows)
  for _, v in ipairs(xs) do
    if v <= m.columns then
      text(f.left + (v - 0.5) * m.dx, f.bottom + 10 + TEXT, axis.label(v, xs), 'middle')
    end
  end
  for _, v in ipairs(ys) do
    if v <= m.rows then
      text(f.left - 8, f.bottom - (v - 0.5) * m.dy + TEXT / 2, axis.label(v, ys), 'end')
    end
  end
  text(f.right + 38, f.bottom, ('%.4g'):format(m.low), 'start')
  text(f.right + 38, f.top + TEXT, ('%.4g'):format(m.high), 'start')
  text(middle, f.top - 14, chart.title or '', 'middle')
  text(middle, f.bottom + 42, chart.xlabel or '', 'middle')
end

local shift = {start = 0, middle = 0.5, ['end'] = 1}

--- A picture of a matrix.
-- @param chart {values = (rows, columns), palette = 'gray' or 'color', low =, high = the values at
--   the palette's ends, title =, xlabel =, ylabel =}
-- @param[opt] options {width = 640, height = 480}
-- @return (3,H,W) Byte
function heatmap.draw(chart, options)
  options = options or {}
  local width, height = options.width or 640, options.height or 480
  local canvas = torch.ByteTensor(3, height, width):fill(255)
  local m = measure(chart, width, height)
  eachRectangle(m, function(x, y, w, h, colour)
    local left, top = math.floor(x + 0.5), math.floor(y + 0.5)
    core.drawRectangle(canvas, left, top, math.max(math.floor(x + w + 0.5) - left, 1),
      math.max(math.floor(y + h + 0.5) - top, 1), colour)
  end)
  eachText(m, chart, function(x, y, words, anchor)
    core.drawText(canvas, x - shift[anchor] * core.textWidth(words, TEXT), y, TEXT, false, words,
      INK)
  end)
  local label = chart.ylabel or ''
  core.drawText(canvas, TEXT + 8, (m.frame.top + m.frame.bottom + core.textWidth(label, TEXT)) / 2,
    TEXT, true, label, INK)
  return canvas
end

--- The same as SVG text.
function heatmap.svg(chart, options)
  options = options or {}
  local width, height = options.width or 640, options.height or 480
  local m = measure(chart, width, height)
  local out = {('<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" role="img" '
    .. 'shape-rendering="crispEdges" font-family="sans-serif" font-size="12">')
    :format(width, height)}
  eachRectangle(m, function(x, y, w, h, colour)
    out[#out + 1] = ('<rect x="%.1f" y="%.1f" width="%.1f" height="%.1f" fill="#%06x"/>')
      :format(x, y, w, h, colour)
  end)
  eachText(m, chart, function(x, y, words, anchor)
    out[#out + 1] = ('<text x="%.1f" y="%.1f" text-anchor="%s">%s</text>'):format(x, y, anchor,
      svg.escape(words))
  end)
  out[#out + 1] = ('<text transform="translate(14 %d) rotate(-90)" text-anchor="middle">%s</text>')
    :format((m.frame.top + m.frame.bottom) // 2, svg.escape(chart.ylabel or ''))
  out[#out + 1] = '</svg>'
  return table.concat(out, '\n')
end

return heatmap
