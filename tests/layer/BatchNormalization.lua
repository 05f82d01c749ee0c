-- BatchNormalization: columns of mean 0 and variance 1 in training, running statistics in
-- evaluation. Golden values from PyTorch.
local test = require 'harness'
require 'nn'

local x = torch.DoubleTensor {{-2, -0.5, 0.25}, {0.5, 1, 3}, {1, 0.25, -1}, {4, 0, 2}}
local gy = torch.DoubleTensor {{1, 2, -1}, {0.5, 3, -2}, {0, 1, 1}, {-1, 2, 4}}

local function layer(...)
  local norm = nn.BatchNormalization(3, ...):double()
  if norm.weight then
    norm.weight:copy(torch.DoubleTensor {0.5, 2, -1})
    norm.bias:copy(torch.DoubleTensor {1, 0, 3})
    norm:zeroGradParameters()
  end
  return norm
end

test.case('a new one', function()
  local norm = nn.BatchNormalization(1000)
  test.check(norm.weight:min() >= 0 and norm.weight:max() <= 1, 'weights in 0..1')
  test.near(norm.weight:mean(), 0.5, 0.05)
  test.equal(norm.bias, torch.zeros(1000))
  test.equal(norm.running_mean, torch.zeros(1000))
  test.equal(norm.running_var, torch.ones(1000))
  test.equal({norm.eps, norm.momentum, norm.affine}, {1e-5, 0.1, true})
  test.equal(tostring(norm), 'nn.BatchNormalization(1000)')
end)

test.case('training', function()
  local norm = layer()
  test.near(norm:forward(x),
    {{0.325858802298615, -2.540297830388, 3.52592260437281},
     {0.912068539430254, 3.00217016318582, 1.74587686649561},
     {1.02931048685658, 0.230936166398909, 4.3350343034079},
     {1.73276217141455, -0.692808499196727, 2.39316622572368}}, 1e-14)
  test.near(norm:backward(x, gy),
    {{-0.0241730930028146, 1.62573511968957, 1.04668034861994},
     {0.0580166995698909, 1.77365533911306, 1.43759758244613},
     {-0.0193388998566303, -3.8427727641725, -0.131365585562622},
     {-0.0145047067104461, 0.443382305369882, -2.35291234550345}}, 1e-14)
  test.near(norm.gradWeight, {-2.90173819880162, 1.38561699839345, -0.890022868938601}, 1e-14)
  test.near(norm.gradBias, {0.5, 8, 2}, 1e-14)
  test.near(norm.running_mean, {0.0875, 0.01875, 0.10625}, 1e-15)
  test.near(norm.running_var, {1.50625, 0.9390625, 1.21822916666667}, 1e-14)
end)

test.case('evaluation', function()
  local norm = layer(1e-3, 0.4)
  norm:forward(x)
  norm:evaluate()
  local mean, var = norm.running_mean:clone(), norm.running_var:clone()
  test.near(norm:forward(x),
    {{0.324534137897533, -1.32153356897159, 3.12783886664873},
     {1.04311484226186, 2.12594530660647, 1.11894239074006},
     {1.18683098313473, 0.40220586881744, 4.04097362842541},
     {2.04912782837192, -0.172373943778903, 1.84945020016139}}, 1e-14)
  test.near(norm:backward(x, gy),
    {{0.287432281745731, 4.59663850077074, 0.730507809421338},
     {0.143716140872865, 6.89495775115611, 1.46101561884268},
     {0, 2.29831925038537, -0.730507809421338},
     {-0.287432281745731, 4.59663850077074, -2.92203123768535}}, 1e-14)
  test.near(norm.gradWeight, {-3.40607253868691, 1.89611338156793, -0.0730507809421342}, 1e-14)
  test.equal({norm.running_mean, norm.running_var}, {mean, var}, 'running statistics')
  test.equal(norm:forward(x:narrow(1, 2, 1)):size():totable(), {1, 3}, 'one sample')
end)

test.case('without weight and bias', function()
  local norm = layer(1e-5, 0.1, false)
  test.check(not norm.weight and not norm.bias, 'neither')
  local y = norm:forward(x)
  test.near(y:mean(1), torch.zeros(1, 3):double(), 1e-15)
  test.near(y:clone():pow(2):mean(1), torch.ones(1, 3):double(), 1e-4)
  test.gradients(nn.BatchNormalization(3, 1e-5, 0.1, false), x)
end)

test.case('float, far from zero', function()
  local norm = nn.BatchNormalization(2, 1e-5, 0.1, false)
  local input = torch.randn(500, 2):add(1000)
  local y = norm:forward(input):double()
  test.near(y:mean(1), torch.zeros(1, 2):double(), 1e-4)
  test.near(y:pow(2):mean(1), torch.ones(1, 2):double(), 1e-3)
end)

test.case('gradients', function()
  test.gradients(nn.BatchNormalization(3), x)
  test.gradients(nn.BatchNormalization(70), torch.randn(5, 70))
  local norm = nn.BatchNormalization(3)
  norm:evaluate()
  test.gradients(norm, x)
end)

test.case('other strides', function()
  local strided, norm, plain = x:t():contiguous():t(), layer(), layer()
  test.equal(norm:forward(strided):contiguous(), plain:forward(x))
  test.equal(norm:backward(strided, gy:t():contiguous():t()):contiguous(), plain:backward(x, gy))
  test.equal(norm.gradWeight, plain.gradWeight)
end)

test.case('running statistics are kept in copies', function()
  local norm = layer()
  norm:forward(x)
  local copy = norm:clone():float()
  test.near(copy.running_mean:double(), norm.running_mean, 1e-7)
end)

test.case('a single sample in evaluation is the row of a batch', function()
  local batch, single = layer(), layer()
  batch:evaluate()
  single:evaluate()
  local y, gx = batch:forward(x), batch:backward(x, gy)
  for i = 1, x:size(1) do
    test.equal(single:forward(x[i]), y[i])
    test.equal(single:backward(x[i], gy[i]), gx[i])
  end
  test.near(single.gradWeight, batch.gradWeight, 1e-14)
  test.near(single.gradBias, batch.gradBias, 1e-14)
  test.gradients(single, x[1])
  test.fails(function() single:forward(x[1]:narrow(1, 1, 2)) end, 'input is 2', 'single sample')
end)

test.case('bad input', function()
  local norm = layer()
  test.fails(function() norm:forward(x[1]) end, 'nn.BatchNormalization(3)', 'input is 3',
    '2 dimensions')
  test.fails(function() norm:forward(torch.zeros(2, 4):double()) end, 'input is 2x4', 'size 3')
  test.fails(function() norm:forward(x:narrow(1, 1, 1)) end, 'input is 1x3', 'more than one')
  norm.running_mean:resize(2)
  test.fails(function() norm:forward(x) end, 'running_mean is 2, should be 3')
end)
