-- KLSparsity: the identity with a penalty on mean activations.
local test = require 'harness'
require 'nn'

local x = torch.DoubleTensor {{0.1, 0.7, 0.25}, {0.3, 0.5, 0.05}}
local gy = torch.DoubleTensor {{1, 2, 3}, {4, 5, 6}}

-- weight * sum of KL(rho || mean of the column)
local function loss(rho, weight, means)
  local sum = 0
  for _, r in ipairs(means) do
    sum = sum + rho * math.log(rho / r) + (1 - rho) * math.log((1 - rho) / (1 - r))
  end
  return weight * sum
end

test.case('values', function()
  local layer = nn.KLSparsity(0.1, 3):double()
  test.check(layer:forward(x):isSetTo(x), 'the input itself')
  test.near(layer.mean, {{0.2, 0.6, 0.15}}, 1e-15)
  test.near(layer.loss, loss(0.1, 3, {0.2, 0.6, 0.15}), 1e-13)
  local want = {}
  for i = 1, 2 do
    want[i] = {}
    for j, r in ipairs {0.2, 0.6, 0.15} do
      want[i][j] = gy[i][j] + 3 / 2 * (0.9 / (1 - r) - 0.1 / r)
    end
  end
  test.near(layer:backward(x, gy), want, 1e-12)
  test.equal(gy[1], {1, 2, 3}, 'gradOutput')
end)

test.case('defaults; the penalty is 0 where the means are rho', function()
  local layer = nn.KLSparsity()
  test.equal({layer.rho, layer.penalty}, {0.05, 1.0})
  layer:forward(torch.FloatTensor(4, 3):fill(0.05))
  test.near(layer.loss, 0, 1e-12)
  test.near(layer:backward(torch.FloatTensor(4, 3):fill(0.05), torch.zeros(4, 3)),
    torch.zeros(4, 3), 1e-6)
end)

test.case('the gradient is that of the penalty', function()
  for _, input in ipairs {torch.rand(7, 5):double(), torch.rand(6):double(),
                          torch.rand(3, 2, 4):double(), torch.rand(5, 7):double():t()} do
    local layer, step = nn.KLSparsity(0.2, 0.7):double(), 1e-6
    layer:forward(input)
    local gx = layer:backward(input, input:clone():zero()):clone()
    local flat, slopes = input:clone(), gx:clone():view(-1)
    local moved = flat:view(-1)
    for i = 1, moved:nElement() do
      local here = moved[i]
      moved[i] = here + step
      layer:forward(flat)
      local above = layer.loss
      moved[i] = here - step
      layer:forward(flat)
      moved[i] = here
      test.near(slopes[i], (above - layer.loss) / (2 * step), 1e-6)
    end
  end
end)

test.case('many units, in float, against a loop', function()
  local input = torch.rand(40, 2500)
  local layer, means = nn.KLSparsity(0.3), {}
  layer:forward(input)
  for j = 1, 2500 do
    local sum = 0
    for i = 1, 40 do sum = sum + input[i][j] end
    means[j] = sum / 40
  end
  test.near(layer.loss, loss(0.3, 1, means), 1e-3)
  test.near(layer.mean:view(-1), means, 1e-6)
end)

test.case('means of 0 and 1 stay finite', function()
  local input = torch.DoubleTensor {{0, 1}, {0, 1}}
  local layer = nn.KLSparsity(0.5):double()
  layer:forward(input)
  test.near(layer.loss, loss(0.5, 1, {1e-6, 1 - 1e-6}), 1e-9)
  local gx = layer:backward(input, torch.zeros(2, 2):double())
  test.check(gx[1][1] < -1e5 and gx[1][1] > -1e6 and gx[1][2] > 1e5 and gx[1][2] < 1e6, 'slopes')
end)

test.case('it drives the means of a layer to rho', function()
  local net = nn.Sequential():add(nn.Linear(8, 6)):add(nn.Sigmoid()):add(nn.KLSparsity(0.1, 10))
  local input, zero = torch.randn(100, 8), torch.zeros(100, 6)
  for _ = 1, 500 do
    net:zeroGradParameters()
    net:forward(input)
    net:backward(input, zero)
    net:updateParameters(0.05)
  end
  test.near(net.output:mean(1):view(-1), torch.Tensor(6):fill(0.1), 0.02)
end)

test.case('mistakes', function()
  local layer = nn.KLSparsity()
  test.fails(function() layer:forward(torch.Tensor {{0.5, 2}, {0.5, 3}}) end,
    'nn.KLSparsity(0.05, 1)', 'the mean activation of unit 2 is 2.5', '0..1')
  test.fails(function() layer:forward(torch.Tensor {-0.5}) end, 'unit 1 is -0.5')
  test.fails(function() nn.KLSparsity(0) end, 'nn.KLSparsity', 'rho')
  layer:forward(torch.rand(2, 3))
  test.fails(function() layer:backward(torch.rand(3, 3), torch.rand(2, 3)) end, 'nn.KLSparsity',
    'input is 3x3')
end)

test.case('a mean of other strides is replaced', function()
  local layer, activations, gradOutput = nn.KLSparsity(0.1), torch.rand(4, 3), torch.ones(4, 3)
  layer:forward(activations)
  local want = layer.mean:clone()
  layer.mean = torch.zeros(3, 2):t():narrow(1, 1, 1)
  layer:forward(activations)
  test.equal(layer.mean, want)
  layer:backward(activations, gradOutput)
  layer.mean = torch.zeros(3, 2):t():narrow(1, 1, 1)
  test.fails(function() layer:backward(activations, gradOutput) end, 'nn.KLSparsity', 'in backward')
end)
