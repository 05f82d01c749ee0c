--- Line charts as PNG pictures: panels side by side, each with axes, ticks, grid and legend.
--
--     plot.save('curves.png', {
--       {title = 'loss', xlabel = 'epoch', ylabel = 'MSE',
--        series = {{name = 'training', x = {1, 2, 3}, y = {0.12, 0.09, 0.08}}}}})

local torch = require 'torch'
local core, axis, image = require 'aelua.image', require 'axis', require 'image'

local plot = {}

-- Okabe and Ito's colours (2008), told apart by everybody.
local colours = {0x0072b2, 0xd55e00, 0x009e73, 0xcc79a7, 0xe69f00, 0x56b4e9, 0x222222}
local INK, GRID, FRAME = 0x222222, 0xe4e4e4, 0x888888
local TEXT = 11 -- height of capitals in pixels

local function finite(v) return v == v and math.abs(v) < math.huge end

local function extent(series, key)
  local low, high = math.huge, -math.huge
  for _, s in ipairs(series) do
    for _, v in ipairs(s[key]) do
      if finite(v) then low, high = math.min(low, v), math.max(high, v) end
    end
  end
  if low > high then return 0, 1 end
  if low == high then return low - 0.5, high + 0.5 end
  return low, high
end

-- The series with what was left out: x = 1, 2, 3, ..., a colour, a name. The caller's stay as they
-- are, so that a list that grows can be drawn again.
local function completed(series)
  local list = {}
  for i, s in ipairs(series) do
    local x = s.x or {}
    if not s.x then
      for k = 1, #s.y do x[k] = k end
    end
    list[i] = {name = s.name or '', x = x, y = s.y,
               colour = s.colour or colours[(i - 1) % #colours + 1]}
  end
  return list
end

-- The middle of the pixel, where a line one pixel wide is sharp.
local function sharp(v) return math.floor(v) + 0.5 end

local function centred(canvas, x, y, text, height)
  core.drawText(canvas, x - core.textWidth(text, height) / 2, y, height, false, text, INK)
end

-- Grid, ticks, numbers and labels; returns the functions from values to pixels.
local function drawAxes(canvas, series, frame)
  local x0, x1 = extent(series, 'x')
  local ys = axis.ticks(extent(series, 'y'))
  local xs = axis.inside(x0, x1, #(series[1] or {x = {}}).x)
  local function X(v) return frame.left + (v - x0) / (x1 - x0) * (frame.right - frame.left) end
  local function Y(v)
    return frame.bottom - (v - ys[1]) / (ys[#ys] - ys[1]) * (frame.bottom - frame.top)
  end
  for _, v in ipairs(ys) do
    local text, y = axis.label(v, ys), Y(v)
    core.drawLine(canvas, frame.left, sharp(y), frame.right, sharp(y), 1, GRID)
    core.drawText(canvas, frame.left - 8 - core.textWidth(text, TEXT), y + TEXT / 2, TEXT, false,
                  text, INK)
  end
  for _, v in ipairs(xs) do
    local x = sharp(X(v))
    core.drawLine(canvas, x, frame.top, x, frame.bottom, 1, GRID)
    core.drawLine(canvas, x, frame.bottom, x, frame.bottom + 5, 1, FRAME)
    centred(canvas, X(v), frame.bottom + 10 + TEXT, axis.label(v, xs), TEXT)
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

local function drawCurve(canvas, s, X, Y)
  local lastX, lastY
  for i, x in ipairs(s.x) do
    local y = s.y[i]
    if finite(y) then
      if lastX then core.drawLine(canvas, lastX, lastY, X(x), Y(y), 2.5, s.colour) end
      if #s.x <= 40 then core.drawDisc(canvas, X(x), Y(y), 4, s.colour) end
      lastX, lastY = X(x), Y(y)
    else
      lastX = nil
    end
  end
end

-- In the corner that the curves leave free: right top when they fall, right bottom when they rise.
local function drawLegend(canvas, series, frame)
  local width, step = 0, TEXT + 9
  local rise = 0
  for _, s in ipairs(series) do
    width = math.max(width, core.textWidth(s.name, TEXT))
    rise = rise + ((s.y[#s.y] or 0) - (s.y[1] or 0))
  end
  local height = #series * step + 8
  local x = frame.right - width - 50
  local y = rise > 0 and frame.bottom - height - 8 or frame.top + 6
  core.drawRectangle(canvas, x - 6, y, width + 50, height, 0xffffff)
  for i, s in ipairs(series) do
    local line = y + (i - 1) * step + 4 + step / 2
    core.drawLine(canvas, x, line, x + 24, line, 3, s.colour)
    core.drawText(canvas, x + 32, line + TEXT / 2, TEXT, false, s.name, INK)
  end
end

local function drawPanel(canvas, panel, left, width, height)
  local series = completed(panel.series)
  local frame = {outer = left, left = left + 84, right = left + width - 24, top = 44,
                 bottom = height - 60}
  local X, Y = drawAxes(canvas, series, frame)
  drawLabels(canvas, panel, frame)
  for _, s in ipairs(series) do drawCurve(canvas, s, X, Y) end
  if #series > 0 then drawLegend(canvas, series, frame) end
end

--- Panels of line charts in one picture.
-- @param panels list of {title=, xlabel=, ylabel=, series = {{name=, y = list, x = list [1..n],
--   colour = 0xRRGGBB}, ...}}; values that are no numbers leave gaps
-- @param[opt] options {width = 520 (of a panel), height = 400}
-- @return (3,H,W) Byte
function plot.draw(panels, options)
  options = options or {}
  local width, height = options.width or 520, options.height or 400
  local canvas = torch.ByteTensor(3, height, width * #panels):fill(255)
  for i, panel in ipairs(panels) do drawPanel(canvas, panel, (i - 1) * width, width, height) end
  return canvas
end

--- The same, written to a file.
-- @param path *.png
function plot.save(path, panels, options) image.save(path, plot.draw(panels, options)) end

return plot
