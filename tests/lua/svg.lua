--- svg.lua - charts as text: well-formed, every point in its place, nothing that is no number.

local test = require 'harness'
local svg = require 'svg'

-- How often a pattern occurs.
local function occurrences(text, pattern)
  local _, n = text:gsub(pattern, '')
  return n
end

-- The corners of the first element: a list of {x, y}.
local function points(text, element)
  local list = {}
  for x, y in text:match('<' .. element .. ' points="([^"]*)"'):gmatch '([%d.-]+),([%d.-]+)' do
    list[#list + 1] = {tonumber(x), tonumber(y)}
  end
  return list
end

-- Fails unless every element is closed in order.
local function checkWellFormed(text)
  local open = {}
  for closing, name, rest in text:gmatch '<(/?)(%a+)([^<>]*)>' do
    if closing == '/' then
      test.equal(table.remove(open), name, 'the element that ends')
    elseif rest:sub(-1) ~= '/' then
      open[#open + 1] = name
    end
  end
  test.equal(#open, 0, 'elements left open')
  test.equal(text:find '&[^agqlt]', nil, 'stray &')
end

local function chart(series, more)
  local c = more or {}
  c.series = series
  local text = svg.lines(c)
  checkWellFormed(text)
  test.equal(text:find '%f[%a]nan%f[%A]', nil, 'nan')
  test.equal(text:find '%f[%a]inf%f[%A]', nil, 'inf')
  return text
end

test.case('escape', function()
  test.equal(svg.escape('a<b>&"c"'), 'a&lt;b&gt;&amp;&quot;c&quot;')
  test.equal(svg.escape(12), '12')
end)

test.case('points lie where their values are on the axes', function()
  -- y from 0 to 1 by ticks of 0.2; the frame from 62 to 546 and from 50 to 276
  local text = chart {{name = 'loss', x = {1, 2, 3}, y = {0, 1, 0.5}}}
  test.near(points(text, 'polyline'), {{62, 276}, {304, 50}, {546, 163}}, 0.051)
  test.equal(occurrences(text, '<circle'), 3)
  for _, label in ipairs {'>0.0<', '>0.2<', '>1.0<', '>1<', '>2<', '>3<', '>loss<'} do
    test.check(text:find(label, 1, true), label)
  end
end)

test.case('title, labels and size', function()
  local text = chart({{name = 'a & b', x = {1, 2}, y = {1, 2}}},
    {title = 'loss < 1', xlabel = 'epoch', ylabel = '"MSE"', width = 300, height = 200})
  test.check(text:find('viewBox="0 0 300 200"', 1, true), 'size')
  for _, label in ipairs {'loss &lt; 1', '>epoch<', '&quot;MSE&quot;', 'a &amp; b'} do
    test.check(text:find(label, 1, true), label)
  end
end)

test.case('values that are no numbers are left out', function()
  local series = {name = 'x', x = {1, 2, 3, 4}, y = {1, 0 / 0, math.huge, 2},
                  spread = {0.1, 0.1, 0.1, 0.1}}
  local text = chart {series}
  test.equal(#points(text, 'polyline'), 2)
  test.equal(#points(text, 'polygon'), 4)
  series.spread = {0 / 0, 0, 0, 0}
  test.equal(#points(chart {series}, 'polygon'), 2)
  series.spread, series.x, series.y = nil, {0 / 0, 2, 3, 4}, {1, 2, 1e308, 1e308}
  test.equal(#points(chart {series}, 'polyline'), 1)
  series.style, series.x = 'boxes', {2, 0 / 0, 1, 0 / 0}
  test.equal(occurrences(chart {series}, '<rect[^>]*fill'), 1)
end)

test.case('a band goes up one way and back the other', function()
  -- 0.5 to 1.5 by ticks of 0.2: from 0.4 to 1.6
  local text = chart {{name = 'x', x = {1, 2}, y = {1, 1}, spread = {0.5, 0.25}}}
  local corner = points(text, 'polygon')
  local function Y(v) return 276 - (v - 0.4) / 1.2 * 226 end
  test.near(corner, {{62, Y(1.5)}, {546, Y(1.25)}, {546, Y(0.75)}, {62, Y(0.5)}}, 0.051)
end)

test.case('a long band takes time as it is long, not its square', function()
  local s, began = {name = 'x', x = {}, y = {}, spread = {}}, os.clock()
  for i = 1, 100000 do s.x[i], s.y[i], s.spread[i] = i, i % 7, 0.5 end
  local _, corners = svg.lines {series = {s}}:match '<polygon points="([^"]*)"':gsub(',', '')
  test.equal(corners, 200000)
  test.check(os.clock() - began < 20, os.clock() - began)
end)

test.case('one point, equal values, none at all', function()
  test.equal(#points(chart {{name = 'x', x = {1}, y = {0.5}}}, 'polyline'), 1)
  test.equal(#points(chart {{name = 'x', x = {1, 2}, y = {3, 3}}}, 'polyline'), 2)
  chart {{name = 'x', x = {}, y = {}}}
  chart {}
end)

test.case('many points have no discs, many series many looks', function()
  local long, series = {name = 'long', x = {}, y = {}}, {}
  for i = 1, 100 do long.x[i], long.y[i] = i, i % 7 end
  test.equal(occurrences(chart {long}, '<circle'), 0)
  for i = 1, 20 do series[i] = {name = 'series ' .. i, x = {1, 2}, y = {i, i + 1}} end
  local text, looks = chart(series), {}
  for stroke in text:gmatch '<polyline[^>]*(stroke="[^>]*)/>' do
    test.equal(looks[stroke], nil, stroke)
    looks[stroke] = true
  end
  test.equal(occurrences(text, '<polyline'), 20)
end)

test.case('the legend breaks into lines, and the frame makes room', function()
  local series = {}
  for i = 1, 8 do series[i] = {name = ('a long name'):rep(3) .. i, x = {1, 2}, y = {1, 2}} end
  local text = chart(series)
  local top = tonumber(text:match '<rect x="62" y="(%d+)"')
  test.check(top > 50 + 16, 'frame below the legend')
  local rows = {}
  for x, y in text:gmatch '<text x="(%d+)" y="(%d+)">a long' do
    test.check(tonumber(x) < 546 and tonumber(y) < top, 'within')
    rows[y] = true
  end
  test.check(next(rows, (next(rows))), 'more than one row')
end)

test.case('below any number of names there is room for the curves', function()
  local series = {}
  for i = 1, 100 do series[i] = {name = ('a long name'):rep(3) .. i, x = {1, 2}, y = {1, 2}} end
  local text = chart(series)
  local top, height = text:match '<rect x="62" y="(%d+)" width="484" height="(%d+)"'
  test.check(tonumber(height) >= 100, height)
  test.check(tonumber(text:match 'viewBox="0 0 560 (%d+)"') > top + height, 'within the picture')
  local corner = points(text, 'polyline')
  test.check(corner[1][2] > corner[2][2], 'what rises goes up')
end)
