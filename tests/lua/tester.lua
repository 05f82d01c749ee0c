--- tester.lua - torch.Tester and torch.TestSuite: which checks hold, what is reported.

local test = require 'harness'

-- Runs the tests of a table; returns the failures and what was printed.
local function run(tests, wanted, prepare)
  local tester, lines, write, show = torch.Tester(), {}, io.write, print
  tester:add(tests(tester))
  if prepare then prepare(tester) end
  function io.write() end -- luacheck: ignore 122
  function _G.print(text) lines[#lines + 1] = text end
  local ok, problem = pcall(tester.run, tester, wanted)
  io.write, _G.print = write, show -- luacheck: ignore 122
  return tester.errors, table.concat(lines, '\n'), ok, problem, tester
end

-- How many of the checks f makes fail.
local function failures(f)
  return #run(function(tester) return {only = function() f(tester) end} end)
end

test.case('checks that hold', function()
  local inf = math.huge
  test.equal(failures(function(t)
    t:assert(true)
    t:assertlt(1, 2) t:assertle(2, 2) t:assertgt(2, 1) t:assertge(2, 2)
    t:asserteq('a', 'a') t:assertne(1, 2) t:assertalmosteq(0.1 + 0.2, 0.3, 1e-12)
    t:eq(torch.Tensor {1, 2}, torch.Tensor {1, 2.5}, 0.5)
    t:eq({a = {1, torch.ones(2)}}, {a = {1, torch.ones(2)}}, 'message')
    t:ne(torch.ones(2), torch.ones(3)) t:ne({1}, {1, 2})
    t:assertTensorEq(torch.Tensor {inf, 1}, torch.Tensor {inf, 1}, 1e-6, 'message')
    t:assertTensorNe(torch.ones(2), torch.zeros(2), 0.5)
    t:assertTableEq({1, {2}}, {1, {2}}) t:assertTableNe({1}, {2}) t:assertGeneralEq(1, 1)
    t:assertError(function() error 'x' end) t:assertNoError(function() end)
    t:assertErrorMsg(function() error('x', 0) end, 'x')
    t:assertErrorPattern(function() error 'number 12' end, 'number %d+')
    t:assertErrorObj(function() error {1} end, function(e) return e[1] == 1 end)
  end), 0)
end)

test.case('checks that do not', function()
  local bad = {
    function(t) t:assert(nil) end, function(t) t:assertlt(2, 2) end,
    function(t) t:assertle(3, 2) end, function(t) t:assertgt(2, 2) end,
    function(t) t:assertge(1, 2) end, function(t) t:asserteq(1, 2) end,
    function(t) t:assertne('a', 'a') end, function(t) t:assertalmosteq(1, 1.1, 1e-3) end,
    function(t) t:eq(torch.ones(2), torch.ones(2):double()) end,
    function(t) t:eq(torch.ones(2), torch.ones(2, 1)) end,
    function(t) t:eq(torch.Tensor {0 / 0}, torch.Tensor {1}, 5) end,
    function(t) t:eq(0 / 0, 1, 5) end,
    function(t) t:eq({1}, {1, 2}) end, function(t) t:eq({1, 2}, {1}) end,
    function(t) t:ne({1, {2}}, {1, {2}}) end,
    function(t) t:assertTensorEq(torch.ones(2), torch.zeros(2), 0.5) end,
    function(t) t:assertTensorNe(torch.ones(2), torch.ones(2), 0.5) end,
    function(t) t:assertTableEq({1}, {2}) end, function(t) t:assertError(function() end) end,
    function(t) t:assertNoError(function() error 'x' end) end,
    function(t) t:assertErrorMsg(function() error('y', 0) end, 'x') end,
    function(t) t:assertErrorPattern(function() error 'y' end, 'x') end,
  }
  for i, f in ipairs(bad) do test.equal(failures(f), 1, 'check ' .. i) end
  test.equal(failures(function(t) t:assert(false) t:assert(false) end), 2) -- the test goes on
  test.equal(failures(function() error 'stop' end), 1)
end)

test.case('the report tells test, message, values and place', function()
  local errors, text, ok, problem = run(function(t)
    return {good = function() t:assert(true) end,
            bad = function() t:assertlt(7, 3, 'seven is small') end,
            worse = function() error 'broken' end}
  end)
  test.equal(#errors, 2)
  test.equal(ok, false)
  test.check(problem:find('An error was found', 1, true))
  for _, part in ipairs {'Running 3 tests', 'Completed 2 asserts in 3 tests with 2 failures',
                         'bad\nseven is small\n  LT(<) violation: val=7, condition=3\n',
                         'tester.lua:', 'worse\nFunction call failed\n', 'broken'} do
    test.check(text:find(part, 1, true), part .. ' in ' .. text)
  end
end)

test.case('some tests only; set up and tear down', function()
  local ran = {}
  local function tests()
    return {a = function() ran[#ran + 1] = 'a' end, b = function() ran[#ran + 1] = 'b' end,
            c = function() ran[#ran + 1] = 'c' end,
            _setUp = function(name) ran[#ran + 1] = '+' .. name end,
            _tearDown = function(name) ran[#ran + 1] = '-' .. name end}
  end
  local function check(wanted, want, prepare)
    ran = {}
    run(tests, wanted, prepare)
    test.equal(table.concat(ran, ' '), want)
  end
  check('b', '+b b -b')
  check({'c', 1}, '+a a -a +c c -c')
  check(nil, '+a a -a +c c -c', function(tester) tester:disable 'b' end)
  local _, _, ok, problem = run(tests, 'd')
  test.equal(ok, false)
  test.check(problem:find("no test 'd'", 1, true))
end)

test.case('suites', function()
  local suite = torch.TestSuite()
  local count = 0
  function suite.one() count = count + 1 end
  test.fails(function() function suite.one() end end, 'one', 'already defined')
  test.fails(function() suite.two = {} end, 'two', 'only functions')
  test.check(suite.one ~= nil)
  run(function() return suite end)
  test.equal(count, 1)
  test.fails(function() torch.Tester():add(5) end, 'function')
  local tester = torch.Tester()
  for _, bad in ipairs {{a = print, b = 5}, {a = print, b = {c = print, d = 5}},
                        {_setUp = print, b = 5}, {_setUp = 5}} do
    test.fails(function() tester:add(bad) end, 'tester.lua', 'is a number, should be a function')
    test.equal({#tester.tests, #tester.testnames, tester.setUpFunction}, {0, 0})
  end
end)
