-- SpatialBatchNormalization: PyTorch's values, finite differences, running statistics.
local test = require 'harness'
require 'nn'

-- Element i of the flattened tensor is ((a * i) mod b - floor(b / 2)) / 4.
local function pattern(a, b, ...)
  local t = torch.DoubleTensor(...)
  local flat = t:view(-1)
  for i = 1, flat:nElement() do flat[i] = ((a * i) % b - b // 2) / 4 end
  return t
end

-- batch_norm(x, momentum=0.2, eps=1e-3), in training and then in evaluation
local x, gy = pattern(7, 11, 2, 2, 2, 3), pattern(3, 7, 2, 2, 2, 3)
local trained = {y =
  {{{{0.421337402226, -0.264012206678, 0.935349608905}, {0.25, -0.435349608905, 0.764012206678}},
  {{0.485987793322, 2.54203662004, -1.05604882671}, {1, 3.05604882671, -0.542036620035}}},
  {{{-0.264012206678, 0.935349608905, 0.25}, {-0.435349608905, 0.764012206678, 0.0786625977739}},
  {{2.54203662004, -1.05604882671, 1}, {3.05604882671, -0.542036620035, 1.51401220668}}}}, gx =
  {{{{-0.0143854206895, 0.271606131703, -0.0147073322014},
  {0.271284220191, -0.642086042999, 0.270962308679}},
  {{1.48898157897, -0.354847083497, -1.36874762927},
  {0.385509155009, -1.45831950746, 1.12586539351}}},
  {{{-0.071068672749, -0.357382136654, -0.0713905842609},
  {0.214600968132, -0.0717124957728, 0.21427905662}},
  {{0.67317732986, -0.340723215911, 1.41353356837},
  {-0.430295094106, -1.44419563988, 0.3100611444}}}},
  gw = {-2.91273583784, 1.2850305167}, gb = {1.25, -0.75},
  mean = {0.45, -0.25}, var = {1.71590909091, 0.715909090909}}
local evaluated = {y =
  {{{{0.269079472289, -0.112509973498, 0.55527155663},
  {0.173682110843, -0.207907334944, 0.459874195183}},
  {{0.55710658423, 2.32868024731, -0.771573663081}, {1, 2.77157366308, -0.328680247311}}},
  {{{-0.112509973498, 0.55527155663, 0.173682110843},
  {-0.207907334944, 0.459874195183, 0.0782847493958}}, {{2.32868024731, -0.771573663081, 1},
  {2.77157366308, -0.328680247311, 1.44289341577}}}}, gx =
  {{{{0, 0.28619208434, -0.0953973614468}, {0.190794722894, -0.190794722894, 0.0953973614468}},
  {{1.32868024731, -0, -1.32868024731}, {0.44289341577, -0.885786831541, 0.885786831541}}},
  {{{0.0953973614468, -0.28619208434, 0}, {0.28619208434, -0.0953973614468, 0.190794722894}},
  {{0.885786831541, -0.44289341577, 1.32868024731}, {-0, -1.32868024731, 0.44289341577}}}},
  gw = {-1.81254986749, 1.10723353943}, gb = {1.25, -0.75},
  mean = {0.45, -0.25}, var = {1.71590909091, 0.715909090909}}

local function known()
  local norm = nn.SpatialBatchNormalization(2, 1e-3, 0.2):double()
  norm.weight:copy(torch.DoubleTensor {0.5, -1.5})
  norm.bias:copy(torch.DoubleTensor {0.25, 1})
  norm.running_mean:copy(torch.DoubleTensor {0.5, -0.25})
  norm.running_var:copy(torch.DoubleTensor {2, 0.75})
  norm:zeroGradParameters()
  return norm
end

local function check(norm, input, gradOutput, want, limit)
  norm:zeroGradParameters()
  test.near(norm:forward(input), want.y, limit, 'output')
  test.near(norm:backward(input, gradOutput), want.gx, limit, 'gradInput')
  test.near(norm.gradWeight, want.gw, limit, 'gradWeight')
  test.near(norm.gradBias, want.gb, limit, 'gradBias')
  test.near(norm.running_mean, want.mean, limit, 'running_mean')
  test.near(norm.running_var, want.var, limit, 'running_var')
end

test.case('values', function()
  local norm = known()
  check(norm, x, gy, trained, 1e-11)
  norm:evaluate()
  check(norm, x, gy, evaluated, 1e-11)
  norm = known():float()
  check(norm, x:float(), gy:float(), trained, 5e-6)
  norm:evaluate()
  check(norm, x:float(), gy:float(), evaluated, 5e-6)
end)

local function strided(t) return t:transpose(1, t:dim()):contiguous():transpose(1, t:dim()) end

test.case('strides of every tensor', function()
  local norm = known()
  for _, name in ipairs {'weight', 'bias', 'gradWeight', 'gradBias', 'running_mean',
                         'running_var'} do
    local spread = torch.DoubleTensor(2, 3):fill(0):select(2, 2)
    norm[name] = spread:copy(norm[name])
  end
  norm.output, norm.gradInput = strided(x), strided(x)
  check(norm, strided(x), strided(gy), trained, 1e-11)
  test.check(not norm.output:isContiguous(), 'the output kept its memory')
end)

test.case('gradients', function()
  test.gradients(nn.SpatialBatchNormalization(3), torch.randn(2, 3, 4, 5) * 3 + 1)
  test.gradients(nn.SpatialBatchNormalization(3, 0.1, 0.5, false), torch.randn(2, 3, 4, 5))
  test.gradients(nn.SpatialBatchNormalization(2), torch.randn(2, 4, 5))
  local norm = nn.SpatialBatchNormalization(3)
  norm.running_var:fill(0.3)
  norm:evaluate()
  test.gradients(norm, torch.randn(2, 3, 4, 5))
end)

test.case('mean 0 and variance 1', function()
  local norm = nn.SpatialBatchNormalization(3, 0, 0.1, false):double()
  test.equal(#norm:parameters(), 0)
  local input = torch.randn(7, 3, 50, 60):double() * 5 + 1000
  local output = norm:forward(input):transpose(1, 2):contiguous():view(3, -1)
  test.near(output:mean(2), {{0}, {0}, {0}}, 1e-11)
  test.near(output:std(2, true), {{1}, {1}, {1}}, 1e-11)
end)

test.case('any number of threads gives the same bits', function()
  local function run(threads)
    torch.setnumthreads(threads)
    torch.manualSeed(3)
    local norm = nn.SpatialBatchNormalization(5)
    local input = torch.randn(9, 5, 31, 33)
    norm:zeroGradParameters()
    local output = norm:forward(input)
    norm:backward(input, output)
    return {output, norm.gradInput, norm.gradWeight, norm.gradBias, norm.running_var}
  end
  local threads = torch.getnumthreads()
  local one = run(1)
  for _, n in ipairs {2, 3} do test.equal(run(n), one, n .. ' threads') end
  torch.setnumthreads(threads)
end)

test.case('initialisation and copies', function()
  local norm = nn.SpatialBatchNormalization(1000)
  test.equal({norm.eps, norm.momentum, norm.affine}, {1e-5, 0.1, true})
  test.check(norm.weight:min() >= 0 and norm.weight:max() <= 1, 'weight in 0..1')
  test.near(norm.weight:mean(), 0.5, 0.05)
  test.equal(norm.bias:abs():max(), 0)
  test.equal({norm.running_mean:abs():max(), norm.running_var:min()}, {0, 1})
  norm.running_var:fill(4)
  local copy = norm:clone()
  test.equal(copy.running_var, norm.running_var)
  copy.running_var:fill(5)
  test.equal(norm.running_var:max(), 4)
  norm:clearState()
  test.equal(norm.running_var:max(), 4, 'running_var after clearState')
  norm:reset()
  test.equal(norm.running_var:max(), 1, 'running_var after reset')
end)

test.case('wrong input', function()
  local norm = nn.SpatialBatchNormalization(3)
  test.fails(function() norm:forward(torch.zeros(2, 4, 5, 5)) end,
    'nn.SpatialBatchNormalization(3): input has 4 planes, want 3 (input 2x4x5x5)')
  test.fails(function() norm:forward(torch.zeros(1, 3, 1, 1)) end, 'more than one element')
  norm:evaluate()
  local input = torch.zeros(1, 3, 1, 1)
  norm:forward(input)
  norm:training()
  test.fails(function() norm:backward(torch.zeros(1, 3, 1, 1), input) end,
    'more than one element')
  norm = nn.SpatialBatchNormalization(3)
  norm:evaluate()
  input = torch.zeros(2, 3, 1, 1)
  norm:forward(input)
  norm:training()
  test.fails(function() norm:backward(input, input) end, 'forward was not')
end)

test.case('running statistics of another size', function()
  local layer = nn.SpatialBatchNormalization(2)
  layer.running_mean:resize(3)
  test.fails(function() layer:forward(torch.randn(2, 2, 2, 2)) end,
    'nn.SpatialBatchNormalization(2): running_mean is 3, should be 2')
end)
