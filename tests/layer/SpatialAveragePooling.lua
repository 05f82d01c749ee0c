-- SpatialAveragePooling: PyTorch's values, a plain loop, and finite differences.
local test = require 'harness'
require 'nn'

local x = torch.DoubleTensor(2, 5, 6)
for i = 1, 60 do x:view(-1)[i] = ((7 * (i + 60)) % 23 - 11) / 4 + (i + 59) / 1000 end

-- avg_pool2d(x, ...); exclude: count_include_pad=False
local known = {
  {make = function() return nn.SpatialAveragePooling(2, 3, 1, 2, 0, 1) end,
   y = {{{0.625666666667, -0.123666666667, -0.873, 0.294333333333, 0.503333333333},
         {-0.5525, 0.240166666667, 0.0745, -0.0911666666667, 0.7015},
         {-0.404, -0.195, 0.972333333333, 0.223, -0.526333333333}},
        {{0.187333333333, -0.562, -0.353, 0.814333333333, 0.065},
         {0.2275, 1.02016666667, -0.103833333333, -0.2695, 0.523166666667},
         {-0.842333333333, 0.325, 0.534, -0.215333333333, -0.00633333333333}}}},
  {make = function() return nn.SpatialAveragePooling(4, 2, 3, 3, 1, 0):ceil() end,
   y = {{{-0.077, -0.27725, 0.0965}, {-0.15725, 0.3345, 0.043}},
        {{-0.21075, -0.216, -0.951}, {-0.291, 0.39575, 0.433}}}},
  {make = function() return nn.SpatialAveragePooling(3, 3, 2, 2, 1, 1):setCountExcludePad() end,
   y = {{{0.9385, -0.268333333333, 0.358666666667}, {-0.5525, 0.157333333333, 0.464888888889},
         {-0.606, 0.583, 0.251666666667}},
        {{0.281, -0.446666666667, 0.180333333333}, {0.2275, 0.298444444444, -0.0328888888889},
         {-1.2635, 0.404666666667, 0.0733333333333}}}},
}

test.case('values', function()
  for _, k in ipairs(known) do
    local pool = k.make():double()
    test.near(pool:forward(x), k.y, 1e-11, tostring(pool))
    test.near(pool:forward(x:view(1, 2, 5, 6)), {k.y}, 1e-11, 'a batch')
    test.near(pool:float():forward(x:float()), k.y, 1e-6, 'in float')
  end
end)

local geometries = { -- kW, kH, dW, dH, padW, padH, ceil_mode, count_include_pad, divide
  {2, 2}, {2, 2, 2, 2}, {3, 2, 1, 3, 1, 1}, {5, 5, 2, 1, 2, 2, false, false},
  {3, 3, 2, 2, 1, 1, true}, {3, 3, 2, 2, 1, 1, true, false}, {6, 5, 4, 4, 3, 2, true, true},
  {3, 2, 2, 2, 0, 0, true, true, false}, {1, 1, 3, 3},
}

local function loop(pool, input)
  local out = torch.DoubleTensor():resizeAs(pool.output)
  local height, width = input:size(2), input:size(3)
  for i = 1, out:size(1) do for r = 1, out:size(2) do for c = 1, out:size(3) do
    local sum, inside, whole = 0, 0, 0
    for h = (r - 1) * pool.dH - pool.padH + 1, (r - 1) * pool.dH - pool.padH + pool.kH do
      for w = (c - 1) * pool.dW - pool.padW + 1, (c - 1) * pool.dW - pool.padW + pool.kW do
        if h <= height + pool.padH and w <= width + pool.padW then whole = whole + 1 end
        if h >= 1 and w >= 1 and h <= height and w <= width then
          sum, inside = sum + input[i][h][w], inside + 1
        end
      end
    end
    local n = pool.count_include_pad and whole or inside
    out[i][r][c] = sum / (pool.divide and n or 1)
  end end end
  return out
end

test.case('against a plain loop', function()
  for _, g in ipairs(geometries) do
    local pool = nn.SpatialAveragePooling(table.unpack(g)):double()
    local input = torch.randn(30, 6, 7):double()
    test.near(pool:forward(input), loop(pool, input), 1e-13, tostring(pool))
  end
end)

test.case('gradients', function()
  for _, g in ipairs(geometries) do
    test.gradients(nn.SpatialAveragePooling(table.unpack(g)), torch.randn(2, 2, 6, 7))
  end
  test.gradients(nn.SpatialAveragePooling(2, 2), torch.randn(2, 4, 6))
end)

local function strided(t) return t:transpose(1, t:dim()):contiguous():transpose(1, t:dim()) end

test.case('strides of every tensor', function()
  local pool = nn.SpatialAveragePooling(3, 2, 1, 3, 1, 1):double()
  local input = torch.randn(3, 2, 5, 6):double()
  local y = pool:forward(input):clone()
  local gx = pool:backward(input, y):clone()
  pool.output, pool.gradInput = strided(y:clone():zero()), strided(gx:clone():zero())
  test.equal(pool:forward(strided(input)), y)
  test.equal(pool:backward(strided(input), strided(y)), gx)
  test.check(not pool.output:isContiguous(), 'the output kept its memory')
end)

test.case('the whole plane', function()
  local input = torch.randn(3, 4, 70, 80):double()
  local y = nn.SpatialAveragePooling(80, 70):double():forward(input)
  test.near(y, input:view(3, 4, 5600):mean(3):view(3, 4, 1, 1), 1e-13)
end)

test.case('options', function()
  local pool = nn.SpatialAveragePooling(3, 2)
  test.equal({pool.dW, pool.dH, pool.ceil_mode, pool.count_include_pad}, {1, 1, false, true})
  test.equal(pool:setCountExcludePad():setCountIncludePad().count_include_pad, true)
  test.equal(pool:ceil():floor().ceil_mode, false)
  test.equal(tostring(pool), 'nn.SpatialAveragePooling(3x2, 1,1)')
  test.fails(function() nn.SpatialAveragePooling(3, 2, 1, 1, 0, 2) end, 'at most half of kW and kH')
end)

test.case('wrong input', function()
  local pool = nn.SpatialAveragePooling(3, 3)
  test.fails(function() pool:forward(torch.zeros(1, 2, 9)) end,
    'nn.SpatialAveragePooling(3x3, 1,1): input 1x2x9 is too small')
  test.fails(function() pool:forward(torch.zeros(9)) end, 'input is 9')
end)
