-- Contiguous: its input where that is contiguous, else a copy.
local test = require 'harness'
require 'nn'

local x = torch.DoubleTensor {{1, 2, 3}, {4, 5, 6}}

test.case('values', function()
  local layer = nn.Contiguous():double()
  test.check(layer:forward(x):isSetTo(x), 'the input itself')
  test.check(layer:backward(x, x):isSetTo(x), 'gradOutput itself')
  local y = layer:forward(x:t())
  test.check(y:isContiguous(), 'contiguous')
  test.equal(y, x:t():clone())
  local gx = layer:backward(x:t(), x:t())
  test.check(gx:isContiguous(), 'gradInput contiguous')
  test.equal(gx, y)
  test.check(layer:forward(x):isSetTo(x), 'the input itself again')
end)

test.case('gradients', function()
  test.gradients(nn.Contiguous(), x)
end)

test.case('another type is refused', function()
  test.fails(function() nn.Contiguous():forward(x) end, 'nn.Contiguous', 'DoubleTensor')
end)
