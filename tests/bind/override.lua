-- Classes written in Lua that override methods of the protocol: containers of the engine call them
-- on modules inside, whatever the method and however deep.
local test = require 'harness'
local nn, optim = require 'nn', require 'optim'

-- A class of a fresh name, and its parent.
local made = 0
local function class(parent)
  made = made + 1
  return torch.class('nn.Override' .. made, parent or 'nn.Module')
end

-- A class of nn.Linear that logs the calls of one method and goes on to the parent's.
local function logging(method, parent)
  local Layer, super = class(parent or 'nn.Linear')
  local log = {}
  Layer[method] = function(self, ...)
    log[#log + 1] = {...}
    return super[method](self, ...)
  end
  return Layer, log
end

-- A layer two containers deep.
local function inside(layer) return nn.Sequential():add(nn.Sequential():add(layer)) end

-- ---- each method ----

test.case('the steps', function()
  local x, gy = torch.rand(4, 3), torch.rand(4, 2)
  for _, method in ipairs {'updateOutput', 'forward', 'updateGradInput', 'accGradParameters',
    'backward'} do
    local Layer, log = logging(method)
    local layer = Layer(3, 2)
    local plain = nn.Linear(3, 2)
    plain.weight:copy(layer.weight)
    plain.bias:copy(layer.bias)
    for _, net in ipairs {layer, inside(layer)} do
      layer:zeroGradParameters()
      plain:zeroGradParameters()
      test.equal(net:forward(x), plain:forward(x), method)
      test.equal(net:backward(x, gy, 0.5), plain:backward(x, gy, 0.5), method)
      test.equal(layer.gradWeight, plain.gradWeight, method)
      test.equal(layer.gradBias, plain.gradBias, method)
      test.equal(#log, 1, 'calls of ' .. method)
      test.check(log[1][1] == x)
      if method == 'backward' or method == 'accGradParameters' then test.equal(log[1][3], 0.5) end
      log[1] = nil
    end
  end
end)

test.case('backward of a module in the middle, and steps on their own', function()
  local Layer, log = logging 'backward'
  local layer = Layer(3, 3)
  local net = nn.Sequential():add(nn.Linear(2, 3)):add(nn.Sequential():add(layer)):add(nn.Tanh())
  test.gradients(net, torch.rand(4, 2))
  test.check(#log > 0)
  local count = #log
  local x, gy = torch.rand(4, 2):double(), torch.rand(4, 3):double()
  net:forward(x)
  net:zeroGradParameters()
  net:updateGradInput(x, gy) -- as in Torch: one step only
  test.equal(#log, count)
  test.equal(layer.gradWeight:norm(), 0)
  net:accGradParameters(x, gy)
  test.equal(#log, count)
  test.check(layer.gradWeight:norm() > 0)
end)

test.case('a backward that runs another network', function()
  local Layer, parent = class()
  function Layer:__init()
    parent.__init(self)
    self.inner = nn.Sequential():add(nn.Linear(3, 3)):add(nn.Tanh())
  end
  function Layer:parameters() return self.inner:parameters() end
  function Layer:updateOutput(x) return self.inner:forward(x) end
  function Layer:backward(x, gy, scale)
    self.gradInput = self.inner:backward(x, gy, scale)
    return self.gradInput
  end
  local net = nn.Sequential():add(nn.Linear(2, 3)):add(Layer()):add(nn.Linear(3, 1))
  local x = torch.rand(4, 2):double()
  net:get(2).inner:double()
  test.gradients(net, x)
end)

test.case('zeroGradParameters and updateParameters', function()
  local Layer, log = logging 'zeroGradParameters'
  local layer = Layer(3, 2)
  inside(layer):zeroGradParameters()
  test.equal(#log, 1)
  optim.SGD(inside(layer), {learningRate = 1}):zeroGrad()
  test.equal(#log, 2)
  optim.SGD(layer, {learningRate = 1}):zeroGrad()
  test.equal(#log, 3)

  local Frozen = class 'nn.Linear'
  local rate
  function Frozen:updateParameters(r) -- luacheck: ignore self
    rate = r
  end
  local net = nn.Sequential():add(nn.Linear(3, 3)):add(Frozen(3, 2)):add(nn.Linear(2, 2))
  local before = net:clone()
  local _, grads = net:parameters()
  for _, grad in ipairs(grads) do grad:fill(1) end
  net:updateParameters(0.5)
  test.equal(rate, 0.5)
  test.equal(net:get(2).weight, before:get(2).weight)
  test.near(net:get(1).weight, before:get(1).weight - 0.5, 1e-7)
  test.near(net:get(3).bias, before:get(3).bias - 0.5, 1e-7)
end)

test.case('updateParameters of a container: what comes after it, shared or not', function()
  local Frozen = class 'nn.Sequential'
  function Frozen.updateParameters() end
  local shared = nn.Linear(2, 2)
  local net = nn.Sequential():add(Frozen():add(nn.Linear(2, 2)):add(shared)):add(nn.Linear(2, 2))
  net:add(shared:clone('weight', 'gradWeight', 'bias', 'gradBias'))
  local before = net:clone()
  local _, grads = net:parameters()
  for _, grad in ipairs(grads) do grad:fill(1) end
  net:updateParameters(0.5)
  test.equal(net:get(1):get(1).weight, before:get(1):get(1).weight)
  test.near(net:get(2).weight, before:get(2).weight - 0.5, 1e-7)
  test.equal(net:get(3).weight, before:get(3).weight, 'shared: its place is the first')
end)

test.case('accUpdateGradParameters', function()
  local Layer, log = logging 'accUpdateGradParameters'
  local layer = Layer(3, 2)
  local net = nn.Sequential():add(nn.Linear(2, 3)):add(nn.Sequential():add(layer)):add(nn.Tanh())
  local plain = nn.Sequential():add(nn.Linear(2, 3)):add(nn.Linear(3, 2)):add(nn.Tanh())
  for i, value in ipairs(plain:parameters()) do value:copy(net:parameters()[i]) end
  local x, gy = torch.rand(4, 2), torch.rand(4, 2)
  net:forward(x)
  plain:forward(x)
  net:zeroGradParameters()
  plain:zeroGradParameters()
  test.equal(net:backwardUpdate(x, gy, 0.3), plain:backward(x, gy))
  plain:updateParameters(0.3)
  test.equal(#log, 1)
  test.equal(log[1][3], 0.3)
  for i, value in ipairs(plain:parameters()) do
    test.near(net:parameters()[i], value, 1e-6, 'parameter ' .. i)
  end
  local _, grads = net:parameters()
  for _, grad in ipairs(grads) do test.equal(grad:norm(), 0) end
end)

test.case('every layer with parameters updates as it accumulates', function()
  local layers = {
    {nn.Linear(3, 2), torch.rand(4, 3)}, {nn.Add(3), torch.rand(4, 3)},
    {nn.CMul(3), torch.rand(4, 3)}, {nn.CAdd(3), torch.rand(4, 3)}, {nn.Mul(), torch.rand(4, 3)},
    {nn.PReLU(3), torch.randn(4, 3)}, {nn.BatchNormalization(3), torch.rand(4, 3)},
    {nn.LayerNormalization(3), torch.rand(4, 3)},
    {nn.LookupTable(5, 3), torch.Tensor {{1, 2}, {5, 2}}},
    {nn.SpatialConvolution(2, 3, 3, 3), torch.rand(2, 2, 5, 5)},
    {nn.SpatialFullConvolution(2, 3, 3, 3), torch.rand(2, 2, 5, 5)},
    {nn.SpatialBatchNormalization(2), torch.rand(2, 2, 3, 3)},
  }
  for _, case in ipairs(layers) do
    local layer, x = case[1]:double(), case[2]:double()
    local twin = layer:clone()
    local gy = layer:forward(x):clone():uniform()
    twin:forward(x)
    layer:updateGradInput(x, gy)
    layer:accUpdateGradParameters(x, gy, 0.7)
    twin:updateGradInput(x, gy)
    twin:sharedAccUpdateGradParameters(x, gy, 0.7)
    local got, want = layer:parameters(), twin:parameters()
    for i, value in ipairs(want) do test.near(got[i], value, 1e-13, tostring(layer)) end
  end
end)

test.case('training, evaluate, reset and clearState: instead of the engine\'s', function()
  local Frozen = class 'nn.Dropout'
  function Frozen.training() end
  local net = inside(Frozen(0.5))
  net:evaluate()
  net:training()
  test.equal(net:get(1):get(1).train, false)
  test.equal(net.train, true)

  local Fixed = class 'nn.Linear'
  local stdvs = {}
  function Fixed:reset(stdv)
    stdvs[#stdvs + 1] = stdv or 'none'
    self.weight:fill(2)
    self.bias:zero()
  end
  local layer = Fixed(3, 2)
  test.equal(layer.weight, torch.Tensor(2, 3):fill(2))
  layer.weight:zero()
  net = nn.Sequential():add(layer):add(nn.Linear(2, 2))
  local other = net:get(2).weight:clone()
  net:reset()
  net:reset(0.25)
  test.equal(stdvs, {'none', 'none', 0.25})
  test.equal(layer.weight, torch.Tensor(2, 3):fill(2))
  test.check(net:get(2).weight:dist(other) > 0)

  local Keeps = class 'nn.Tanh'
  function Keeps.clearState() end
  net = nn.Sequential():add(Keeps()):add(nn.Tanh())
  net:forward(torch.ones(2))
  net:clearState()
  test.equal(net:get(1).output:nElement(), 2)
  test.equal(net:get(2).output:nElement(), 0)
end)

test.case('type, float and double', function()
  for _, method in ipairs {'type', 'double'} do
    local Layer, log = logging(method)
    local layer = Layer(3, 2)
    local tied = nn.Linear(3, 2)
    tied:share(layer, 'weight', 'gradWeight')
    local net = nn.Sequential():add(nn.Sequential():add(layer)):add(tied)
    net:double()
    test.equal(#log, 1)
    test.equal(log[1][1], method == 'type' and 'torch.DoubleTensor' or nil)
    test.equal(layer.weight:type(), 'torch.DoubleTensor')
    layer.weight:fill(3)
    test.equal(tied.weight:mean(), 3, 'still the same memory')
    net:float()
    test.equal(tied.weight:type(), 'torch.FloatTensor')
    test.equal(layer:type(), 'torch.FloatTensor')
    layer:double()
    test.equal(layer:type(), 'torch.DoubleTensor')
  end
  local Always = class 'nn.Linear'
  function Always:type(name) return name and self or 'torch.FloatTensor' end
  local net = nn.Sequential():add(Always(2, 2)):add(nn.Linear(2, 2)):double()
  test.equal(net:get(1).weight:type(), 'torch.FloatTensor')
  test.equal(net:get(2).weight:type(), 'torch.DoubleTensor')
end)

test.case('clone and share', function()
  local Layer, super = class 'nn.Linear'
  function Layer:clone(...)
    local copy = super.clone(self, ...)
    copy.copies = (self.copies or 0) + 1
    return copy
  end
  local layer = Layer(2, 2)
  local tied = nn.Linear(2, 2):share(layer, 'weight', 'gradWeight')
  local net = nn.Sequential():add(nn.Sequential():add(layer)):add(tied)
  local copy = net:clone():clone()
  test.equal(copy:get(1):get(1).copies, 2)
  copy:get(1):get(1).weight:fill(5)
  test.equal(copy:get(2).weight:mean(), 5)
  test.check(layer.weight:mean() ~= 5)
  local half = layer:clone('weight')
  half.weight:fill(7)
  half.bias:fill(7)
  test.check(layer.weight:mean() == 7 and layer.bias:mean() ~= 7)

  local Lonely = class 'nn.Linear'
  function Lonely:share() return self end
  net = nn.Sequential():add(nn.Linear(2, 2)):add(Lonely(2, 2))
  copy = net:clone('weight', 'bias')
  for _, value in ipairs(net:parameters()) do value:fill(9) end
  test.equal(copy:get(1).weight:mean(), 9)
  test.check(copy:get(2).weight:mean() ~= 9)

  local Other = class 'nn.Linear'
  function Other.clone() return nn.Tanh() end
  test.equal(torch.typename(inside(Other(2, 2)):clone():get(1):get(1)), 'nn.Tanh')
end)

test.case('__tostring, in both spellings, inherited too', function()
  for _, event in ipairs {'__tostring', '__tostring__'} do
    local Layer = class 'nn.Linear'
    Layer[event] = function(self) return 'mine(' .. self.weight:size(1) .. ')' end
    local Below = class(Layer.__typename)
    test.equal(tostring(Layer(3, 2)), 'mine(2)')
    test.equal(tostring(Below(3, 4)), 'mine(4)')
    test.check(tostring(inside(Below(3, 4))):find('(1): mine(4)', 1, true))
  end
end)

-- ---- parameters ----

-- y = a x + b with numbers under names of their own.
local function affine()
  local Layer, parent = class()
  function Layer:__init(n)
    parent.__init(self)
    self.scale, self.gradScale = torch.ones(n), torch.zeros(n)
    self.list = {shift = torch.zeros(n), gradShift = torch.zeros(n)}
    self.shift, self.gradShift = self.list.shift, self.list.gradShift
  end
  function Layer:parameters()
    return {self.scale, self.shift}, {self.gradScale, self.gradShift}
  end
  local function spread(v, x) return v:view(1, -1):expandAs(x) end
  function Layer:updateOutput(x)
    self.output:resizeAs(x):copy(x):cmul(spread(self.scale, x)):add(spread(self.shift, x))
    return self.output
  end
  function Layer:updateGradInput(_, gy)
    self.gradInput:resizeAs(gy):copy(gy):cmul(spread(self.scale, gy))
    return self.gradInput
  end
  function Layer:accGradParameters(x, gy, scale)
    self.gradScale:add(scale, torch.cmul(x, gy):sum(1):view(-1))
    self.gradShift:add(scale, gy:sum(1):view(-1))
  end
  return Layer
end

test.case('a class\'s own parameters() are the container\'s', function()
  local Layer = affine()
  local net = nn.Sequential():add(nn.Linear(2, 3)):add(Layer(3), 'affine'):add(nn.Linear(3, 1))
  test.gradients(net, torch.rand(4, 2))
  net:float()
  local values, grads, paths = net:parameters()
  test.equal(#values, 6)
  test.check(values[3] == net.affine.scale and grads[4] == net.affine.gradShift)
  test.equal({paths[3], paths[4], paths[5]}, {'affine.scale', 'affine.shift', '2.weight'})
  test.equal(net:parameterCount(), 9 + 6 + 4)
  test.check(net.affine.shift == net.affine.list.shift, 'one tensor in two places')
  for _, grad in ipairs(grads) do grad:fill(2) end
  net:updateParameters(0.5)
  test.equal(net.affine.shift, {-1.0, -1.0, -1.0})
  net:zeroGradParameters()
  test.equal(net.affine.gradScale:norm(), 0)
end)

test.case('they are flattened, trained, updated', function()
  local Layer = affine()
  local net = nn.Sequential():add(Layer(1)):double()
  local optimizer = optim.SGD(net, {learningRate = 0.1})
  local criterion, x = nn.MSECriterion():double(), torch.linspace(-1, 1, 9):double():view(9, 1)
  local y = x * 3 + 1
  local function step(update)
    net:zeroGradParameters()
    local output = net:forward(x)
    criterion:forward(output, y)
    net:backward(x, criterion:backward(output, y))
    update()
  end
  for _ = 1, 300 do step(function() optimizer:step() end) end
  test.near({net:get(1).scale[1], net:get(1).shift[1]}, {3, 1}, 1e-3)
  net:get(1).scale:zero()
  for _ = 1, 300 do
    local output = net:forward(x)
    criterion:forward(output, y)
    net:backwardUpdate(x, criterion:backward(output, y), 0.1)
  end
  test.near(net:get(1).scale[1], 3, 1e-3)
  local flat, grad = net:getParameters()
  test.equal(flat:nElement(), 2)
  flat:fill(0)
  test.equal(net:get(1).scale[1], 0.0)
  for _ = 1, 300 do step(function() flat:add(-0.1, grad) end) end
  test.near(flat, {3, 1}, 1e-3)
  net:get(1).scale = torch.ones(1):double()
  test.fails(function() optimizer:step() end, '0.scale', 'replaced')
end)

test.case('parameters() beside the parent\'s, of a container, and of none', function()
  local More, super = class 'nn.Linear'
  function More:__init(n)
    super.__init(self, n, n)
    self.gain, self.gradGain = torch.ones(1), torch.zeros(1)
  end
  function More:parameters()
    local values, grads = super.parameters(self)
    values[#values + 1], grads[#grads + 1] = self.gain, self.gradGain
    return values, grads
  end
  local net = inside(More(2))
  local _, _, paths = net:parameters()
  test.equal(paths, {'0.0.weight', '0.0.bias', '0.0.gain'})
  test.equal(#net:clone():parameters(), 3)
  test.check(net:clone():parameters()[3] ~= net:parameters()[3])

  local Frozen = class 'nn.Sequential'
  function Frozen.parameters() end
  local frozen = Frozen():add(nn.Linear(2, 2))
  net = nn.Sequential():add(frozen):add(nn.Linear(2, 1))
  test.equal(#net:parameters(), 2)
  test.equal(net:getParameters():nElement(), 3)
  local Half = class 'nn.Sequential'
  function Half:parameters() return self:get(2):parameters() end
  net = nn.Sequential():add(Half():add(nn.Linear(2, 2)):add(nn.Linear(2, 2)))
  test.equal(net:parameterCount(), 6)
end)

test.case('parameters() that are no lists of tensors', function()
  local Layer = class()
  local net = inside(Layer())
  function Layer.parameters() return {torch.ones(1)}, {} end
  test.fails(function() net:parameters() end, Layer.__typename, '1 tensors and 0 gradients')
  function Layer.parameters() return {5}, {torch.ones(1)} end
  test.fails(function() net:getParameters() end, 'number among the parameters')
  function Layer.parameters() return {torch.ones(1)}, {torch.ones(2)} end
  test.fails(function() net:zeroGradParameters() end, Layer.__typename, 'its gradient')
  function Layer.parameters() return 5 end
  test.fails(function() net:updateParameters(1) end, 'returned a number')
  function Layer.parameters() error('no parameters today') end
  test.fails(function() optim.SGD(net, {}) end, 'no parameters today', 'in parameters of')
  test.fails(function() net:parameterCount() end, 'no parameters today')
end)

test.case('a weight where the parent has none', function()
  local Scaled, super = class 'nn.ReLU'
  function Scaled:__init()
    super.__init(self)
    self.weight, self.gradWeight = torch.ones(2), torch.zeros(2)
  end
  local net = inside(Scaled())
  local _, _, paths = net:parameters()
  test.equal(paths, {'0.0.weight'})
  local copy = net:clone():double()
  test.equal(copy:parameters()[1]:type(), 'torch.DoubleTensor')
  test.check(copy:parameters()[1] == copy:get(1):get(1).weight)
end)

-- ---- one module changed by hand ----

test.case('methods set on one module, as scripts freeze layers', function()
  local net = nn.Sequential():add(nn.Linear(2, 2)):add(nn.Linear(2, 2))
  local layer = net:get(1)
  layer.accGradParameters = function() end
  layer.updateParameters = function() end
  local x = torch.rand(3, 2)
  net:zeroGradParameters()
  net:backward(x, net:forward(x))
  test.equal(layer.gradWeight:norm(), 0)
  test.check(net:get(2).gradWeight:norm() > 0)
  layer.gradWeight:fill(1)
  local before = layer.weight:clone()
  net:updateParameters(1)
  test.equal(layer.weight, before)
  layer.parameters = function() return {}, {} end
  test.equal(#net:parameters(), 2)
  test.equal(#net:clone():parameters(), 2)
  layer.parameters, layer.updateParameters, layer.accGradParameters = nil, nil, nil
  test.equal(#net:parameters(), 4)
  net:backward(x, net:forward(x))
  test.check(layer.gradWeight:norm() > 0)
end)

test.case('a class of the engine with a method of its own', function()
  local reset = rawget(nn.Linear, 'reset')
  function nn.Linear:reset() self.weight:fill(4) end
  local ok, problem = pcall(function()
    local net = nn.Sequential():add(nn.Linear(2, 2))
    test.equal(net:get(1).weight:mean(), 4)
    net:get(1).weight:zero()
    net:reset()
    test.equal(net:get(1).weight:mean(), 4)
  end)
  nn.Linear.reset = reset
  if not ok then error(problem, 0) end
  test.check(nn.Linear(2, 2).weight:mean() ~= 4)
end)

-- ---- errors ----

test.case('errors name each layer they passed through', function()
  local Inner = class()
  function Inner.updateGradInput() error('no gradient') end
  function Inner.updateOutput(_, x) return x end
  local Outer, parent = class()
  function Outer:__init()
    parent.__init(self)
    self.inside = nn.Sequential():add(Inner())
  end
  function Outer:updateOutput(x) return self.inside:forward(x) end
  function Outer:backward(x, gy) return self.inside:backward(x, gy) end
  local net, x = inside(Outer()), torch.ones(2)
  net:forward(x)
  local message = test.fails(function() net:backward(x, x) end, 'override.lua:', 'no gradient')
  local expected = ('\nin updateGradInput of %s\nin backward of %s\nstack traceback:')
    :format(Inner.__typename, Outer.__typename)
  test.check(message:find(expected, 1, true), message)
end)

test.case('a container that accumulates nothing updates nothing', function()
  local Holder = torch.class('nn.CaseHolder', 'nn.Container')
  function Holder:updateOutput(x)
    self.output = self:get(1):forward(x)
    return self.output
  end
  function Holder:updateGradInput(x, gy)
    self.gradInput = self:get(1):updateGradInput(x, gy)
    return self.gradInput
  end
  local holder, first, x = Holder():add(nn.Linear(2, 2)), nn.Linear(2, 2), torch.ones(1, 2)
  local net = nn.Sequential():add(first):add(holder)
  local kept, moved = holder:get(1).weight:clone(), first.weight:clone()
  net:forward(x)
  net:updateGradInput(x, x)
  net:accUpdateGradParameters(x, x, 0.5)
  test.equal(holder:get(1).weight, kept)
  test.check(not first.weight:equal(moved))
end)

test.case('a method of the class and one of the object, in one container', function()
  local Triple = torch.class('nn.CaseTripleGrad', 'nn.Identity')
  function Triple.updateGradInput(_, _, gy) return gy * 3 end
  local layer = Triple()
  layer.updateOutput = function(_, x) return x * 2 end
  local net = nn.Sequential():add(layer)
  test.equal(net:forward(torch.ones(2)), {2, 2})
  test.equal(net:backward(torch.ones(2), torch.ones(2)), {3, 3})
end)
