-- The harness itself: every check must fail where it should, the gradient checker above all.
local test = require 'harness'

-- The message with which a check failed, or nil when it passed.
local function failure(check, ...)
  local ok, problem = pcall(check, ...)
  if not ok then return problem.text end
end

local function passes(check, ...)
  local text = failure(check, ...)
  if text then error('should pass, but: ' .. text, 2) end
end

local function refuses(part, check, ...)
  local text = failure(check, ...)
  if not text then error('should fail with ' .. part, 2) end
  if not text:find(part, 1, true) then error(text .. ' should contain ' .. part, 2) end
end

local nan = 0 / 0

test.case('equal', function()
  passes(test.equal, 3, 3)
  passes(test.equal, {1, {a = 'x'}}, {1, {a = 'x'}})
  passes(test.equal, nan, nan)
  passes(test.equal, torch.Tensor{{1, 2}, {3, 4}}, torch.Tensor{{1, 2}, {3, 4}})
  passes(test.equal, torch.Tensor{{1, 2}, {3, 4}}:t(), {{1, 3}, {2, 4}})
  passes(test.equal, torch.Tensor(), torch.Tensor())
  refuses('loss is 3, want 4', test.equal, 3, 4, 'loss')
  refuses('is "1", want 1', test.equal, '1', 1)
  refuses('[2] ["a"] is "x", want "y"', test.equal, {1, {a = 'x'}}, {1, {a = 'y'}})
  refuses('[3] is 5, want none', test.equal, {1, 2, 5}, {1, 2})
  refuses('want 3', test.equal, {1, 2}, {1, 2, 3})
  refuses('2x1, want 1x2', test.equal, torch.Tensor{{1}, {2}}, torch.Tensor{{1, 2}})
  refuses('FloatTensor, want a torch.DoubleTensor', test.equal, torch.FloatTensor{1},
    torch.DoubleTensor{1})
  refuses('element 2', test.equal, torch.Tensor{1, 2}, torch.Tensor{1, 3})
end)

test.case('near', function()
  passes(test.near, 1, 1.05, 0.1)
  passes(test.near, {1, {2}}, {1.05, {1.95}}, 0.1)
  passes(test.near, torch.Tensor{1, 2}, torch.Tensor{1.05, 2}, 0.1)
  refuses('within 0.1', test.near, 1, 1.2, 0.1)
  refuses('within 0.1', test.near, 1, -1, 0.1)
  refuses('nan', test.near, nan, 1, 0.1)
  refuses('nan', test.near, 1, nan, 0.1)
  refuses('nan', test.near, nan, nan, 0.1)
  refuses('element 2', test.near, torch.Tensor{1, nan}, torch.Tensor{1, 2}, 0.1)
  refuses('element 1', test.near, torch.Tensor{1}, torch.Tensor{2}, 0.1)
  refuses('is nil', test.near, nil, 1, 0.1)
end)

test.case('check and fails', function()
  passes(test.check, 1)
  refuses('it does not hold', test.check, false, 'it')
  passes(test.fails, function() error('size 3x4 wrong') end, '3x4', 'wrong')
  passes(test.fails, function() error {} end)
  refuses('no error', test.fails, function() end, 'x')
  refuses('want "5x6"', test.fails, function() error('size 3x4 wrong') end, '3x4', '5x6')
end)

test.case('a failed check names its place', function()
  local line = debug.getinfo(1, 'l').currentline + 2
  refuses(('harness_test.lua:%d: value is 1, want 2'):format(line), function()
    test.equal(1, 2)
  end)
end)

test.case('folder', function()
  local first, second = test.folder(), test.folder()
  test.check(first ~= second, 'two folders')
  local file = assert(io.open(first .. '/x', 'w'))
  file:close()
end)

-- A module as far as the checker looks: y = w . x, element by element. `wrong` spoils what backward
-- computed.
local function product(wrong)
  local module = {weight = torch.DoubleTensor{0.5, -2, 3}, gradWeight = torch.zeros(3):double()}
  function module.double() end
  function module:parameters() return {self.weight}, {self.gradWeight} end
  function module:zeroGradParameters() self.gradWeight:zero() end
  function module:forward(x) return torch.cmul(x, self.weight) end
  function module:backward(x, gradOutput)
    self.gradInput = torch.cmul(gradOutput, self.weight)
    self.gradWeight:add(torch.cmul(gradOutput, x))
    if wrong then wrong(self, torch.cmul(gradOutput, x)) end
    return self.gradInput
  end
  return module
end

local input = torch.DoubleTensor{1, 2, -0.5}

test.case('gradients accepts the right ones', function()
  passes(test.gradients, product(), input)
end)

test.case('gradients finds a planted wrong sign', function()
  refuses('element 1 of gradInput', test.gradients,
    product(function(m) m.gradInput:mul(-1) end), input)
  refuses('element 3 of gradInput', test.gradients,
    product(function(m) m.gradInput[3] = -m.gradInput[3] end), input)
  refuses('element 1 of the gradient of parameter 1', test.gradients,
    product(function(m, gradient) m.gradWeight:add(-2, gradient) end), input)
end)

test.case('gradients finds a small error, a NaN, a shape, an overwritten gradient', function()
  refuses('element 2 of gradInput', test.gradients,
    product(function(m) m.gradInput[2] = m.gradInput[2] * 1.00001 end), input)
  refuses('nan, finite differences give', test.gradients,
    product(function(m) m.gradInput[2] = nan end), input)
  refuses('gradInput is 2, want 3', test.gradients,
    product(function(m) m.gradInput = m.gradInput:narrow(1, 1, 2) end), input)
  refuses('not twice the first', test.gradients,
    product(function(m) m.gradWeight:div(2) end), input)
  local calls = 0
  refuses('second backward is not the same', test.gradients, product(function(m)
    calls = calls + 1
    m.gradInput:mul(calls)
  end), input)
end)

-- A module of {a, {b}} with output {a * b, b}, its gradInput spoiled.
local function fork(spoil)
  return {
    double = function() end, zeroGradParameters = function() end, parameters = function() end,
    forward = function(_, x) return {x[1] * x[2][1]:sum(), x[2][1]:clone()} end,
    backward = function(_, x, gy)
      local a, b = x[1], x[2][1]
      local grad = {gy[1] * b:sum(), {gy[2] + gy[1]:dot(a)}}
      return spoil and spoil(grad) or grad
    end,
  }
end

test.case('gradients of tables', function()
  local x = {input, {torch.DoubleTensor {0.5, 3}}}
  passes(test.gradients, fork(), x)
  refuses('element 2 of gradInput[2][1]', test.gradients, fork(function(grad)
    grad[2][1][2] = -grad[2][1][2]
  end), x)
  refuses('element 1 of gradInput[1]', test.gradients, fork(function(grad) grad[1]:mul(-1) end), x)
  refuses('gradInput has tensors at "[1]", want "[1][2][1]"', test.gradients,
    fork(function(grad) return {grad[1]} end), x)
end)

-- A criterion as far as the checker looks: sum of (x - t)^2, slope spoiled by a factor.
local function squares(factor)
  return {
    double = function() end,
    forward = function(_, x, t) return (x - t):pow(2):sum() end,
    backward = function(_, x, t) return (x - t):mul(2 * factor) end,
  }
end

test.case('criterion_gradients', function()
  local target = torch.DoubleTensor{0, 1, 2}
  passes(test.criterion_gradients, squares(1), input, target)
  refuses('element 1 of gradInput', test.criterion_gradients, squares(-1), input, target)
  refuses('element 1 of gradInput', test.criterion_gradients, squares(1.001), input, target)
  refuses('nan', test.criterion_gradients, squares(nan), input, target)
end)

test.case('files and lines of sh', function()
  local path = test.folder() .. '/a'
  test.write(path, 'a\0\r\n')
  test.equal(test.read(path), 'a\0\r\n')
  test.fails(function() test.read(path .. 'b') end, path .. 'b')
  test.fails(function() test.write(path .. '/b', 'x') end, path .. '/b')
  local output, status = test.shell 'echo out; echo err >&2; exit 3'
  test.equal(output, 'out\nerr\n')
  test.equal(status, 3)
end)
