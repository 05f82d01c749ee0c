--- load.lua - image.load: PNG files of every kind, and damaged ones. The files and what is in them
-- are from other programs.

local test = require 'harness'
local image = require 'image'

-- What begins and ends all files.
local START, END = '89504e470d0a1a0a0000000d49484452', '0000000049454e44ae426082'

local function write(hex)
  local path = test.folder() .. '/x.png'
  local file = assert(io.open(path, 'wb'))
  file:write((hex:gsub('%x%x', function(byte) return string.char(tonumber(byte, 16)) end)))
  file:close()
  return path
end

local function path(hex) return write(START .. hex .. END) end
local function bytes(hex) return image.load(path(hex), nil, 'byte') end

local files = {
  filters = '000000030000000608020000008987b35b000000474944415478da013c00c3ff017942bd79df49fe6371'
    .. '02e9ae36d92c705d439003efd99c25c0447f5b9204aa922ff14e895337e60084df9ad7c5b3d076ac048a'
    .. 'b0b923a619e15cd376131e2b8a07aed3',
  pal2 = '00000005000000020203000000ed04fece00000009504c5445ff000000ff000000ff2d4acd8a0000000e'
    .. '4944415478da6390706058d5000003520183864fe318',
  grey1 = '0000000a000000010100000000cf8e02d30000000b4944415478da63d8e4000001a700f3673d4f9e',
  grey4 = '00000003000000010400000000fb7ba6690000000b4944415478da63e02f000000910080ae5912e6',
  grey16 = '0000000200000001100000000081d9fc150000000d4944415478da6314329939130002b9017ab2049e78',
  la = '000000020000000108040000005e2bb7010000000d4944415478da63e01291d3000000cd0065b5c79652',
  rgba = '000000010000000208060000009981b627000000104944415478da63606462666162050200008c002162'
    .. '6f5d89',
}

local damaged = {
  {'interlaced', '000000010000000108000000014d79abc30000000a4944415478da63600700000900088dabb901'},
  {'not in its palette',
    '0000000100000001080300000028cb34bb00000009504c5445ff000000ff000000ff2d4acd8a0000000a'
    .. '4944415478da6360060000050004465bdfeb'},
  {'no palette', '0000000100000001080300000028cb34bb0000000a4944415478da6360060000050004465bdfeb'},
  {'pixels are damaged',
    '0000000200000002080000000057dd52f80000000a4944415478da6360060000050004465bdfeb'},
  {'pixels are damaged',
    '000000010000000108000000003a7e9b550000000a4944415478da63650600000f000967450927'},
  {'unknown chunk ABCD',
    '000000010000000108000000003a7e9b550000000141424344782abb56c40000000a4944415478da6360'
    .. '060000050004465bdfeb'},
  {'cut short', '00007530000075300800000000434ca7660000000a4944415478da6360060000050004465bdfeb'},
  {'too many', '200000002000000010060000005a9469070000000a4944415478da6360060000050004465bdfeb'},
  {'65536 x 20000 pixels, too many', -- of one bit, but of three bytes when read
    '0001000000004e2001030000008978a92c0000000a4944415478da6360060000050004465bdfeb'},
  {'not of PNG', '000000010000000104020000005587bedf0000000a4944415478da6360060000050004465bdfeb'},
}

test.case('every filter', function()
  test.equal(bytes(files.filters), torch.ByteTensor {
    {{121, 242, 240}, {98, 203, 77}, {32, 154, 242}, {202, 187, 69}, {132, 215, 208},
     {14, 167, 136}},
    {{66, 33, 132}, {240, 77, 199}, {81, 15, 198}, {227, 49, 253}, {223, 197, 118},
     {143, 53, 145}},
    {{189, 6, 119}, {243, 118, 7}, {21, 137, 218}, {68, 18, 111}, {154, 179, 172},
     {83, 108, 63}}})
end)

test.case('every kind', function()
  test.equal(bytes(files.pal2), torch.ByteTensor {
    {{255, 0, 0, 255, 0}, {0, 0, 0, 0, 0}}, {{0, 255, 0, 0, 255}, {0, 0, 0, 0, 0}},
    {{0, 0, 255, 0, 0}, {255, 255, 255, 255, 255}}})
  test.equal(bytes(files.grey1), torch.ByteTensor {{{255, 0, 255, 255, 0, 0, 255, 0, 0, 255}}})
  test.equal(bytes(files.grey4), torch.ByteTensor {{{0, 255, 119}}})
  test.equal(bytes(files.grey16), torch.ByteTensor {{{0x12, 0xab}}})
  test.equal(bytes(files.la), torch.ByteTensor {{{10, 30}}, {{20, 40}}})
  test.equal(bytes(files.rgba), torch.ByteTensor {{{1}, {6}}, {{2}, {7}}, {{3}, {8}}, {{4}, {9}}})
end)

test.case('channels and types', function()
  local grey, colour = path(files.grey4), path(files.filters)
  test.equal(image.load(grey, 3, 'byte'):size():totable(), {3, 1, 3})
  test.equal(image.load(grey, 3, 'byte')[2], torch.ByteTensor {{0, 255, 119}})
  test.near(image.load(grey), torch.FloatTensor {{{0, 1, 119 / 255}}}, 1e-7)
  test.near(image.load(grey, 1, 'double'), torch.DoubleTensor {{{0, 1, 119 / 255}}}, 1e-15)
  local all = image.load(colour, nil, 'double')
  test.near(image.load(colour, 1, 'double'), image.rgb2y(all), 1 / 254)
  test.equal(image.load(path(files.rgba), 3, 'byte'):size(1), 3)
  test.equal(image.load(path(files.la), 1, 'byte'), torch.ByteTensor {{{10, 30}}})
  test.equal(image.getSize(colour), torch.LongTensor {3, 6, 3})
end)

test.case('what was saved', function()
  for _, sizes in ipairs {{1, 1, 1}, {1, 37, 100}, {3, 64, 51}} do
    local x = torch.ByteTensor(table.unpack(sizes)):random(0, 255)
    local file = test.folder() .. '/y.png'
    image.save(file, x)
    test.equal(image.load(file, nil, 'byte'), x)
  end
end)

test.case('damaged files', function()
  for _, case in ipairs(damaged) do
    local file = path(case[2])
    test.fails(function() image.load(file) end, 'image.load', file, case[1])
  end
  test.fails(function() image.load(write('00')) end, 'not a PNG file')
  local whole = START .. files.filters .. END
  for n = 16, #whole - 2, 2 do
    test.fails(function() image.load(write(whole:sub(1, n))) end, 'cut short')
  end
  for at = 17, #whole, 10 do -- every changed byte is noticed
    local digit = whole:sub(at, at) == '0' and '1' or '0'
    test.fails(function()
      image.load(write(whole:sub(1, at - 1) .. digit .. whole:sub(at + 1)))
    end, 'image.load')
  end
end)

test.case('what cannot be', function()
  test.fails(function() image.load '/no/such/x.png' end, '/no/such/x.png')
  local jpeg = test.folder() .. '/x.jpg'
  assert(io.open(jpeg, 'w')):close()
  test.fails(function() image.load(jpeg) end, 'not a PNG file', 'convert JPEG')
  test.fails(function() image.load('x', 2) end, 'depth is 2')
  test.fails(function() image.load('x', 1, 'int') end, "'int'")
end)
