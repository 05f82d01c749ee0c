--- Torch's torch.Tester and torch.TestSuite: tests of a script's own functions.
--
--     local mytest = torch.TestSuite()
--     local tester = torch.Tester()
--     function mytest.sums() tester:eq(1 + 1, 2, 'one and one') end
--     tester:add(mytest)
--     tester:run()
--
-- A check that fails is noted and the test goes on; an error ends the test. A run with failures
-- raises an error in the end, so that the script's status tells.

local torch = require 'torch'
local classes = require 'aelua.lua.classes'

local Tester = classes.define('torch.Tester')
torch.Tester = Tester

--- A table of tests in which a name can be given once.
function torch.TestSuite()
  local suite = {__tests = {}, __isTestSuite = true}
  return setmetatable(suite, {
    __index = function(_, name) return suite.__tests[name] end,
    __newindex = function(_, name, f)
      if suite.__tests[name] ~= nil then
        error(('Test %s is already defined.'):format(tostring(name)), 2)
      end
      if type(f) ~= 'function' then
        error(('TestSuite: %s is a %s; only functions are tests'):format(tostring(name), type(f)),
          2)
      end
      suite.__tests[name] = f
    end})
end

function Tester:__init()
  self.errors, self.tests, self.testnames = {}, {}, {}
  self.setUpFunction, self.tearDownFunction = nil, nil
  self.disabled, self.countasserts = {}, 0
end

-- ---- which tests there are ----

-- Collects a test, or all of a table or suite, in `found`; changes nothing else.
local function collect(f, name, found)
  if type(f) == 'table' then
    local tests, names = f.__isTestSuite and f.__tests or f, {}
    for key in pairs(tests) do names[#names + 1] = key end
    table.sort(names, function(a, b) return tostring(a) < tostring(b) end)
    for _, key in ipairs(names) do collect(tests[key], tostring(key), found) end
  elseif type(f) ~= 'function' then
    error(('torch.Tester:add: %s is a %s, should be a function'):format(name, type(f)), 0)
  elseif name == '_setUp' or name == '_tearDown' then
    found[name] = f
  else
    table.insert(found, {f, name})
  end
end

--- Adds a test, or all of a table or suite; tables in it too.
-- @param f function, or table of tests
-- @param[opt] name string
-- @return self
function Tester:add(f, name)
  if type(f) ~= 'table' and type(f) ~= 'function' then
    error('torch.Tester:add: a function or table of functions expected, got ' .. type(f), 2)
  end
  local found, n = {}, #self.testnames
  local ok, problem = pcall(collect, f, name or 'unknown', found)
  if not ok then error(problem, 2) end
  for i, test in ipairs(found) do self.tests[n + i], self.testnames[n + i] = test[1], test[2] end
  self.setUpFunction = found._setUp or self.setUpFunction
  self.tearDownFunction = found._tearDown or self.tearDownFunction
  return self
end

--- Leaves tests out of runs.
-- @param names string or list
function Tester:disable(names)
  for _, name in ipairs(type(names) == 'string' and {names} or names) do
    self.disabled[name] = true
  end
  return self
end

-- ---- checks ----

-- Where the test called the check: the first place outside of this file.
local function place()
  local here, level = debug.getinfo(1, 'S').source, 2
  while true do
    local at = debug.getinfo(level, 'Sl')
    if not at then return '?' end
    if at.source ~= here and at.what ~= 'C' then
      return ('%s:%d'):format(at.short_src, at.currentline)
    end
    level = level + 1
  end
end

function Tester:__fail(text)
  table.insert(self.errors, {test = self.curtestname or '?', text = text})
end

-- Counts a check; notes it when it does not hold. Returns whether it does.
function Tester:__check(condition, message, violation, ...)
  self.countasserts = self.countasserts + 1
  if condition then return true end
  local details = select('#', ...) > 0 and violation:format(...) or violation
  self:__fail(('%s%s\n  %s'):format(message and tostring(message) .. '\n  ' or '', details,
    place()))
  return false
end

--- Notes a failure unless the condition holds; all checks return whether they hold.
function Tester:assert(condition, message)
  return self:__check(condition, message, 'condition=%s', tostring(condition))
end

for name, check in pairs {
  lt = {'LT(<)', function(a, b) return a < b end},
  le = {'LE(<=)', function(a, b) return a <= b end},
  gt = {'GT(>)', function(a, b) return a > b end},
  ge = {'GE(>=)', function(a, b) return a >= b end},
} do
  --- Notes a failure unless value and limit are in that order.
  Tester['assert' .. name] = function(self, value, limit, message)
    return self:__check(check[2](value, limit), message, check[1] .. ' violation: val=%s, '
      .. 'condition=%s', tostring(value), tostring(limit))
  end
end

-- ---- equality ----

local function shown(value)
  if torch.isTensor(value) then
    return ('%s of size %s'):format(value:type(), table.concat(value:size():totable(), 'x'))
  end
  return tostring(value)
end

-- Why two values are not equal within a tolerance, or nil.
local difference

local function tensorDifference(a, b, tolerance)
  if a:type() ~= b:type() or not a:isSameSizeAs(b) then return shown(a) .. ' and ' .. shown(b) end
  if a:nElement() == 0 then return nil end
  local distance = (a:double() - b:double()):abs()
  distance:maskedFill(a:double():eq(b:double()), 0) -- infinities
  local largest = distance:max()
  local ok = largest <= tolerance
  return not ok and ('the largest difference is %g'):format(largest) or nil
end

local function tableDifference(a, b, tolerance)
  for key, value in pairs(b) do
    local why = difference(a[key], value, tolerance)
    if why then return ('[%s]: %s'):format(tostring(key), why) end
  end
  for key in pairs(a) do
    if b[key] == nil then return ('[%s]: only in the first'):format(tostring(key)) end
  end
end

function difference(a, b, tolerance)
  if torch.isTensor(a) and torch.isTensor(b) then return tensorDifference(a, b, tolerance) end
  if type(a) == 'table' and type(b) == 'table' then return tableDifference(a, b, tolerance) end
  local near = type(a) == 'number' and type(b) == 'number' and math.abs(a - b) <= tolerance
  return not (a == b or near) and ('%s and %s'):format(shown(a), shown(b)) or nil
end

-- tester:eq(a, b [, tolerance [, message]]): either may be left out.
local function readTolerance(tolerance, message)
  if type(tolerance) == 'string' then return message or 0, tolerance end
  return tolerance or 0, message
end

--- Notes a failure unless two values are equal: numbers, tensors and tables within a tolerance.
-- @param[opt=0] tolerance number
-- @param[opt] message string
function Tester:eq(got, want, tolerance, message)
  tolerance, message = readTolerance(tolerance, message)
  local why = difference(got, want, tolerance)
  return self:__check(not why, message, 'EQ(==) violation: %s', why)
end

--- Notes a failure when two values are equal.
function Tester:ne(got, unwanted, tolerance, message)
  tolerance, message = readTolerance(tolerance, message)
  return self:__check(difference(got, unwanted, tolerance), message, 'NE(~=) violation: both are '
    .. '%s', shown(got))
end

function Tester:asserteq(got, want, message) return self:eq(got, want, 0, message) end
function Tester:assertne(got, unwanted, message) return self:ne(got, unwanted, 0, message) end

--- Notes a failure unless |a - b| <= limit.
-- @param[opt=1e-16] limit number
function Tester:assertalmosteq(a, b, limit, message)
  return self:eq(a, b, limit or 1e-16, message)
end

-- Torch's names for kinds of values; each is as eq or ne.
for _, kind in ipairs {'Tensor', 'Table', 'General'} do
  Tester['assert' .. kind .. 'Eq'] = Tester.eq
  Tester['assert' .. kind .. 'Ne'] = Tester.ne
end

-- ---- errors ----

--- Notes a failure unless f() raises an error that passes the comparison.
-- @param f function
-- @param passes function of the error
function Tester:assertErrorObj(f, passes, message)
  local ok, problem = pcall(f)
  local text = ok and 'no error' or 'err=' .. tostring(problem)
  return self:__check(not ok and passes(problem), message, 'ERROR violation: %s', text)
end

--- Notes a failure unless f() raises an error.
function Tester:assertError(f, message)
  return self:assertErrorObj(f, function() return true end, message)
end

--- Notes a failure when f() raises an error.
function Tester:assertNoError(f, message)
  local ok, problem = pcall(f)
  return self:__check(ok, message, 'ERROR violation: err=%s', tostring(problem))
end

--- Notes a failure unless f() raises this error, or one that matches the pattern.
function Tester:assertErrorMsg(f, text, message)
  return self:assertErrorObj(f, function(problem) return problem == text end, message)
end

function Tester:assertErrorPattern(f, pattern, message)
  return self:assertErrorObj(f, function(problem)
    return tostring(problem):find(pattern) ~= nil
  end, message)
end

-- ---- running ----

-- The places of the tests to run: all, those of a name or number, or of a list of these.
function Tester:__chosen(wanted)
  local chosen, places = {}, {}
  for _, key in ipairs(type(wanted) == 'table' and wanted or {wanted}) do chosen[key] = true end
  for i, name in ipairs(self.testnames) do
    if (wanted == nil or chosen[name] or chosen[i]) and not self.disabled[name] then
      places[#places + 1] = i
      chosen[name] = nil
    end
  end
  for key in pairs(chosen) do
    if type(key) == 'string' and not self.disabled[key] then
      error(("torch.Tester:run: there is no test '%s'"):format(key), 3)
    end
  end
  return places
end

-- Runs one test; returns whether it passed.
function Tester:__runOne(i)
  local before = #self.errors
  self.curtestname = self.testnames[i]
  local function guarded(f, ...)
    local ok, problem = xpcall(f, debug.traceback, ...)
    if not ok then self:__fail('Function call failed\n' .. tostring(problem)) end
  end
  if self.setUpFunction then guarded(self.setUpFunction, self.curtestname) end
  guarded(self.tests[i])
  if self.tearDownFunction then guarded(self.tearDownFunction, self.curtestname) end
  return #self.errors == before
end

--- Prints what failed.
function Tester:report(ntests)
  print(('Completed %d asserts in %d tests with %d failures'):format(self.countasserts, ntests,
    #self.errors))
  if #self.errors == 0 then return end
  print(('-'):rep(80))
  for _, failure in ipairs(self.errors) do
    print(failure.test .. '\n' .. failure.text)
    print(('-'):rep(80))
  end
end

--- Runs the tests, prints what failed, and raises an error if any did.
-- @param[opt] wanted name or number of a test, or a list of these
function Tester:run(wanted)
  local places = self:__chosen(wanted)
  self.errors, self.countasserts = {}, 0
  print(('Running %d tests'):format(#places))
  local marks = {}
  for k, i in ipairs(places) do
    marks[k] = self:__runOne(i) and '.' or '*'
    io.write(marks[k])
    io.flush()
  end
  print('  ==> Done')
  self:report(#places)
  if #self.errors > 0 then error('An error was found while running tests!', 2) end
end

return Tester
