-- SpatialConvolution: against PyTorch's values, a plain loop, and finite differences.
local test = require 'harness'
require 'nn'

-- Element i of the flattened tensor is ((a * i) mod b - floor(b / 2)) / 4.
local function pattern(a, b, ...)
  local t = torch.DoubleTensor(...)
  local flat = t:view(-1)
  for i = 1, flat:nElement() do flat[i] = ((a * i) % b - b // 2) / 4 end
  return t
end

-- conv2d(x, w, b, stride = (1, 2), padding = (0, 1)) with a kernel 2 high and 3 wide
local x, gy = pattern(7, 11, 2, 2, 4, 5), pattern(3, 7, 2, 3, 3, 3)
local y = {
  {{{2.75, -3.5, -1.6875}, {-1.625, -3.4375, 3}, {-4.625, 2.125, 3.5625}},
   {{0.875, 3.4375, -2.0625}, {1.4375, 0.4375, -4.625}, {3.375, -6, -2.375}},
   {{-3.125, -2.3125, 1.125}, {-0.875, 2.1875, 1.875}, {2.75, 3.25, -1.5}}},
  {{{-2.6875, 5.25, 4.875}, {1.875, 3.9375, -1.4375}, {3, 1.9375, -5}},
   {{0.5625, -8.875, 1.5}, {-4.375, -4.3125, 0.3125}, {-3.8125, 3, 1.875}},
   {{2.5, 4.125, -3.1875}, {2.6875, -1.6875, 2.375}, {-0.5625, -1.3125, 1.75}}}}
local gx = {
  {{{0.8125, -0.9375, 0.25, 0.125, 1}, {0.875, 0.8125, -0.4375, -0.5, 0.875},
    {-0.875, 3, -0.875, -1.8125, 0.875}, {-1.4375, 1.375, 0.4375, -0.5625, 1}},
   {{0.0625, 0.625, -0.6875, -1.5, 0.3125}, {-0.75, 1, -0.25, 2.25, -0.625},
    {1.1875, -2.6875, -0.5, 2.5, -0.875}, {1.5, 0.3125, -0.3125, 0.1875, 0.0625}}},
  {{{-1.6875, 1.5, 0.8125, -0.9375, 0.25}, {-0.4375, 0.8125, 0.875, 0.8125, -0.4375},
    {0.875, -1.8125, -0.875, 3, -0.875}, {0.625, -0.625, -1.4375, 1.375, 0.4375}},
   {{1.25, -1.1875, 0.0625, 0.625, -0.6875}, {1.8125, 0.625, -0.75, 1, -0.25},
    {-0.625, -0.4375, 1.1875, -2.6875, -0.5}, {-0.1875, -1.75, 1.5, 0.3125, -0.3125}}}}
local gw = {
  {{{1.5, 3.5, -1.875}, {-1.4375, 1.4375, -1.6875}},
   {{-0.625, -2.6875, 0.9375}, {3.3125, 1.4375, -1.625}}},
  {{{-0.5, 1.1875, -0.375}, {-2.6875, 1.5625, 2.3125}},
   {{1.0625, 0.625, -1.3125}, {0.9375, 2.375, -1.375}}},
  {{{-2.0625, 1.5, 0.6875}, {-2.625, -1.375, 4.125}},
   {{1.875, 3.0625, -1.375}, {-1.4375, 1.5625, -0.6875}}}}

local function known()
  local conv = nn.SpatialConvolution(2, 3, 3, 2, 2, 1, 1, 0):double()
  conv.weight:copy(pattern(5, 13, 3, 2, 2, 3))
  conv.bias:copy(torch.DoubleTensor {0.5, -1, 0.25})
  conv:zeroGradParameters()
  return conv
end

test.case('values', function()
  local conv = known()
  test.near(conv:forward(x), y, 1e-14)
  test.near(conv:backward(x, gy), gx, 1e-14)
  test.near(conv.gradWeight, gw, 1e-13)
  test.near(conv.gradBias, {0, 0.75, -0.25}, 1e-14)
  conv:accGradParameters(x, gy, -0.5)
  test.near(conv.gradWeight, torch.DoubleTensor(gw):div(2), 1e-13, 'scaled')
end)

test.case('values in float', function()
  local conv = known():float()
  test.near(conv:forward(x:float()), y, 1e-5)
  test.near(conv:backward(x:float(), gy:float()), gx, 1e-5)
  test.near(conv.gradWeight, gw, 1e-5)
end)

test.case('one image', function()
  local conv = known()
  test.near(conv:forward(x[2]), y[2], 1e-14)
  test.near(conv:backward(x[2], gy[2]), gx[2], 1e-14)
end)

-- Tensors with the same elements whose memory is in another order.
local function strided(t) return t:transpose(1, t:dim()):contiguous():transpose(1, t:dim()) end

test.case('strides of every tensor', function()
  local conv = known()
  conv.weight, conv.gradWeight = strided(conv.weight), strided(conv.gradWeight)
  conv.output, conv.gradInput = strided(torch.zeros(2, 3, 3, 3):double()), strided(x)
  local output = conv.output
  test.near(conv:forward(strided(x)), y, 1e-14)
  test.check(not output:isContiguous() and output:select(1, 1):equal(torch.DoubleTensor(y[1])),
    'the output kept its memory')
  test.near(conv:backward(strided(x), strided(gy)), gx, 1e-14)
  test.near(conv.gradWeight, gw, 1e-13)
end)

-- y[b][o][r][c] = bias[o] + sum over i, k, l of w[o][i][k][l] x[b][i][r dH - padH + k][...]
local function loop(conv, input)
  local out = torch.DoubleTensor():resizeAs(conv.output)
  local function at(b, i, h, w)
    if h < 1 or w < 1 or h > input:size(3) or w > input:size(4) then return 0 end
    return input[b][i][h][w]
  end
  for b = 1, out:size(1) do for o = 1, out:size(2) do
    for r = 1, out:size(3) do for c = 1, out:size(4) do
      local sum = conv.bias and conv.bias[o] or 0
      for i = 1, input:size(2) do for k = 1, conv.kH do for l = 1, conv.kW do
        sum = sum + conv.weight[o][i][k][l] *
          at(b, i, (r - 1) * conv.dH - conv.padH + k, (c - 1) * conv.dW - conv.padW + l)
      end end end
      out[b][o][r][c] = sum
    end end
  end end
  return out
end

local geometries = { -- kW, kH, dW, dH, padW, padH
  {1, 1}, {1, 1, 2, 1}, {3, 3, 1, 1, 1, 1}, {2, 3, 1, 2}, {3, 2, 3, 1, 2}, {5, 4, 2, 3, 4, 3},
  {1, 2, 1, 1, 2, 1}, {7, 6, 1, 1, 1, 1},
}

test.case('against a plain loop', function()
  for _, g in ipairs(geometries) do
    local conv = nn.SpatialConvolution(3, 4, table.unpack(g)):double()
    local input = torch.randn(9, 3, 5, 6):double()
    test.near(conv:forward(input), loop(conv, input), 1e-13, tostring(conv))
  end
end)

test.case('gradients', function()
  for _, g in ipairs(geometries) do
    test.gradients(nn.SpatialConvolution(2, 3, table.unpack(g)), torch.randn(2, 2, 5, 6))
  end
  test.gradients(nn.SpatialConvolution(2, 3, 3, 3), torch.randn(2, 4, 5))
  test.gradients(nn.SpatialConvolution(2, 2, 2, 2), torch.randn(5, 2, 4, 3):transpose(3, 4))
end)

test.case('without bias', function()
  local conv = nn.SpatialConvolution(2, 3, 2, 2, 1, 1, 0, 0, false)
  test.equal(conv.bias, nil)
  test.equal(#conv:parameters(), 1)
  test.gradients(conv, torch.randn(2, 2, 3, 4))
  test.near(conv:forward(torch.zeros(2, 3, 4):double()):abs():max(), 0, 0)
end)

-- More columns than fit into one piece of scratch: the sums do not depend on the cut.
test.case('large images', function()
  local conv = nn.SpatialConvolution(8, 2, 5, 5, 1, 1, 2):double()
  local input = torch.randn(1, 8, 40, 50):double()
  local output = conv:forward(input):clone()
  local whole = torch.DoubleTensor(1, 8, 44, 54):zero()
  whole:narrow(3, 3, 40):narrow(4, 3, 50):copy(input)
  local matrix = whole:unfold(3, 5, 1):unfold(4, 5, 1):permute(2, 5, 6, 3, 4, 1):contiguous()
    :view(200, 2000)
  local weight, ones = conv.weight:view(2, 200), torch.DoubleTensor(1, 2000):fill(1)
  local want = torch.mm(weight, matrix) + torch.mm(conv.bias:view(2, 1), ones)
  test.near(output, want:view(1, 2, 40, 50), 1e-12)
  local g = torch.randn(1, 2, 40, 50):double()
  conv:zeroGradParameters()
  conv:backward(input, g)
  test.near(conv.gradWeight:view(2, 200), torch.mm(g:view(2, 2000), matrix:t()), 1e-11)
  -- backward is forward with the kernels turned around and their planes exchanged
  local back = nn.SpatialConvolution(2, 8, 5, 5, 1, 1, 2):double()
  back.bias:zero()
  local turned = torch.range(5, 1, -1):long()
  back.weight:copy(conv.weight:index(3, turned):index(4, turned):transpose(1, 2))
  test.near(conv.gradInput, back:forward(g), 1e-11)
end)

test.case('any number of threads gives the same bits', function()
  local function run(threads)
    torch.setnumthreads(threads)
    torch.manualSeed(3)
    local conv = nn.SpatialConvolution(3, 5, 3, 3, 1, 1, 1)
    local input = torch.randn(70, 3, 9, 7)
    conv:zeroGradParameters()
    local output = conv:forward(input)
    conv:backward(input, output)
    return {output, conv.gradInput, conv.gradWeight, conv.gradBias}
  end
  local threads = torch.getnumthreads()
  local one = run(1)
  for _, n in ipairs {2, 3, 5} do test.equal(run(n), one, n .. ' threads') end
  torch.setnumthreads(threads)
end)

-- Denormal numbers are flushed wherever a sum is made: one image, and a batch of many. Elements are
-- read one by one, since comparing tensors would flush them too.
test.case('denormals', function()
  for _, batch in ipairs {1, 100} do
    local conv = nn.SpatialConvolution(1, 1, 2, 1, 1, 1, 0, 0, false)
    conv.weight:fill(1)
    local input = torch.Tensor(batch, 1, 1, 3):fill(1e-39)
    test.equal(conv:forward(input)[1][1][1][1], 0, 'of denormals')
    local slopes = torch.Tensor(batch, 1, 1, 2):fill(2e-38)
    slopes:select(4, 2):fill(-1.5e-38)
    local row = conv:backward(input, slopes)[1][1][1]
    test.check(row[1] > 0 and row[3] < 0, 'normal numbers stay')
    test.equal(row[2], 0, 'their difference')
  end
end)

test.case('initialisation', function()
  local conv = nn.SpatialConvolution(4, 50, 5, 5)
  test.check(conv.weight:max() <= 0.1 and conv.weight:max() > 0.099, 'below 1/sqrt(100)')
  test.check(conv.weight:min() >= -0.1 and conv.weight:min() < -0.099, 'above -1/sqrt(100)')
  test.check(conv.bias:abs():max() <= 0.1 and conv.bias:abs():max() > 0.05, 'bias')
  conv:reset(2)
  test.near(conv.weight:std(), 2, 0.1)
  test.equal(conv.weight:size():totable(), {50, 4, 5, 5})
end)

test.case('options', function()
  local conv = nn.SpatialConvolution(1, 2, 5, 4, 3, 2, 1)
  test.equal({conv.padW, conv.padH}, {1, 1}, 'padH as padW')
  test.equal(tostring(conv), 'nn.SpatialConvolution(1 -> 2, 5x4, 3,2, 1,1)')
  test.equal(tostring(nn.SpatialConvolution(1, 2, 5, 4)), 'nn.SpatialConvolution(1 -> 2, 5x4)')
  local copy = conv:clone()
  test.equal({copy.padW, copy.padH, copy.dW}, {1, 1, 3})
  test.fails(function() nn.SpatialConvolution(1, 2, 5) end, 'kH is missing')
  test.fails(function() nn.SpatialConvolution(1, 2, 5, 5, 0) end, 'dW is 0')
  test.fails(function() nn.SpatialConvolution(1, 2, 5, 5, 1, 1, 0, -1) end, 'padH is -1')
  conv.padH = 3
  test.equal(tostring(conv), 'nn.SpatialConvolution(1 -> 2, 5x4, 3,2, 1,3)')
  test.fails(function() conv.padH = -1 end, 'padH')
end)

test.case('wrong input', function()
  local conv = nn.SpatialConvolution(3, 2, 5, 5)
  test.fails(function() conv:forward(torch.Tensor(10, 1, 28, 28)) end,
    'nn.SpatialConvolution(3 -> 2, 5x5): input has 1 planes, want 3 (input 10x1x28x28)')
  test.fails(function() conv:forward(torch.Tensor(10, 784)) end, 'input is 10x784')
  test.fails(function() conv:forward(torch.Tensor(3, 4, 9)) end, '3x4x9 is too small', '0x5')
  conv:forward(torch.Tensor(3, 6, 6):zero())
  test.fails(function() conv:backward(torch.Tensor(3, 6, 7), torch.Tensor(2, 2, 2)) end,
    'input is 3x6x7 in backward')
  test.fails(function() conv:backward(torch.Tensor(3, 6, 6), torch.Tensor(2, 2, 3)) end,
    'gradOutput is 2x2x3')
end)

test.case('more weights than there are numbers for', function()
  local most = 2 ^ 31 - 1
  test.fails(function() nn.SpatialConvolution(most, most, most, most) end,
    'nn.SpatialConvolution: too many weights')
end)

test.case('elements of the window that see nothing but padding', function()
  local layer = nn.SpatialConvolution(1, 1, 3, 3, 1, 1, 1, 1)
  local pixel = torch.randn(1, 1, 1)
  local want = layer.weight[1][1][2][2] * pixel[1][1][1] + layer.bias[1]
  test.near(layer:forward(pixel)[1][1][1], want, 1e-6)
  test.gradients(layer, pixel)
end)

test.case('padding so wide that windows see nothing else', function()
  test.gradients(nn.SpatialConvolution(1, 1, 3, 3, 1, 1, 4, 4), torch.randn(1, 1, 1))
  local layer = nn.SpatialConvolution(1, 1, 3, 3, 1, 1, 4, 4)
  test.equal(layer:forward(torch.randn(1, 1, 1))[1][1][1], layer.bias[1])
end)
