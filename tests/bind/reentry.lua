-- Methods in Lua that take away what the engine is working with: close their module, their input or
-- the optimizer, take modules out of the network, fail in a coroutine.
local test = require 'harness'
local nn = require 'nn'
local optim = require 'optim'

-- What a method gives when it closes its module, which is the only one to have it.
local function closing(method, act)
  local layer = nn.Linear(2, 2)
  layer[method] = function(self, first)
    local _ <close> = self
    return first
  end
  test.fails(function() act(layer) end, 'the module is closed')
end

test.case('methods that close their own module', function()
  local x = torch.ones(2)
  closing('updateOutput', function(layer) layer:forward(x) end)
  closing('updateGradInput', function(layer)
    layer:forward(x)
    layer:backward(x, x)
  end)
  closing('parameters', function(layer) layer:getParameters() end)
  local net = nn.Sequential():add(nn.Linear(2, 2))
  net:get(1).zeroGradParameters = function(self)
    local _ <close> = self
    local _ <close> = net
  end
  local optimizer = optim.SGD(net)
  net:get(1).parameters = function()
    local _ <close> = optimizer -- luacheck: ignore
    return {}, {}
  end
  test.fails(function() optimizer:step() end, 'parameter')
  test.fails(function() net:zeroGradParameters() end, 'the module is closed')
end)

test.case('methods that close what they were given, or take their module out', function()
  local layer, x = nn.Linear(2, 2), torch.ones(2)
  layer.updateGradInput = function(_, input, gradOutput)
    local _ <close> = input
    local _ <close> = gradOutput
    return torch.ones(2)
  end
  layer:forward(x)
  test.equal(layer:backward(x, torch.ones(2)), {1, 1})
  for _, name in ipairs {'reset', 'training', 'evaluate', 'clearState', 'zeroGradParameters'} do
    local net, inner = nn.Sequential(), nn.Sequential():add(nn.Linear(2, 2))
    net:add(nn.Sequential():add(inner))
    inner:get(1)[name] = function() net:get(1):remove(1) collectgarbage() end
    inner = nil -- luacheck: ignore
    net[name](net)
    test.equal(net:get(1):size(), 0)
  end
end)

test.case('a coroutine that failed in a method is not called back into', function()
  local layer = nn.Linear(2, 2)
  for _ = 1, 20 do
    coroutine.resume(coroutine.create(function() layer:updateParameters('x') end))
    coroutine.resume(coroutine.create(function() layer:reset('x') end))
  end
  collectgarbage()
  layer.updateOutput = function(_, x) return x end
  test.equal(layer:forward(torch.ones(2)), {1, 1})
end)
