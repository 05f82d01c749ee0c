-- Matrix products in all their forms, against plain Lua.
local test = require 'harness'

local function mm(a, b)
  local y = torch.DoubleTensor(a:size(1), b:size(2)):zero()
  for i = 1, a:size(1) do
    for j = 1, b:size(2) do
      for k = 1, a:size(2) do y[{i, j}] = y[{i, j}] + a[{i, k}] * b[{k, j}] end
    end
  end
  return y
end

local function column(x) return x:view(-1, 1) end
local function matrix(rows, columns) return torch.DoubleTensor(rows, columns):normal() end

-- One family: the product and the one that adds, with operands of fitting shapes.
local function check(product, adding, a, b, want)
  local c = want:clone():normal()
  local function result() return want:clone():fill(0 / 0) end
  local res = torch.DoubleTensor()
  test.near(torch[product](a, b), want, 1e-12, 'f(a, b)')
  test.check(rawequal(torch[product](res, a, b), res))
  test.near(res, want, 1e-12, 'f(res, a, b)')
  test.near(res[product](result(), a, b), want, 1e-12, 'res:f(a, b)')

  local f = torch[adding]
  test.near(f(c, a, b), c + want, 1e-12, 'f(c, a, b)')
  test.near(f(2, c, a, b), c * 2 + want, 1e-12, 'f(beta, c, a, b)')
  test.near(f(c, 3, a, b), c + want * 3, 1e-12, 'f(c, alpha, a, b)')
  test.near(f(2, c, 3, a, b), c * 2 + want * 3, 1e-12, 'f(beta, c, alpha, a, b)')
  test.near(f(result(), 2, c, 3, a, b), c * 2 + want * 3, 1e-12, 'f(res, beta, c, alpha, a, b)')
  test.near(f(result(), 0, result(), 3, a, b), want * 3, 1e-12, 'beta 0 reads no c')

  local function method(...)
    local d = c:clone()
    test.check(rawequal(d[adding](d, ...), d), 'the method returns its tensor')
    return d
  end
  test.near(method(a, b), c + want, 1e-12, 'c:f(a, b)')
  test.near(method(3, a, b), c + want * 3, 1e-12, 'c:f(alpha, a, b)')
  test.near(method(2, 3, a, b), c * 2 + want * 3, 1e-12, 'c:f(beta, alpha, a, b)')
  test.near(method(2, c, 3, a, b), c * 2 + want * 3, 1e-12, 'res:f(beta, c, alpha, a, b)')
  test.near(method(0, c, 1, a, b), want, 1e-12, 'res:f(0, c, 1, a, b)')
end

test.case('mm and addmm, plain and transposed', function()
  local a, b = matrix(4, 5), matrix(5, 3)
  check('mm', 'addmm', a, b, mm(a, b))
  check('mm', 'addmm', a:t():clone():t(), b:t():clone():t(), mm(a, b))
end)

test.case('mv and addmv', function()
  local a, x = matrix(4, 5), torch.DoubleTensor(5):normal()
  check('mv', 'addmv', a, x, mm(a, column(x)):view(-1))
end)

test.case('ger and addr', function()
  local x, y = torch.DoubleTensor(4):normal(), torch.DoubleTensor(3):normal()
  check('ger', 'addr', x, y, mm(column(x), y:view(1, -1)))
end)

local function batch(...) return torch.DoubleTensor(...):normal() end

local function bmm(a, b)
  local y = torch.DoubleTensor(a:size(1), a:size(2), b:size(3))
  for i = 1, a:size(1) do y[i] = mm(a[i], b[i]) end
  return y
end

test.case('bmm and baddbmm, plain and transposed', function()
  local a, b = batch(3, 4, 5), batch(3, 5, 2)
  check('bmm', 'baddbmm', a, b, bmm(a, b))
  a, b = batch(5, 4, 3):transpose(1, 3), batch(2, 3, 5):transpose(1, 2):transpose(2, 3)
  check('bmm', 'baddbmm', a, b, bmm(a, b))
  a = batch(3, 4, 4)
  local want = bmm(a, a)
  test.near(a:bmm(a, a), want, 1e-12, 'onto a factor')
end)

test.case('addbmm sums the products of a batch', function()
  local a, b, c = batch(3, 4, 5), batch(3, 5, 2), batch(4, 2)
  local want = bmm(a, b):sum(1):view(4, 2)
  test.near(torch.addbmm(c, a, b), c + want, 1e-12)
  test.near(torch.addbmm(2, c, 3, a, b), c * 2 + want * 3, 1e-12)
  test.near(torch.addbmm(torch.DoubleTensor(), 2, c, 3, a, b), c * 2 + want * 3, 1e-12)
  test.near(torch.addbmm(0, c:clone():fill(0 / 0), 1, a, b), want, 1e-12, 'beta 0 reads no c')
  local d = c:clone()
  test.check(rawequal(d:addbmm(2, 3, a, b), d))
  test.near(d, c * 2 + want * 3, 1e-12)
end)

test.case('the sizes of batches are checked', function()
  local a = torch.Tensor(2, 3, 4)
  test.fails(function() return torch.bmm(a, a) end, 'baddbmm', '2x3x4 and 2x3x4')
  test.fails(function() return torch.bmm(a, torch.Tensor(3, 4, 2)) end, '3x4x2')
  test.fails(function() return torch.bmm(a, torch.Tensor(4, 2)) end, '4x2')
  test.fails(function() return torch.baddbmm(torch.Tensor(1, 3, 2), a, torch.Tensor(2, 4, 2)) end,
             'the product is 2x3x2', 'added to 1x3x2')
  test.fails(function() return torch.addbmm(torch.Tensor(2), a, torch.Tensor(2, 4, 2)) end,
             'the product is 3x2')
  test.fails(function() return torch.bmm(a, torch.DoubleTensor(2, 4, 2)) end, 'Float', 'Double')
end)

test.case('shapes and arguments are checked', function()
  local a = torch.Tensor(3, 4)
  test.fails(function() return torch.mm(a, a) end, '3x4', '4 columns, 3 rows')
  test.fails(function() return torch.mm(a, torch.DoubleTensor(4, 2)) end, 'Float', 'Double')
  test.fails(function() return torch.addmm(1, 2, a, 3, a, a) end, 'at most two numbers')
  test.fails(function() return torch.mv(a, a) end, 'mv')
  test.fails(function() return torch.mm(a) end, 'tensor expected, got no value')
end)

test.case('dot and dist', function()
  local x, y = torch.DoubleTensor(9):normal(), torch.DoubleTensor(9):normal()
  local dot, square, absolute = 0, 0, 0
  for i = 1, 9 do
    dot = dot + x[i] * y[i]
    square = square + (x[i] - y[i]) ^ 2
    absolute = absolute + math.abs(x[i] - y[i])
  end
  test.near(x:dot(y), dot, 1e-12)
  test.near(torch.dist(x, y), math.sqrt(square), 1e-12)
  test.near(x:dist(y, 1), absolute, 1e-12)
  test.fails(function() return x:dot(torch.DoubleTensor(4)) end, '9', '4')
end)
