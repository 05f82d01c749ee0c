-- Sequential: modules one after another.
local test = require 'harness'
require 'nn'

local function autoencoder()
  local encoder = nn.Sequential():add(nn.Linear(6, 4)):add(nn.Tanh())
  local decoder = nn.Sequential():add(nn.Linear(4, 6)):add(nn.Sigmoid())
  return nn.Sequential():add(encoder, 'encoder'):add(decoder, 'decoder')
end

test.case('forward is one after another', function()
  local net, x = autoencoder(), torch.randn(3, 6)
  local hidden = net:get('encoder'):forward(x):clone()
  local y = net:get('decoder'):forward(hidden):clone()
  test.equal(net:forward(x), y)
  test.check(net.output == net.decoder:get(2).output, 'output is the last one\'s')
end)

test.case('gradients', function()
  test.gradients(autoencoder(), torch.randn(3, 6))
  test.gradients(nn.Sequential(), torch.randn(3, 6))
end)

test.case('in-place layers inside', function()
  local plain = nn.Sequential():add(nn.Linear(6, 4)):add(nn.ReLU()):add(nn.Linear(4, 2))
  local inplace = plain:clone()
  inplace:remove(2)
  inplace:insert(nn.ReLU(true), 2)
  local x, gy = torch.randn(3, 6), torch.randn(3, 2)
  for _, net in ipairs {plain, inplace} do
    net:zeroGradParameters()
    net:forward(x)
    net:backward(x, gy)
  end
  local _, want = plain:parameters()
  local _, got = inplace:parameters()
  test.equal(got, want)
  test.equal(inplace.gradInput, plain.gradInput)
end)

test.case('an error names the child', function()
  local net = autoencoder()
  test.fails(function() net:forward(torch.randn(3, 5)) end,
    'encoder.1: nn.Linear(6 -> 4): input has 5 features, want 6 (input 3x5)')
end)

test.case('an unwanted gradInput is not computed', function()
  local net = nn.Sequential():add(nn.Linear(6, 4)):add(nn.Linear(4, 2))
  local x, gy = torch.randn(3, 6), torch.randn(3, 2)
  net:get(1).gradInput = nil
  net:zeroGradParameters()
  net:forward(x)
  net:backward(x, gy)
  test.equal(net:get(1).gradInput, nil)
  test.check(net:get(1).gradWeight:norm() > 0, 'the gradient of the weight is there')
end)
