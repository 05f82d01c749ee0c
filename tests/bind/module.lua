-- Modules as Lua values: fields, identity, the protocol, printing.
local test = require 'harness'
local nn = require 'nn'

local function sample()
  torch.manualSeed(5)
  local encoder = nn.Sequential():add(nn.Linear(6, 4)):add(nn.ReLU())
  local decoder = nn.Sequential():add(nn.Linear(4, 6)):add(nn.Sigmoid())
  return nn.Sequential():add(encoder, 'encoder'):add(decoder, 'decoder'), encoder, decoder
end

test.case('constructors take positions or names, and name what is wrong', function()
  test.equal(nn.Linear{inputSize = 3, outputSize = 2, bias = false}.weight:size():totable(), {2, 3})
  test.equal(nn.Linear(3, 2, false).bias, nil)
  test.equal(nn.Dropout(nil).p, 0.5)
  test.equal(nn.View(2, -1):forward(torch.rand(4)):size():totable(), {2, 2})
  test.equal(nn.View(torch.LongStorage{2, 2}):forward(torch.rand(4)):size():totable(), {2, 2})
  test.fails(function() nn.Linear(3) end, 'nn.Linear: outputSize is missing')
  test.fails(function() nn.Linear(3, 2, true, 1) end, '1 argument too many', 'argument 4')
  test.fails(function() nn.Linear('3', 2) end, 'inputSize should be a number, got string')
  test.fails(function() nn.Linear{inputSize = 1, outptSize = 2} end, "'outptSize'", "'outputSize'")
  test.fails(function() nn.Dropout(1.5) end, 'p is 1.5')
  test.fails(function() nn.Linear(2.5, 1) end, 'whole number')
end)

test.case('errors of a constructor tell where the script called it', function()
  test.fails(function() nn.Linear(0, 1) end, 'module.lua:')
end)

test.case('tensors of a module are the same value each time', function()
  local linear = nn.Linear(3, 2)
  test.check(rawequal(linear.weight, linear.weight))
  local w = torch.ones(2, 3)
  linear.weight = w
  test.check(rawequal(linear.weight, w))
  linear.bias:zero()
  test.equal(linear:forward(torch.ones(3)):totable(), {3, 3})
  test.fails(function() linear.weight = torch.ones(3, 2) end, 'weight cannot be 3x2', '2x3')
  test.fails(function() linear.weight = torch.ones(2, 3):double() end, 'DoubleTensor')
  test.fails(function() linear.weight = 5 end, 'tensor expected')
  test.fails(function() linear.weight = nil end, 'weight must be a tensor')
end)

test.case('options can be read and changed, with their ranges', function()
  local dropout = nn.Dropout(0.3)
  test.equal(dropout.p, 0.3)
  dropout.p = 0.6
  test.equal(dropout.p, 0.6)
  test.fails(function() dropout.p = 2 end, 'p is 2')
end)

test.case('any other field is kept, also while a container holds the module', function()
  local net, encoder = sample()
  encoder.note = {1}
  encoder = nil -- luacheck: ignore
  collectgarbage()
  collectgarbage()
  test.equal(net.encoder.note, {1})
  test.equal(net:get(1).note, {1})
end)

test.case('misspelt methods name the near one, unknown fields are nil', function()
  local net = sample()
  test.fails(function() net:forwrad(torch.rand(6)) end, "no 'forwrad'", "'forward'")
  test.equal(net.something, nil)
end)

test.case('forward, backward and the errors on the way', function()
  local net = sample()
  local x = torch.rand(5, 6)
  test.equal(net:forward(x):size():totable(), {5, 6})
  test.equal(net:backward(x, torch.rand(5, 6)):size():totable(), {5, 6})
  test.check(net(x) == net.output)
  test.fails(function() net:forward(torch.rand(5, 7)) end, 'nn.Linear(6 -> 4)', '7 features', '5x7')
  test.fails(function() net:forward(x:double()) end, 'DoubleTensor')
  test.fails(function() net:backward(x, torch.rand(5, 7)) end, '5x7', '5x6')
  test.fails(function() net:forward('x') end, 'tensor expected')
  test.fails(function() net:forward() end, 'tensor expected')
end)

test.case('gradInput = nil skips what nobody asks for', function()
  local net, encoder = sample()
  local x, gy = torch.rand(3, 6), torch.rand(3, 6)
  net:forward(x)
  net:backward(x, gy)
  local want = encoder:get(1).gradWeight:clone()
  net:zeroGradParameters()
  encoder:get(1).gradInput = nil
  net:forward(x)
  test.equal(net:backward(x, gy), nil)
  test.equal(encoder:get(1).gradWeight, want)
end)

test.case('parameters, getParameters, updateParameters', function()
  local net, encoder = sample()
  local values, gradients, paths = net:parameters()
  test.equal(#values, 4)
  test.equal(#gradients, 4)
  test.equal(paths, {'encoder.0.weight', 'encoder.0.bias', 'decoder.0.weight', 'decoder.0.bias'})
  test.equal(net:parameterCount(), 6 * 4 + 4 + 4 * 6 + 6)
  local flat, flatGradient = net:getParameters()
  test.equal(flat:nElement(), net:parameterCount())
  flat:fill(2)
  flatGradient:fill(1)
  test.equal(encoder:get(1).weight, torch.Tensor(4, 6):fill(2))
  net:updateParameters(0.5)
  test.equal(flat, torch.Tensor(58):fill(1.5))
  net:zeroGradParameters()
  test.equal(flatGradient:sum(), 0)
end)

test.case('updateParameters changes all parameters, or none', function()
  local net = nn.Sequential():add(nn.Linear(2, 2)):add(nn.Linear(2, 2))
  local before = net:get(1).weight:clone()
  net:get(1).gradWeight:fill(1)
  net:get(2).gradWeight:resize(7)
  test.fails(function() net:updateParameters(0.5) end, '1.weight is 2x2 (Float), its gradient 7')
  test.equal(net:get(1).weight, before)
end)

test.case('training and evaluate reach everything inside', function()
  local net = nn.Sequential():add(nn.Sequential():add(nn.Dropout(0.5)))
  net:evaluate()
  test.equal(net:get(1):get(1).train, false)
  test.equal(net:forward(torch.ones(4)), torch.ones(4))
  net:training()
  test.equal(net:get(1):get(1).train, true)
end)

test.case('types: the whole network and its fields', function()
  local net, encoder = sample()
  encoder.extra = torch.ones(2)
  test.equal(net:type(), 'torch.FloatTensor')
  test.check(net:double() == net)
  test.equal(encoder:get(1).weight:type(), 'torch.DoubleTensor')
  test.equal(encoder.extra:type(), 'torch.DoubleTensor')
  test.equal(net:forward(torch.rand(2, 6):double()):type(), 'torch.DoubleTensor')
  net:float()
  test.equal(net:forward(torch.rand(2, 6)):type(), 'torch.FloatTensor')
end)

test.case('_type is the name of its tensors\' type', function()
  local net = nn.Sequential():add(nn.Linear(2, 2)):double()
  test.equal({net._type, net:get(1)._type}, {'torch.DoubleTensor', 'torch.DoubleTensor'})
  test.equal(net:float()._type, 'torch.FloatTensor')
end)

test.case('clone is independent, and shares what it is told to', function()
  local net = sample()
  net.encoder.note = {torch.ones(1)}
  local x = torch.rand(2, 6)
  local copy = net:clone()
  test.equal(copy:forward(x), net:forward(x))
  copy.encoder:get(1).weight:zero()
  copy.encoder.note[1]:zero()
  test.check(net.encoder:get(1).weight:norm() > 0)
  test.equal(net.encoder.note[1][1], 1)
  local sharing = net:clone('weight')
  sharing.encoder:get(1).weight:fill(3)
  test.equal(net.encoder:get(1).weight:min(), 3)
  test.check(not sharing.encoder:get(1).bias:isSetTo(net.encoder:get(1).bias))
end)

test.case('apply, findModules, listModules, replace', function()
  local net, encoder = sample()
  local seen = {}
  net:apply(function(module) seen[#seen + 1] = torch.typename(module) end)
  test.equal(seen, {'nn.Sequential', 'nn.Sequential', 'nn.Linear', 'nn.ReLU', 'nn.Sequential',
                    'nn.Linear', 'nn.Sigmoid'})
  local found, holders = net:findModules('nn.Linear')
  test.equal(#found, 2)
  test.check(holders[1] == encoder)
  test.equal(#net:listModules(), 7)
  net:replace(function(module)
    return torch.typename(module) == 'nn.ReLU' and nn.Tanh() or module
  end)
  test.equal(torch.typename(encoder:get(2)), 'nn.Tanh')
end)

test.case('clearState empties what can be computed again', function()
  local net = sample()
  net:forward(torch.rand(2, 6))
  net:clearState()
  test.equal(net:get(1):get(1).output:nElement(), 0)
  test.equal(net:forward(torch.rand(2, 6)):nElement(), 12)
end)

test.case('printing a tree with shapes and counts', function()
  local net = sample()
  test.equal(tostring(net), [[
nn.Sequential {
  (encoder): nn.Sequential {
    (1): nn.Linear(6 -> 4)    28
    (2): nn.ReLU
  }                           28
  (decoder): nn.Sequential {
    (1): nn.Linear(4 -> 6)    30
    (2): nn.Sigmoid
  }                           30
}                             58 parameters]])
  test.equal(tostring(nn.Linear(3, 2)), 'nn.Linear(3 -> 2)')
end)

test.case('a class in the tree may print itself, in as many lines as it likes', function()
  local Speaking = torch.class('nn.TestSpeaking', 'nn.Module')
  function Speaking.__tostring__() return 'two\nlines' end
  local net = nn.Sequential():add(nn.Sequential():add(nn.TestSpeaking(), 'it'))
  test.equal(tostring(net), [[
nn.Sequential {
  (1): nn.Sequential {
    (it): two
    lines
  }                     0
}                       0 parameters]])
end)

test.case('fields that were never set are nil, however short their names', function()
  local net = sample()
  for _, name in ipairs {'test', 'state', 'gate', 'noise', 'cells', 'gradInputs', 'x', 'foo'} do
    test.equal(net[name], nil, name)
  end
  test.equal(net[1], nil)
  test.equal(net[true], nil)
  for wrong, right in pairs {forwad = 'forward', zeroGradParamters = 'zeroGradParameters',
                             evalute = 'evaluate', getParamaters = 'getParameters'} do
    test.fails(function() net[wrong](net) end, 'module.lua:', wrong, "'" .. right .. "'")
  end
end)

test.case('options that fix a shape cannot be changed, others can', function()
  local linear = nn.Linear(3, 2)
  test.equal({linear.inputSize, linear.outputSize}, {3, 2})
  test.fails(function() linear.inputSize = 4 end, 'inputSize cannot be changed')
  test.equal(linear.inputSize, 3)
  test.fails(function() nn.Dropout().p = 'x' end, 'p should be a number, got string')
  linear.note = {5}
  test.equal(linear.note[1], 5)
  linear.note = nil
  test.equal(linear.note, nil)
end)

test.case('net(x), and net(x, gradOutput)', function()
  local net = sample()
  local x, gy = torch.rand(2, 6), torch.rand(2, 6)
  local output, gradInput = net(x, gy)
  test.check(rawequal(output, net.output) and rawequal(gradInput, net.gradInput))
  test.check(net.encoder:get(1).gradWeight:norm() > 0)
end)

test.case('accUpdateGradParameters moves the weights and leaves the gradients', function()
  local linear = nn.Linear(3, 2)
  local twin = linear:clone()
  local x, gy = torch.rand(4, 3), torch.rand(4, 2)
  linear.gradWeight:fill(7)
  linear:forward(x)
  linear:accUpdateGradParameters(x, gy, 0.5)
  twin:zeroGradParameters()
  twin:forward(x)
  twin:backward(x, gy)
  twin:updateParameters(0.5)
  test.near(linear.weight, twin.weight, 1e-6)
  test.near(linear.bias, twin.bias, 1e-6)
  test.equal(linear.gradWeight, torch.Tensor(2, 3):fill(7))
end)

test.case('share makes memory one, and knows a misspelt tensor', function()
  local net = sample()
  local other = net:clone()
  test.check(other:share(net, 'weight', 'running_mean') == other)
  net.encoder:get(1).weight:fill(4)
  test.equal(other.encoder:get(1).weight:min(), 4)
  test.fails(function() other:share(net, 'wieght') end, 'module.lua:', "'wieght'", "'weight'")
  test.fails(function() other:share(nn.Sequential(), 'weight') end, 'holds 2 modules')
end)

test.case('share makes all of the named tensors one memory, or none', function()
  local function net(last)
    return nn.Sequential():add(nn.Linear(2, 2)):add(nn.Sequential():add(last))
  end
  local Own = torch.class('nn.CaseOwnShare', 'nn.Linear')
  function Own.share() error('no share of mine') end
  for text, others in pairs {
    ['holds 1 modules, the other one 2'] = {net(nn.Tanh()), net(nn.Tanh())},
    ['nn.Linear is a torch.FloatTensor, that of the other one a torch.DoubleTensor'] =
      {net(nn.Linear(2, 2)), net(nn.Linear(2, 2):double())},
    ["did you mean 'bias'"] = {net(nn.Tanh()), net(nn.Tanh())},
    ['no share of mine'] = {net(Own(2, 2)), net(Own(2, 2))},
  } do
    local one, two = others[1], others[2]
    if text:find 'holds' then two:get(2):add(nn.Tanh()) end
    local second = text:find 'bias' and 'biass' or 'bias'
    test.fails(function() one:share(two, 'weight', second) end, text)
    two:get(1).weight:fill(9)
    test.check(one:get(1).weight:max() < 9, text)
  end
end)

test.case('clones share nothing, not even through getParameters', function()
  local net = sample()
  local flat = net:getParameters()
  local copy = net:clone()
  local copyFlat = copy:getParameters()
  copyFlat:zero()
  test.check(flat:norm() > 0)
  test.equal(copy:forward(torch.rand(1, 6)), torch.Tensor(1, 6):fill(0.5))
  local again = net:getParameters()
  test.equal(again, flat)
end)

test.case('shared weights are one parameter', function()
  local one, two = nn.Linear(3, 3), nn.Linear(3, 3)
  two:share(one, 'weight', 'bias', 'gradWeight', 'gradBias')
  local net = nn.Sequential():add(one):add(two)
  test.equal(#net:parameters(), 2)
  test.equal(net:getParameters():nElement(), 12)
  test.equal(net:clone():getParameters():nElement(), 12)
end)

test.case('replace wants a module for each', function()
  local net = sample()
  test.fails(function() net:replace(function() end) end, 'module.lua', 'nil for nn.Sequential')
  test.equal(#net, 2)
end)

test.case('a replacement that fails half way is undone', function()
  local inner = nn.Sequential():add(nn.Tanh()):add(nn.ReLU())
  local net = nn.Sequential():add(inner):add(nn.Linear(2, 2)):add(inner)
  local before = net:listModules()
  for last = 1, 8 do
    local n = 0
    test.fails(function()
      net:replace(function(module)
        n = n + 1
        if n == last then error('no more of it') end
        return torch.isTypeOf(module, nn.Container) and module or nn.Sequential():add(module)
      end)
    end, 'no more of it')
    test.equal(n, last)
    for i, module in ipairs(net:listModules()) do test.check(module == before[i], i) end
  end
end)

test.case('any tensor of the right type will do for an output', function()
  local x = torch.rand(4, 3)
  for _, layer in ipairs {nn.Linear(3, 3), nn.ReLU(), nn.Tanh(), nn.SoftMax(), nn.LogSoftMax(),
                          nn.ELU(), nn.Dropout(0)} do
    local gy = torch.rand(4, 3)
    local want = layer:forward(x):clone()
    local wantGradient = layer:backward(x, gy):clone()
    layer.output, layer.gradInput = torch.rand(3, 4):t(), torch.rand(3, 4):t()
    test.equal(layer:forward(x), want, tostring(layer))
    test.equal(layer:backward(x, gy), wantGradient, tostring(layer))
  end
end)

test.case('collections at every step change nothing', function()
  collectgarbage 'generational'
  local net = sample()
  for _ = 1, 30 do
    collectgarbage()
    local x = torch.rand(2, 6)
    local copy = net:clone()
    net.encoder:add(nn.Tanh())
    collectgarbage()
    net:forward(x)
    net:backward(x, torch.rand(2, 6))
    net.encoder:remove()
    test.equal(copy:forward(x), net:forward(x))
  end
  collectgarbage 'incremental'
end)

test.case('a closed module says so', function()
  local net <close> = sample()
  local closed
  do
    local linear <close> = nn.Linear(2, 2)
    closed = linear
  end
  test.fails(function() closed:forward(torch.ones(2)) end, 'forward')
  test.fails(function() net:add(closed) end, 'the module is closed')
  test.equal(tostring(closed), 'nn.Linear')
end)

test.case('making modules in a loop does not grow the process', function()
  local system = require 'aelua.system'
  local function make()
    for _ = 1, 3000 do nn.Sequential():add(nn.Linear(50, 50)):forward(torch.Tensor(50):fill(1)) end
    collectgarbage()
    collectgarbage()
    return system.memory()
  end
  local first = make()
  test.check(make() <= first + 1e6)
end)

test.case('options in positions and by name, and what is wrong with them', function()
  test.fails(function() nn.Reshape(2.5) end, 'nn.Reshape: sizes should be whole numbers')
  test.fails(function() nn.Reshape('x') end, 'nn.Reshape: sizes should be sizes, got string')
  test.fails(function() nn.Reshape({1, 1, 1, 1, 1, 1, 1, 1, 1}) end, 'sizes are more than 8')
  test.fails(function() nn.Reshape(1, 1, 1, 1, 1, 1, 1, 1) end, 'at most 7 sizes are allowed')
  test.fails(function() nn.View(1, 1, 1, 1, 1, 1, 1, 1) end, 'at most 7 sizes are allowed')
  test.fails(function() nn.Linear({inputSize = 2, [true] = 1}) end,
    "nn.Linear: an option's name is a boolean")
  test.fails(function() nn.Linear(1, 2, true, 4) end,
    'nn.Linear: 1 argument too many, from argument 4 (number) on')
  test.fails(function() nn.Linear(1, 2, true, 4, 5) end, '2 arguments too many, from argument 4')
  test.fails(function() debug.getmetatable(nn.Tanh()).__newindex({}, 'x', 1) end,
    'nn.Module expected, got table')
end)

test.case('share of an output that is a table reaches the children', function()
  local a = nn.ConcatTable():add(nn.Tanh())
  local b = a:clone()
  a:forward(torch.ones(2))
  b:forward(torch.zeros(2))
  a:share(b, 'output')
  b:get(1).output:fill(5)
  test.equal(a:get(1).output, {5, 5})
end)

test.case('getParameters of two types at once', function()
  local net = nn.Sequential():add(nn.Linear(2, 2)):add(nn.Linear(2, 2))
  net:get(2):double()
  test.fails(function() net:getParameters() end, 'has both Float and Double parameters')
  net:get(1):double()
  test.equal(net:getParameters():type(), 'torch.DoubleTensor') -- though the container is Float
  test.equal(nn.Tanh():double():getParameters():type(), 'torch.DoubleTensor')
end)
