-- What fails changes nothing: each function of torch with results given by the caller, with wrong
-- arguments, with tensors that are arguments and results at once, and with allocations refused.

local test, system = require 'harness', require 'aelua.system'

local Float, Long, Byte = torch.FloatTensor, torch.LongTensor, torch.ByteTensor
local function x(...) return torch.FloatTensor(...):uniform(1, 2) end
local function r() return Float {9, 9} end
local function i() return Long {9, 9} end
local function b() return Byte {9, 9} end

-- name -> lists of arguments, the results first; a name with a colon is a method.
local works = {
  cat = {function() return r(), {x(2, 3), x(2, 4)}, 2 end},
  gather = {function() return r(), x(2, 3), 2, Long {{1, 2}, {3, 1}} end,
    function() return r(), x(2, 3):t(), 1, Long {{1, 2}, {3, 1}} end},
  scatter = {function() return x(2, 3), 2, Long {{1, 2}, {3, 1}}, x(2, 2) end,
    function() return x(2, 3), 2, Long {{1, 2}, {3, 1}}, 5 end},
  index = {function() return r(), x(3, 3), 1, Long {3, 1} end},
  indexCopy = {function() return x(3, 2), 1, Long {3, 1}, x(2, 2) end},
  indexAdd = {function() return x(3, 2), 1, Long {3, 1}, x(2, 2) end},
  indexFill = {function() return x(3, 2), 1, Long {3, 1}, 5 end},
  maskedFill = {function() return x(3), Byte {1, 0, 1}, 5 end},
  maskedCopy = {function() return x(3), Byte {1, 0, 1}, x(2) end},
  maskedSelect = {function() return r(), x(3), Byte {1, 0, 1} end},
  nonzero = {function() return i(), x(3, 2) end},
  repeatTensor = {function() return r(), x(3, 2), 2, 2 end},
  reshape = {function() return r(), x(3, 2), 2, 3 end},
  conv2 = {function() return r(), x(5, 5), x(2, 2), 'F' end},
  xcorr2 = {function() return r(), x(2, 5, 5), x(3, 2, 2, 2), 'V' end},
  conv3 = {function() return r(), x(3, 5, 5), x(2, 2, 2), 'F' end},
  histc = {function() return r(), x(20), 5, 0, 6 end},
  bhistc = {function() return r(), x(4, 5), 5, 0, 6 end},
  linspace = {function() return r(), 0, 1, 5 end},
  logspace = {function() return r(), 0, 1, 5 end},
  range = {function() return r(), 0, 5, 1 end},
  eye = {function() return r(), 3, 4 end},
  zeros = {function() return r(), 3, 4 end},
  rand = {function() return r(), 3, 4 end},
  randn = {function() return r(), 3, 4 end},
  randperm = {function() return b(), 5 end},
  multinomial = {function() return i(), x(4), 2, true end,
    function() return i(), x(3, 4), 2, false end},
  uniform = {function() return x(3), 1, 2 end},
  bernoulli = {function() return x(3), 0.5 end},
  exponential = {function() return x(3), 0.5 end},
  random = {function() return x(3), 1, 2 end},
  sort = {function() return r(), i(), x(3, 4), 1 end},
  max = {function() return r(), i(), x(3, 4):t(), 1 end},
  median = {function() return r(), i(), x(3, 4), 1 end},
  mode = {function() return r(), i(), x(3, 4), 1 end},
  topk = {function() return r(), i(), x(3, 4), 2, 1, true end},
  kthvalue = {function() return r(), i(), x(3, 4), 2, 1 end},
  sum = {function() return r(), x(3, 4), 1 end},
  cumsum = {function() return r(), x(3, 4):t(), 1 end},
  norm = {function() return r(), x(3, 4), 2, 1 end},
  renorm = {function() return r(), x(3, 4), 2, 1, 0.5 end},
  [':renorm'] = {function() return x(3, 4), 2, 2, 0.5 end},
  mm = {function() return r(), x(3, 4), x(4, 3) end},
  mv = {function() return r(), x(3, 4), x(4) end},
  ger = {function() return r(), x(3), x(4) end},
  bmm = {function() return r(), x(2, 3, 4), x(2, 4, 3) end},
  addmm = {function() return r(), 2, x(3, 3), 2, x(3, 4), x(4, 3) end},
  [':addmm'] = {function() return x(3, 3), 2, x(3, 4), x(4, 3) end},
  addmv = {function() return r(), 2, x(3), 2, x(3, 4), x(4) end},
  addr = {function() return r(), 2, x(3, 4), 2, x(3), x(4) end},
  [':baddbmm'] = {function() return x(2, 3, 3), 2, x(2, 3, 4), x(2, 4, 3) end},
  [':addbmm'] = {function() return x(3, 3), 2, x(2, 3, 4), x(2, 4, 3) end},
  tril = {function() return r(), x(3, 4), 1 end},
  diag = {function() return r(), x(3, 4), 1 end, function() return r(), x(3), 1 end},
  cross = {function() return r(), x(3, 4), x(3, 4), 1 end},
  symeig = {function() return r(), r(), x(3, 3), 'V', 'U' end},
  svd = {function() return r(), r(), r(), x(3, 4), 'S' end},
  gesv = {function() return r(), r(), x(3, 2), x(3, 3) end},
  inverse = {function() return r(), x(3, 3) end},
  potrf = {function() return r(), torch.eye(3), 'U' end},
  add = {function() return r(), x(3), 2, x(3) end, function() return r(), x(3), 2 end},
  cdiv = {function() return i(), Long {1, 2}, Long {1, 2} end},
  pow = {function() return r(), x(3), 2 end, function() return r(), 2, x(3) end},
  clamp = {function() return r(), x(3), 2, 3 end},
  addcdiv = {function() return r(), x(3), 2, x(3), x(3) end},
  lerp = {function() return r(), x(3), x(3), 0.5 end},
  lt = {function() return b(), x(3), x(3) end, function() return b(), x(3), 2 end},
  exp = {function() return r(), x(3) end},
  view = {function() return r(), x(3, 2), 6 end},
  expand = {function() return r(), x(3, 1), 3, 2 end},
  squeeze = {function() return r(), x(3, 1), 2 end},
  [':resize'] = {function() return r(), 3, 1 end},
  [':resizeAs'] = {function() return r(), x(3, 1) end},
  [':copy'] = {function() return r(), Long {1, 2} end},
  [':set'] = {function()
    return r(), x(12):storage(), 2, torch.LongStorage {2, 2}, torch.LongStorage {1, 2}
  end},
}

-- What stands in the place of an argument.
local function wrong()
  return {'text', 0, -1, 1e300, 0 / 0, math.huge, 1 << 62, 1.5, 7, true, {}, {1}, {r(), x(3, 3)},
    Float(), Long {7, -3}, Long {1, 99}, Long(2, 2):zero(), torch.DoubleTensor(3, 4):zero(),
    x(5, 7, 2), Float(3, 4):fill(0 / 0), Byte {1, 1, 1}, function() end}
end

-- All that can be seen of the tensors in a list of arguments, and the generator.
local function look(list)
  local seen = {torch.getRNGState():totable()}
  for k = 1, list.n do
    local t = list[k]
    if torch.isTensor(t) then
      seen[#seen + 1] = {t:type(), t:size():totable(), t:stride():totable(), t:storageOffset(),
        tostring(t)} -- NaN equals NaN there
    end
  end
  return seen
end

local function call(name, list)
  local method = name:match '^:(.*)'
  local f = method and list[1][method] or torch[name]
  return pcall(f, table.unpack(list, 1, list.n))
end

-- Whether it failed, which has changed nothing then.
local function attempt(name, list, what)
  local before = look(list)
  local ok, problem = call(name, list)
  if not ok then test.equal(look(list), before, ('%s, %s: %s'):format(name, what, problem)) end
  return not ok
end

-- How many failed of those with argument k replaced.
local function replaced(name, make, k)
  local failed, given = 0, table.pack(make())
  for n = 1, #wrong() do
    local list = table.pack(make())
    list[k] = wrong()[n]
    local fit = torch.isTensor(list[1])
    if fit and attempt(name, list, ('argument %d is %s'):format(k, list[k])) then
      failed = failed + 1
    end
  end
  for other = 1, given.n do
    if torch.isTensor(given[k]) and torch.isTensor(given[other]) and k ~= other then
      local list = table.pack(make())
      list[k] = list[other]
      attempt(name, list, ('argument %d is argument %d'):format(k, other))
    end
  end
  return failed
end

for name, forms in pairs(works) do
  test.case('wrong arguments change nothing: ' .. name, function()
    for _, make in ipairs(forms) do
      local failed = 0
      for k = 1, select('#', make()) do failed = failed + replaced(name, make, k) end
      test.check(failed > 0)
    end
  end)

  test.case('without memory nothing changes: ' .. name, function()
    for _, make in ipairs(forms) do
      for n = 0, 100 do
        local list = table.pack(make())
        local before = look(list)
        system.refuseAllocation(n, 'engine')
        local ok, problem = call(name, list)
        local hit = system.refuseAllocation()
        test.check(ok ~= hit, problem)
        if not hit then break end
        test.equal(look(list), before, ('allocation %d: %s'):format(n, problem))
        test.check(call(name, list))
      end
    end
  end)
end
