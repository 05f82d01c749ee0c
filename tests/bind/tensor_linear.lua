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
