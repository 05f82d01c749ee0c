--- Pictures of tensors: files, tiling, weights in colour. Reads and writes PNG.

local torch = require 'torch'
local core, system = require 'aelua.image', require 'aelua.system'

local image = {}

-- The folder of a path, made when it is not there.
local function makeFolder(path)
  local folder = path:match('^(.*)/[^/]*$')
  if folder and folder ~= '' then assert(system.mkdir(folder)) end
end

--- Writes a picture, making its folder when needed; raises when it cannot.
-- @param path file name, *.png
-- @param picture (H,W), (1,H,W) or (3,H,W); Byte, or real with 0 black and 1 white
function image.save(path, picture)
  makeFolder(path)
  assert(core.writePNG(path, picture))
end

local types = {float = 'torch.FloatTensor', double = 'torch.DoubleTensor',
               byte = 'torch.ByteTensor'}

-- The picture with so many channels: 1 or 3; opacity is left out.
local function withChannels(picture, depth)
  local channels = picture:size(1)
  if not depth or channels == depth then return picture end
  if depth == 3 and channels < 3 then
    return picture:narrow(1, 1, 1):expand(3, picture:size(2), picture:size(3)):clone()
  elseif depth == 1 and channels >= 3 then
    return image.rgb2y(picture:narrow(1, 1, 3))
  end
  return picture:narrow(1, 1, depth):clone()
end

--- Reads a PNG file; raises when it cannot.
-- @param path file name
-- @param[opt] depth 1 or 3 channels; default: those of the file, 1 to 4, opacity being the last of
--   2 or 4
-- @param[opt] kind 'float', 'double': 0 is black and 1 is white; 'byte': 255 is white. Default: the
--   default tensor's
-- @return (C,H,W)
function image.load(path, depth, kind)
  local name = kind == nil and torch.getdefaulttensortype() or types[kind]
  if not name then
    error(("image.load: the type '%s' is none of float, double, byte"):format(tostring(kind)), 2)
  elseif depth and depth ~= 1 and depth ~= 3 then
    error(('image.load: depth is %s, should be 1 or 3'):format(tostring(depth)), 2)
  end
  local picture, message = core.readPNG(path)
  if not picture then
    error('image.load: ' .. message .. (path:lower():find '%.jpe?g$' and
      '; convert JPEG files to PNG' or ''), 2)
  end
  picture = withChannels(picture, depth)
  if name == 'torch.ByteTensor' then return picture end
  return picture:type(name):div(255)
end

image.savePNG, image.loadPNG = image.save, image.load

--- Channels, height and width of a PNG file, as a LongTensor.
function image.getSize(path)
  local picture = assert(core.readPNG(path))
  return torch.LongTensor {picture:size(1), picture:size(2), picture:size(3)}
end

--- Rows of pixels as pictures: (N, H*W) -> (N,H,W) with H = W. A picture passes unchanged.
function image.square(rows)
  if rows:dim() ~= 2 then return rows end
  local side = math.floor(math.sqrt(rows:size(2)) + 0.5)
  if side * side == rows:size(2) then return rows:contiguous():view(-1, side, side) end
  return rows:contiguous():view(-1, 1, rows:size(2))
end

--- Many small pictures in one.
-- @param pictures (N,H,W) in 0..1, or (N,H*W)
-- @param[opt] options {columns=, padding=1, background=1, zoom=1}
-- @return (H',W') of the default type
function image.tile(pictures, options)
  options = options or {}
  pictures = image.square(pictures)
  local n, h, w = pictures:size(1), pictures:size(2), pictures:size(3)
  local columns = math.min(options.columns or math.ceil(math.sqrt(n)), n)
  local pad, rows = options.padding or 1, math.ceil(n / columns)
  local sheet = torch.Tensor(rows * (h + pad) + pad, columns * (w + pad) + pad)
  sheet:fill(options.background or 1)
  for i = 0, n - 1 do
    local y, x = i // columns * (h + pad) + pad, i % columns * (w + pad) + pad
    sheet:narrow(1, y + 1, h):narrow(2, x + 1, w):copy(pictures[i + 1])
  end
  return image.zoom(sheet, options.zoom or 1)
end

--- A picture with each pixel `times` as wide and high.
-- @param picture (H,W) or (3,H,W)
-- @param times whole number
function image.zoom(picture, times)
  if times == 1 then return picture end
  local size = picture:size():totable()
  local h, w = size[#size - 1], size[#size]
  local wide = picture:contiguous():view(-1, h, 1, w, 1)
    :expand(picture:nElement() // (h * w), h, times, w, times):contiguous()
  if #size == 2 then return wide:view(h * times, w * times) end
  return wide:view(size[1], h * times, w * times)
end

--- Signed values in colour: blue below 0, white at 0, red above.
-- @param values (H,W)
-- @param limit the value of the full colours, > 0
-- @return (3,H,W) in 0..1
function image.signed(values, limit)
  local t = values / math.max(limit, 1e-30)
  local above, below = torch.clamp(t, 0, 1), torch.clamp(t, -1, 0):mul(-1)
  local fade = {{0.30, 0.87}, {0.91, 0.56}, {0.83, 0.33}} -- of red, green, blue, at either end
  local picture = torch.Tensor(3, values:size(1), values:size(2)):fill(1)
  for channel, f in ipairs(fade) do picture[channel]:add(-f[1], above):add(-f[2], below) end
  return picture
end

--- Each unit's incoming weights as a tile, in colour; one scale for all.
-- @param weights (units, inputs)
-- @param[opt] limit the value of the full colours; default: the largest magnitude
function image.weights(weights, limit)
  limit = limit or weights:clone():abs():max()
  local sheet = image.tile(weights, {background = 0, padding = 1})
  local frame = image.tile(weights:clone():zero(), {background = 1, padding = 1})
  local picture = image.signed(sheet, limit)
  for channel = 1, 3 do picture[channel]:add(-0.25, frame) end
  return image.zoom(picture, math.max(1, 600 // picture:size(3)))
end

--- Pictures one below the other, a row for each set: originals above their reconstructions.
-- @param rows list of (N,H*W) or (N,H,W), equal N
function image.rows(rows)
  local tiles = {}
  for i, row in ipairs(rows) do
    tiles[i] = image.tile(torch.clamp(row, 0, 1), {columns = row:size(1), padding = 2})
  end
  return image.zoom(torch.cat(tiles, 1), 3)
end

--- Writes weights before and after training and their difference: NAME-before.png, NAME-after.png,
-- NAME-difference.png; before and after share one scale.
-- @param name path without ending
-- @param before (units, inputs)
-- @param after the same sizes
function image.saveWeights(name, before, after)
  local limit = math.max(before:clone():abs():max(), after:clone():abs():max())
  local difference = image.weights(after - before) -- at first: sizes that differ make no file
  image.save(name .. '-before.png', image.weights(before, limit))
  image.save(name .. '-after.png', image.weights(after, limit))
  image.save(name .. '-difference.png', difference)
end

for _, part in ipairs {'transform', 'display'} do
  for name, f in pairs(require('aelua.lua.' .. part)) do image[name] = f end
end

return image
