--- residual.lua - a script as they were written for Torch7: residual blocks, weights set by loops
-- over findModules and by net:apply, and a network changed after it was trained.

local test = require 'harness'
require 'torch'
require 'nn'
require 'optim'

local Convolution, Average, ReLU = nn.SpatialConvolution, nn.SpatialAveragePooling, nn.ReLU
local Normalization = nn.SpatialBatchNormalization

-- Half of the planes are zero where their number doubles.
local function shortcut(from, to, stride)
  if from == to then return nn.Identity() end
  return nn.Sequential()
    :add(Average(1, 1, stride, stride))
    :add(nn.Concat(2):add(nn.Identity()):add(nn.MulConstant(0)))
end

local function block(from, to, stride)
  local branch = nn.Sequential()
  branch:add(Convolution(from, to, 3, 3, stride, stride, 1, 1)):add(Normalization(to))
  branch:add(ReLU(true)):add(Convolution(to, to, 3, 3, 1, 1, 1, 1)):add(Normalization(to))
  return nn.Sequential()
    :add(nn.ConcatTable():add(branch):add(shortcut(from, to, stride)))
    :add(nn.CAddTable(true))
    :add(ReLU(true))
end

local function makeModel()
  local model = nn.Sequential():add(Convolution(3, 4, 3, 3, 1, 1, 1, 1))
  model:add(block(4, 4, 1)):add(block(4, 8, 2)):add(Average(4, 4, 1, 1))
  model:add(nn.View(8):setNumInputDims(3)):add(nn.Linear(8, 5))
  for _, layer in pairs(model:findModules('nn.SpatialConvolution')) do
    local n = layer.kW * layer.kH * layer.nOutputPlane
    layer.weight:normal(0, math.sqrt(2 / n))
    layer.bias:zero()
  end
  for _, layer in pairs(model:findModules('nn.SpatialBatchNormalization')) do
    layer.weight:fill(1)
    layer.bias:zero()
  end
  for _, layer in pairs(model:findModules('nn.Linear')) do layer.bias:zero() end
  model:get(1).gradInput = nil -- nobody asks for it
  return model
end

test.case('it learns five pictures by heart', function()
  torch.manualSeed(3)
  local model, criterion = makeModel(), nn.CrossEntropyCriterion()
  test.equal(#model:findModules('nn.SpatialConvolution'), 5)
  local x, y = torch.randn(6, 3, 8, 8), torch.LongTensor {1, 2, 3, 4, 5, 1}
  local p, g = model:getParameters()
  local state = {learningRate = 0.1, nesterov = true, momentum = 0.9, dampening = 0.0,
    weightDecay = 1e-4}
  local first
  for _ = 1, 30 do
    model:zeroGradParameters()
    local output = model:forward(x)
    local err = criterion:forward(output, y)
    first = first or err
    model:backward(x, criterion:backward(output, y))
    optim.sgd(function() return criterion.output, g end, p, state)
  end
  test.check(criterion.output < 0.3 * first)
end)

test.case('apply, replace, remove and insert', function()
  torch.manualSeed(4)
  local model = makeModel()
  model:apply(function(m)
    local name = torch.type(m)
    if name:find('Convolution') then
      m.weight:normal(0.0, 0.02)
      m.bias:fill(1)
    elseif name:find('BatchNormalization') then
      if m.weight then m.weight:normal(1.0, 0.02) end
      if m.bias then m.bias:fill(0) end
    end
  end)
  test.equal(model:get(1).bias, torch.ones(4))
  test.near(model:get(1).weight:std(), 0.02, 0.005)

  model:replace(function(m) return torch.typename(m) == 'nn.ReLU' and nn.ELU() or m end)
  test.equal({#model:findModules('nn.ReLU'), #model:findModules('nn.ELU')}, {0, 4})
  model:remove(#model.modules)
  model:insert(nn.Identity(), 1)
  test.equal({model:size(), torch.typename(model:get(1))}, {6, 'nn.Identity'})
  test.equal(model:forward(torch.randn(6, 3, 8, 8)):size():totable(), {6, 8})
  for i, layer in ipairs(model.modules) do
    test.equal({i, layer._type}, {i, layer.output:type()})
  end
  local params, grads = model:parameters()
  test.equal({#params, #grads}, {18, 18})
  for i = 1, #params do test.check(params[i]:isSameSizeAs(grads[i])) end
end)
