-- Linear: y = x W' + b. Golden values from PyTorch.
local test = require 'harness'
require 'nn'

local x = torch.DoubleTensor {{-2, -0.5, 0.25}, {0.5, 1, 3}}
local gy = torch.DoubleTensor {{1, -2}, {0.5, 3}}

local function known()
  local linear = nn.Linear(3, 2):double()
  linear.weight:copy(torch.DoubleTensor {{0.5, -1, 2}, {1.5, 0.25, -0.75}})
  linear.bias:copy(torch.DoubleTensor {0.1, -0.2})
  linear:zeroGradParameters()
  return linear
end

test.case('values', function()
  local linear = known()
  test.near(linear:forward(x), {{0.1, -3.5125}, {5.35, -1.45}}, 1e-14)
  test.near(linear:backward(x, gy), {{-2.5, -1.5, 3.5}, {4.75, 0.25, -1.25}}, 1e-14)
  test.near(linear.gradWeight, {{-1.75, 0, 1.75}, {5.5, 4, 8.5}}, 1e-14)
  test.near(linear.gradBias, {1.5, 1}, 1e-14)
end)

test.case('one sample', function()
  local linear = known()
  test.near(linear:forward(x[2]), {5.35, -1.45}, 1e-14)
  test.near(linear:backward(x[2], gy[2]), {4.75, 0.25, -1.25}, 1e-14)
  test.near(linear.gradWeight, {{0.25, 0.5, 1.5}, {1.5, 3, 9}}, 1e-14)
  test.near(linear.gradBias, {0.5, 3}, 1e-14)
end)

test.case('without bias', function()
  local linear = nn.Linear(3, 2, false)
  test.equal(linear.bias, nil)
  test.equal(#linear:parameters(), 1)
  test.gradients(linear, x)
end)

test.case('gradients', function()
  test.gradients(nn.Linear(3, 2), x)
  test.gradients(nn.Linear(3, 2), x[1])
  test.gradients(nn.Linear(19, 7), torch.randn(19, 5):t())
end)

test.case('a batch of no rows adds nothing to the gradients', function()
  local linear, none = nn.Linear(3, 2), torch.Tensor(0, 3)
  linear.gradWeight:fill(1)
  linear.gradBias:fill(2)
  linear:backward(none, linear:forward(none))
  test.equal(linear.gradWeight, torch.Tensor(2, 3):fill(1))
  test.equal(linear.gradBias, {2, 2})
end)

test.case('initialisation', function()
  local linear = nn.Linear(100, 50)
  test.check(linear.weight:max() <= 0.1 and linear.weight:max() > 0.09, 'below 1/sqrt(100)')
  test.check(linear.weight:min() >= -0.1 and linear.weight:min() < -0.09, 'above -1/sqrt(100)')
  test.check(linear.bias:abs():max() <= 0.1, 'bias within 1/sqrt(100)')
  test.near(linear.weight:std(), 0.1 / math.sqrt(3), 2e-3)
end)

test.case('wrong input', function()
  test.fails(function() nn.Linear(784, 100):forward(torch.Tensor(1000, 28)) end,
    'nn.Linear(784 -> 100): input has 28 features, want 784 (input 1000x28)')
  test.fails(function() nn.Linear(3, 2):forward(torch.Tensor(2, 2, 3)) end, '2x2x3')
  test.fails(function() nn.Linear(3, 2):backward(torch.Tensor(3), torch.Tensor(2)) end,
    'backward was called before forward')
end)

test.case('types and gradients that do not fit the weights', function()
  local layer = nn.Linear(2, 3):double()
  test.fails(function() layer:forward(torch.ones(2)) end,
    'input is a FloatTensor, the module is of type Double; call :double() on one of them')
  layer = nn.Linear(2, 3)
  layer.gradWeight:resize(7)
  test.fails(function() layer:forward(torch.ones(2)) end, 'gradWeight is 7, should be 3x2')
end)

test.case('gradOutput of other strides, in double', function()
  local layer, input = nn.Linear(3, 4):double(), torch.randn(5, 3):double()
  local slopes = torch.randn(4, 5):double():t()
  layer:forward(input)
  layer:zeroGradParameters()
  layer:backward(input, slopes)
  local want = layer.gradBias:clone()
  layer:zeroGradParameters()
  layer:backward(input, slopes:contiguous())
  test.equal(layer.gradBias, want)
  layer:forward(input)
  test.fails(function() layer:backward(torch.randn(6, 3):double(), slopes) end,
    "nn.Linear(3 -> 4): input is 6x3 in backward, but forward's output was 5x4")
end)

test.case('in bfloat16, few rows and many', function()
  local layer = nn.Linear(300, 40)
  for _, rows in ipairs {1, 5, 64, 500} do
    local input, slopes = torch.randn(rows, 300), torch.randn(rows, 40)
    local y, gx = layer:forward(input):clone(), layer:backward(input, slopes):clone()
    torch.setMatmulPrecision 'bf16'
    test.near(layer:forward(input), y, 0.05)
    test.near(layer:backward(input, slopes), gx, 0.05)
    torch.setMatmulPrecision 'float32'
  end
  local net = nn.Sequential():add(nn.Linear(30, 40)):add(nn.Tanh()):add(nn.Linear(40, 20))
  for _, rows in ipairs {5, 64} do -- the layers of a slice of rows one after the other
    local samples, slopes = torch.randn(rows, 30), torch.randn(rows, 20)
    net:forward(samples)
    local gx = net:backward(samples, slopes):clone()
    torch.setMatmulPrecision 'bf16'
    net:forward(samples)
    test.near(net:backward(samples, slopes), gx, 0.05)
    torch.setMatmulPrecision 'float32'
  end
  local wide, input = nn.Linear(400, 3000), torch.randn(40, 400)
  local want = wide:forward(input):clone()
  torch.setMatmulPrecision 'bf16'
  test.near(wide:forward(input), want, 0.05)
  torch.setMatmulPrecision 'float32'
end)
