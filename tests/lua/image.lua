--- image.lua - pictures of tensors: tiles, zoom, colours for signs, files.

local test = require 'harness'
local image, system = require 'image', require 'aelua.system'
local bytes = test.read

-- Width, height and colour type of a PNG file.
local function header(path)
  local w, h, depth, colour = ('>I4I4BB'):unpack(bytes(path), 17)
  test.equal(depth, 8)
  return w, h, colour
end

test.case('save makes the folder and writes grey or colour', function()
  local path = test.folder() .. '/a/b/c.png'
  image.save(path, torch.rand(3, 5))
  test.equal({header(path)}, {5, 3, 0})
  image.save(path, torch.rand(3, 4, 6))
  test.equal({header(path)}, {6, 4, 2})
  image.save(path, torch.ByteTensor(1, 2, 7):fill(9))
  test.equal({header(path)}, {7, 2, 0})
end)

test.case('savePNG and loadPNG', function()
  local path = test.folder() .. '/a.png'
  image.savePNG(path, torch.ByteTensor {{0, 255}})
  test.equal(image.loadPNG(path, 1, 'byte'), torch.ByteTensor {{{0, 255}}})
end)

test.case('save raises what stands in its way', function()
  local folder = test.folder()
  test.fails(function() image.save(folder .. '/x.png', torch.rand(2, 3, 4)) end, '2x3x4')
  test.fails(function() image.save(folder .. '/x.png', torch.LongTensor(2, 3)) end, 'LongTensor')
  test.equal(system.exists(folder .. '/x.png'), false)
  test.fails(function() image.save(folder, torch.rand(2, 3)) end, folder)
  image.save(folder .. '/file', torch.rand(1, 1))
  test.fails(function() image.save(folder .. '/file/x.png', torch.rand(2, 3)) end,
    folder .. '/file')
end)

test.case('square: rows of pixels as pictures', function()
  local rows = torch.range(1, 18):view(2, 9)
  test.equal(image.square(rows), rows:view(2, 3, 3))
  test.equal(image.square(torch.zeros(2, 6)):size():totable(), {2, 1, 6})
  local cube = torch.rand(2, 3, 4)
  test.equal(image.square(cube), cube)
  test.equal(image.square(torch.range(1, 18):view(9, 2):t())[1]:totable(),
    {{1, 3, 5}, {7, 9, 11}, {13, 15, 17}})
end)

test.case('tile: pictures row by row with padding between', function()
  local pictures = torch.Tensor {{{1, 2}}, {{3, 4}}, {{5, 6}}}
  test.equal(image.tile(pictures, {background = 0}), {
    {0, 0, 0, 0, 0, 0, 0},
    {0, 1, 2, 0, 3, 4, 0},
    {0, 0, 0, 0, 0, 0, 0},
    {0, 5, 6, 0, 0, 0, 0},
    {0, 0, 0, 0, 0, 0, 0}})
  test.equal(image.tile(pictures, {padding = 0, columns = 3}), {{1, 2, 3, 4, 5, 6}})
  test.equal(image.tile(pictures, {padding = 0, columns = 1}), {{1, 2}, {3, 4}, {5, 6}})
  test.equal(image.tile(pictures, {columns = 9}):size():totable(), {3, 10})
  test.equal(image.tile(torch.zeros(4, 4)):size():totable(), {7, 7})
  test.equal(image.tile(torch.zeros(1, 4)), {{1, 1, 1, 1}, {1, 0, 0, 1}, {1, 0, 0, 1},
    {1, 1, 1, 1}})
  test.equal(image.tile(torch.ByteTensor {{7}}, {padding = 0, zoom = 2}), {{7, 7}, {7, 7}})
end)

test.case('zoom repeats pixels both ways', function()
  test.equal(image.zoom(torch.Tensor {{1, 2}, {3, 4}}, 2),
    {{1, 1, 2, 2}, {1, 1, 2, 2}, {3, 3, 4, 4}, {3, 3, 4, 4}})
  local colour = torch.Tensor {{{1, 2}}, {{3, 4}}, {{5, 6}}}
  test.equal(image.zoom(colour, 2)[3]:totable(), {{5, 5, 6, 6}, {5, 5, 6, 6}})
  test.equal(image.zoom(torch.Tensor {{1, 2}, {3, 4}}:t(), 2)[1]:totable(), {1, 1, 3, 3})
  test.equal(image.zoom(colour, 1), colour)
end)

test.case('signed: blue, white, red', function()
  local picture = image.signed(torch.Tensor {{-2, -1, 0, 1, 5}}, 2)
  test.near(picture, {{{0.13, 0.565, 1, 0.85, 0.7}}, {{0.44, 0.72, 1, 0.545, 0.09}},
    {{0.67, 0.835, 1, 0.585, 0.17}}}, 1e-6)
  test.near(image.signed(torch.zeros(1, 1), 0), {{{1}}, {{1}}, {{1}}}, 0)
end)

test.case('weights: a tile for each unit on one scale', function()
  local weights = torch.zeros(4, 9)
  weights[2][1] = -0.5
  local picture = image.weights(weights)
  local side = 600 // 9 * 9
  test.equal(picture:size():totable(), {3, side, side})
  local pixel = 600 // 9
  local function at(y, x) -- of the tile sheet, from 1
    return picture:narrow(2, (y - 1) * pixel + 1, 1):narrow(3, (x - 1) * pixel + 1, 1)
  end
  test.near(at(2, 6), {{{0.13}}, {{0.44}}, {{0.67}}}, 1e-6, 'the largest is in full colour')
  test.near(at(3, 3), {{{1}}, {{1}}, {{1}}}, 0, 'zero is white')
  test.near(at(1, 1), {{{0.75}}, {{0.75}}, {{0.75}}}, 1e-6, 'frames are grey')
  test.near(image.weights(weights, 1):narrow(2, pixel + 1, 1):narrow(3, 5 * pixel + 1, 1),
    {{{0.565}}, {{0.72}}, {{0.835}}}, 1e-6, 'half the limit')
end)

test.case('rows: one set below the other, clamped', function()
  local above, below = torch.Tensor(2, 4):fill(2), torch.Tensor(2, 4):fill(-1)
  local picture = image.rows {above, below}
  test.equal(picture:size():totable(), {2 * 6 * 3, 10 * 3})
  local function at(y, x) return picture[(y - 1) * 3 + 1][(x - 1) * 3 + 1] end
  test.equal({at(3, 3), at(3, 7), at(9, 3), at(9, 7), at(1, 1)}, {1.0, 1.0, 0.0, 0.0, 1.0})
  test.equal(above:max(), 2, 'the argument is as it was')
end)

test.case('saveWeights: three files, before and after on one scale', function()
  local name = test.folder() .. '/encoder'
  local before, after = torch.zeros(4, 9), torch.zeros(4, 9)
  before[1][1], after[1][1] = 0.25, 1
  image.saveWeights(name, before, after)
  local pictures = {}
  for i, kind in ipairs {'before', 'after', 'difference'} do
    local path = ('%s-%s.png'):format(name, kind)
    pictures[i] = bytes(path)
    test.equal({header(path)}, {594, 594, 2})
  end
  image.save(name .. '.png', image.weights(before, 1))
  test.equal(pictures[1], bytes(name .. '.png'))
  image.save(name .. '.png', image.weights(after - before, 0.75))
  test.equal(pictures[3], bytes(name .. '.png'))
  local folder = test.folder()
  test.fails(function() image.saveWeights(folder .. '/w', before, torch.ones(7, 4)) end, 'add: ')
  test.equal(require 'aelua.system'.list(folder), {})
end)
