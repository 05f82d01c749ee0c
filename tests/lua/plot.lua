--- plot.lua - charts as pictures: where the curves, the axes and the legend are.

local test = require 'harness'
local plot = require 'plot'

local BLUE, ORANGE = {0x00, 0x72, 0xb2}, {0xd5, 0x5e, 0x00}

-- The pixels of exactly this colour: their number and the box around them.
local function find(picture, colour)
  local mask = picture[1]:eq(colour[1]):cmul(picture[2]:eq(colour[2]))
    :cmul(picture[3]:eq(colour[3]))
  local box = {count = mask:long():sum(), left = math.huge, right = 0, top = math.huge, bottom = 0}
  if box.count == 0 then return box end
  local places = mask:nonzero()
  for i = 1, places:size(1) do
    local y, x = places[i][1], places[i][2]
    box.left, box.right = math.min(box.left, x), math.max(box.right, x)
    box.top, box.bottom = math.min(box.top, y), math.max(box.bottom, y)
  end
  return box
end

local function rising() return {{name = 'a', x = {1, 2, 3}, y = {0, 0.5, 1}}} end

test.case('size and background', function()
  local picture = plot.draw {{series = rising()}, {series = rising()}}
  test.equal(picture:type(), 'torch.ByteTensor')
  test.equal(picture:size():totable(), {3, 400, 1040})
  test.equal(picture:narrow(2, 1, 4):min(), 255, 'white margin')
  local small = plot.draw({{series = rising()}}, {width = 300, height = 200})
  test.equal(small:size():totable(), {3, 200, 300})
  -- the panels are the same but for their place
  local left, right = picture:narrow(3, 1, 520), picture:narrow(3, 521, 520)
  test.equal(left:clone(), right:clone())
end)

test.case('of more panels than a picture holds the first are drawn', function()
  local panels = {}
  for i = 1, 3000 do panels[i] = {series = rising()} end
  local picture = plot.draw(panels)
  test.equal(picture:size():totable(), {3, 400, 52000})
  local last = {picture:narrow(3, 51481, 520):clone(), picture:narrow(3, 50961, 520):clone()}
  test.equal(find(last[1], BLUE).count, 0)
  test.check(find(last[1], {0x22, 0x22, 0x22}).top < 40, 'how many more there are')
  test.check(find(last[2], BLUE).count > 0, 'the last but that')
end)

test.case('a curve spans its frame', function()
  -- frame: 84..496 by 44..340; the legend's piece of line is right below, the discs are 8 wide
  local box = find(plot.draw {{series = rising()}}, BLUE)
  test.near(box.left, 84 - 3, 1)
  test.near(box.right, 496 + 4, 1)
  test.near(box.top, 44 - 3, 1)
  test.near(box.bottom, 340 + 4, 1)
end)

test.case('colours in turn, or as given', function()
  local series = rising()
  series[2] = {name = 'b', y = {1, 0.5, 0}}
  series[3] = {name = 'c', y = {0.2, 0.2, 0.2}, colour = 0xff00ff}
  local picture = plot.draw {{series = series}}
  for _, colour in ipairs {BLUE, ORANGE, {255, 0, 255}} do
    test.check(find(picture, colour).count > 100, 'a curve')
  end
end)

test.case('x is 1, 2, 3, ... unless given; the series stay as they were', function()
  local series = {{name = 'a', y = {0, 0.5, 1}}}
  local picture = plot.draw {{series = series}}
  test.equal(series, {{name = 'a', y = {0, 0.5, 1}}})
  test.equal(picture, plot.draw {{series = rising()}})
  table.insert(series[1].y, 0.25)
  test.equal(plot.draw {{series = series}},
    plot.draw {{series = {{name = 'a', x = {1, 2, 3, 4}, y = {0, 0.5, 1, 0.25}}}}})
end)

test.case('values that are no numbers leave gaps', function()
  local whole = {{name = '', y = {0, 0, 0, 0, 1}}}
  local broken = {{name = '', y = {0, 0, 0 / 0, math.huge, 1}}}
  local a, b = find(plot.draw {{series = whole}}, BLUE), find(plot.draw {{series = broken}}, BLUE)
  test.check(b.count > 0 and b.count < a.count, 'fewer pixels')
  test.equal({b.left, b.right, b.top, b.bottom}, {a.left, a.right, a.top, a.bottom})
  broken = {{name = '', x = {1, 0 / 0, 3, 4}, y = {0, 1, 1e308, 1}}}
  test.check(find(plot.draw {{series = broken}}, BLUE).count > 0)
  test.check(find(plot.draw {{series = broken, ylim = {0, 1e-299}}}, BLUE).count > 0)
end)

test.case('few points have discs, many have none', function()
  local few, many = {y = {}}, {y = {}}
  for i = 1, 40 do few.y[i] = i % 2 end
  for i = 1, 41 do many.y[i] = i % 2 end
  local thin = find(plot.draw {{series = {many}}}, BLUE)
  local fat = find(plot.draw {{series = {few}}}, BLUE)
  test.check(fat.top < thin.top and fat.left < thin.left, 'discs stick out')
end)

test.case('the legend keeps out of the way of the curves', function()
  local up = plot.draw {{series = {{name = 'name', y = {0, 1}}}}}:narrow(3, 400, 90)
  local down = plot.draw {{series = {{name = 'name', y = {1, 0}}}}}:narrow(3, 400, 90)
  -- ink within the frame's right part: at the bottom when rising, at the top when falling
  local ink = {0x22, 0x22, 0x22}
  test.equal(find(up:narrow(2, 60, 200), ink).count, 0)
  test.check(find(up:narrow(2, 300, 38), ink).count > 0, 'below a rising curve')
  test.equal(find(down:narrow(2, 100, 220), ink).count, 0)
  test.check(find(down:narrow(2, 46, 40), ink).count > 0, 'above a falling curve')
end)

test.case('the legend leaves room for the curves, however many and long the names', function()
  local series = {}
  for i = 1, 40 do series[i] = {name = 'name ' .. i, y = {1, 1}} end
  local picture = plot.draw {{series = series}}
  test.equal(picture:narrow(2, 345, 4):narrow(3, 300, 150):min(), 255, 'nothing below the axis')
  local box = find(plot.draw {{series = {{name = ('äb'):rep(1000), y = {0, 1}}}}}, BLUE)
  test.near({box.left, box.bottom}, {84 - 3, 340 + 4}, 1)
end)

test.case('nothing to show is a frame', function()
  for _, series in ipairs {{}, {{name = 'x', y = {}}}, {{name = 'x', y = {0 / 0}}},
                           {{name = 'x', y = {3}}}, {{name = 'x', y = {2, 2}}}} do
    local picture = plot.draw {{series = series}}
    test.check(find(picture, {0x88, 0x88, 0x88}).count > 0, 'axes')
  end
end)

test.case('titles and labels are drawn', function()
  local plain, named = plot.draw {{series = {}}},
    plot.draw {{series = {}, title = 'title', xlabel = 'x', ylabel = 'y'}}
  local function changed(top, bottom, left, right)
    local function part(t) return t:narrow(2, top, bottom - top):narrow(3, left, right - left) end
    return part(plain):ne(part(named)):long():sum() > 0
  end
  test.check(changed(1, 44, 200, 400), 'title above')
  test.check(changed(360, 400, 200, 400), 'x below')
  test.check(changed(150, 250, 1, 40), 'y at the left')
end)

test.case('save writes the picture', function()
  local path = test.folder() .. '/new/curve.png'
  plot.save(path, {{series = rising()}}, {width = 200, height = 200})
  local file = assert(io.open(path, 'rb'))
  test.equal(file:read(8), '\x89PNG\r\n\x1a\n')
  file:close()
end)
