--- Line charts as PNG pictures: panels side by side, each with axes, ticks, grid and legend.
--
--     plot.save('curves.png', {
--       {title = 'loss', xlabel = 'epoch', ylabel = 'MSE',
--        series = {{name = 'training', x = {1, 2, 3}, y = {0.12, 0.09, 0.08}}}}})

local torch = require 'torch'
local core = require 'aelua.image'
local axis, image = require 'aelua.lua.axis', require 'aelua.lua.image'
local columns = require 'aelua.lua.columns'

local plot = {}

-- Okabe and Ito's colours (2008), told apart by everybody.
local colours = {0x0072b2, 0xd55e00, 0x009e73, 0xcc79a7, 0xe69f00, 0x56b4e9, 0x222222}
local INK, GRID, FRAME = 0x222222, 0xe4e4e4, 0x888888
local TEXT = 11 -- height of capitals in pixels
local MOST = 100 -- panels in a picture

-- The series with what was left out: x = 1, 2, 3, ..., a colour, a name. The caller's stay as they
-- are, so that a list that grows can be drawn again.
local function completed(series)
  local list = {}
  for i, s in ipairs(series) do
    local x = s.x or {}
    if not s.x then
      for k = 1, #s.y do x[k] = k end
    end
    list[i] = {name = s.name or '', x = x, y = s.y, style = s.style or 'curve',
               colour = s.colour or colours[(i - 1) % #colours + 1]}
  end
  return list
end

-- The middle of the pixel, where a line one pixel wide is sharp.
local function sharp(v) return math.floor(v) + 0.5 end

local function centred(canvas, x, y, text, height)
  core.drawText(canvas, x - core.textWidth(text, height) / 2, y, height, false, text, INK)
end

-- Grid, ticks and numbers; returns the functions from values to pixels.
local function drawAxes(canvas, panel, series, frame)
  local k = axis.scales(panel, series)
  local function X(v)
    return frame.left + (v - k.x0) / (k.x1 - k.x0) * (frame.right - frame.left)
  end
  local function Y(v)
    return frame.bottom - (v - k.y0) / (k.y1 - k.y0) * (frame.bottom - frame.top)
  end
  local grid = panel.grid ~= false
  for _, v in ipairs(k.ys) do
    local text, y = axis.label(v, k.ys), Y(v)
    core.drawLine(canvas, frame.left, sharp(y), grid and frame.right or frame.left + 5, sharp(y), 1,
                  grid and GRID or FRAME)
    core.drawText(canvas, frame.left - 8 - core.textWidth(text, TEXT), y + TEXT / 2, TEXT, false,
                  text, INK)
  end
  for _, v in ipairs(k.xs) do
    local x = sharp(X(v))
    if grid then core.drawLine(canvas, x, frame.top, x, frame.bottom, 1, GRID) end
    core.drawLine(canvas, x, frame.bottom, x, frame.bottom + 5, 1, FRAME)
    centred(canvas, X(v), frame.bottom + 10 + TEXT, axis.label(v, k.xs), TEXT)
  end
  local left, bottom = sharp(frame.left), sharp(frame.bottom)
  core.drawLine(canvas, left, frame.top, left, bottom, 1, FRAME)
  core.drawLine(canvas, left, bottom, frame.right, bottom, 1, FRAME)
  return X, Y
end

local function drawLabels(canvas, panel, frame)
  local middle = (frame.top + frame.bottom) / 2
  centred(canvas, (frame.left + frame.right) / 2, frame.top - 14, panel.title or '', 13)
  centred(canvas, (frame.left + frame.right) / 2, frame.bottom + 42, panel.xlabel or '', TEXT)
  local text = panel.ylabel or ''
  core.drawText(canvas, frame.outer + TEXT + 10, middle + core.textWidth(text, TEXT) / 2, TEXT,
                true, text, INK)
end

-- What each style of a series draws; a curve is a line with discs when they are few.
local styles = {
  curve = {line = true, discs = 40, radius = 4},
  lines = {line = true},
  points = {discs = math.huge, radius = 4},
  linespoints = {line = true, discs = math.huge, radius = 4},
  dots = {discs = math.huge, radius = 1.5},
}

local symbols = {['.'] = 'dots', ['+'] = 'points', ['-'] = 'lines', ['+-'] = 'linespoints',
                 ['-+'] = 'linespoints', ['~'] = 'lines', ['|'] = 'boxes', [''] = 'curve'}

--- The style that a format of gnuplot's means: '.', '+', '-', '+-', '~' or '|', or a text with the
-- name of a style in it, 'with lines ls 1'.
function plot.styleOf(format)
  if symbols[format] then return symbols[format] end
  for _, name in ipairs {'linespoints', 'lines', 'points', 'dots', 'boxes'} do
    if format:find(name) then return name end
  end
  error(("plot: the style '%s' is not known; there are . + - +- ~ |"):format(format), 0)
end

local function drawBoxes(canvas, s, X, Y, frame)
  local half = axis.boxWidth(s) / 2
  for i, x in ipairs(s.x) do
    local y = s.y[i]
    if axis.shown(y) then
      local left, right = math.max(X(x - half), frame.left), math.min(X(x + half), frame.right)
      local top, bottom = Y(math.max(y, 0)), Y(math.min(y, 0))
      top, bottom = math.max(top, frame.top), math.min(bottom, frame.bottom)
      if left < right and top < bottom then
        core.drawRectangle(canvas, left, top, right - left, bottom - top, s.colour)
      end
    end
  end
end

local function inside(x, y, frame)
  return x >= frame.left and x <= frame.right and y >= frame.top and y <= frame.bottom
end

local function drawSeries(canvas, s, X, Y, frame)
  if s.style == 'boxes' then return drawBoxes(canvas, s, X, Y, frame) end
  local style = styles[s.style] or error(("plot: no style '%s'"):format(s.style), 0)
  local lastX, lastY
  for i, x in ipairs(s.x) do
    local px, py = axis.place(X, x), axis.place(Y, s.y[i])
    if px and py and lastX and style.line then
      local x0, y0, x1, y1 = axis.clip(lastX, lastY, px, py, frame)
      if x0 then core.drawLine(canvas, x0, y0, x1, y1, 2.5, s.colour) end
    end
    if px and py and #s.x <= (style.discs or 0) and inside(px, py, frame) then
      core.drawDisc(canvas, px, py, style.radius, s.colour)
    end
    lastX, lastY = px and py and px, py
  end
end

-- A name that leaves room for the curves.
local function shortName(name, frame)
  local share = 0.6 * (frame.right - frame.left) / math.max(core.textWidth(name, TEXT), 1)
  return share < 1 and columns.cut(name, math.floor(share * columns.width(name))) .. '...' or name
end

-- What the legend says: {name =, colour = nil for a line of words}, as many as fit into the frame.
local function legendLines(series, frame, step)
  local lines, most = {}, math.max((frame.bottom - frame.top - 16) // step, 1)
  for i, s in ipairs(series) do
    lines[i] = {name = shortName(s.name, frame), colour = s.colour}
    if i == most and #series > most then
      lines[i] = {name = ('and %d more'):format(#series - most + 1)}
      break
    end
  end
  return lines
end

-- "left top" as said, or in the corner that the curves leave free: right top when they fall, right
-- bottom when they rise.
local function drawLegend(canvas, panel, series, frame)
  local width, step, rise = 0, TEXT + 9, 0
  local lines = legendLines(series, frame, step)
  for _, s in ipairs(lines) do width = math.max(width, core.textWidth(s.name, TEXT)) end
  for _, s in ipairs(series) do
    local first, last = s.y[1], s.y[#s.y]
    if axis.shown(first) and axis.shown(last) then rise = rise + (last - first) end
  end
  local height, place = #lines * step + 8, panel.legend or rise > 0 and 'bottom' or 'top'
  local x, y = frame.right - width - 50, frame.top + 6
  if place:find 'left' then x = frame.left + 14 end
  if place:find 'center' then x = (frame.left + frame.right - width) / 2 - 25 end
  if place:find 'bottom' then y = frame.bottom - height - 8 end
  if place:find 'middle' then y = (frame.top + frame.bottom - height) / 2 end
  core.drawRectangle(canvas, x - 6, y, width + 50, height, 0xffffff)
  for i, s in ipairs(lines) do
    local line = y + (i - 1) * step + 4 + step / 2
    if s.colour then core.drawLine(canvas, x, line, x + 24, line, 3, s.colour) end
    core.drawText(canvas, x + 32, line + TEXT / 2, TEXT, false, s.name, INK)
  end
end

local function drawPanel(canvas, panel, left, width, height)
  local series = completed(panel.series)
  local frame = {outer = left, left = left + 84, right = left + width - 24, top = 44,
                 bottom = height - 60}
  local X, Y = drawAxes(canvas, panel, series, frame)
  drawLabels(canvas, panel, frame)
  for _, s in ipairs(series) do drawSeries(canvas, s, X, Y, frame) end
  if #series > 0 and panel.legend ~= false then drawLegend(canvas, panel, series, frame) end
end

-- As many as one picture holds; the last place then tells how many more there are.
local function fitting(panels)
  if #panels <= MOST then return panels end
  local list = table.move(panels, 1, MOST - 1, 1, {})
  list[MOST] = {title = ('and %d more'):format(#panels - MOST + 1), series = {}}
  return list
end

--- Panels of line charts in one picture, at most 100.
-- @param panels list of {title=, xlabel=, ylabel=, series = {{name=, y = list, x = list [1..n],
--   colour = 0xRRGGBB, style = 'curve', 'lines', 'points', 'linespoints', 'dots' or 'boxes'}, ...},
--   xlim = {low, high}, ylim = {low, high}, grid = false: none, legend = "left|center|right
--   top|middle|bottom", false: none}; values that are no numbers leave gaps
-- @param[opt] options {width = 520 (of a panel), height = 400}
-- @return (3,H,W) Byte
function plot.draw(panels, options)
  options = options or {}
  local width, height = options.width or 520, options.height or 400
  panels = fitting(panels)
  local canvas = torch.ByteTensor(3, height, width * #panels):fill(255)
  for i, panel in ipairs(panels) do drawPanel(canvas, panel, (i - 1) * width, width, height) end
  return canvas
end

--- The same, written to a file.
-- @param path *.png
function plot.save(path, panels, options) image.save(path, plot.draw(panels, options)) end

return plot
