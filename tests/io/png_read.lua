-- PNG files that are none, chunk by chunk: each is refused with its reason.
local test = require 'harness'
local image, file = require 'aelua.image', require 'aelua.file'

local function crc32(bytes)
  local crc = 0xffffffff
  for i = 1, #bytes do
    crc = crc ~ bytes:byte(i)
    for _ = 1, 8 do crc = crc & 1 == 1 and crc >> 1 ~ 0xedb88320 or crc >> 1 end
  end
  return crc ~ 0xffffffff
end

local function chunk(kind, data)
  return ('>I4'):pack(#data) .. kind .. data .. ('>I4'):pack(crc32(kind .. data))
end

local function header(width, height, depth, colour, tail)
  return chunk('IHDR', ('>I4I4BB'):pack(width, height, depth, colour) .. (tail or '\0\0\0'))
end

local function png(...) return '\x89PNG\r\n\x1a\n' .. table.concat({...}) .. chunk('IEND', '') end

local function refused(bytes, reason)
  local path = test.folder() .. '/a.png'
  file.writeAtomic(path, bytes)
  local ok, message = image.readPNG(path)
  test.equal({ok, message}, {nil, path .. ': ' .. reason})
end

-- One grey pixel of value 7: its filter and itself, in a zlib stream that is not compressed.
local pixel = chunk('IDAT', '\x78\1\1\2\0\xfd\xff\0\7\0\9\0\8')

test.case('a picture by hand', function()
  local path = test.folder() .. '/a.png'
  file.writeAtomic(path, png(header(1, 1, 8, 0), pixel))
  test.equal((image.readPNG(path)), torch.ByteTensor {{{7}}})
end)

test.case('headers', function()
  refused(png(chunk('IHDR', 'short')), 'a damaged header')
  refused(png(header(0, 1, 8, 0), pixel), 'announces 0 x 1 pixels')
  refused(png(header(1, 0x80000000, 8, 0), pixel), 'announces 1 x 2147483648 pixels')
  refused(png(header(1, 1, 8, 7), pixel), 'colour type 7 with 8 bits is not of PNG')
  refused(png(header(1, 1, 3, 0), pixel), 'colour type 0 with 3 bits is not of PNG')
  for _, tail in ipairs {'\1\0\0', '\0\1\0', '\0\0\2'} do
    refused(png(header(1, 1, 8, 0, tail), pixel), 'an unknown method')
  end
  refused(png(header(1, 1, 8, 0, '\0\0\1'), pixel), 'interlaced PNG files cannot be read')
  refused(png(pixel, header(1, 1, 8, 0)), 'no PNG file: its header is not first')
  refused(png(header(1, 1, 8, 0), header(1, 1, 8, 0)), 'no PNG file: its header is not first')
end)

test.case('palettes', function()
  for _, palette in ipairs {'', 'four', ('x'):rep(771)} do
    refused(png(header(1, 1, 8, 3), chunk('PLTE', palette), pixel), 'a damaged palette')
  end
end)

test.case('a file beyond all pictures is not read', function()
  local path = test.folder() .. '/a.png'
  local sparse = assert(io.open(path, 'wb'))
  sparse:seek('set', 1 << 30)
  sparse:write 'x'
  sparse:close()
  test.equal({image.readPNG(path)}, {nil, path .. ': too large'})
end)
