--- run.lua - runs the tests: `aelua tests/run.lua BUILD [FILTER]`.
--
-- BUILD/ctest and every tests/**/*.lua, each file in a process of its own, once on each kernel path
-- this machine has (only on AELUA_KERNELS, when that is set); a file whose first lines say "On the
-- fastest path alone." on that one; tests/experiments, which are slow, too, and not at all with
-- AELUA_QUICK set. FILTER: files whose path contains it. Prints failures, a line per folder with
-- what was skipped and the figures that tests told (lines "figure: ..."), and last
-- "N passed, N failed".
--
-- AELUA_UNDER: a memory checker to run each process under; a process then fails when it ends with
-- status 9 or does not end by itself; what is "passed" are processes then. Its arithmetic may be
-- another one, so failed cases do not count; how many there are is said.
--
-- `aelua tests/run.lua BUILD --file FILE` is the child: it runs one file.

local build, filter, single = arg[1] or 'build', arg[2], arg[3]
local root = arg[0]:match '^(.*)/[^/]*$' or '.'
local test, system = require 'harness', require 'aelua.system'
local quoted = test.quoted
test.aelua = build:find '^/' and build .. '/aelua'
  or io.popen('pwd'):read 'l' .. '/' .. build .. '/aelua'

-- ---- the child ----

local function runFile(file)
  local chunk, problem = loadfile(file)
  local ok = chunk ~= nil
  if ok then ok, problem = xpcall(chunk, debug.traceback) end
  if not ok then
    print('FAILED ' .. file .. '\n  ' .. tostring(problem):gsub('\n', '\n  '))
    test.failed = test.failed + 1
  end
  if test.passed + test.failed + test.skipped == 0 then
    print('FAILED ' .. file .. ' has no case')
    test.failed = 1
  end
  print(('%d passed, %d failed, %d skipped'):format(test.passed, test.failed, test.skipped))
  os.exit(test.failed == 0, true)
end

if filter == '--file' then runFile(single) end

-- ---- what to run ----

local function lines(command)
  local list, pipe = {}, assert(io.popen(command))
  for line in pipe:lines() do list[#list + 1] = line end
  pipe:close()
  return list
end

local function kernelPaths()
  local forced = os.getenv 'AELUA_KERNELS'
  return forced and {forced} or system.availableKernels()
end

local under = os.getenv 'AELUA_UNDER'

-- Test files, without the runner's own; those in experiments/ apart.
local function testFiles()
  local own = {[root .. '/run.lua'] = true, [root .. '/harness.lua'] = true}
  local quick, slow = {}, {}
  for _, file in ipairs(lines('find ' .. quoted(root) .. " -name '*.lua' | LC_ALL=C sort")) do
    if not own[file] and (not filter or file:find(filter, 1, true)) then
      table.insert(file:find('/experiments/', 1, true) and slow or quick, file)
    end
  end
  return quick, os.getenv 'AELUA_QUICK' and {} or slow
end

-- Whether the paths make no difference to a file's tests, as it says itself.
local function isOfOnePath(file)
  local f <close> = assert(io.open(file))
  return (f:read(600) or ''):find('On the fastest path alone.', 1, true) ~= nil
end

-- What tests need of the environment, whatever the caller's has.
local SAME = 'TERM=xterm SHELL=/bin/sh HOME="${HOME:-/tmp}"'

-- Jobs in order: {group=, title=, command=}.
local function plan()
  local jobs, paths = {}, kernelPaths()
  local function add(group, title, command, path)
    jobs[#jobs + 1] = {group = group, title = title .. ' on ' .. path,
      command = ('%s AELUA_KERNELS=%s %s %s 2>&1'):format(SAME, path, under or '', command)}
  end
  local function addFile(file, path)
    add(file:sub(#root + 2):match '^[^/.]+', file, ('%s %s %s --file %s'):format(
      quoted(test.aelua), quoted(arg[0]), quoted(build), quoted(file)), path)
  end
  local quick, slow = testFiles()
  for _, path in ipairs(paths) do
    add('C', 'ctest', quoted(build .. '/ctest') .. ' ' .. quoted(filter or ''), path)
  end
  for _, file in ipairs(quick) do
    for i, path in ipairs(paths) do
      if i == #paths or not isOfOnePath(file) then addFile(file, path) end
    end
  end
  for _, file in ipairs(slow) do addFile(file, paths[#paths]) end
  return jobs, paths
end

-- ---- running ----

-- The counts of a report; nil when the output is none.
local function readReport(output)
  local body, passed, failed, rest = output:match '^(.-)(%d+) passed, (%d+) failed([^\n]*)\n$'
  if not body then return nil end
  local report = {passed = math.tointeger(passed), failed = math.tointeger(failed), told = {},
    skipped = math.tointeger(rest:match '(%d+) skipped' or 0)}
  local shown = {}
  for line in body:gmatch '[^\n]*\n' do
    local told = line:match '^(skipped .*)\n' or line:match '^(figure: .*)\n'
    table.insert(told and report.told or shown, told or line)
  end
  report.text = table.concat(shown)
  return report
end

-- Under a checker: the cases that ran, and those of them that failed.
local ran = {cases = 0, other = 0}

-- Reads a started job to its end. Whatever is no clean report is a failure.
local function finish(job)
  local output = job.pipe:read 'a'
  local _, how, code = job.pipe:close()
  local report = readReport(output)
  local ended = ('%s  ended with %s %d\n'):format(output, how == 'exit' and 'status' or how, code)
  if under then
    ran.cases = ran.cases + (report and report.passed + report.failed or 0)
    ran.other = ran.other + (report and report.failed or 0)
    local ok = how == 'exit' and code ~= 9 and code < 128
    report = {passed = ok and 1 or 0, failed = ok and 0 or 1, skipped = 0, told = {}, text = ended}
  elseif not report or code ~= 0 and report.failed == 0 then
    report = {passed = 0, failed = 1, skipped = 0, told = {}, text = ended}
  end
  if report.failed > 0 then io.write(job.title, ':\n', report.text) end
  return report
end

-- ---- the summary ----

local total = {passed = 0, failed = 0}

local function newGroup() return {passed = 0, failed = 0, skipped = 0, told = {}} end

local function count(group, report)
  for _, key in ipairs {'passed', 'failed', 'skipped'} do group[key] = group[key] + report[key] end
  for _, line in ipairs(report.told) do
    if not group.told[line] then
      group.told[line] = true
      table.insert(group.told, line)
    end
  end
end

local function close(name, group)
  local skipped = group.skipped > 0 and (', %d skipped'):format(group.skipped) or ''
  print(('%-12s %5d passed, %d failed%s'):format(name, group.passed, group.failed, skipped))
  for _, line in ipairs(group.told) do print('  ' .. line) end
  total.passed, total.failed = total.passed + group.passed, total.failed + group.failed
end

-- As many jobs at once as there are processors; results in the plan's order.
local jobs, paths = plan()
local width, began, group = system.threads(), system.clock(), newGroup()
print('kernel paths: ' .. table.concat(paths, ', '))
for i = 1, #jobs + width do
  local done, following = jobs[i - width], jobs[i - width + 1]
  if jobs[i] then jobs[i].pipe = assert(io.popen(jobs[i].command)) end
  if done then
    count(group, finish(done))
    if not following or following.group ~= done.group then
      close(done.group, group)
      group = newGroup()
    end
  end
end
print(('%.0f s'):format(system.clock() - began))
if under then
  print(('under a checker: %d cases ran, %d with other results'):format(ran.cases, ran.other))
end
print(('%d passed, %d failed'):format(total.passed, total.failed))
os.exit(total.failed == 0 and total.passed > 0, true)
