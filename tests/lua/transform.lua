--- transform.lua, display.lua - image's flips, crops, scaling, turning, colours, display.

local test = require 'harness'
local image = require 'image'

-- (3,4,5) of values 1..60.
local function sample() return torch.range(1, 60):view(3, 4, 5) end

test.case('flips', function()
  local x = sample()
  local h, v = image.hflip(x), image.vflip(x)
  for c = 1, 3 do
    for i = 1, 4 do
      for j = 1, 5 do
        test.equal(h[c][i][j], x[c][i][6 - j])
        test.equal(v[c][i][j], x[c][5 - i][j])
      end
    end
  end
  test.equal(image.hflip(torch.ByteTensor {{1, 2}, {3, 4}}), torch.ByteTensor {{2, 1}, {4, 3}})
  local dst = torch.Tensor()
  test.check(rawequal(image.vflip(dst, x), dst))
  test.equal(dst, v)
  test.equal(image.flip(x, 1)[1], x[3])
  test.equal(image.hflip(x:transpose(2, 3)), image.hflip(x:transpose(2, 3):contiguous()))
end)

test.case('crop', function()
  local x = sample()
  test.equal(image.crop(x, 1, 0, 4, 2), x:narrow(2, 1, 2):narrow(3, 2, 3):clone())
  test.equal(image.crop(x[1], 0, 1, 5, 4), x[1]:narrow(1, 2, 3):clone())
  test.equal(image.crop(x, 'c', 3, 2), x:narrow(2, 2, 2):narrow(3, 2, 3):clone())
  test.equal(image.crop(x, 'br', 2, 1), x:narrow(2, 4, 1):narrow(3, 4, 2):clone())
  test.equal(image.crop(x, 'tl', 2, 1), x:narrow(2, 1, 1):narrow(3, 1, 2):clone())
  local part = image.crop(x, 0, 0, 1, 1)
  part:fill(-1)
  test.equal(x[1][1][1], 1.0) -- of its own
  test.fails(function() image.crop(x, 0, 0, 6, 2) end, 'image.crop', '(6, 2)', '5x4')
  test.fails(function() image.crop(x, 'x', 1, 1) end, "'x'")
end)

test.case('translate', function()
  local x = torch.Tensor {{1, 2, 3}, {4, 5, 6}}
  test.equal(image.translate(x, 1, 0), {{0.0, 1.0, 2.0}, {0.0, 4.0, 5.0}})
  test.equal(image.translate(x, -1, 1), {{0.0, 0.0, 0.0}, {2.0, 3.0, 0.0}})
  test.equal(image.translate(x, 3, 0):sum(), 0.0)
end)

test.case('scale: sizes', function()
  local x = sample()
  local function check(want, ...) test.equal(image.scale(x, ...):size():totable(), want) end
  check({3, 8, 7}, 7, 8)
  check({3, 8, 10}, 10)
  check({3, 2, 7}, '7x2')
  check({3, 8, 10}, '^8')
  check({3, 8, 10}, '*2')
  check({3, 2, 2}, '*1/2')
  check({3, 8, 10}, '10', 'simple')
  local dst = torch.Tensor(3, 6, 9)
  test.check(rawequal(image.scale(dst, x), dst))
  test.equal(dst, image.scale(x, 9, 6))
  test.equal(image.scale(x[1], 9, 6), dst[1]:clone())
  test.fails(function() image.scale(x, 'big') end, 'image.scale', "'big'")
  test.fails(function() image.scale(x, 2, 2, 'best') end, 'image.scale', "'best'")
  test.fails(function() image.scale(torch.rand(3), 2, 2) end, 'image.scale', '3')
end)

test.case('scale: values', function()
  local x = torch.DoubleTensor {{1, 3, 7, 5}}
  test.near(image.scale(x, 7, 1), {{1, 2, 3, 5, 7, 6, 5}}, 1e-14) -- between the pixels
  test.near(image.scale(x, 2, 1), {{2, 6}}, 1e-14) -- means of areas
  test.near(image.scale(x, 3, 1), {{(1 + 3 / 3) * 3 / 4, (3 * 2 + 7 * 2) / 4, (7 / 3 + 5) * 3 / 4}},
    1e-14)
  test.near(image.scale(x, 4, 1), x, 1e-14)
  test.equal(image.scale(x, 8, 1, 'simple'), {{1.0, 1.0, 3.0, 3.0, 7.0, 7.0, 5.0, 5.0}})
  test.equal(image.scale(x, 2, 1, 'simple'), {{1.0, 7.0}})
  test.near(image.scale(x, 4, 1, 'bicubic'), x, 1e-14)
  -- Catmull and Rom half way between 3 and 7: (-1 + 9 * 3 + 9 * 7 - 5) / 16
  test.near(image.scale(x, 7, 1, 'bicubic')[1][4], (-1 + 9 * 3 + 9 * 7 - 5) / 16, 1e-13)
  local line = torch.range(0, 6):double():view(1, 7)
  test.near(image.scale(line, 13, 1, 'bicubic'), torch.range(0, 6, 0.5):double():view(1, 13), 1e-13)
  test.near(image.scale(torch.DoubleTensor {{1, 3}, {5, 11}}, 3, 3),
    {{1, 2, 3}, {3, 5, 7}, {5, 8, 11}}, 1e-14)
  test.equal(image.scale(torch.ByteTensor {{0, 255}}, 3, 1), torch.ByteTensor {{0, 128, 255}})
  test.near(image.scale(torch.DoubleTensor {{5}}, 3, 2), torch.DoubleTensor(2, 3):fill(5), 1e-14)
end)

test.case('rotate', function()
  local x = torch.DoubleTensor {{1, 2, 3}, {4, 5, 6}, {7, 8, 9}}
  for _, mode in ipairs {'simple', 'bilinear'} do
    test.near(image.rotate(x, 0, mode), x, 1e-12)
    test.near(image.rotate(x, math.pi, mode), {{9, 8, 7}, {6, 5, 4}, {3, 2, 1}}, 1e-7)
    test.near(image.rotate(x, math.pi / 2, mode), {{3, 6, 9}, {2, 5, 8}, {1, 4, 7}}, 1e-7)
  end
  local y = image.rotate(torch.DoubleTensor(5, 5):fill(2), math.pi / 4, 'bilinear')
  test.equal({y[1][1], y[5][5]}, {0.0, 0.0}) -- corners are blank
  test.near({y[3][3], y[2][3]}, {2, 2}, 1e-12)
  local plane = torch.DoubleTensor(1, 7, 7)
  for i = 1, 7 do
    for j = 1, 7 do plane[1][i][j] = 2 * i + 3 * j end
  end
  local turned, theta = image.rotate(plane, 0.3, 'bilinear'), 0.3
  local c, s = math.cos(theta), math.sin(theta)
  test.near(turned[1][4][5], 2 * (4 + s) + 3 * (4 + c), 1e-10) -- a plane stays one
  test.fails(function() image.rotate(x, 1, 'best') end, 'image.rotate', "'best'")
end)

test.case('colours', function()
  local x = torch.rand(3, 2, 4):double()
  local y = image.rgb2y(x)
  test.equal(y:size():totable(), {1, 2, 4})
  test.near(y[1], x[1] * 0.299 + x[2] * 0.587 + x[3] * 0.114, 1e-14)
  test.near(image.yuv2rgb(image.rgb2yuv(x)), x, 1e-4)
  test.fails(function() image.rgb2y(torch.rand(2, 4)) end, 'image.rgb2y', '3 channels')
end)

test.case('minmax', function()
  local x = torch.Tensor {-1, 0, 3}
  test.near(image.minmax {tensor = x}, {0, 0.25, 1}, 1e-6)
  test.near(image.minmax {tensor = x, symm = true}, {1 / 3, 0.5, 1}, 1e-6)
  test.near(image.minmax {tensor = x, min = 0, max = 2, saturate = true}, {0, 0, 1}, 1e-6)
  test.near(image.minmax {tensor = x, min = 0, max = 2}, {-0.5, 0, 1.5}, 1e-6)
  test.fails(function() image.minmax {tensor = x, max = {}, inplace = true} end, 'arithmetic')
  test.equal(x, {-1.0, 0.0, 3.0})
  image.minmax {tensor = x, inplace = true}
  test.near(x, {0, 0.25, 1}, 1e-6)
  test.equal(image.minmax {tensor = torch.ones(2)}, {0.0, 0.0})
  test.fails(function() image.minmax(x) end, 'image.minmax')
end)

test.case('toDisplayTensor', function()
  local many = torch.rand(5, 4, 3)
  many[1][1][1], many[2][1][1] = 0, 1
  local sheet = image.toDisplayTensor {input = many, padding = 2, nrow = 3}
  test.equal(sheet:size():totable(), {2 * 6, 3 * 5})
  test.near(sheet:narrow(1, 8, 4):narrow(2, 7, 3), many[5], 1e-6)
  test.equal(sheet[1][1], 1.0) -- the padding has the largest value
  test.equal(image.toDisplayTensor(many, 2, 3), sheet)
  test.equal(image.toDisplayTensor(torch.rand(7, 3, 4, 5)):size():totable(), {3, 8, 30})
  test.equal(image.toDisplayTensor(torch.rand(3, 4, 5)):size():totable(), {3, 4, 5})
  test.equal(image.toDisplayTensor({torch.rand(2, 2), torch.rand(2, 2)}):size():totable(), {2, 4})
  local each = image.toDisplayTensor {input = torch.range(1, 8):view(2, 2, 2), scaleeach = true}
  test.near(each, {{0, 1 / 3, 0, 1 / 3}, {2 / 3, 1, 2 / 3, 1}}, 1e-6)
  test.fails(function() image.toDisplayTensor(5) end, 'image.toDisplayTensor')
end)

test.case('display writes a file and says where', function()
  local folder = test.folder()
  local code = 'require "image" print(image.display {image = torch.rand(4, 5), zoom = 2}, '
    .. 'image.display(torch.rand(2, 3, 4, 5)), '
    .. 'image.display {image = torch.rand(3, 4, 5), legend = "layer 1: x"})'
  local pipe = io.popen(('cd %s && %s -e %s 2>/dev/null'):format(folder, test.quoted(test.aelua),
    test.quoted(code)))
  test.equal(pipe:read 'a', 'display-1.png\tdisplay-2.png\tlayer_1_x.png\n')
  pipe:close()
  local file = assert(io.open(folder .. '/display-1.png', 'rb'))
  test.equal({('>I4I4'):unpack(file:read 'a', 17)}, {10, 8, 25})
  file:close()
end)
