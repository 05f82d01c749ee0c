-- backward with another input than forward had: told, by each layer that can tell by the sizes.
local test = require 'harness'
local nn = require 'nn'

local function again(layer, x, other, was)
  local y = layer:forward(x)
  if torch.isTensor(y) then y = y:clone() end
  test.fails(function() layer:backward(other, y) end, torch.typename(layer),
    "in backward, but forward's output was " .. was)
end

local function pair(...) return {torch.randn(...), torch.randn(...)} end

test.case('layers of a tensor', function()
  again(nn.KLSparsity(0.1), torch.rand(4, 3), torch.rand(4, 3, 1), '4x3')
  again(nn.Narrow(1, 1, 2), torch.randn(3, 2), torch.randn(3, 4), '2x2')
  again(nn.Padding(1, 2), torch.randn(3, 2), torch.randn(4, 2), '5x2')
  again(nn.Padding(1, 2), torch.randn(3, 2), torch.randn(3, 2, 1), '5x2')
  again(nn.Replicate(3), torch.randn(2, 2), torch.randn(2, 3), '3x2x2')
  again(nn.Replicate(3), torch.randn(2, 400), torch.randn(400, 2), '3x2x400')
  again(nn.Replicate(2), torch.randn(8), torch.randn(2, 2, 2), '2x8')
  again(nn.Replicate(1), torch.randn(20, 20), torch.randn(1, 20, 20), '1x20x20')
  again(nn.Reshape(6), torch.randn(2, 3), torch.randn(2, 4), '6')
  again(nn.View(6), torch.randn(2, 3), torch.randn(2, 4), '6')
end)

test.case('layers of a table', function()
  again(nn.CMaxTable(), pair(2, 3), pair(2, 4), '2x3')
  again(nn.CosineDistance(), pair(4, 3), pair(5, 3), '4')
  again(nn.JoinTable(1), pair(2, 3), pair(2, 4), '4x3')
  again(nn.MixtureTable(), {torch.rand(4, 2), pair(4, 3)}, {torch.rand(4, 2), pair(4, 5)}, '4x3')
  again(nn.PairwiseDistance(), pair(4, 3), pair(5, 3), '4')
end)
