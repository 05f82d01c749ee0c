--- axis.lua - round ticks around and within a range, and how they are written.

local test = require 'harness'
local axis = require 'axis'

local function labels(list)
  local texts = {}
  for i, v in ipairs(list) do texts[i] = axis.label(v, list) end
  return texts
end

-- Ranges from tiny to huge, on either side of 0.
local function eachRange(visit)
  for exponent = -12, 12 do
    for _, m in ipairs {1, 1.7, 2.5, 3.14159, 6.9, 9.99} do
      local size = m * 10.0 ^ exponent
      for _, low in ipairs {0, -size / 3, size * 2, -size * 7} do visit(low, low + size) end
    end
  end
end

-- 1, 2 or 5 times a power of ten, within rounding.
local function isRound(step)
  local mantissa = step / 10.0 ^ math.floor(math.log(step, 10) + 1e-9)
  for _, m in ipairs {1, 2, 5} do
    if math.abs(mantissa - m) < 1e-6 then return true end
  end
end

test.case('ticks enclose the range', function()
  test.near(axis.ticks(0, 1), {0, 0.2, 0.4, 0.6, 0.8, 1}, 1e-12)
  test.near(axis.ticks(0.031, 0.098), {0.02, 0.04, 0.06, 0.08, 0.1}, 1e-12)
  test.near(axis.ticks(-3, 12, 3), {-5, 0, 5, 10, 15}, 1e-12)
  eachRange(function(low, high)
    local list = axis.ticks(low, high)
    local what, step = ('%g to %g'):format(low, high), list[2] - list[1]
    test.check(list[1] <= low + 1e-6 * step and list[#list] >= high - 1e-6 * step, what)
    test.check(list[2] > low and list[#list - 1] < high, what .. ': no tick too many')
    test.check(#list >= 3 and #list <= 8, what .. ': so many ticks')
    test.check(isRound(step), what .. ': round steps')
  end)
end)

test.case('ticks inside stay within', function()
  test.near(axis.inside(0, 1.5, 100), {0, 0.2, 0.4, 0.6, 0.8, 1, 1.2, 1.4}, 1e-12)
  eachRange(function(low, high)
    local what = ('%g to %g'):format(low, high)
    local list = axis.inside(low, high, 50)
    local margin = 1e-6 * (high - low)
    test.check(#list >= 1 and #list <= 9, what .. ': so many ticks')
    for _, v in ipairs(list) do
      test.check(v >= low - margin and v <= high + margin, what .. ': inside')
    end
  end)
end)

test.case('epochs are whole numbers', function()
  test.equal(labels(axis.inside(1, 2, 2)), {'1', '2'})
  test.equal(labels(axis.inside(1, 5, 5)), {'1', '2', '3', '4', '5'})
  test.equal(labels(axis.inside(0.5, 1.5, 1)), {'1'})
  test.equal(labels(axis.inside(1, 60, 60)), {'10', '20', '30', '40', '50', '60'})
  test.equal(labels(axis.inside(0, 1, 3)), {'0', '1'})
end)

test.case('labels have the decimals the step needs', function()
  test.equal(labels(axis.ticks(0, 1)), {'0.0', '0.2', '0.4', '0.6', '0.8', '1.0'})
  test.equal(labels {-0.005, -0.0, 0.005}, {'-0.005', '0.000', '0.005'})
  test.equal(labels {0, 50, 100}, {'0', '50', '100'})
  test.equal(labels {0, 1e6, 2e6}, {'0', '1e+06', '2e+06'})
  test.equal(labels {0, 1e-5, 2e-5}, {'0', '1e-05', '2e-05'})
  test.equal(labels {2.5}, {'2.5'})
  test.equal(labels {0}, {'0'})
end)

test.case('labels of one axis are all different', function()
  test.equal(labels {1e6, 1e6 + 20, 1e6 + 40}, {'1e+06', '1.00002e+06', '1.00004e+06'})
  eachRange(function(low, high)
    local seen = {}
    for _, text in ipairs(labels(axis.ticks(low, high))) do
      test.check(not seen[text], ('%g to %g: one %s'):format(low, high, text))
      seen[text] = true
    end
  end)
end)

test.case('ends that are no range', function()
  for _, ends in ipairs {{1, 1}, {2, 1}, {0, math.huge}, {-math.huge, 0}, {0 / 0, 1}, {0, 0 / 0},
                         {-1e308, 1e308}, {1, 1 + 2 ^ -52}} do
    test.fails(function() axis.ticks(ends[1], ends[2]) end, 'is no range')
    test.fails(function() axis.inside(ends[1], ends[2], 5) end, 'is no range')
    test.fails(function() axis.scales({ylim = ends}, {{x = {1, 2}, y = {1, 2}}}) end,
      'axis: y from ')
  end
end)

test.case('values that are the same, or all but that, or of the largest there are', function()
  for _, y in ipairs {{1e17}, {1e300, 1e300}, {1, 1 + 2 ^ -52}, {0.1, 0.1 + 2 ^ -56}, {0, 5e-324},
                      {5e-324, 1e-323}, {-1e307, 1e307}, {-1e308, 1e308, 1}, {1.7e308},
                      {math.maxinteger, math.mininteger}, {math.maxinteger}} do
    local k, what = axis.scales({}, {{x = y, y = y}}), ('from %g'):format(y[1])
    for _, ticks in ipairs {k.xs, k.ys} do
      test.check(#ticks >= 1 and #ticks <= 9, what)
      local list = labels(ticks)
      for i = 2, #list do test.check(list[i] ~= list[i - 1], what .. ': ' .. list[i]) end
    end
    test.check(k.y0 < k.y1 and k.y1 - k.y0 < math.huge, what)
    for _, v in ipairs(y) do
      if axis.shown(v) then test.check(k.y0 <= v and v <= k.y1, what) end
    end
  end
  test.near({axis.extent({{y = {3, 3 + 2 ^ -51}}}, 'y')}, {2.5, 3.5}, 1e-12)
end)
