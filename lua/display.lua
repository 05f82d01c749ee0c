--- Torch's image: ranges of values, many pictures in one, and pictures shown, which here is
-- written to a file. Part of image.

local torch = require 'torch'
local core = require 'aelua.image'

local display = {}

--- Moves the values of a tensor to 0..1: (tensor - min) / (max - min).
-- @param args {tensor =, min = the least value, max = the largest, symm = true: 0 becomes 0.5,
--   inplace = true: the tensor itself is changed, saturate = true: clipped to 0..1,
--   tensorOut = receives the result}
function display.minmax(args)
  local tensor = type(args) == 'table' and args.tensor
  if not torch.isTensor(tensor) then
    error('image.minmax: a table with a tensor expected, image.minmax{tensor = t}', 2)
  end
  local out = args.inplace and tensor or args.tensorOut
  out = out and out:resize(tensor:size()):copy(tensor) or tensor:clone()
  local largest = args.symm and math.max(math.abs(out:min()), math.abs(out:max()))
  local low = args.min or largest and -largest or out:min()
  local high = args.max or largest or out:max()
  local range = high ~= low and high - low or 1
  out:add(-low):div(range)
  if args.saturate then out:clamp(0, 1) end
  return out
end

-- The arguments of f{name = value} or f(value, value, ...).
local function named(names, first, ...)
  if type(first) == 'table' and not torch.isTensor(first) and not torch.isTensor(first[1]) then
    return first
  end
  local args = {}
  for i, value in ipairs(table.pack(first, ...)) do args[names[i]] = value end
  return args
end

-- A list of pictures of equal sizes, each (H,W) or (C,H,W), of what image.display takes.
local function pictures(input)
  if type(input) == 'table' then return input end
  local dims, list = input:dim(), {}
  local single = dims == 2 or dims == 3 and (input:size(1) == 1 or input:size(1) == 3)
  if single then return {input} end
  for i = 1, input:size(1) do list[i] = input[i] end
  return list
end

--- Many pictures in one, row after row.
-- @param input a picture (H,W), (1,H,W) or (3,H,W); many, (N,H,W) or (N,C,H,W); or a list; or a
--   table {input =, padding =, ...} with all of these
-- @param[opt=0] padding pixels between them
-- @param[opt=6] nrow pictures in a row
-- @param[opt=false] scaleeach whether each has a range of its own
-- @param[opt] min value that becomes 0
-- @param[opt] max value that becomes 1
-- @param[opt] symmetric 0 becomes 0.5
-- @param[opt=true] saturate values beyond are clipped
function display.toDisplayTensor(...)
  local args = named({'input', 'padding', 'nrow', 'scaleeach', 'min', 'max', 'symmetric',
                      'saturate'}, ...)
  if not (torch.isTensor(args.input) or type(args.input) == 'table' and args.input[1]) then
    error('image.toDisplayTensor: a tensor or list of tensors expected', 2)
  end
  local list, padding, saturate = pictures(args.input), args.padding or 0, args.saturate ~= false
  local function ranged(t)
    if t:type() ~= 'torch.DoubleTensor' then t = t:float() end
    return display.minmax {tensor = t, min = args.min, max = args.max, symm = args.symmetric,
                           saturate = saturate}
  end
  if #list == 1 then return ranged(list[1]) end
  local first = list[1]
  local colour = first:dim() == 3 and first:size(1) == 3
  local h, w = first:size(first:dim() - 1), first:size(first:dim())
  local columns = math.min(args.nrow or 6, #list)
  local rows = math.ceil(#list / columns)
  local sheet = torch.Tensor(colour and 3 or 1, rows * (h + padding), columns * (w + padding))
  local largest = -math.huge
  for _, p in ipairs(list) do largest = math.max(largest, args.scaleeach and 1 or p:max()) end
  sheet:fill(largest)
  for i, p in ipairs(list) do
    local y, x = (i - 1) // columns * (h + padding), (i - 1) % columns * (w + padding)
    sheet:narrow(2, y + padding // 2 + 1, h):narrow(3, x + padding // 2 + 1, w)
      :copy(args.scaleeach and ranged(p) or p)
  end
  if not colour then sheet = sheet:view(sheet:size(2), sheet:size(3)) end
  return args.scaleeach and sheet or ranged(sheet)
end

local shown = 0

--- Writes pictures to a PNG file, there being no windows, and says where: LEGEND.png, or
-- display-1.png, display-2.png, ... in the current folder; `win`, when it is a string, names it.
-- @param input as toDisplayTensor; or a table {image =, zoom =, min =, max =, legend =, win =,
--   padding =, nrow =, symmetric =, scaleeach =, saturate =}
-- @param[opt=1] zoom pixels for each pixel, a whole number
-- @return the file's name
function display.display(...)
  local args = named({'image', 'zoom', 'min', 'max', 'legend', 'win'}, ...)
  args.input = args.image or args.input
  local picture = display.toDisplayTensor(args)
  local zoom, path = math.max(math.floor(args.zoom or 1), 1), args.win
  if zoom > 1 then picture = require('aelua.lua.image').zoom(picture, zoom) end
  if type(path) ~= 'string' then
    shown = shown + 1
    local name = args.legend and args.legend:gsub('[^%w._-]+', '_') or ''
    path = (name ~= '' and name or 'display-' .. shown) .. '.png'
  end
  assert(core.writePNG(path, picture))
  io.stderr:write('image.display: ', path, '\n')
  return path
end

return display
