-- Triangles, diagonals, traces and cross products, against plain Lua.
local test = require 'harness'

local kinds = {'Float', 'Double', 'Long', 'Byte'}

-- Matrices of a type: contiguous, transposed, a window of a larger one.
local function matrices(kind)
  local x = torch[kind .. 'Tensor'](4, 6):random(1, 9)
  return {x, x:t():clone():t(), torch[kind .. 'Tensor'](7, 9):random(1, 9):sub(2, 5, 3, 8)}
end

local function triangle(x, keep)
  local y = x:clone():zero()
  for i = 1, x:size(1) do
    for j = 1, x:size(2) do
      if keep(j - i) then y[{i, j}] = x[{i, j}] end
    end
  end
  return y
end

test.case('tril and triu', function()
  for _, kind in ipairs(kinds) do
    for _, x in ipairs(matrices(kind)) do
      for k = -5, 7 do
        test.equal(torch.tril(x, k), triangle(x, function(d) return d <= k end), 'tril')
        test.equal(x:triu(k), triangle(x, function(d) return d >= k end), 'triu')
      end
    end
  end
  local x = torch.Tensor{{1, 2}, {3, 4}}
  test.equal(x:tril(), {{1, 0}, {3, 4}})
  test.equal(torch.triu(torch.Tensor(), x), {{1, 2}, {0, 4}})
  local y = x:clone()
  test.check(rawequal(torch.triu(y, y), y))
  test.equal(y, {{1, 2}, {0, 4}}, 'in place')
  test.equal(x, {{1, 2}, {3, 4}}, 'x itself')
  test.fails(function() return torch.tril(torch.Tensor(3)) end, 'tril: a matrix expected, not 3')
end)

test.case('diag', function()
  for _, kind in ipairs(kinds) do
    for _, x in ipairs(matrices(kind)) do
      for k = -3, 5 do
        local want = {}
        for i = 1, 4 do
          if i + k >= 1 and i + k <= 6 then want[#want + 1] = x[{i, i + k}] end
        end
        local d = x:diag(k)
        test.equal(d:totable(), want, 'diagonal ' .. k)
        local back = torch.diag(d, k)
        test.equal(back:size(1), #want + math.abs(k))
        test.equal(back:diag(k), d)
        test.equal(back:sum(), d:sum(), 'nothing else')
      end
    end
  end
  local res = torch.Tensor()
  test.check(rawequal(torch.diag(res, torch.Tensor{1, 2}), res))
  test.equal(res, {{1, 0}, {0, 2}})
  torch.diag(res, res)
  test.equal(res, {1, 2}, 'onto itself')
  test.fails(function() return torch.diag(torch.Tensor(2, 3), 3) end, 'no diagonal 3', '2x3')
  test.fails(function() return torch.diag(torch.Tensor(2, 3), -2) end, 'no diagonal -2')
  test.fails(function() return torch.diag(torch.Tensor(2), 1 << 62) end, 'no diagonal')
  test.fails(function() return torch.diag(torch.Tensor(2, 2, 2)) end, '2x2x2')
end)

test.case('trace', function()
  for _, kind in ipairs(kinds) do
    for _, x in ipairs(matrices(kind)) do
      local sum = 0
      for i = 1, 4 do sum = sum + x[{i, i}] end
      test.equal(x:trace(), sum)
      test.equal(torch.trace(x:t()), sum)
    end
  end
  test.fails(function() return torch.trace(torch.Tensor(3)) end, 'trace: a matrix expected')
  test.fails(function() return torch.trace(torch.Tensor()) end, 'trace')
end)

local function crossed(a, b)
  return {a[2] * b[3] - a[3] * b[2], a[3] * b[1] - a[1] * b[3], a[1] * b[2] - a[2] * b[1]}
end

test.case('cross', function()
  local a, b = torch.DoubleTensor(5, 3):random(-9, 9), torch.DoubleTensor(5, 3):random(-9, 9)
  local want = {}
  for i = 1, 5 do want[i] = crossed(a[i], b[i]) end
  test.equal(torch.cross(a, b), want)
  test.equal(a:cross(b, 2), want)
  test.equal(torch.cross(a:t(), b:t()):t(), want, 'along the first dimension')
  test.equal(torch.cross(a:t():clone():t(), b), want, 'strided')
  local c = a:clone()
  test.check(rawequal(torch.cross(c, c, b), c))
  test.equal(c, want, 'onto a factor')
  test.equal(torch.LongTensor{1, 2, 3}:cross(torch.LongTensor{4, 5, 7}),
             torch.LongTensor{-1, 5, -3})
  local square = torch.Tensor(3, 3):random(1, 9)
  test.equal(torch.cross(square, square:t(), 2)[2], crossed(square[2], square:t()[2]))
  test.fails(function() return torch.cross(a, b, 1) end, 'a dimension of size 3 is needed', '5x3')
  test.fails(function() return torch.cross(torch.Tensor(2), torch.Tensor(2)) end, 'size 3')
  test.fails(function() return torch.cross(a, b:t()) end, '5x3', '3x5')
end)

-- ---- convolutions ----

-- The cross-correlation of two images, x zero outside for `full`.
local function correlated(x, k, full)
  local h, w = k:size(1), k:size(2)
  local top, left = full and h - 1 or 0, full and w - 1 or 0
  local y = torch.DoubleTensor(x:size(1) + 2 * top - h + 1, x:size(2) + 2 * left - w + 1):zero()
  for i = 1, y:size(1) do
    for j = 1, y:size(2) do
      for u = 1, h do
        for v = 1, w do
          local a, b = i + u - 1 - top, j + v - 1 - left
          if a >= 1 and a <= x:size(1) and b >= 1 and b <= x:size(2) then
            y[{i, j}] = y[{i, j}] + k[{u, v}] * x[{a, b}]
          end
        end
      end
    end
  end
  return y
end

local function turned(k)
  local y = k:clone()
  for u = 1, k:size(1) do
    for v = 1, k:size(2) do y[{u, v}] = k[{k:size(1) + 1 - u, k:size(2) + 1 - v}] end
  end
  return y
end

test.case('conv2 and xcorr2 of one image', function()
  local x, k = torch.DoubleTensor(6, 5):normal(), torch.DoubleTensor(3, 2):normal()
  for _, image in ipairs {x, x:t():clone():t()} do
    test.near(torch.xcorr2(image, k), correlated(x, k), 1e-12)
    test.near(torch.xcorr2(image, k, 'V'), correlated(x, k), 1e-12)
    test.near(image:xcorr2(k, 'F'), correlated(x, k, true), 1e-12)
    test.near(torch.conv2(image, k), correlated(x, turned(k)), 1e-12)
    test.near(torch.conv2(image, k, 'F'), correlated(x, turned(k), true), 1e-12)
  end
  local res = torch.DoubleTensor(3, 8):t():narrow(1, 1, 8)
  test.check(rawequal(torch.conv2(res, x, k, 'F'), res))
  test.near(res, correlated(x, turned(k), true), 1e-12)
  local y = x:clone()
  test.near(torch.conv2(y, y, k), correlated(x, turned(k)), 1e-12, 'onto itself')
  test.near(torch.conv2(x:float(), k:float()):double(), correlated(x, turned(k)), 1e-5)
  test.near(torch.conv2(k, x, 'F'), correlated(x, turned(k), true), 1e-12, 'a larger kernel')
end)

test.case('conv2 slice by slice, and summed over slices', function()
  local x, k = torch.DoubleTensor(3, 6, 5):normal(), torch.DoubleTensor(3, 2, 4):normal()
  local bank = torch.DoubleTensor(4, 3, 2, 4):normal()
  for _, full in ipairs {false, true} do
    local mode = full and 'F' or 'V'
    local y, z = torch.conv2(x, k, mode), torch.xcorr2(x, bank, mode)
    for p = 1, 3 do test.near(y[p], correlated(x[p], turned(k[p]), full), 1e-12) end
    for q = 1, 4 do
      local want = correlated(x[1], bank[q][1], full)
      for p = 2, 3 do want:add(correlated(x[p], bank[q][p], full)) end
      test.near(z[q], want, 1e-12)
    end
  end
end)

test.case('conv3 and xcorr3 agree with sums of two-dimensional ones', function()
  local x, k = torch.DoubleTensor(5, 6, 4):normal(), torch.DoubleTensor(2, 3, 2):normal()
  local y, z = torch.xcorr3(x, k), torch.conv3(x, k, 'F')
  test.equal(z:size():totable(), {6, 8, 5})
  for i = 1, 4 do
    test.near(y[i], correlated(x[i], k[1]) + correlated(x[i + 1], k[2]), 1e-12)
  end
  for i = 2, 5 do
    local want = correlated(x[i], turned(k[1]), true) + correlated(x[i - 1], turned(k[2]), true)
    test.near(z[i], want, 1e-12)
  end
  local many = torch.xcorr3(x:view(1, 5, 6, 4), k:view(1, 1, 2, 3, 2))
  test.near(many[1], y, 1e-12)
end)

test.case('convolutions check their arguments', function()
  local x, k = torch.ones(4, 4), torch.ones(5, 2)
  test.fails(function() return torch.conv2(x, k) end, 'conv2: valid 4x4 with a kernel 5x2')
  test.fails(function() return torch.xcorr2(x, torch.Tensor(1, 2, 2)) end, 'xcorr2', '1x2x2')
  test.fails(function()
    return torch.conv2(torch.Tensor(2, 4, 4), torch.Tensor(5, 3, 2, 2))
  end, '2x4x4 with a kernel 5x3x2x2')
  test.fails(function() return torch.conv3(x, x, 'F') end, 'conv3: full')
  test.fails(function() return torch.conv2(x, k, 'S') end, "'S'")
  test.fails(function() return torch.conv2(x, k:double()) end, 'Float', 'Double')
  test.fails(function() return torch.conv2(x:long(), k:long()) end, 'LongTensor')
end)
