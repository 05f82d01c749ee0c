--- run.lua - runs the tests: `aelua tests/run.lua BUILD [FILTER]`.
--
-- BUILD/ctest and every tests/**/*.lua, each file in a process of its own, once on each kernel path
-- this machine has (only on AELUA_KERNELS, when that is set); tests/experiments, which are slow,
-- on the fastest path alone, and not at all with AELUA_QUICK set. FILTER: files whose path contains
-- it. AELUA_UNDER: a command to run each process under.
-- Prints failures, a line per folder, and last "N passed, N failed".
--
-- `aelua tests/run.lua BUILD --file FILE` is the child: it runs one file.

local build, filter, single = arg[1] or 'build', arg[2], arg[3]
local root = arg[0]:match '^(.*)/[^/]*$' or '.'
local test, system = require 'harness', require 'aelua.system'
local quoted = test.quoted
test.aelua = build .. '/aelua'

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

-- Jobs in order: {group=, path=, command=, title=}.
local function plan()
  local jobs, paths, under = {}, kernelPaths(), os.getenv 'AELUA_UNDER' or ''
  local function add(group, title, command, onPaths)
    for _, path in ipairs(onPaths) do
      jobs[#jobs + 1] = {group = group, title = title .. ' on ' .. path,
        command = ('AELUA_KERNELS=%s %s %s 2>&1'):format(path, under, command)}
    end
  end
  add('C', 'ctest', quoted(build .. '/ctest') .. ' ' .. quoted(filter or ''), paths)
  local own = {[root .. '/run.lua'] = true, [root .. '/harness.lua'] = true}
  local files = lines('find ' .. quoted(root) .. " -name '*.lua' | LC_ALL=C sort")
  local slow = {}
  for _, file in ipairs(files) do
    if not own[file] and (not filter or file:find(filter, 1, true)) then
      local group = file:sub(#root + 2):match '^(.-)/' or 'harness'
      local command = ('%s %s %s --file %s'):format(quoted(test.aelua), quoted(arg[0]),
        quoted(build), quoted(file))
      if group == 'experiments' then
        slow[#slow + 1] = function() add(group, file, command, {paths[#paths]}) end
      else
        add(group, file, command, paths)
      end
    end
  end
  for _, later in ipairs(os.getenv 'AELUA_QUICK' and {} or slow) do later() end
  return jobs, paths
end

-- ---- running ----

-- Reads a started job to its end. Returns its counts; whatever is no clean report is a failure.
local function finish(job)
  local output = job.pipe:read 'a'
  local _, how, code = job.pipe:close()
  local body, passed, failed, rest = output:match '^(.-)(%d+) passed, (%d+) failed([^\n]*)\n$'
  if not body then body, passed, failed, rest = output .. '\n', 0, 0, '' end
  local skipped = tonumber(rest:match '(%d+) skipped') or 0
  passed, failed = math.tointeger(passed), math.tointeger(failed)
  local shown = body:gsub('[^\n]*\n', function(line)
    return line:find '^skipped ' and '' or nil
  end)
  if code ~= 0 and failed == 0 then
    failed = 1
    local what = how == 'signal' and 'signal' or 'status'
    shown = ('%s  ended with %s %d\n'):format(output, what, code)
  end
  if failed > 0 then io.write(job.title, ':\n', shown) end
  return {passed = passed, failed = failed, skipped = skipped,
          skips = body:gmatch 'skipped [^\n]*'}
end

-- ---- the summary ----

local total = {passed = 0, failed = 0}
local group -- the folder being run

local function closeGroup()
  if not group then return end
  local skips = group.skipped > 0 and (', %d skipped'):format(group.skipped) or ''
  print(('%-12s %5d passed, %d failed%s, %d s'):format(group.name, group.passed, group.failed,
    skips, os.time() - group.began))
  for _, reason in ipairs(group.reasons) do print('  ' .. reason) end
  io.stdout:flush()
  total.passed, total.failed = total.passed + group.passed, total.failed + group.failed
end

local function count(job, counts)
  if not group or group.name ~= job.group then
    closeGroup()
    group = {name = job.group, passed = 0, failed = 0, skipped = 0, reasons = {}, began = os.time()}
  end
  for _, key in ipairs {'passed', 'failed', 'skipped'} do group[key] = group[key] + counts[key] end
  for reason in counts.skips do
    if not group.reasons[reason] then
      group.reasons[reason] = true
      table.insert(group.reasons, reason)
    end
  end
end

-- As many jobs at once as there are processors; results in the plan's order.
local jobs, paths = plan()
local width = system.threads()
print('kernel paths: ' .. table.concat(paths, ', '))
for i = 1, #jobs + width do
  if jobs[i] then jobs[i].pipe = assert(io.popen(jobs[i].command)) end
  local done = jobs[i - width]
  if done then count(done, finish(done)) end
end
closeGroup()
print(('%d passed, %d failed'):format(total.passed, total.failed))
os.exit(total.failed == 0 and total.passed > 0, true)
