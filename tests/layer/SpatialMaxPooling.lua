-- SpatialMaxPooling: PyTorch's values, a plain loop, and finite differences.
local test = require 'harness'
require 'nn'

-- Element i of the flattened tensor is ((a * i) mod b - floor(b / 2)) / 4 + step * (i - 1).
local function pattern(a, b, step, ...)
  local t = torch.DoubleTensor(...)
  local flat = t:view(-1)
  for i = 1, flat:nElement() do flat[i] = ((a * i) % b - b // 2) / 4 + step * (i - 1) end
  return t
end

local x = pattern(7, 23, 1e-3, 2, 2, 5, 6)

-- Second image of max_pool2d(x, (3, 2), (2, 2), (1, 0)) and of (x, (2, 4), (3, 3), (0, 1), ceil).
local known = {
  {make = function() return nn.SpatialMaxPooling(2, 3, 2, 2, 0, 1) end,
   y = {{{2.311, 0.063, 2.571}, {1.317, 2.831, 2.571}, {2.334, 2.831, 0.583}},
        {{2.097, 0.843, 2.594}, {2.097, 2.854, 2.357}, {0.109, 2.617, 1.363}}},
   gx = {{{0, -0.5, 0, 0.25, 0, 0}, {0, 0, 0, 0, 0, -1}, {0, 0, 0, 0, 0, 0},
          {0, 0, 0, 0.25, 0, 0.25}, {0.5, 0, 0, 0, 0, 0}},
         {{0, 0, 0, 0, 0.75, 0}, {0, -1, 0, 0, 0, 0}, {0, 0, 0.5, 0, 0, -0.5},
          {0, 0.25, 0, 0, 0, 0}, {0, 0, 0, -0.75, 0, 0}}}},
  {make = function() return nn.SpatialMaxPooling(4, 2, 3, 3, 1, 0):ceil() end,
   y = {{{2.311, 2.571, 2.571}, {2.334, 2.831, 0.583}},
        {{2.097, 2.594, -1.405}, {1.86, 2.617, 1.363}}},
   gx = {{{0, 0.25, 0, 0, 0, 0}, {0, 0, 0, 0, 0, -0.75}, {0, 0, 0, 0, 0, 0},
          {0, 0, 0, -0.25, 0, 0.5}, {0.75, 0, 0, 0, 0, 0}},
         {{0, 0, 0, 0, 0.25, -0.75}, {0, -0.5, 0, 0, 0, 0}, {0, 0, 0, 0, 0, 0},
          {0, 0, 0, 0, 0, -0.25}, {0, 0, 0, 0.75, 0, 0}}}},
}

test.case('values', function()
  for _, k in ipairs(known) do
    local pool = k.make():double()
    local output = pool:forward(x)
    local gy = pattern(3, 7, 0, table.unpack(output:size():totable()))
    test.near(output[2], k.y, 1e-14, tostring(pool))
    test.near(pool:backward(x, gy)[2], k.gx, 1e-14, tostring(pool))
    test.near(pool:forward(x[2]), k.y, 1e-14, 'one image')
    test.near(pool:backward(x[2], gy[2]), k.gx, 1e-14, 'one image')
    pool:float()
    test.near(pool:forward(x:float())[2], k.y, 1e-6, 'in float')
    test.near(pool:backward(x:float(), gy:float())[2], k.gx, 1e-6, 'in float')
  end
end)

local function loop(pool, input)
  local out = torch.DoubleTensor():resizeAs(pool.output)
  for b = 1, out:size(1) do for i = 1, out:size(2) do
    for r = 1, out:size(3) do for c = 1, out:size(4) do
      local best = -math.huge
      local top, left = (r - 1) * pool.dH - pool.padH, (c - 1) * pool.dW - pool.padW
      for h = math.max(top, 0) + 1, math.min(top + pool.kH, input:size(3)) do
        for w = math.max(left, 0) + 1, math.min(left + pool.kW, input:size(4)) do
          best = math.max(best, input[b][i][h][w])
        end
      end
      out[b][i][r][c] = best
    end end
  end end
  return out
end

local geometries = { -- kW, kH, dW, dH, padW, padH, ceil_mode
  {2, 2}, {3, 3, 2, 2}, {2, 3, 1, 1}, {3, 2, 1, 3, 1, 1}, {5, 5, 2, 1, 2, 2}, {1, 2, 3, 3},
  {2, 2, 2, 2, 0, 0, true}, {3, 3, 2, 2, 1, 1, true}, {1, 1, 4, 5, 0, 0, true},
  {6, 5, 3, 2, 3, 2, true},
}

test.case('against a plain loop', function()
  for _, g in ipairs(geometries) do
    local pool = nn.SpatialMaxPooling(table.unpack(g)):double()
    local input = torch.randn(3, 30, 6, 7):double()
    test.equal(pool:forward(input), loop(pool, input), tostring(pool))
  end
end)

test.case('sizes', function()
  local function size(n, ...)
    local output = nn.SpatialMaxPooling(...):forward(torch.zeros(1, n, n))
    return output:size(2)
  end
  test.equal({size(7, 2, 2), size(7, 2, 2, 2, 2, 0, 0, true)}, {3, 4})
  test.equal({size(6, 2, 2), size(6, 2, 2, 2, 2, 0, 0, true)}, {3, 3})
  test.equal(size(6, 3, 3, 2, 2, 1, 1, true), 4)
  test.equal(size(5, 2, 2, 2, 2, 1, 1, true), 3, 'no window begins in the padding at the end')
  test.equal(size(4, 1, 1, 5, 5, 0, 0, true), 1)
end)

test.case('gradients', function()
  for _, g in ipairs(geometries) do
    test.gradients(nn.SpatialMaxPooling(table.unpack(g)), torch.randperm(168):view(2, 2, 6, 7))
  end
  test.gradients(nn.SpatialMaxPooling(2, 2), torch.randperm(48):view(2, 4, 6))
end)

test.case('equal elements, infinities and NaN', function()
  local pool = nn.SpatialMaxPooling(2, 2)
  local input = torch.Tensor {{{1, 1, -math.huge, -math.huge}, {1, 0, -math.huge, -math.huge}}}
  test.equal(pool:forward(input), {{{1, -math.huge}}})
  test.equal(pool:backward(input, torch.Tensor {{{5, 7}}}), {{{5, 0, 7, 0}, {0, 0, 0, 0}}},
    'the first of equal ones')
  input[1][1][2] = 0 / 0
  local output = pool:forward(input)
  test.check(output[1][1][1] ~= output[1][1][1], 'a NaN wins')
  test.equal(pool:backward(input, torch.Tensor {{{5, 7}}}), {{{0, 5, 7, 0}, {0, 0, 0, 0}}})
end)

local function strided(t) return t:transpose(1, t:dim()):contiguous():transpose(1, t:dim()) end

test.case('strides of every tensor', function()
  local pool, k = known[1].make():double(), known[1]
  pool.output, pool.gradInput = strided(torch.zeros(2, 2, 3, 3):double()), strided(x)
  test.near(pool:forward(strided(x))[2], k.y, 1e-14)
  test.check(not pool.output:isContiguous(), 'the output kept its memory')
  local gy = strided(pattern(3, 7, 0, 2, 2, 3, 3))
  test.near(pool:backward(strided(x), gy)[2], k.gx, 1e-14)
end)

test.case('indices', function()
  local pool = nn.SpatialMaxPooling(2, 2)
  local input = torch.Tensor {{{1, 2, 3, 4}, {0, 9, 8, 7}}}
  pool:forward(input)
  test.equal(pool.indices, {{{5, 6}}}, 'places in the plane, from 0')
  pool.indices:fill(1e9)
  test.equal(pool:backward(input, torch.Tensor(1, 1, 2):fill(1)):abs():max(), 0)
  pool.indices:fill(-1)
  test.equal(pool:backward(input, torch.Tensor(1, 1, 2):fill(1)):abs():max(), 0)
  pool.indices = torch.Tensor(3)
  test.fails(function() pool:backward(input, torch.Tensor(1, 1, 2)) end, 'indices are 3')
end)

test.case('options', function()
  local pool = nn.SpatialMaxPooling(3, 2)
  test.equal({pool.dW, pool.dH, pool.padW, pool.ceil_mode}, {3, 2, 0, false})
  test.equal(pool:ceil().ceil_mode, true)
  test.equal(pool:floor().ceil_mode, false)
  test.equal(tostring(pool), 'nn.SpatialMaxPooling(3x2, 3,2)')
  test.equal(tostring(nn.SpatialMaxPooling(3, 2, 1, 1, 1, 0)),
    'nn.SpatialMaxPooling(3x2, 1,1, 1,0)')
  test.fails(function() nn.SpatialMaxPooling(3, 2, 1, 1, 2, 0) end,
    'nn.SpatialMaxPooling: padW and padH are 2 and 0, should be at most half of kW and kH')
  test.fails(function() nn.SpatialMaxPooling(3) end, 'kH is missing')
end)

test.case('wrong input', function()
  local pool = nn.SpatialMaxPooling(3, 3)
  test.fails(function() pool:forward(torch.zeros(1, 2, 9)) end,
    'nn.SpatialMaxPooling(3x3, 3,3): input 1x2x9 is too small')
  test.fails(function() pool:forward(torch.zeros(9, 9)) end, 'input is 9x9')
  test.fails(function() pool:forward(torch.zeros(1, 4097, 4096)) end,
    'a plane of type Float can have 16777216 elements')
end)

test.case('indices of other strides are replaced', function()
  local layer, images = nn.SpatialMaxPooling(2, 2), torch.randn(2, 4, 4)
  layer:forward(images)
  local want = layer.indices:clone()
  layer.indices = torch.zeros(2, 2, 2):transpose(1, 3)
  layer:forward(images)
  test.equal(layer.indices, want)
end)

test.case('a window larger than the image, rounded up', function()
  local images = torch.range(1, 4):view(1, 2, 2)
  test.equal(nn.SpatialMaxPooling(5, 5, 3, 3):ceil():forward(images), {{{4}}})
  test.fails(function() nn.SpatialMaxPooling(6, 6, 1, 1):ceil():forward(images) end,
    'nn.SpatialMaxPooling')
end)
