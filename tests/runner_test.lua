-- The runner on a small project of its own: it must see every way in which a test can fail.
local test = require 'harness'
local write = test.write

local here = arg[0]:match '^(.*)/[^/]*$'

-- A project with the given test files and C test program; returns the runner's output and status.
local function run(files, ctest, environment, filter)
  local root = test.folder()
  os.execute(('mkdir -p %s/tests/part %s/build && cp %s/run.lua %s/harness.lua %s/tests'):format(
    root, root, here, here, root))
  os.execute(('ln -s %s %s/build/aelua'):format(test.quoted(test.aelua), root))
  write(root .. '/build/ctest', '#!/bin/sh\n' .. ctest)
  os.execute('chmod +x ' .. root .. '/build/ctest')
  for name, text in pairs(files) do
    write(('%s/tests/part/%s.lua'):format(root, name), "local test = require 'harness'\n" .. text)
  end
  local pipe = io.popen(('cd %s && env -u AELUA_UNDER AELUA_KERNELS=portable %s build/aelua '
    .. 'tests/run.lua build %s 2>&1'):format(root, environment or '', filter or ''))
  local output = pipe:read 'a'
  local _, _, status = pipe:close()
  return output, status
end

local good = "test.case('good', function() test.equal(1, 1) end)\n"
local passing = 'echo "2 passed, 0 failed"'

local function contains(output, ...)
  for _, part in ipairs {...} do
    test.check(output:find(part, 1, true), ('"%s" in:\n%s'):format(part, output))
  end
end

test.case('all passes', function()
  local output, status = run({a = good, b = good .. good}, passing)
  contains(output, 'kernel paths: portable\n', 'part             3 passed, 0 failed\n',
    'C                2 passed, 0 failed\n')
  test.equal(output:match '([^\n]*)\n$', '5 passed, 0 failed')
  test.equal(status, 0)
end)

test.case('a failed check, an error, a syntax error and an empty file fail', function()
  local output, status = run({
    a = good .. "test.case('bad', function() test.equal(1, 2, 'x') end)",
    b = "test.case('raises', function() error 'boom' end)",
    c = 'local = 1',
    d = '',
    e = "error 'outside'",
  }, passing)
  contains(output, 'FAILED bad', 'a.lua:3: x is 1, want 2', 'FAILED raises', 'boom', 'c.lua:2:',
    'has no case', 'outside', '3 passed, 5 failed\n')
  test.equal(status, 1)
end)

test.case('a crash is a failure and is shown', function()
  local output, status = run({
    a = "print 'last words'\nio.stdout:flush()\nos.execute('kill -9 $PPID')",
    b = good .. 'os.exit(3)',
    c = good,
  }, 'echo oops; kill -11 $$')
  contains(output, 'last words', 'ended with', 'oops', '1 passed, 3 failed\n')
  test.equal(status, 1)
end)

test.case('a skipped case counts as neither, and says why', function()
  local output, status = run({a = good .. "test.case('s', function() test.skip 'no data' end)"},
    passing)
  contains(output, 'part             1 passed, 0 failed, 1 skipped\n', 'skipped s: no data',
    '3 passed, 0 failed\n')
  test.equal(status, 0)
end)

test.case('figures are told with the results', function()
  local body = "test.case('f', function() test.figure('%d kills', 3) end)"
  contains((run({a = body, b = body}, 'echo "figure: 2 ulp"; ' .. passing)),
    'C                2 passed, 0 failed\n  figure: 2 ulp\n',
    'part             2 passed, 0 failed\n  figure: 3 kills\n')
end)

test.case('a filter, and nothing to run', function()
  local output = run({a = good, b = good}, 'echo "0 passed, 0 failed"', '', 'part/b')
  contains(output, 'part             1 passed', '1 passed, 0 failed\n')
  local _, status = run({a = good}, 'echo "0 passed, 0 failed"', '', 'nowhere')
  test.equal(status, 1)
end)

test.case('under a memory checker only status 9 and crashes count', function()
  local files = {a = "test.case('bad', function() test.equal(1, 2) end)", b = 'os.exit(9)'}
  local output, status = run(files, passing, 'AELUA_UNDER=env')
  contains(output, 'ended with status 9', ' cases ran, 1 with other results\n2 passed, 1 failed\n')
  test.equal(status, 1)
end)
