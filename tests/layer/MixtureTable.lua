-- MixtureTable: a sum of experts, weighed by gates.
local test = require 'harness'
local nn = require 'nn'

local gates = torch.rand(2, 3)
local function experts(...) return {torch.randn(...), torch.randn(...), torch.randn(...)} end

test.case('values', function()
  local e, y = experts(2, 4), torch.zeros(2, 4)
  for i = 1, 3 do
    for b = 1, 2 do y[b]:add(gates[b][i], e[i][b]) end
  end
  test.near(nn.MixtureTable():forward({gates, e}), y, 1e-6)
  local joined = torch.cat({e[1]:view(2, 1, 4), e[2]:view(2, 1, 4), e[3]:view(2, 1, 4)}, 2)
  test.near(nn.MixtureTable():forward({gates, joined}), y, 1e-6)
  test.near(nn.MixtureTable(3):forward({gates, joined:transpose(2, 3)}), y, 1e-6)
  local one = nn.MixtureTable():forward({gates[1], {e[1][1], e[2][1], e[3][1]}})
  test.near(one, y[1], 1e-6)
  test.near(nn.MixtureTable():forward({gates[1], joined[1]}), y[1], 1e-6)
end)

test.case('gradients', function()
  test.gradients(nn.MixtureTable(), {gates, experts(2, 4)})
  test.gradients(nn.MixtureTable(), {gates, experts(2, 2, 3)})
  test.gradients(nn.MixtureTable(), {gates, experts(2)})
  test.gradients(nn.MixtureTable(), {gates, experts(2, 1)})
  test.gradients(nn.MixtureTable(), {gates[1], experts(4)})
  test.gradients(nn.MixtureTable(), {torch.rand(3, 2):t(), torch.randn(2, 3, 4)})
  test.gradients(nn.MixtureTable(3), {gates, torch.randn(2, 4, 3)})
  test.gradients(nn.MixtureTable(), {gates[1], torch.randn(3, 4)})
  test.gradients(nn.MixtureTable(), {torch.rand(1, 3), experts(1, 4)})
end)

test.case('a mixture of experts', function()
  local gater = nn.Sequential():add(nn.Linear(4, 3)):add(nn.SoftMax())
  local all = nn.ConcatTable()
  for _ = 1, 3 do all:add(nn.Linear(4, 2)) end
  local net = nn.Sequential():add(nn.ConcatTable():add(gater):add(all)):add(nn.MixtureTable())
  test.gradients(net, torch.randn(5, 4))
end)

test.case('what is wrong is told', function()
  local net = nn.MixtureTable()
  test.fails(function() net:forward({gates, {torch.ones(2, 4)}}) end,
    'nn.MixtureTable: gates are 2x3, experts a table of 1 tensor, each 2x4')
  test.fails(function() net:forward({gates, experts(3, 4)}) end, 'each 3x4')
  test.fails(function() net:forward({gates, torch.ones(2, 4, 3)}) end, 'experts 2x4x3')
  test.fails(function() net:forward({gates, {torch.ones(2), torch.ones(3), torch.ones(2)}}) end,
    'input[2] is 3, input[1] is 2')
  test.fails(function() net:forward({{gates}, gates}) end, 'want a tensor')
end)
