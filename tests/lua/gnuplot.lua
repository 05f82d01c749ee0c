--- gnuplot.lua - charts as files: what the calls draw, and where.

local test = require 'harness'
local gnuplot = require 'gnuplot'
local plot, heatmap, axis = require 'plot', require 'heatmap', require 'axis'

local function read(path)
  local file = assert(io.open(path, 'rb'))
  local text = file:read('a')
  file:close()
  return text
end

local function isPNG(path) return read(path):sub(1, 8) == '\x89PNG\r\n\x1a\n' end

-- The SVG that some calls draw.
local function drawn(calls)
  local path = test.folder() .. '/figure.svg'
  gnuplot.svgfigure(path)
  calls()
  gnuplot.plotflush()
  gnuplot.close()
  return read(path)
end

-- The points of the n-th curve.
local function points(text, n)
  local list = {}
  for found in text:gmatch '<polyline points="([^"]*)"' do
    n = n - 1
    if n == 0 then
      for x, y in found:gmatch '([%d.-]+),([%d.-]+)' do
        list[#list + 1] = {tonumber(x), tonumber(y)}
      end
    end
  end
  return list
end

local function count(text, pattern) return select(2, text:gsub(pattern, '')) end

test.case('a PNG file is there after plotflush, and again after a change', function()
  local path = test.folder() .. '/loss.png'
  gnuplot.pngfigure(path)
  gnuplot.plot(torch.Tensor {3, 2, 1})
  test.equal(paths.filep(path), false)
  gnuplot.plotflush()
  test.check(isPNG(path))
  local before = read(path)
  gnuplot.xlabel 'epoch'
  gnuplot.plotflush()
  test.check(read(path) ~= before)
  gnuplot.closeall()
end)

test.case('the forms of plot', function()
  local x, y = torch.Tensor {0, 5, 10}, torch.Tensor {0, 1, 0.5}
  local want = points(drawn(function() gnuplot.plot(x, y, '-') end), 1)
  test.equal(#want, 3)
  for _, calls in ipairs {
    function() gnuplot.plot({x, y, '-'}) end,
    function() gnuplot.plot({{x, y, '-'}}) end,
    function() gnuplot.plot(x, y, 'with lines ls 1') end,
    function() gnuplot.plot({0, 5, 10}, {0, 1, 0.5}, '-') end,
    function() gnuplot.plot(torch.cat(x:view(3, 1), y:view(3, 1), 2), '-') end,
    function() gnuplot.plot({x, y, '-'}, {x, y, '+'}) end,
  } do
    test.equal(points(drawn(calls), 1), want)
  end
  local named = drawn(function() gnuplot.plot('sine', x, y, '-') end)
  test.check(named:find('>sine<', 1, true))
  local two = drawn(function()
    gnuplot.plot(torch.cat({x:view(3, 1), y:view(3, 1), y:view(3, 1)}, 2), '-')
  end)
  test.equal(count(two, '<polyline'), 2)
end)

test.case('styles', function()
  local y = torch.linspace(0, 1, 50)
  local function shapes(style)
    local text = drawn(function() gnuplot.plot('a', y, style) end)
    return {count(text, '<polyline'), count(text, '<circle'), count(text, 'fill="#')}
  end
  test.equal(shapes '-', {1, 0, 0})
  test.equal(shapes '~', {1, 0, 0})
  test.equal(shapes '+', {0, 50, 50})
  test.equal(shapes '.', {0, 50, 50})
  test.equal(shapes '+-', {1, 50, 50})
  test.equal(shapes '|', {0, 0, 50})
  test.fails(function() gnuplot.plot(y, 'filledcurves') end, "'filledcurves'")
end)

test.case('labels, limits and names stay when the curves change', function()
  local text = drawn(function()
    gnuplot.title 'the title'
    gnuplot.xlabel 'epoch'
    gnuplot.ylabel '<loss>'
    gnuplot.axis {0, '', -1, 3}
    gnuplot.plot(torch.ones(5), '-')
  end)
  for _, part in ipairs {'>the title<', '>epoch<', '>&lt;loss&gt;<', '>-1<', '>3<', '>0<',
                         'clipPath'} do
    test.check(text:find(part, 1, true), part)
  end
  local auto = drawn(function()
    gnuplot.axis {0, 1, 0, 1}
    gnuplot.axis 'auto'
    gnuplot.plot(torch.ones(5), '-')
  end)
  test.equal(auto:find 'clipPath', nil)
end)

test.case('raw', function()
  local text = drawn(function()
    gnuplot.raw 'set title "raw title"'
    gnuplot.raw 'set yrange [0:4]'
    gnuplot.raw 'unset key'
    gnuplot.plot('name', torch.ones(3), '-')
  end)
  test.check(text:find('>raw title<', 1, true) and text:find('>4<', 1, true))
  test.equal(text:find('>name<', 1, true), nil)
end)

test.case('several figures', function()
  local folder = test.folder()
  local first = gnuplot.pngfigure(folder .. '/1.png')
  gnuplot.plot(torch.ones(2))
  local second = gnuplot.svgfigure(folder .. '/2.svg')
  gnuplot.plot(torch.ones(3), '+')
  test.check(first ~= second)
  gnuplot.figure(first)
  gnuplot.figprint(folder .. '/copy.svg')
  test.equal(count(read(folder .. '/copy.svg'), '<circle'), 2)
  gnuplot.plotflush(second)
  test.equal(count(read(folder .. '/2.svg'), '<circle'), 3)
  test.equal(paths.filep(folder .. '/1.png'), false)
  gnuplot.closeall()
  test.check(isPNG(folder .. '/1.png'))
  test.fails(function() gnuplot.plotflush(7) end, 'no figure 7')
end)

test.case('what cannot be written is kept, and the other figures are written', function()
  local folder = test.folder()
  test.write(folder .. '/file', '')
  local first = gnuplot.pngfigure(folder .. '/1.png')
  gnuplot.plot(torch.ones(2))
  test.fails(function() gnuplot.figprint(folder .. '/file/copy.png') end, 'File exists')
  gnuplot.title('still the first')
  gnuplot.plotflush()
  test.check(isPNG(folder .. '/1.png'))
  gnuplot.close(first)
  for i = 2, 8 do
    gnuplot.pngfigure(folder .. (i % 2 == 0 and '/file/' or '/') .. i .. '.png')
    gnuplot.plot(torch.ones(2))
  end
  for _ = 1, 2 do
    test.fails(gnuplot.closeall, 'File exists')
    for i = 3, 7, 2 do test.check(isPNG(('%s/%d.png'):format(folder, i)), i) end
  end
  os.remove(folder .. '/file')
  gnuplot.closeall()
  for i = 2, 8, 2 do test.check(isPNG(('%s/file/%d.png'):format(folder, i)), i) end
end)

test.case('windows and unwritten figures become files at the end of the program', function()
  local folder = test.folder()
  local code = 'require "gnuplot" gnuplot.plot(torch.ones(3)) gnuplot.figure(2) '
    .. 'gnuplot.imagesc(torch.rand(3,4)) gnuplot.epsfigure("x.eps") gnuplot.plot(torch.ones(2))'
  local pipe = io.popen(('cd %s && %s -e %s 2>&1'):format(folder, test.quoted(test.aelua),
    test.quoted(code)))
  local said = pipe:read('a')
  pipe:close()
  test.check(said:find('x.svg is written in place of x.eps', 1, true), said)
  test.check(isPNG(folder .. '/figure-1.png') and isPNG(folder .. '/figure-2.png'))
  test.check(read(folder .. '/x.svg'):find '^<svg')
end)

test.case('histograms', function()
  local x = torch.DoubleTensor {0, 0.1, 0.9, 1, 2, 3.9, 4}
  local counts, raw = gnuplot.histc(x, 4)
  test.equal(counts, {3.0, 1.0, 1.0, 2.0})
  test.near(raw.center, {0.5, 1.5, 2.5, 3.5}, 1e-15)
  test.equal((gnuplot.histc(x, 2, 0, 1)), {2.0, 2.0})
  test.equal((gnuplot.histc(torch.ones(3), 1)), {3.0})
  test.equal((gnuplot.histc(torch.Tensor {0 / 0, 1, math.huge, 3, 3, -math.huge}, 2)), {1.0, 2.0})
  test.fails(function() gnuplot.histc(x, 0) end, 'bins should be a whole number from 1 on')
  local text = drawn(function() gnuplot.hist(x, 4) end)
  test.equal(count(text, '<rect [^>]*fill="#'), 4)
  test.equal(count(drawn(function() gnuplot.bar(x) end), '<rect [^>]*fill="#'), 7)
end)

test.case('matrices', function()
  local text = drawn(function() gnuplot.imagesc(torch.Tensor {{0, 1}, {2, 4}, {3, 3}}) end)
  test.equal(count(text, '<rect'), 6 + 64)
  local _, _, colour = text:find 'fill="(#%x+)"'
  test.equal(colour, '#000000')
  test.check(text:find('fill="#ffffff"', 1, true))
  test.fails(function() gnuplot.imagesc(torch.ones(3)) end, 'a matrix expected')
  test.fails(function() heatmap.draw {values = torch.ones(2, 2), palette = 'jet'} end, "'jet'")
end)

test.case('a drawn matrix: the first row is at the bottom', function()
  local picture = heatmap.draw({values = torch.Tensor {{0, 0}, {1, 1}}, title = 't'},
    {width = 320, height = 240})
  test.equal(picture:size():totable(), {3, 240, 320})
  test.equal({picture[1][160][100], picture[1][60][100]}, {0, 255})
  local same = heatmap.draw {values = torch.ones(2, 2), palette = 'color'}
  test.equal({same[1][200][100], same[2][200][100], same[3][200][100]}, {68, 1, 84})
end)

test.case('what cannot be drawn', function()
  test.fails(function() gnuplot.plot() end, 'nothing to draw')
  test.fails(function() gnuplot.plot(torch.ones(2), torch.ones(3)) end, '2 values of x', '3 of y')
  test.fails(function() gnuplot.plot('a') end, '0 tensors')
  test.fails(function() gnuplot.plot {torch.ones(2), true} end, 'argument 2 is a boolean')
  test.fails(function() gnuplot.splot(torch.ones(2, 2)) end, 'gnuplot.splot')
  test.fails(function() gnuplot.pngfigure() end, 'name of a file')
  gnuplot.closeall()
end)

-- ---- plot's styles and limits ----

local BLUE = {0x00, 0x72, 0xb2}

-- Box around the pixels of the first curve's colour within the frame.
local function ink(panel)
  panel.legend = false
  local picture = plot.draw {panel}
  local mask = picture[1]:eq(BLUE[1]):cmul(picture[2]:eq(BLUE[2])):cmul(picture[3]:eq(BLUE[3]))
  local places, box = mask:nonzero(), {left = 1e9, right = 0, top = 1e9, bottom = 0, n = 0}
  for i = 1, places:nElement() / 2 do
    local y, x = places[i][1], places[i][2]
    box.left, box.right = math.min(box.left, x), math.max(box.right, x)
    box.top, box.bottom = math.min(box.top, y), math.max(box.bottom, y)
    box.n = i
  end
  return box
end

test.case('plot: boxes stand on 0', function()
  local box = ink {series = {{name = '', y = {1, 3}, style = 'boxes'}}, xlim = {0, 3},
                   ylim = {-1, 3}}
  -- frame: 84..496 by 44..340; 0 is a quarter up
  test.near({box.top, box.bottom}, {45, 266}, 1)
  test.near({box.left, box.right}, {84 + 412 * 0.6 / 3 + 1, 84 + 412 * 2.4 / 3}, 1)
end)

test.case('plot: curves end at the limits', function()
  local series = {{name = '', x = {0, 10}, y = {0, 10}, style = 'lines'}}
  local box = ink {series = series, xlim = {4, 6}, ylim = {0, 20}}
  test.near({box.left, box.right}, {84, 497}, 2)
  test.near({box.top, box.bottom}, {340 - 296 * 0.3, 340 - 296 * 0.2}, 3)
  test.equal(ink({series = series, xlim = {20, 30}}).n, 0)
  test.fails(function() plot.draw {{series = series, xlim = {3, 3}}} end, 'no range')
  test.fails(function() plot.draw {{series = {{y = {1}, style = 'x'}}}} end, "'x'")
end)

test.case('axis.clip', function()
  local r = {left = 0, right = 10, top = 0, bottom = 10}
  test.equal({axis.clip(-5, 5, 15, 5, r)}, {0.0, 5.0, 10.0, 5.0})
  test.equal({axis.clip(2, 3, 4, 5, r)}, {2, 3, 4, 5})
  test.equal({axis.clip(-5, -5, -1, 20, r)}, {})
  test.equal({axis.clip(-1, 9, 1, 11, r)}, {0.0, 10.0, 0.0, 10.0})
end)
