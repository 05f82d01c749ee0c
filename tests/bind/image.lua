-- aelua.image: PNG files and drawing, as Lua calls them.
local test = require 'harness'
local image = require 'aelua.image'

local function canvas() return torch.ByteTensor(3, 8, 8):fill(255) end

-- The colour at column x, row y, from 0.
local function pixel(c, x, y)
  return c[1][y + 1][x + 1] << 16 | c[2][y + 1][x + 1] << 8 | c[3][y + 1][x + 1]
end

test.case('writePNG: true, nil and a message, or an error', function()
  local folder = test.folder()
  test.equal(image.writePNG(folder .. '/a.png', torch.rand(4, 5)), true)
  local file = assert(io.open(folder .. '/a.png', 'rb'))
  test.equal(file:read(8), '\137PNG\r\n\26\n')
  file:close()
  local done, message = image.writePNG(folder .. '/none/a.png', torch.rand(4, 5))
  test.equal(done, nil)
  test.check(message:find(folder .. '/none/a.png', 1, true), message)
  test.fails(function() image.writePNG(folder .. '/b.png', torch.Tensor(2, 4, 5)) end, '2x4x5')
  test.fails(function() image.writePNG(folder .. '/b.png', 1) end, 'tensor expected, got number')
end)

test.case('shapes land where they are drawn and return the canvas', function()
  local c = canvas()
  test.check(rawequal(image.drawRectangle(c, 1, 2, 3, 2, 0x102030), c), 'drawRectangle')
  test.equal({pixel(c, 1, 2), pixel(c, 3, 3)}, {0x102030, 0x102030})
  test.equal({pixel(c, 0, 2), pixel(c, 4, 2), pixel(c, 1, 1), pixel(c, 1, 4)},
             {0xffffff, 0xffffff, 0xffffff, 0xffffff})
  test.check(rawequal(image.drawLine(c, 0, 6.5, 8, 6.5, 1, 0xff0000), c), 'drawLine')
  test.equal({pixel(c, 3, 6), pixel(c, 3, 7)}, {0xff0000, 0xffffff})
  test.check(rawequal(image.drawDisc(c, 6.5, 3.5, 1.4, 0x0000ff), c), 'drawDisc')
  test.equal({pixel(c, 6, 3), pixel(c, 6, 0)}, {0x0000ff, 0xffffff})
end)

test.case('text has its width and leaves ink', function()
  local c, n = torch.ByteTensor(3, 40, 60):fill(255), image.textWidth('lr', 10)
  test.check(n > 0 and image.textWidth('lrlr', 10) > n)
  test.check(rawequal(image.drawText(c, 5, 30, 10, false, 'lr', 0), c), 'drawText')
  test.check(c:narrow(3, 1, 30):min() < 100, 'ink to the right of the start')
  test.equal(c:narrow(2, 34, 7):min(), 255, 'none far below the baseline')
  local turned = torch.ByteTensor(3, 40, 60):fill(255)
  image.drawText(turned, 30, 35, 10, true, 'lr', 0)
  test.check(not turned:equal(c) and turned:min() < 100)
end)

test.case('drawImage zooms', function()
  local c = canvas()
  local picture = torch.ByteTensor{{0, 100}, {50, 200}}
  test.check(rawequal(image.drawImage(c, 2, 1, picture, 2), c), 'drawImage')
  test.equal({pixel(c, 2, 1), pixel(c, 3, 2), pixel(c, 5, 1), pixel(c, 4, 4), pixel(c, 6, 1)},
             {0x000000, 0x000000, 0x646464, 0xc8c8c8, 0xffffff})
  image.drawImage(c, 0, 0, picture)
  test.equal(pixel(c, 1, 0), 0x646464)
end)

test.case('arguments are checked', function()
  local c = canvas()
  test.fails(function() image.drawDisc(c, 1, 1, 1, 0x1000000) end, '0xRRGGBB')
  test.fails(function() image.drawDisc(c, 1, 1, 1) end, 'number expected, got no value')
  test.fails(function() image.drawImage(c, 0, 0, torch.rand(2, 2), 0) end, 'zoom')
  test.fails(function() image.drawDisc(torch.Tensor(3, 8, 8), 1, 1, 1, 0) end, 'canvas')
  test.fails(function() image.drawLine(c, 'a', 1, 1, 1, 1, 0) end, 'number expected, got string')
end)
