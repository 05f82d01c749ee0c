-- WhiteNoise: adds N(mean, std) in training only.
local test = require 'harness'
require 'nn'

test.case('training', function()
  local n = 20000
  local x = torch.Tensor(n):fill(3)
  local noise = nn.WhiteNoise(0.5, 0.2):forward(x):clone():add(-3)
  test.near(noise:mean(), 0.5, 4 * 0.2 / math.sqrt(n))
  test.near(noise:std(), 0.2, 4 * 0.2 / math.sqrt(2 * n))
  test.equal(x:min(), 3, 'the input')
end)

test.case('evaluation is the identity', function()
  local layer, x = nn.WhiteNoise(), torch.randn(4, 5)
  local copy = x:clone()
  layer:evaluate()
  test.equal(layer:forward(x), x)
  layer:training()
  layer:forward(x)
  test.equal(x, copy, 'the input, after training again')
end)

test.case('the seed decides', function()
  local x = torch.zeros(1000)
  torch.manualSeed(5)
  local first = nn.WhiteNoise():forward(x):clone()
  torch.manualSeed(5)
  test.equal(nn.WhiteNoise():forward(x), first)
end)

test.case('gradients', function()
  test.gradients(nn.WhiteNoise(), torch.randn(3, 4), {seed = 7})
end)
