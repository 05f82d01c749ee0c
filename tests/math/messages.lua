-- What the mathematics refuses, and edges of what it takes: each with its message or value.
local test = require 'harness'
local Long = torch.LongTensor

local function refuses(cases)
  for text, f in pairs(cases) do test.fails(f, text) end
end

test.case('matrices', function()
  local square, vector, long = torch.ones(2, 2), torch.ones(2), Long(2, 2):fill(1)
  refuses {
    ['baddbmm: not defined for a LongTensor'] = function()
      torch.bmm(Long(2, 2, 2):fill(1), Long(2, 2, 2):fill(1))
    end,
    ['addbmm: batches without a matrix'] = function()
      torch.addbmm(square, torch.Tensor(0, 2, 2), torch.Tensor(0, 2, 2))
    end,
    ['addmm: two matrices expected, not 2 and 2x2'] = function()
      torch.addmm(square, vector, square)
    end,
    ['addr: two vectors expected, not 2x2 and 2'] = function()
      torch.addr(square, square, vector)
    end,
    ['inverse: a square matrix expected, not 2x3'] = function() torch.inverse(torch.ones(2, 3)) end,
    ['inverse: element (1,2) is'] = function() torch.inverse(torch.Tensor {{1, 0 / 0}, {1, 1}}) end,
    ['inverse: not defined for a LongTensor'] = function() torch.inverse(long) end,
    ['svd: a matrix expected, not 2'] = function() torch.svd(vector) end,
    ['renorm: not defined for a LongTensor'] = function() long:renorm(2, 1, 1) end,
    ['conv2: not defined for a LongTensor'] = function() torch.conv2(long, long) end,
    ['trace: the matrix is empty'] = function() torch.trace(torch.Tensor(0, 3)) end,
  }
end)

test.case('dimensions without elements', function()
  local none = torch.Tensor(2, 0)
  for name, f in pairs {max = torch.max, min = torch.min, median = torch.median, mode = torch.mode,
                        mean = torch.mean} do
    test.fails(function() f(none, 2) end, name .. ': dimension 2 has no elements')
  end
  test.fails(function() torch.kthvalue(none, 1, 2) end, 'kthvalue: dimension 2 has no elements')
  test.equal(torch.cumsum(none, 2):size():totable(), {2, 0})
end)

test.case('indices', function()
  local x = torch.Tensor {{1, 2}, {3, 4}}
  refuses {
    ['scatter: the index is 1x2 and the source 2x2'] = function()
      torch.zeros(2, 2):scatter(1, Long {{1, 2}}, x)
    end,
    ['the index is 1x1 and must be a vector'] = function() x:index(1, Long {{1}}) end,
    ['repeatTensor: 0 times in dimension 1'] = function() torch.ones(2):repeatTensor(0) end,
  }
  x:index(x, 1, Long {2, 1})
  test.equal(x, {{3, 4}, {1, 2}}, 'a result that is the source')
  x:gather(x, 1, Long {{2, 1}})
  test.equal(x, {{1, 4}}, 'a result that is the source of gather')
  test.equal(torch.cat(torch.ones(2, 1), torch.zeros(2), 2), {{1, 0}, {1, 0}})
end)

test.case('types', function()
  refuses {
    ['exp: not defined for a LongTensor'] = function() Long {1}:exp() end,
    ['addcdiv: division of a LongTensor by zero'] = function()
      Long {1}:addcdiv(1, Long {1}, Long {0})
    end,
    ['the result is a FloatTensor and should be a ByteTensor'] = function()
      torch.lt(torch.ones(2), torch.ones(2), torch.ones(2))
    end,
    ['mean: not defined for a LongTensor; convert it first'] = function() Long {1}:mean() end,
  }
end)

test.case('the smallest integer has no opposite: it stays itself', function()
  test.equal(Long {math.mininteger, 7}:cdiv(Long {-1, -1}), {math.mininteger, -7})
end)

test.case('products and counts over more than one piece', function()
  test.equal(Long {2, 3}:prod(), 6)
  local ones = torch.ones(300000)
  ones[1], ones[299999] = 3, 5
  test.equal(ones:prod(), 15)
  test.equal(ones:long():prod(), 15)
  test.equal(torch.Tensor {0, 2, 3}:norm(0), 2)
  test.equal(torch.ones(3000000):sum(), 3000000)
end)

test.case('NaN counts as the largest in sort, both ways', function()
  local nan = 0 / 0
  local up, places = torch.sort(torch.Tensor {3, nan, 1, nan})
  test.equal(up, {1, 3, nan, nan})
  test.equal(places, {3, 1, 2, 4})
  local down, from = torch.sort(torch.Tensor {3, nan, 1, nan}, 1, true)
  test.equal(down, {nan, nan, 3, 1})
  test.equal(from, {2, 4, 1, 3})
end)

test.case('products without elements', function()
  test.equal(torch.mm(torch.Tensor(0, 3), torch.ones(3, 4)):size():totable(), {0, 4})
  test.equal(torch.mm(torch.Tensor(2, 0), torch.Tensor(0, 2)), torch.zeros(2, 2))
  test.equal(torch.sort(torch.Tensor(2, 0), 2):size():totable(), {2, 0})
end)

test.case('what has no weight is never drawn', function()
  test.equal(torch.multinomial(torch.Tensor {0, 1, 0}, 4, true), {2, 2, 2, 2})
  test.equal(torch.multinomial(torch.Tensor {0, 0, 1}, 1), {3})
end)

test.case('lines and windows longer than a piece of work', function()
  local long = torch.ones(200000)
  local most, place = torch.mode(long)
  test.equal({most[1], place[1]}, {1, 200000})
  test.equal(torch.conv2(torch.ones(201, 201), torch.ones(200, 200)):sum(), 4 * 40000)
  long[199999] = 0 / 0
  test.check(long:max() ~= long:max() and long:min() ~= long:min(), 'NaN as the extreme')
end)

test.case('what integers have not, what has no end, what is nothing', function()
  refuses {
    ['atan2: not defined for a LongTensor'] = function() Long {1}:atan2(Long {1}) end,
    ['range: from -9223372036854775808 to'] = function()
      torch.range(Long(), math.mininteger, math.maxinteger)
    end,
  }
  test.equal(torch.symeig(torch.zeros(3, 3)), {0, 0, 0})
  test.equal(select(2, torch.svd(torch.zeros(3, 2))), {0, 0})
end)
