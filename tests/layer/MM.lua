-- MM: products of matrices.
local test = require 'harness'
local nn = require 'nn'

local function given(shape, transposed, batch)
  if transposed then shape = {shape[2], shape[1]} end
  if batch then table.insert(shape, 1, batch) end
  return torch.randn(table.unpack(shape))
end

test.case('values', function()
  local a, b = torch.randn(3, 4), torch.randn(4, 5)
  test.equal(nn.MM():forward({a, b}), torch.mm(a, b))
  test.equal(nn.MM(true):forward({a:t(), b}), torch.mm(a, b))
  test.equal(nn.MM(false, true):forward({a, b:t():clone()}), torch.mm(a, b))
  local many = nn.MM():forward({given({3, 4}, false, 2), given({4, 5}, false, 2)})
  test.equal(many:size():totable(), {2, 3, 5})
end)

test.case('gradients', function()
  for _, ta in ipairs {false, true} do
    for _, tb in ipairs {false, true} do
      for _, batch in ipairs {false, 2} do
        test.gradients(nn.MM(ta, tb), {given({3, 4}, ta, batch), given({4, 5}, tb, batch)})
      end
    end
  end
  test.gradients(nn.MM(), {torch.randn(4, 3):t(), torch.randn(5, 4):t()})
end)

test.case('what is wrong is told', function()
  local a = torch.randn(3, 4)
  test.fails(function() nn.MM():forward({a, a}) end, 'nn.MM: no product of 3x4 and 3x4')
  test.fails(function() nn.MM(true, true):forward({a, a}) end,
    'no product of 3x4 (transposed) and 3x4 (transposed)')
  test.fails(function() nn.MM():forward({a, a[1]}) end, 'no product of 3x4 and 4')
end)
