-- Callbacks, tables and text.
local test = require 'harness'

test.case('apply changes in row-major order, or leaves', function()
  local x, n = torch.zeros(2, 3), 0
  test.check(rawequal(x:apply(function() n = n + 1; return n end), x))
  test.equal(x, {{1, 2, 3}, {4, 5, 6}})
  x:t():apply(function(v) if v > 4 then return -v end end)
  test.equal(x, {{1, 2, 3}, {4, -5, -6}})
  test.fails(function() x:apply(function() error('stop here') end) end, 'stop here')
  test.fails(function() x:apply(function() return {} end) end, 'number expected, got table')
  test.fails(function() x:apply(1) end, 'function expected')
end)

test.case('a function that fails changes no element', function()
  local x, y = torch.Tensor {{1, 2, 3}, {4, 5, 6}}:t(), torch.ones(6)
  local want = x:clone()
  local function failing(result)
    local left = 4
    return function()
      left = left - 1
      if left == 0 then return result() end
      return 0
    end
  end
  local function raising() error('stop here') end
  test.fails(function() x:apply(failing(raising)) end, 'stop here')
  test.fails(function() x:apply(failing(function() return 'x' end)) end, 'number expected')
  test.fails(function() x:map(y, failing(raising)) end, 'stop here')
  test.fails(function() x:map2(y, y, failing(raising)) end, 'stop here')
  test.equal(x, want)
end)

test.case('map and map2', function()
  local x, y, z = torch.Tensor{1, 2}, torch.Tensor{10, 20}, torch.Tensor{5, 6}
  test.equal(x:map(y, function(a, b) return a + b end), {11, 22})
  test.equal(x:map2(y, z, function(a, b, c) return a - b + c end), {6, 8})
  test.fails(function() x:map(torch.Tensor(3), print) end, 'number of elements')
end)

test.case('a callback may resize the tensor', function()
  local x = torch.zeros(4)
  x:apply(function(v) x:resize(1); return v + 1 end)
  test.equal(x, {4}, 'every call then meets the only element')
end)

test.case('a callback that closes a tensor is an error', function()
  local x, y = torch.zeros(4), torch.zeros(4)
  local function close() local _ <close> = y end
  test.fails(function() x:map(y, close) end, "bad argument #1 to 'map'", 'closed')
end)

test.case('totable', function()
  test.equal(torch.Tensor{{1, 2}, {3, 4}}:t():totable(), {{1, 3}, {2, 4}})
  test.equal(torch.Tensor():totable(), {})
  test.equal(torch.totable(torch.LongTensor{1 << 60}), {1 << 60})
end)

test.case('tostring says type and sizes', function()
  local text = tostring(torch.LongTensor{{1, 22}, {333, 4}})
  test.check(text:find('[torch.LongTensor of size 2x2]', 1, true), 'the last line')
  test.check(text:find('%s1%s+22\n') and text:find('333%s+4\n'), 'aligned columns')
  test.check(tostring(torch.Tensor()):find('torch.FloatTensor', 1, true))
end)
