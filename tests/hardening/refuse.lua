-- Lets every allocation of a piece of work fail once; require 'hardening.refuse'. Run by itself:
-- that it finds what it looks for.

local test, system = require 'harness', require 'aelua.system'
local refuse, total = {}, {work = 0, engine = 0, lua = 0}

-- AELUA_EVERY=1: each allocation; else the first ones and, further on, steps of a part of the way,
-- long ones on all kernel paths but the fastest: which one it is changes little.
local every = os.getenv 'AELUA_EVERY' == '1'
local paths = system.availableKernels()
local fastest = system.kernels() == paths[#paths]
local function after(n, part) return n + (every and 1 or math.max(1, n // part)) end

local function openFiles()
  collectgarbage()
  return #(system.list '/proc/self/fd' or {})
end

-- Lua's stack that cannot grow for one of its functions has a message of its own.
local function tells(owner, text)
  if owner == 'engine' then return text:find('out of memory', 1, true) end
  return text:find('not enough memory', 1, true) or text:find('stack overflow (', 1, true)
end

-- Lua does without a larger table of its strings; the work then succeeds.
local function checkProblem(owner, ok, problem, what)
  if ok and owner == 'lua' then return end
  test.check(not ok, what .. ' fails and the work succeeds: it')
  local text = tostring(problem)
  test.check(tells(owner, text), what .. ': ' .. text)
end

-- One failing allocation; whether there was one.
local function refuseOne(make, check, owner, n)
  local work = make()
  system.refuseAllocation(n, owner)
  local ok, problem = pcall(work)
  local hit = system.refuseAllocation()
  local what = ('allocation %d of %s'):format(n, owner)
  if hit then
    checkProblem(owner, ok, problem, what)
    if check and not ok then check(work, what) end
    work()
  else
    test.check(ok, what .. ': ' .. tostring(problem))
  end
  return hit
end

local function refuseOwner(make, check, part, owner)
  local n, count, before, files = 0, 0, nil, openFiles()
  while true do
    -- what the run before has left, and what the next one is made of
    make()
    local now = test.memory()
    before = before or now
    test.check(now == before, ('allocation before %d of %s leaves %d bytes behind'):format(n, owner,
      now - before))
    if not refuseOne(make, check, owner, n) then break end
    n, count = after(n, part), count + 1
    assert(n < 1000000, 'no end')
  end
  test.equal(openFiles(), files, 'files left open')
  return count
end

--- Fails unless each refused allocation is an error that can be caught, leaves nothing behind, and
-- the same work succeeds right after.
-- @param make gives the work, a function; it is made anew each time, undisturbed
-- @param[opt] check function(work, what) that looks at what a failed run left
-- @param[opt] part 8: after the n-th allocation comes the one n // 8 further on; less for long work
-- @return how many were refused, of the engine and of Lua
function refuse.each(make, check, part)
  make()()
  part = fastest and (part or 8) or 1
  local engine = refuseOwner(make, check, part, 'engine')
  local lua = refuseOwner(make, check, part, 'lua')
  test.check(engine + lua > 1, 'the work allocates')
  total.work, total.engine, total.lua = total.work + 1, total.engine + engine, total.lua + lua
  return engine, lua
end

--- Tells, at the end of a file, how many were refused in all when it was each one.
function refuse.tell()
  if not every then return end
  test.figure('%d kinds of work, %d allocations of the engine and %d of Lua refused', total.work,
    total.engine, total.lua)
end

if not ... then
  local function make()
    return function() return torch.zeros(10):add(torch.zeros(10)) end
  end

  test.case('each is refused once', function()
    local engine, lua = refuse.each(make)
    test.check(engine >= 4 and lua >= 2, engine .. ', ' .. lua)
  end)

  -- The failure of a check.
  local function found(work, text)
    local ok, problem = pcall(refuse.each, function() return work end)
    local said = type(problem) == 'table' and problem.text or tostring(problem)
    test.check(not ok and said:find(text, 1, true), said)
  end

  test.case('what stays in use is found', function()
    local kept = {}
    found(function()
      kept[#kept + 1] = torch.Tensor(10)
      torch.Tensor(10)
    end, 'bytes behind')
  end)

  test.case('an error that is lost is found, and one that says something else', function()
    found(function() pcall(torch.Tensor, 10) end, 'fails and the work succeeds')
    found(function() if not pcall(torch.Tensor, 10) then error 'no luck' end end, 'no luck')
  end)

  test.case('a file that stays open is found', function()
    local kept = {}
    found(function() kept[#kept + 1] = io.open '/dev/null' end, 'files left open')
  end)
end

return refuse
