-- SpatialFullConvolution: against PyTorch's values, SpatialConvolution's backward, and finite
-- differences.
local test = require 'harness'
require 'nn'

-- Element i of the flattened tensor is ((a * i) mod b - floor(b / 2)) / 4.
local function pattern(a, b, ...)
  local t = torch.DoubleTensor(...)
  local flat = t:view(-1)
  for i = 1, flat:nElement() do flat[i] = ((a * i) % b - b // 2) / 4 end
  return t
end

-- conv_transpose2d(x, w, b, stride = (2, 1), padding = (1, 0), output_padding = (1, 0)), a kernel 3
-- high and 2 wide
local x, gy = pattern(7, 11, 2, 2, 2, 3), pattern(3, 7, 2, 3, 4, 4)
local y =
  {{{{0, 2.375, -1.8125, 0.8125}, {1.3125, -0.875, 2.125, 0.6875},
  {0.5625, 2.875, -1.3125, 0.75}, {0.5625, -2.125, 3.9375, -0.375}},
  {{-1, -0.125, -2.8125, 1.3125}, {-1.3125, -0.5, 0.625, -2.1875},
  {-0.9375, -0.625, -3.3125, 0.75}, {-0.9375, 0.875, -2.9375, -0.375}},
  {{0.75, -1.5, 3.8125, -1.9375}, {-0.375, 0.1875, -1.375, 2.5625},
  {0.3125, -1.375, 3.9375, -1.375}, {0.3125, 0.125, -2.1875, 2.375}}},
  {{{2.25, -1.8125, 0.875, 0.5625}, {-0.6875, 2.125, 1, 0.1875}, {2.8125, -1.3125, 1.375, 0.5},
  {-2.1875, 3.9375, -1, 0.875}}, {{-0.75, -2.8125, 1.375, -0.9375},
  {-0.8125, 0.625, -2.375, -0.1875}, {-0.6875, -3.3125, 0.875, -1.5},
  {0.8125, -2.9375, 0.125, -1.125}}, {{-1, 3.8125, -1.875, 0.3125},
  {-0.625, -1.375, 1.875, 0.5625}, {-1.4375, 3.9375, -1.75, 0.875},
  {0.0625, -2.1875, 2.375, -0.375}}}}
local gx =
  {{{{-0.4375, 1.375, -2.5}, {0.125, -4, -1.5625}}, {{-0.5, 1.25, -2.25},
  {2.5625, -4.6875, -0.125}}}, {{{3, -0.4375, 1.375}, {-0.125, 0.125, -4}}, {{3, -0.5, 1.25},
  {-0.25, 2.5625, -4.6875}}}}
local gw =
  {{{{-1.9375, 1.25}, {1.5, 0.25}, {-0.875, 0.5}}, {{-0.375, -0.25}, {-0.125, -0.5},
  {-0.75, 1.5}}, {{1.625, -1.75}, {-0.875, 0.5}, {0.25, -0.125}}}, {{{-1.5625, 2}, {0.5, -0.875},
  {0.25, 1.5}}, {{-0.125, -0.5}, {-0.5, -0.125}, {-0.75, 0.5}}, {{0.875, -2.125}, {0.25, 1.5},
  {-0.875, -0.5}}}}

local function known()
  local full = nn.SpatialFullConvolution(2, 3, 2, 3, 1, 2, 0, 1, 0, 1):double()
  full.weight:copy(pattern(5, 13, 2, 3, 3, 2))
  full.bias:copy(torch.DoubleTensor {0.5, -1, 0.25})
  full:zeroGradParameters()
  return full
end

test.case('values', function()
  local full = known()
  test.near(full:forward(x), y, 1e-14)
  test.near(full:backward(x, gy), gx, 1e-14)
  test.near(full.gradWeight, gw, 1e-13)
  test.near(full.gradBias, {0, 0.75, -0.25}, 1e-14)
  local single = known():float()
  test.near(single:forward(x:float()), y, 1e-5)
  test.near(single:backward(x:float(), gy:float()), gx, 1e-5)
  test.near(single.gradWeight, gw, 1e-5)
end)

test.case('one image', function()
  local full = known()
  test.near(full:forward(x[2]), y[2], 1e-14)
  test.near(full:backward(x[2], gy[2]), gx[2], 1e-14)
end)

-- Tensors with the same elements whose memory is in another order.
local function strided(t) return t:transpose(1, t:dim()):contiguous():transpose(1, t:dim()) end

test.case('strides of every tensor', function()
  local full = known()
  full.weight, full.gradWeight = strided(full.weight), strided(full.gradWeight)
  full.output, full.gradInput = strided(torch.zeros(2, 3, 4, 4):double()), strided(x)
  test.near(full:forward(strided(x)), y, 1e-14)
  test.check(not full.output:isContiguous(), 'the output kept its memory')
  test.near(full:backward(strided(x), strided(gy)), gx, 1e-14)
  test.near(full.gradWeight, gw, 1e-13)
end)

local geometries = { -- kW, kH, dW, dH, padW, padH, adjW, adjH
  {1, 1}, {1, 1, 2, 2}, {3, 3, 1, 1, 1, 1}, {3, 3, 2, 2, 1, 1, 1, 1}, {2, 4, 2, 3, 0, 1, 1, 2},
  {5, 2, 1, 2, 2, 0},
}

test.case('forward is a convolution going backward', function()
  for _, g in ipairs(geometries) do
    local full = nn.SpatialFullConvolution(4, 3, table.unpack(g)):double()
    full.bias:zero()
    local input = torch.randn(70, 4, 5, 6):double()
    local output = full:forward(input)
    local conv = nn.SpatialConvolution(3, 4, table.unpack(g, 1, 6)):double()
    conv.padH = full.padH
    conv.weight:copy(full.weight)
    conv:forward(output)
    test.near(output, conv:backward(output, input), 1e-13, tostring(full))
  end
end)

test.case('gradients', function()
  for _, g in ipairs(geometries) do
    test.gradients(nn.SpatialFullConvolution(2, 3, table.unpack(g)), torch.randn(2, 2, 3, 4))
  end
  test.gradients(nn.SpatialFullConvolution(2, 3, 3, 3), torch.randn(2, 3, 4))
end)

test.case('without bias', function()
  local full = nn.SpatialFullConvolution{nInputPlane = 2, nOutputPlane = 3, kW = 2, kH = 2,
                                         bias = false}
  test.equal(#full:parameters(), 1)
  test.gradients(full, torch.randn(2, 2, 3, 4))
end)

test.case('any number of threads gives the same bits', function()
  local function run(threads)
    torch.setnumthreads(threads)
    torch.manualSeed(3)
    local full = nn.SpatialFullConvolution(5, 3, 4, 4, 2, 2, 1, 1)
    local input = torch.randn(3, 5, 9, 7)
    full:zeroGradParameters()
    local output = full:forward(input)
    full:backward(input, output)
    return {output, full.gradInput, full.gradWeight, full.gradBias}
  end
  local threads = torch.getnumthreads()
  local one = run(1)
  for _, n in ipairs {2, 3, 5} do test.equal(run(n), one, n .. ' threads') end
  torch.setnumthreads(threads)
end)

test.case('initialisation and options', function()
  local full = nn.SpatialFullConvolution(4, 50, 5, 5, 2, 2, 1)
  test.check(full.weight:abs():max() <= 0.1 and full.weight:max() > 0.099, 'within 1/sqrt(100)')
  test.equal(full.weight:size():totable(), {4, 50, 5, 5})
  test.equal({full.bias:size(1), full.padW, full.padH}, {50, 1, 0})
  test.equal(tostring(full), 'nn.SpatialFullConvolution(4 -> 50, 5x5, 2,2, 1,0)')
  test.equal(tostring(nn.SpatialFullConvolution(1, 2, 3, 4)),
    'nn.SpatialFullConvolution(1 -> 2, 3x4)')
  test.fails(function() nn.SpatialFullConvolution(1, 2, 3, 3, 2, 2, 1, 1, 2, 0) end,
    'adjW and adjH are 2 and 0, should be less than dW and dH, 2 and 2')
end)

test.case('wrong input', function()
  local full = nn.SpatialFullConvolution(3, 2, 5, 5, 1, 1, 3, 3)
  test.fails(function() full:forward(torch.Tensor(10, 1, 28, 28)) end,
    'nn.SpatialFullConvolution(3 -> 2, 5x5, 1,1, 3,3): input has 1 planes, want 3')
  test.fails(function() full:forward(torch.Tensor(3, 2, 9)) end, '3x2x9 is too small', '0x7')
end)

test.case('more weights than there are numbers for', function()
  local most = 2 ^ 31 - 1
  test.fails(function() nn.SpatialFullConvolution(most, most, most, most) end,
    'nn.SpatialFullConvolution: too many weights')
end)

test.case('reset with a deviation, and without a bias', function()
  local layer = nn.SpatialFullConvolution(2, 3, 3, 3)
  layer:reset(0.01)
  local bound = 0.01 * math.sqrt(3)
  local weight, bias = layer.weight:clone():abs():max(), layer.bias:clone():abs():max()
  test.check(weight <= bound * 1.001 and weight > bound * 0.8 and bias <= bound * 1.001)
  test.equal(tostring(layer:noBias()), 'nn.SpatialFullConvolution(2 -> 3, 3x3) without bias')
end)
