-- nn.Jacobian: a check that fails leaves the parameters as they were, and no file.
local test = require 'harness'
local nn = require 'nn'

test.case('differences that fail leave what was varied as it was', function()
  local layer, forwards = nn.Linear(2, 2), 0
  function layer:updateOutput(x)
    forwards = forwards + 1
    if forwards % 4 == 0 then error('no output', 0) end
    return nn.Linear.updateOutput(self, x)
  end
  local x = torch.ones(1, 2)
  for _, varied in ipairs {layer.weight, x} do
    local before = varied:clone()
    test.fails(function() nn.Jacobian.forward(layer, x, varied, 0.5) end, 'no output')
    test.equal(varied, before)
  end
end)

test.case('what is written and read again is the same', function()
  local net = nn.Sequential():add(nn.Linear(3, 2)):add(nn.Tanh())
  test.equal({nn.Jacobian.testIO(net, torch.ones(2, 3))}, {0.0, 0.0})
end)
