-- Normalize: each sample gets Lp norm 1.
local test = require 'harness'
require 'nn'

local x = torch.DoubleTensor {{-2, 4, 0.5}, {4, 1, -3}}

local function expected(p, eps)
  local rows = x:totable()
  for _, row in ipairs(rows) do
    local sum, max = eps, 0
    for _, v in ipairs(row) do
      sum, max = sum + math.abs(v) ^ p, math.max(max, math.abs(v))
    end
    for i, v in ipairs(row) do
      row[i] = v / (p == math.huge and max + eps or sum ^ (1 / p))
    end
  end
  return rows
end

test.case('values', function()
  for _, p in ipairs {2, 1, 3, 0.5, 4, math.huge} do
    test.near(nn.Normalize(p):double():forward(x), expected(p, 1e-10), 1e-15)
  end
  test.near(nn.Normalize(2, 0.1):double():forward(x), expected(2, 0.1), 1e-15)
  test.equal(nn.Normalize(2):forward(torch.zeros(3)), {0, 0, 0})
end)

test.case('gradients', function()
  for _, p in ipairs {2, 1, 3, 1.5, 4, math.huge} do
    test.gradients(nn.Normalize(p), x)
    test.gradients(nn.Normalize(p), x[1])
  end
  test.gradients(nn.Normalize(2, 0.5), torch.randn(2, 300))
end)

test.case('other strides', function()
  local layer, plain, gy = nn.Normalize(3):double(), nn.Normalize(3):double(), x:clone():mul(0.3)
  local strided = x:t():contiguous():t()
  test.equal(layer:forward(strided):contiguous(), plain:forward(x))
  test.equal(layer:backward(strided, gy:t():contiguous():t()):contiguous(), plain:backward(x, gy))
end)

test.case('bad arguments', function()
  test.fails(function() nn.Normalize(0) end, 'nn.Normalize', 'p is 0')
  test.fails(function() nn.Normalize(2):forward(torch.ones(2, 2, 2)) end, 'nn.Normalize(2)',
    '2x2x2')
end)
