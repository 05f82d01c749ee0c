-- CMul: a trained factor for each element of a sample.
local test = require 'harness'
require 'nn'

local x = torch.DoubleTensor {{-2, -0.5, 0.25}, {0.5, 1, 3}}
local w = torch.DoubleTensor {2, 3, -1}

local function with(weight, ...)
  local layer = nn.CMul(...):double()
  layer.weight:copy(weight)
  layer.gradWeight:zero()
  return layer
end

test.case('values', function()
  local layer = with(w, 3)
  test.equal(layer:forward(x), {{-4, -1.5, -0.25}, {1, 3, -3}})
  test.equal(layer:backward(x, torch.DoubleTensor {{1, 2, 3}, {4, 5, 6}}, 2),
    {{2, 6, -3}, {8, 15, -6}})
  test.equal(layer.gradWeight, {2 * (-2 + 2), 2 * (-1 + 5), 2 * (0.75 + 18)})
  test.equal(layer:forward(x[2]), {1, 3, -3})
end)

test.case('a weight of other sizes: as many elements, or sizes of 1', function()
  test.equal(with(torch.range(1, 6), 6):forward(x), {{-2, -1, 0.75}, {2, 5, 18}})
  test.equal(with(torch.range(1, 6), 3, 2):forward(x), {{-2, -1, 0.75}, {2, 5, 18}})
  test.equal(with(torch.DoubleTensor {2, 10}, 2, 1):forward(x), {{-4, -1, 0.5}, {5, 10, 30}})
  test.equal(with(torch.DoubleTensor {2}, 1):forward(x), {{-4, -1, 0.5}, {1, 2, 6}})
  test.equal(with(w, 1, 3):forward(x), {{-4, -1.5, -0.25}, {1, 3, -3}})
end)

test.case('reset', function()
  local layer = nn.CMul(50, 50)
  test.check(layer.weight:max() <= 1 / 50 and layer.weight:min() >= -1 / 50, 'within 1/sqrt(n)')
  test.check(layer.weight:max() > 0.9 / 50, 'up to 1/sqrt(n)')
  layer:reset(2)
  test.near(layer.weight:std(), 2, 0.1)
end)

test.case('gradients', function()
  test.gradients(nn.CMul(3), x)
  test.gradients(nn.CMul(3), x[1])
  test.gradients(nn.CMul(2, 1), x)
  test.gradients(nn.CMul(1), x)
  test.gradients(nn.CMul(4, 3), torch.randn(5, 4, 3))
  test.gradients(nn.CMul(12), torch.randn(5, 4, 3))
  test.gradients(nn.CMul(1, 4, 1, 2), torch.randn(3, 4, 3, 2))
  test.gradients(nn.CMul(1, 1, 3, 1), torch.randn(3, 4, 3, 2))
  test.gradients(nn.CMul(3, 1, 1, 1), torch.randn(3, 4, 3, 2))
  test.gradients(nn.CMul(70), torch.randn(3, 70))
end)

test.case('long sums, against a loop', function()
  local n, c = 700, 5
  local input, gy = torch.randn(n, c), torch.randn(n, c)
  for _, size in ipairs {{c}, {n, 1}} do
    local layer = nn.CMul(size)
    layer.gradWeight:zero()
    layer:forward(input)
    layer:backward(input, gy)
    for k = 1, layer.gradWeight:nElement() do
      local sum = 0
      for i = 1, #size == 1 and n or c do
        local a, b = #size == 1 and i or k, #size == 1 and k or i
        sum = sum + input[a][b] * gy[a][b]
      end
      test.near(layer.gradWeight:view(-1)[k], sum, 1e-5)
    end
  end
end)

test.case('other strides', function()
  local plain, layer = with(w, 3), with(w, 3)
  local strided, gy = x:t():contiguous():t(), torch.DoubleTensor {{1, 2, 3}, {4, 5, 6}}
  test.equal(layer:forward(strided):contiguous(), plain:forward(x))
  test.equal(layer:backward(strided, gy:t():contiguous():t()):contiguous(), plain:backward(x, gy))
  test.equal(layer.gradWeight, plain.gradWeight)
end)

test.case('sizes must fit', function()
  test.fails(function() nn.CMul(4):double():forward(x) end, 'nn.CMul(4)', 'input is 2x3')
  test.fails(function() nn.CMul() end, 'nn.CMul', 'size')
  test.equal(tostring(nn.CMul(2, 3)), 'nn.CMul(2x3)')
end)
