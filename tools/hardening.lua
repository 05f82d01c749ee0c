-- hardening.lua - everything that is done to break aelua, with its figures:
-- `make hardening`, `make hardening PART="fuzz kills"`, `make hardening QUICK=1`.
--
-- `aelua tools/hardening.lua BUILD full|quick [PART ...]`. Each part is a command; its output goes
-- to BUILD/hardening/PART.log, and its figures (lines "figure: ..." and the last line) to the table
-- that is printed and written to BUILD/hardening/report.md. Ends with status 1 when a part failed.

local system = require 'aelua.system'

local build, size = arg[1], arg[2]
local wanted = {}
for i = 3, #arg do wanted[i - 2] = arg[i] end

-- ---- what is done ----

-- quick: the command of the quick run, `true` for the same; what it leaves out takes long, or is
-- among the tests in a shorter form.
local parts = {
  {'analyze', 'make analyze', what = 'gcc -fanalyzer, clang-tidy, cppcheck'},
  {'test', 'make test', quick = true, what = 'all tests, on every kernel path'},
  {'sanitize', 'make sanitize', quick = true,
    what = 'tests and small experiments under ASan, UBSan, LSan'},
  {'tsan', 'make tsan', what = 'the same under TSan'},
  {'valgrind', 'make valgrind', what = 'the same under valgrind'},
  {'allocations', 'AELUA_EVERY=1 make test FILTER=hardening/alloc',
    what = 'each allocation fails once'},
  {'fuzz', 'make fuzz RUNS=1000000', quick = 'make fuzz RUNS=2000',
    what = 'random inputs, for each target'},
  {'kills', 'AELUA_KILLS=1000 make test FILTER=io/crashes', what = 'kills and failing writes'},
  {'long', 'AELUA_EPOCHS=10000 make test FILTER=hardening/long',
    what = '10,000 epochs, twice'},
  {'numbers', 'AELUA_EXHAUSTIVE=1 make test FILTER=kernel/ulp',
    what = 'error bounds, for every float'},
  {'coverage', 'make coverage', what = 'lines and branches of src'},
}

local function chosen()
  if #wanted == 0 then return parts end
  local list = {}
  for i, name in ipairs(wanted) do
    for _, part in ipairs(parts) do
      if part[1] == name then list[i] = part end
    end
    if not list[i] then
      local names = {}
      for k, part in ipairs(parts) do names[k] = part[1] end
      local text = 'hardening: no part %s; there are %s\n'
      io.stderr:write(text:format(name, table.concat(names, ', ')))
      os.exit(2)
    end
  end
  return list
end

-- ---- running ----

local folder = build .. '/hardening'

-- What tests told as figures, and the last line of a log that is not make's own.
local function figures(path)
  local list, last = {}, ''
  for line in io.lines(path) do
    list[#list + 1] = line:match '^ *figure: (.*)'
    if line:find '%S' and not line:find '^make' then last = line end
  end
  list[#list + 1] = last
  return table.concat(list, '; ')
end

local function run(part, command)
  local log = ('%s/%s.log'):format(folder, part[1])
  local began = system.clock()
  io.write(('%-12s'):format(part[1]))
  io.flush()
  local ok, how = os.execute(('{ %s; } >%s 2>&1'):format(command, log))
  local row = {name = part[1], what = part.what, ok = ok or false, seconds = system.clock() - began,
    figures = figures(log)}
  print(('%-7s %6.0f s  %s'):format(ok and 'ok' or 'FAILED', row.seconds, row.figures))
  if not ok then os.execute('tail -n 100 ' .. log) end
  if how == 'signal' then os.exit(130, true) end
  return row
end

local function writeReport(rows)
  local file = assert(io.open(folder .. '/report.md', 'w'))
  file:write '| part | what | | seconds | figures |\n|---|---|---|---|---|\n'
  for _, row in ipairs(rows) do
    file:write(('| %s | %s | %s | %.0f | %s |\n'):format(row.name, row.what,
      row.ok and 'ok' or 'failed', row.seconds, row.figures))
  end
  assert(file:close())
end

assert(size == 'full' or size == 'quick', 'usage: tools/hardening.lua BUILD full|quick [PART]')
os.execute('mkdir -p ' .. folder)
local rows, failed = {}, 0
for _, part in ipairs(chosen()) do
  local quick = part.quick == true and part[2] or part.quick
  local command = size == 'full' and part[2] or quick
  if command then
    rows[#rows + 1] = run(part, command)
    if not rows[#rows].ok then failed = failed + 1 end
    writeReport(rows)
  end
end
print(('hardening: %d parts ok, %d failed; see %s'):format(#rows - failed, failed, folder))
os.exit(failed == 0, true)
