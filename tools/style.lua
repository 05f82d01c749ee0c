-- Measures the source against the house's style: `aelua tools/style.lua FILES`.
-- Lines of at most 100 columns, functions of at most 80 lines with a median under 15 and nine in
-- ten under 40, no tabs or trailing blanks. Long files are only mentioned. Exit status 1 when
-- something is amiss.

local LINE, FUNCTION, MEDIAN, MOST, FILE = 100, 80, 15, 40, 400
local amiss = false

local function complain(...)
  print('style: ' .. string.format(...))
  amiss = true
end

local function readLines(path)
  local lines = {}
  for line in io.lines(path) do lines[#lines + 1] = line end
  return lines
end

local function checkLines(path, lines)
  for i, line in ipairs(lines) do
    local width = utf8.len(line) or #line
    if width > LINE then complain('%s:%d: %d columns', path, i, width) end
    if line:find '%s$' then complain('%s:%d: blanks at the end of the line', path, i) end
    if line:find '\t' and not path:find 'Makefile$' then complain('%s:%d: a tab', path, i) end
  end
  if #lines > FILE then print(('style: note: %s has %d lines'):format(path, #lines)) end
end

-- A function starts and ends at the left margin: the formatters see to that. `opens` sees the line
-- with which its body begins, which in C may come after the signature's first line.
local languages = {
  c = {starts = '^[%a_]', opens = '%) {$', closes = '^}', short = '^[%a_].*%) {.+}$'},
  lua = {starts = '^[%a ]*function ', opens = '^[%a ]*function ', closes = '^end',
         short = '^[%a ]*function .*%f[%w]end$'},
}
languages.h = languages.c

local function functionLengths(path, lines, language, lengths)
  local start, inside
  local function record(length)
    lengths[#lengths + 1] = length
    if length > FUNCTION and not path:find 'src/kernel/path/' then
      complain('%s:%d: a function of %d lines', path, start, length)
    end
  end
  for i, line in ipairs(lines) do
    if inside then
      if line:find(language.closes) then
        record(i - start + 1)
        inside = false
      end
    elseif line:find(language.short) then
      record(1)
    else
      if line:find(language.starts) then start = i end
      inside = line:find(language.opens) and start
    end
  end
end

local lengths = {}
for _, path in ipairs(arg) do
  local lines = readLines(path)
  checkLines(path, lines)
  local language = languages[path:match '%.(%w+)$']
  if language and not path:find '^tests/' then
    functionLengths(path, lines, language, lengths)
  end
end

table.sort(lengths)
local median, nine = lengths[#lengths // 2 + 1] or 0, lengths[#lengths * 9 // 10 + 1] or 0
print(('style: %d functions, median %d lines, nine in ten up to %d'):format(#lengths, median, nine))
if median >= MEDIAN then complain('median function of %d lines, want under %d', median, MEDIAN) end
if nine >= MOST then complain('one function in ten over %d lines, want under %d', nine, MOST) end
os.exit(not amiss)
