-- SoftMax: e^x / sum e^x. Golden values from PyTorch.
local test = require 'harness'
require 'nn'

local x = torch.DoubleTensor {{-2, -0.5, 0.25}, {0.5, 1, 3}}
local gy = torch.DoubleTensor {{1, -1, 2}, {0.5, 3, -2}}

test.case('values', function()
  local softmax = nn.SoftMax():double()
  test.near(softmax:forward(x), {{0.0668028335245296, 0.299389528874498, 0.633807637600973},
    {0.0674253582324529, 0.111165622302421, 0.821409019465126}}, 1e-14)
  test.near(softmax:backward(x, gy),
    {{-0.00234000838845232, -0.609266247768022, 0.611606256156474},
      {0.119721038714824, 0.475300678835497, -0.595021717550322}}, 1e-14)
  test.near(softmax:forward(x[2]), {0.0674253582324529, 0.111165622302421, 0.821409019465126},
    1e-14, 'one sample')
end)

test.case('planes', function()
  local z = torch.range(0, 7):double():sin():view(2, 2, 2)
  local want = {
    {{0.6806591187118433, 0.8581970429633035}, {0.7665107928688675, 0.37381926988747266}},
    {{0.3193408812881568, 0.14180295703669663}, {0.23348920713113255, 0.6261807301125274}}}
  test.near(nn.SoftMax():double():forward(z), want, 1e-14, '(C,H,W)')
  test.near(nn.SoftMax():double():forward(z:view(1, 2, 2, 2)), {want}, 1e-14, '(B,C,H,W)')
  test.gradients(nn.SoftMax(), z)
end)

test.case('large scores, more than a block of them', function()
  local scores = torch.FloatTensor(2, 700):fill(1e4)
  scores[2][699] = 1e4 + 100
  local p = nn.SoftMax():forward(scores)
  test.near(p[1], torch.FloatTensor(700):fill(1 / 700), 1e-9)
  test.near(p[2][699], 1, 1e-6)
end)

test.case('gradients', function()
  test.gradients(nn.SoftMax(), x)
  test.gradients(nn.SoftMax(), torch.randn(2, 300))
end)

test.case('a transposed input', function()
  local straight = nn.SoftMax():double():forward(x:t():contiguous()):clone()
  test.equal(nn.SoftMax():double():forward(x:t()), straight)
end)

test.case('of a line longer than a piece of work', function()
  local y = nn.SoftMax():double():forward(torch.zeros(200000):double())
  test.near(y:sum(), 1, 1e-9)
  test.near(y[200000], 1 / 200000, 1e-15)
end)
