-- Each allocation fails once, of the engine and of Lua: tensors, networks, training, pictures.

local test, image = require 'harness', require 'aelua.image'
local system = require 'aelua.system'
local refuse = require 'hardening.refuse'
local refuseEach = refuse.each
require 'nn'
require 'optim'

test.case('tensors and their mathematics', function()
  refuseEach(function()
    return function()
      local x, y = torch.randn(3, 4), torch.randn(4, 3)
      local z = torch.mm(x, y):t():contiguous()
      z:add(1):cmul(z:clone()):sort(2)
      local results = {torch.cat(x, x, 1):sum(1), z:index(1, torch.LongTensor {1, 3}),
        x:double():std(),
        x:median(), torch.conv2(torch.randn(5, 5), torch.ones(2, 2)), tostring(x), x:topk(2),
        torch.multinomial(torch.ones(4), 2), torch.randperm(5), x:maskedSelect(x:gt(0)),
        torch.bmm(torch.randn(2, 3, 4), torch.randn(2, 4, 2)), x:repeatTensor(2, 2), x:cumsum(1)}
      assert(#results > 0)
    end
  end)
end)

-- Functions with several results, the generator among them: all fit or all are as they were.
local several = {
  sort = function(v, i, x) torch.sort(v, i, x, 1) end,
  topk = function(v, i, x) torch.topk(v, i, x, 2) end,
  kthvalue = function(v, i, x) torch.kthvalue(v, i, x, 2) end,
  median = function(v, i, x) torch.median(v, i, x, 1) end,
  mode = function(v, i, x) torch.mode(v, i, x, 1) end,
  max = function(v, i, x) torch.max(v, i, x, 1) end,
  symeig = function(v, _, x, w) torch.symeig(v, w, x, 'V') end,
  svd = function(v, _, x, w, u) torch.svd(u, v, w, x) end,
  gesv = function(v, _, x, w) torch.gesv(v, w, x:narrow(2, 1, 2), x) end,
  mm = function(v, _, x) torch.mm(v, x, x) end,
  multinomial = function(_, i) torch.multinomial(i, torch.ones(4), 2) end,
}

for name, f in pairs(several) do
  test.case('results are as they were when it fails: ' .. name, function()
    local x, list, generator = torch.randn(4, 4), nil, nil
    refuseEach(function()
      generator = torch.getRNGState()
      list = {torch.Tensor {9, 9}, torch.LongTensor {9, 9}, x:clone(), torch.Tensor {9, 9},
        torch.Tensor {9, 9}}
      return function() f(table.unpack(list)) end
    end, function(_, what)
      for i, tensor in ipairs(list) do
        test.equal(tensor:totable(), i == 3 and x:totable() or {9, 9}, what .. ': ' .. i)
      end
      test.equal(torch.getRNGState(), generator, what)
    end)
  end)
end

local function newNet()
  local net = nn.Sequential()
  net:add(nn.SpatialConvolution(1, 2, 3, 3)):add(nn.SpatialBatchNormalization(2)):add(nn.ReLU())
  net:add(nn.SpatialMaxPooling(2, 2, 2, 2)):add(nn.View(-1):setNumInputDims(3))
  return net:add(nn.Linear(8, 4), 'last'):add(nn.Dropout(0.3)):add(nn.LogSoftMax())
end

test.case('building a net', function()
  refuseEach(function()
    return function()
      local net = newNet()
      net:clone():double()
      net:getParameters()
    end
  end)
end)

-- Lua's table of objects grows seldom; then it is the last allocation.
test.case('a module that is not made has drawn nothing', function()
  local kept = {}
  for place = 1, 300 do
    local n = 0
    repeat
      local before = torch.getRNGState()
      system.refuseAllocation(n, 'lua')
      local ok, made = pcall(nn.Linear, 3, 2)
      local hit = system.refuseAllocation()
      if ok then kept[place] = made else test.equal(torch.getRNGState(), before, n) end
      n = n + 1
    until not hit
  end
  test.equal(#kept, 300)
end)

test.case('a module is in its container, or it is not', function()
  local works = {
    add = function(net) net:add(nn.Tanh(), 'new') end,
    insert = function(net) net:insert(nn.Tanh(), 1, 'new') end,
    replaceChild = function(net) net:replaceChild('last', nn.Linear(8, 3)) end,
    modules = function(net) net.modules = {nn.Linear(2, 3), nn.Tanh(), nn.Linear(3, 2)} end,
  }
  for name, work in pairs(works) do
    local net, before
    refuseEach(function()
      net = newNet()
      before = tostring(net)
      return function() work(net) end
    end, function(_, what) test.equal(tostring(net), before, name .. ', ' .. what) end)
  end
end)

-- The engine has memory for a layer's output before it draws, or follows the input.
for name, layer in pairs {
  Dropout = nn.Dropout(0.5), SpatialDropout = nn.SpatialDropout(0.5), WhiteNoise = nn.WhiteNoise(),
  BatchNormalization = nn.SpatialBatchNormalization(2),
} do
  test.case('without memory nothing is drawn or followed: ' .. name, function()
    local x, net = torch.randn(3, 2, 4, 4), nil
    local function look()
      return {torch.getRNGState():totable(), net.running_mean and net.running_mean:totable(),
        net.running_var and net.running_var:totable()}
    end
    for n = 0, 20 do
      net = layer:clone()
      local before = look()
      system.refuseAllocation(n, 'engine')
      local ok = pcall(net.forward, net, x)
      local hit = system.refuseAllocation()
      test.check(ok ~= hit)
      if not hit then break end
      test.equal(look(), before, n)
    end
  end)
end

test.case('what a net has computed is let go of', function()
  local outputs
  refuseEach(function()
    local net = newNet()
    net:forward(torch.ones(2, 1, 6, 6))
    outputs = {} -- others hold them: the net gets new ones
    for i = 1, net:size() do outputs[i] = net:get(i).output end
    return function()
      net:clearState()
      for i = 1, net:size() do assert(net:get(i).output:nElement() == 0) end
    end
  end, function()
    for _, output in ipairs(outputs) do test.check(output:nElement() > 0, 'what others hold') end
  end)
end)

-- With fields: a view of a weight, tables, a module.
test.case('a net is converted, or it is not', function()
  local net
  refuseEach(function()
    net = newNet()
    local last = net:get('last')
    last.view, last.list = last.weight:view(-1), {torch.ones(2), nn.Linear(1, 1)}
    return function() net:double() end
  end, function(_, what)
    local last = net:get('last')
    for i, holder in ipairs {net, last, last.weight, last.view, last.list[1], last.list[2]} do
      test.equal(holder:type(), 'torch.FloatTensor', what .. ': ' .. i)
    end
    net:double()
    last.weight:fill(7)
    test.equal(last.view:min(), 7, what)
  end)
end)

test.case('all modules of a net are replaced, or none', function()
  local net, before
  refuseEach(function()
    net = newNet()
    before = net:listModules()
    return function()
      net:replace(function(module)
        return torch.isTypeOf(module, nn.Container) and module or nn.Sequential():add(module)
      end)
    end
  end, function(_, what)
    for i, module in ipairs(net:listModules()) do test.check(module == before[i], what) end
  end)
end)

test.case('nets share tensors, or none', function()
  local one, two
  refuseEach(function()
    one, two = newNet(), newNet()
    for _, weight in ipairs(one:parameters()) do weight:fill(1) end
    for _, weight in ipairs(two:parameters()) do weight:fill(2) end
    return function() one:share(two, 'weight', 'bias') end
  end, function(_, what)
    for _, weight in ipairs(one:parameters()) do test.equal(weight:max(), 1, what) end
  end)
end)

test.case('a class is made, or there is none', function()
  local before
  refuseEach(function()
    before = torch.class('nn.AllocationsClass', 'nn.Linear')
    return function() torch.class('nn.AllocationsClass', 'nn.Module') end
  end, function(_, what)
    local now = torch.getmetatable 'nn.AllocationsClass'
    test.check(now == before and nn.AllocationsClass == before, what)
  end)
  local n = 0
  refuseEach(function()
    n = n + 1
    return function() torch.class('nn.AllocationsClass' .. n, 'nn.Module') end
  end)
end)

test.case('a loss is in a sum of losses, or it is not', function()
  for _, name in ipairs {'MultiCriterion', 'ParallelCriterion'} do
    local sum
    refuseEach(function()
      sum = nn[name](true):add(nn.MSECriterion())
      local loss = nn.MSECriterion()
      return function() sum:add(loss, 2) end
    end, function(_, what)
      local one = torch.ones(2)
      local input = name == 'MultiCriterion' and one or {one}
      test.equal(sum:forward(input, torch.zeros(2)), 1, what)
      sum:backward(input, torch.zeros(2))
    end)
  end
end)

test.case('a batch is counted, or none of it', function()
  local confusion
  refuseEach(function()
    confusion = optim.ConfusionMatrix(3)
    local predictions, targets = torch.rand(5, 3), torch.LongTensor {1, 2, 3, 1, 2}
    return function() confusion:batchAdd(predictions, targets) end
  end, function(_, what) test.equal(confusion.mat:sum(), 0, what) end)
end)

test.case('losses with weights, made and converted', function()
  local loss
  refuseEach(function()
    loss = nn.ClassNLLCriterion(torch.ones(3))
    return function()
      nn.ClassNLLCriterion(torch.ones(3):double())
      loss:double()
    end
  end, function(_, what)
    test.equal(loss:type(), 'torch.FloatTensor', what)
    test.near(loss:forward(torch.zeros(1, 3), 2), 0, 0, what)
  end)
end)

-- A class's own tensors and those that it shares with a layer inside; some of both are trained.
test.case('a layer written in Lua', function()
  local Layer, parent = torch.class('nn.AllocationsLayer', 'nn.Module')
  function Layer:__init()
    parent.__init(self)
    self.weight, self.gradWeight = torch.ones(2, 2), torch.zeros(2, 2)
    self.inside = nn.Linear(2, 2)
  end
  function Layer:updateOutput(x)
    self.output = self.inside:forward(torch.mm(x, self.weight))
    return self.output
  end
  function Layer:updateGradInput(x, gy)
    self.gradInput = torch.mm(self.inside:backward(torch.mm(x, self.weight), gy), self.weight:t())
    return self.gradInput
  end
  function Layer:parameters()
    local values, gradients = self.inside:parameters()
    table.insert(values, self.weight)
    table.insert(gradients, self.gradWeight)
    return values, gradients
  end
  refuseEach(function()
    return function()
      local net = nn.Sequential():add(nn.AllocationsLayer()):add(nn.Linear(2, 1))
      net:backward(torch.ones(3, 2), net:forward(torch.ones(3, 2)))
      test.equal(#net:parameters(), 5)
      optim.SGD(net, {learningRate = 1}):step()
    end
  end)
end)

-- Tensors and modules that Lua has not met yet get userdata of their own.
test.case('what a net holds is looked at', function()
  refuseEach(function()
    local net = newNet()
    return function()
      net:parameters()
      for i = 1, net:size() do net:get(i) end
      net:forward(torch.ones(2, 1, 6, 6)):storage()
    end
  end)
end)

local function newOptimizer(name, net)
  return optim[name](net, name == 'SGD' and {learningRate = 0.1, momentum = 0.9} or {})
end

for _, name in ipairs {'SGD', 'Adam', 'Rprop', 'NAG', 'ASGD', 'RMSprop', 'AdaDelta'} do
  test.case('an optimizer is made: ' .. name, function()
    local net = newNet()
    refuseEach(function() return function() newOptimizer(name, net) end end)
  end)

  test.case('a training step with ' .. name, function()
    local x, y = torch.randn(2, 1, 6, 6), torch.LongTensor {1, 2}
    refuseEach(function()
      local net, criterion = newNet(), nn.ClassNLLCriterion()
      local optimizer = newOptimizer(name, net)
      return function()
        optimizer:zeroGrad()
        criterion:forward(net:forward(x), y)
        net:backward(x, criterion:backward(net.output, y))
        optimizer:step()
      end
    end)
  end)

  test.case('no parameter has changed when a step fails: ' .. name, function()
    local net
    local function values()
      local list = {}
      for i, p in ipairs((net:parameters())) do list[i] = p:clone() end
      return list
    end
    local before
    refuseEach(function()
      net = nn.Sequential():add(nn.Linear(3, 4)):add(nn.Linear(4, 2))
      net:forward(torch.ones(2, 3))
      net:backward(torch.ones(2, 3), torch.ones(2, 2))
      local optimizer = newOptimizer(name, net)
      before = values()
      return function() optimizer:step() end
    end, function(_, what) test.equal(values(), before, what) end)
  end)
end

for _, name in ipairs {'sgd', 'adam', 'adamax', 'adagrad', 'adadelta', 'rmsprop', 'rprop', 'asgd',
                       'nag', 'cg', 'lbfgs'} do
  test.case('a step is made, or it is not: optim.' .. name, function()
    local function square(x) return x:dot(x), x * 2 end
    local method, want, state, x = optim[name], torch.ones(3), {}, nil
    for _ = 1, 2 do method(square, want, {}, state) end
    for steps = 0, 1 do
      local before
      refuseEach(function()
        x, state = torch.ones(3), {}
        for _ = 1, steps do method(square, x, {}, state) end
        before = x:clone()
        return function() method(square, x, {}, state) end
      end, function(_, what)
        if name ~= 'cg' and name ~= 'lbfgs' then test.equal(x, before, what) end
        for _ = steps, 1 do method(square, x, {}, state) end
        test.near(x, want, 1e-6, what)
      end)
    end
  end)
end

test.case('pictures', function()
  refuseEach(function()
    return function()
      local canvas = torch.ByteTensor(3, 20, 30):fill(255)
      image.drawLine(canvas, 1, 1, 10, 10, 1, 0)
      image.drawText(canvas, 2, 15, 8, false, 'text', 0)
      image.drawDisc(canvas, 10, 10, 4, 0)
    end
  end)
end)

test.case('a library is all there, or it is asked for again', function()
  local before = {}
  for name, value in pairs(optim) do before[name] = value end
  refuseEach(function()
    package.loaded.optim, package.loaded['aelua.lua.optim'] = nil, nil
    return function()
      require 'optim'
      assert(package.loaded['aelua.lua.optim'])
    end
  end)
  for name, value in pairs(before) do optim[name] = value end -- without wrappers around each other
end)

refuse.tell()
