--- Torch's image: pictures moved, cut, scaled, turned, and their colours. Part of image.
--
-- A picture is (H,W) or (C,H,W). Torch's functions take an optional tensor in front that receives
-- the result: image.hflip([dst,] src).

local torch = require 'torch'

local transform = {}

local function sizes(t) return table.concat(t:size():totable(), 'x') end

-- The picture as (C,H,W), and a function that gives a result the picture's own form.
local function planes(picture, owner)
  local dims = torch.isTensor(picture) and picture:dim() or 0
  if dims ~= 2 and dims ~= 3 then
    error(('image.%s: a picture of 2 or 3 dimensions expected, got %s'):format(owner,
      torch.isTensor(picture) and sizes(picture) or type(picture)), 4)
  end
  if dims == 3 then return picture, function(result) return result end end
  return picture:contiguous():view(1, picture:size(1), picture:size(2)), function(result)
    return result:contiguous():view(result:size(2), result:size(3))
  end
end

-- Makes image.owner([dst,] src, ...) of a function (src as (C,H,W), ...) -> result; `real` ones
-- compute in a real type and give Byte pictures back rounded.
local function define(owner, f, real)
  transform[owner] = function(first, second, ...)
    local dst, src, arguments = nil, first, table.pack(second, ...)
    if torch.isTensor(first) and torch.isTensor(second) then
      dst, src, arguments = first, second, table.pack(...)
    end
    local picture, restore = planes(src, owner)
    local kind = picture:type()
    local whole = kind ~= 'torch.FloatTensor' and kind ~= 'torch.DoubleTensor'
    if real and whole then picture = picture:double() end
    local ok, result = pcall(f, picture, table.unpack(arguments, 1, arguments.n))
    if not ok then error('image.' .. owner .. ': ' .. tostring(result), 2) end
    if real and whole then result = result:round():type(kind) end
    result = restore(result)
    if not dst then return result end
    dst:resize(result:size()):copy(result)
    return dst
  end
end

-- ---- flips ----

-- The picture with the elements along a dimension in reverse order.
local function reversed(picture, dim)
  local n = picture:size(dim)
  local order = torch.LongTensor(n)
  for i = 1, n do order[i] = n + 1 - i end
  return picture:index(dim, order)
end

--- Left becomes right.
define('hflip', function(picture) return reversed(picture, 3) end)
--- Up becomes down.
define('vflip', function(picture) return reversed(picture, 2) end)

--- Reverses the order along a dimension.
-- @param dst [optional] tensor that receives the result
-- @param src tensor
-- @param dim 1..src:dim()
function transform.flip(dst, src, dim)
  if type(src) == 'number' then dst, src, dim = nil, dst, src end
  local result = reversed(src, dim)
  return dst and dst:resize(result:size()):copy(result) or result
end

-- ---- crop and translate ----

-- Left and top, from 0, of a part of w x h at a place.
local function corner(place, width, height, w, h)
  local x, y = (width - w) // 2, (height - h) // 2
  if place ~= 'c' then
    if not place:find '^[tb][lr]$' then
      error(("the place '%s' is none of c, tl, tr, bl, br"):format(place), 0)
    end
    x, y = place:sub(2) == 'l' and 0 or width - w, place:sub(1, 1) == 't' and 0 or height - h
  end
  return x, y
end

--- A part of a picture, as a tensor of its own: crop(src, x1, y1, x2, y2), from pixel (x1, y1) up
-- to but without (x2, y2), counted from 0; or crop(src, place, width, height) with place one of
-- 'c', 'tl', 'tr', 'bl', 'br'.
define('crop', function(picture, x1, y1, x2, y2)
  local height, width = picture:size(2), picture:size(3)
  if type(x1) == 'string' then
    local w, h = y1, x2
    x1, y1 = corner(x1, width, height, w, h)
    x2, y2 = x1 + w, y1 + h
  end
  if not (x1 and y1 and x2 and y2) then error('x1, y1, x2 and y2 expected', 0) end
  if x1 < 0 or y1 < 0 or x2 > width or y2 > height or x2 <= x1 or y2 <= y1 then
    error(('from (%g, %g) to (%g, %g) is not inside of %dx%d'):format(x1, y1, x2, y2, width,
      height), 0)
  end
  return picture:narrow(2, math.floor(y1) + 1, math.floor(y2) - math.floor(y1))
    :narrow(3, math.floor(x1) + 1, math.floor(x2) - math.floor(x1)):clone()
end)

--- Moves a picture x pixels to the right and y down; what comes in is 0.
define('translate', function(picture, x, y)
  local result = picture:clone():zero()
  local height, width = picture:size(2), picture:size(3)
  local w, h = width - math.abs(x), height - math.abs(y)
  if w <= 0 or h <= 0 then return result end
  local function part(t, fromX, fromY) return t:narrow(2, fromY + 1, h):narrow(3, fromX + 1, w) end
  part(result, math.max(x, 0), math.max(y, 0))
    :copy(part(picture, math.max(-x, 0), math.max(-y, 0)))
  return result
end)

-- ---- scale ----

-- Weights of n source pixels for each of m pixels of the result, (m,n). Torch's rules.
local weights = {}

function weights.simple(m, n)
  local w = torch.DoubleTensor(m, n):zero()
  for i = 1, m do w[i][math.min(math.floor((i - 1) * n / m), n - 1) + 1] = 1 end
  return w
end

-- Between the two pixels when the picture grows, the mean over the area when it shrinks.
function weights.bilinear(m, n)
  local w = torch.DoubleTensor(m, n):zero()
  for i = 1, m do
    if m > n then
      local at = (i - 1) * (n - 1) / (m - 1)
      local k = math.min(math.floor(at), math.max(n - 2, 0))
      w[i][k + 1] = 1 - (at - k)
      if n > 1 then w[i][k + 2] = at - k end
    else
      local from, to = (i - 1) * n / m, i * n / m
      for k = math.floor(from), math.min(math.ceil(to), n) - 1 do
        w[i][k + 1] = (math.min(to, k + 1) - math.max(from, k)) * m / n
      end
    end
  end
  return w
end

-- Catmull and Rom's cubic; beyond the borders the picture goes on straight.
function weights.bicubic(m, n)
  local w = torch.DoubleTensor(m, n):zero()
  local function add(i, k, v)
    if k < 0 then
      add(i, 0, 2 * v)
      if n > 1 then add(i, 1, -v) else add(i, 0, -v) end
    elseif k > n - 1 then
      add(i, n - 1, 2 * v)
      if n > 1 then add(i, n - 2, -v) else add(i, 0, -v) end
    else
      w[i][k + 1] = w[i][k + 1] + v
    end
  end
  for i = 1, m do
    local at = m > 1 and (i - 1) * (n - 1) / (m - 1) or n - 1
    local k = math.min(math.floor(at), math.max(n - 2, 0))
    local x = at - k
    add(i, k - 1, 0.5 * x * (-1 + x * (2 - x)))
    add(i, k, 1 + 0.5 * x * x * (3 * x - 5))
    add(i, k + 1, 0.5 * x * (1 + x * (4 - 3 * x)))
    add(i, k + 2, 0.5 * x * x * (x - 1))
  end
  return w
end

-- The picture resampled: rows and columns are mixed by two matrix products.
local function resample(picture, width, height, mode)
  local make = weights[mode] or error(("mode '%s' is none of bilinear, bicubic, simple")
    :format(tostring(mode)), 0)
  local kind, channels = picture:type(), picture:size(1)
  local rows = make(height, picture:size(2)):type(kind)
  local columns = make(width, picture:size(3)):type(kind)
  local result = picture.new(channels, height, width)
  for c = 1, channels do
    result[c]:copy(torch.mm(torch.mm(rows, picture[c]), columns:t()))
  end
  return result
end

-- Width and height that a size means: a number or 'MAX', '^MIN', 'WxH', '*SC', '*SCn/SCd'.
local function measure(size, width, height)
  local text = tostring(size)
  local w, h = text:match '^(%d+)x(%d+)$'
  if w then return tonumber(w), tonumber(h) end
  local factor
  if text:find '^%*' then
    local n, d = text:match '^%*([%d.]+)/?([%d.]*)$'
    factor = tonumber(n) and tonumber(n) / (tonumber(d) or 1)
  elseif text:find '^%^' then
    local least = tonumber(text:sub(2))
    factor = least and least / math.min(width, height)
  else
    factor = tonumber(text) and tonumber(text) / math.max(width, height)
  end
  if not factor or factor <= 0 then
    error(("the size '%s' is none of MAX, ^MIN, WxH, *SC, *SCn/SCd"):format(text), 0)
  end
  return math.max(math.floor(width * factor + 1e-6), 1),
    math.max(math.floor(height * factor + 1e-6), 1)
end

define('scale', function(picture, width, height, mode)
  if type(width) == 'string' or type(height) ~= 'number' then
    mode = height
    width, height = measure(width, picture:size(3), picture:size(2))
  end
  return resample(picture, math.floor(width), math.floor(height), mode or 'bilinear')
end, true)
local scaled = transform.scale

--- A picture in another size: scale(src, width, height [, mode]), scale(src, size [, mode]),
-- scale(dst, src [, mode]), which fills dst.
-- Sizes: MAX, '^MIN', 'WxH', '*SC', '*SCn/SCd'. Modes: 'bilinear', 'bicubic', 'simple'.
function transform.scale(first, second, ...)
  local ok, result
  if torch.isTensor(second) then
    local dims = first:dim()
    ok, result = pcall(scaled, second, first:size(dims), first:size(dims - 1), ...)
    if ok then return first:copy(result) end
  else
    ok, result = pcall(scaled, first, second, ...)
    if ok then return result end
  end
  error((tostring(result):gsub('^.-image%.scale', 'image.scale')), 2)
end

-- ---- rotate ----

-- For each pixel of the result, where in the source it comes from: columns and rows from 0, (H,W).
local function turned(height, width, theta)
  local xc, yc = (width - 1) / 2, (height - 1) / 2
  local x = torch.DoubleTensor(1, width):copy(torch.linspace(-xc, xc, width):double())
    :expand(height, width)
  local y = torch.DoubleTensor(height, 1):copy(torch.linspace(-yc, yc, height):double())
    :expand(height, width)
  local c, s = math.cos(theta), math.sin(theta)
  return (x * c - y * s):add(xc), (y * c + x * s):add(yc)
end

-- Pixels of each channel at rounded places, (C, H*W).
local function pick(picture, column, row)
  local channels, height, width = picture:size(1), picture:size(2), picture:size(3)
  local places = torch.clamp(row, 0, height - 1):mul(width)
    :add(1, torch.clamp(column, 0, width - 1)):add(1):long():view(height * width)
  return picture:contiguous():view(channels, height * width):index(2, places)
end

--- Turns a picture about its middle; what comes in is 0.
-- @param theta radians
-- @param[opt='simple'] mode 'simple' or 'bilinear'
define('rotate', function(picture, theta, mode)
  mode = mode or 'simple'
  local channels, height, width = picture:size(1), picture:size(2), picture:size(3)
  local column, row = turned(height, width, theta)
  local slack = 1e-9 -- sine and cosine are not exact
  if mode == 'simple' then column, row, slack = column:round(), row:round(), 0 end
  local inside = torch.ge(column, -slack):cmul(torch.le(column, width - 1 + slack))
    :cmul(torch.ge(row, -slack)):cmul(torch.le(row, height - 1 + slack))
  local kind, result = picture:type(), nil
  if mode == 'simple' then
    result = pick(picture, column, row)
  elseif mode == 'bilinear' then
    local x0, y0 = torch.floor(column), torch.floor(row)
    local fx, fy = (column - x0):view(1, -1):type(kind), (row - y0):view(1, -1):type(kind)
    local function mixed(y)
      local left, right = pick(picture, x0, y), pick(picture, x0 + 1, y)
      return left:addcmul(1, right - left, fx:expandAs(left))
    end
    local above, below = mixed(y0), mixed(y0 + 1)
    result = above:addcmul(1, below - above, fy:expandAs(above))
  else
    error(("mode '%s' is none of simple, bilinear"):format(tostring(mode)), 0)
  end
  result:cmul(inside:type(kind):view(1, -1):expandAs(result))
  return result:view(channels, height, width)
end, true)

-- ---- colours ----

-- Channels as fixed sums of channels.
local function mix(owner, matrix)
  define(owner, function(picture)
    if picture:size(1) ~= #matrix[1] then
      error(('%d channels expected, got %s'):format(#matrix[1], sizes(picture)), 0)
    end
    local height, width = picture:size(2), picture:size(3)
    local flat = picture:contiguous():view(picture:size(1), height * width)
    return torch.mm(torch.DoubleTensor(matrix):type(picture:type()), flat)
      :view(#matrix, height, width)
  end, true)
end

--- Brightness of a colour picture, (1,H,W); the brightness and two differences of colour, and back.
mix('rgb2y', {{0.299, 0.587, 0.114}})
mix('rgb2yuv', {{0.299, 0.587, 0.114}, {-0.14713, -0.28886, 0.436}, {0.615, -0.51499, -0.10001}})
mix('yuv2rgb', {{1, 0, 1.13983}, {1, -0.39465, -0.58060}, {1, 2.03211, 0}})

return transform
