-- Adds up llvm-cov's exports and holds them against the reasons why a line is not covered:
-- `aelua tools/coverage.lua REASONS REPORT EXPORT.json...`, see tools/coverage.
--
-- A line is covered when every piece of code on it ran: `if (n == 0) return 1;` is not while its
-- return never did. Lines with nothing but braces and comments do not count. A branch is one
-- outcome of one condition. What ran in one export (of the same source) ran.
--
-- A line of REASONS is `FILE | TEXT | CLASS: REASON`: it excuses the uncovered lines of FILE, or of
-- all files that begin as FILE does before its `*`, that contain TEXT (all of them for `*`). One
-- that excuses nothing is an error, so that reasons do not outlive their lines; those of class
-- "machine" may, on a machine that has what others lack, and those of "moment", by chance.
-- Exit status 1 for that, and for an uncovered line without a reason.

local json = require 'json'

local reasonsFile, reportFile = arg[1], arg[2]
local files = {} -- by path: {text = lines, ran = {[line] = {[column] = 1 or 0}}, branches = {}}

-- ---- source ----

-- The lines of a file, and the same with comments blanked out.
local function readSource(path)
  local handle = assert(io.open(path))
  local text = handle:read 'a'
  handle:close()
  local code = text:gsub('/%*.-%*/', function(comment) return (comment:gsub('[^\n]', ' ')) end)
  local lines, shown = {}, {}
  for line in code:gmatch '([^\n]*)\n' do lines[#lines + 1] = line end
  for line in text:gmatch '([^\n]*)\n' do shown[#shown + 1] = line end
  return {code = lines, text = shown, ran = {}, branches = {}}
end

local function fileOf(name)
  local path = name:match '/(src/.*)$'
  if not path or path:find '/gen/' then return nil end
  files[path] = files[path] or readSource(path)
  return files[path]
end

-- ---- adding up ----

-- Marks columns first..last of a line; 1, ran, wins over 0.
local function mark(file, line, first, last, ran)
  local row = file.ran[line] or {}
  file.ran[line] = row
  for column = first, math.min(last, #(file.code[line] or '')) do
    if row[column] ~= 1 then row[column] = ran end
  end
end

-- A segment holds from its place to that of the next: {line, column, count, counted, entry, gap}.
local function addSegments(file, segments)
  for i, segment in ipairs(segments) do
    local line, column, count, counted, gap = segment[1], segment[2], segment[3], segment[4],
      segment[6]
    local following = segments[i + 1]
    if counted and not gap and following then
      local ran = count > 0 and 1 or 0
      for at = line, following[1] do
        mark(file, at, at == line and column or 1,
          at == following[1] and following[2] - 1 or math.huge, ran)
      end
    end
  end
end

-- A macro ran when a part of it did: one that is a list of cases is never run from its start.
local function addMacro(file, expansion)
  local place = expansion.source_region
  for _, region in ipairs(expansion.target_regions) do
    if region[6] ~= 0 and region[5] > 0 then
      for line = place[1], place[3] do
        mark(file, line, line == place[1] and place[2] or 1,
          line == place[3] and place[4] - 1 or math.huge, 1)
      end
      return
    end
  end
end

-- A branch is {line, column, last line, last column, times true, times false, ...}.
local function addBranch(file, key, line, branch)
  local known = file.branches[key] or {line = line, yes = false, no = false}
  file.branches[key] = known
  known.yes = known.yes or branch[5] > 0
  known.no = known.no or branch[6] > 0
end

local function addBranches(file, entry)
  for _, branch in ipairs(entry.branches) do
    addBranch(file, ('%d:%d'):format(branch[1], branch[2]), branch[1], branch)
  end
  for _, expansion in ipairs(entry.expansions) do -- of a macro: where it is used
    local at = expansion.source_region
    for i, branch in ipairs(expansion.branches) do
      addBranch(file, ('%d:%d %d'):format(at[1], at[2], i), at[1], branch)
    end
  end
end

local function addExport(path)
  local handle = assert(io.open(path))
  local export = json.decode(handle:read 'a')
  handle:close()
  for _, entry in ipairs(export.data[1].files) do
    local file = fileOf(entry.filename)
    if file then
      addSegments(file, entry.segments)
      addBranches(file, entry)
      for _, expansion in ipairs(entry.expansions) do addMacro(file, expansion) end
    end
  end
end

-- ---- judging ----

-- true, false, or nil when the line has no code that counts.
local function lineRan(file, line)
  local row, code, ran = file.ran[line], file.code[line], nil
  for column = 1, row and #code or 0 do
    if row[column] and code:find('^[^%s{}();]', column) then
      if row[column] == 0 then return false end
      ran = true
    end
  end
  return ran
end

local function readReasons()
  local reasons, number = {}, 0
  for text in io.lines(reasonsFile) do
    number = number + 1
    if not text:find '^%s*$' and not text:find '^#' then
      local path, part, class, why = text:match '^(%S+) | (.-) | (%w+): (.+)$'
      if not path then error(('%s:%d: no "FILE | TEXT | CLASS: REASON"'):format(reasonsFile,
        number), 0) end
      reasons[#reasons + 1] = {path = path, part = part, class = class, why = why, number = number,
        used = 0}
    end
  end
  return reasons
end

local function isOf(reason, path)
  local start = reason.path:match '^(.*)%*$'
  return path == reason.path or (start and path:sub(1, #start) == start)
end

local function excuse(reasons, path, text)
  for _, reason in ipairs(reasons) do
    if isOf(reason, path) and (reason.part == '*' or text:find(reason.part, 1, true)) then
      reason.used = reason.used + 1
      return reason
    end
  end
end

-- ---- telling ----

local function sortedKeys(map)
  local keys = {}
  for key in pairs(map) do keys[#keys + 1] = key end
  table.sort(keys)
  return keys
end

local function newCount() return {lines = 0, lines_ran = 0, branches = 0, branches_ran = 0} end

local function printTable(folders)
  local total = newCount()
  local function row(name, count)
    local function share(part, whole) return whole == 0 and 100 or 100 * part / whole end
    print(('%-12s %6d / %6d  %5.1f %%   %6d / %6d  %5.1f %%'):format(name, count.lines_ran,
      count.lines, share(count.lines_ran, count.lines), count.branches_ran, count.branches,
      share(count.branches_ran, count.branches)))
  end
  print 'folder         lines covered, there          branches'
  for _, name in ipairs(sortedKeys(folders)) do
    for key, value in pairs(folders[name]) do total[key] = total[key] + value end
    row(name, folders[name])
  end
  row('all', total)
end

local report = assert(io.open(reportFile, 'w'))
local reasons = readReasons()
local failures = {}

local function judgeLines(path, file, count)
  for line = 1, #file.code do
    local ran = lineRan(file, line)
    if ran ~= nil then count.lines = count.lines + 1 end
    if ran then count.lines_ran = count.lines_ran + 1 end
    if ran == false then
      local text = file.text[line]:match '^%s*(.-)%s*$'
      local reason = excuse(reasons, path, text)
      local place = ('%s:%d: %s'):format(path, line, text)
      report:write(place, '\n    ', reason and reason.class .. ': ' .. reason.why or 'NO REASON',
        '\n')
      if not reason then failures[#failures + 1] = place end
    end
  end
end

-- Lists the outcomes that never came about; those of lines that never ran are not listed again.
local function judgeBranches(path, file, count, missing)
  for _, key in ipairs(sortedKeys(file.branches)) do
    local branch = file.branches[key]
    count.branches = count.branches + 2
    count.branches_ran = count.branches_ran + (branch.yes and 1 or 0) + (branch.no and 1 or 0)
    if branch.yes ~= branch.no then
      missing[#missing + 1] = ('%s:%d: never %s: %s'):format(path, branch.line,
        branch.yes and 'false' or 'true', file.text[branch.line]:match '^%s*(.-)%s*$')
    end
  end
end

for i = 3, #arg do addExport(arg[i]) end
local folders, missing = {}, {}
for _, path in ipairs(sortedKeys(files)) do
  local folder = path:match '^src/([^/]+)/' or 'main.c, ae.h'
  folders[folder] = folders[folder] or newCount()
  judgeLines(path, files[path], folders[folder])
  judgeBranches(path, files[path], folders[folder], missing)
end
report:write('\nBranches of which one outcome never came about\n\n', table.concat(missing, '\n'),
  '\n')
report:close()
printTable(folders)

-- ---- the verdict ----

local classes, excused = {}, 0
for _, reason in ipairs(reasons) do
  classes[reason.class] = (classes[reason.class] or 0) + reason.used
  excused = excused + reason.used
  if reason.used == 0 and reason.class ~= 'machine' and reason.class ~= 'moment' then
    failures[#failures + 1] = ('%s:%d: excuses nothing: %s | %s'):format(reasonsFile,
      reason.number, reason.path, reason.part)
  end
end
print(('\n%d lines are not covered for a reason (tests/uncovered.txt)'):format(excused))
for _, class in ipairs(sortedKeys(classes)) do
  print(('  %-12s %4d'):format(class, classes[class]))
end
for i = 1, math.min(#failures, 40) do print('coverage: ' .. failures[i]) end
if #failures > 0 then
  print(('coverage: %d without a reason or stale, see %s'):format(#failures, reportFile))
  os.exit(1)
end
