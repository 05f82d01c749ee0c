-- run.lua - the benchmark: `make bench`, or aelua bench/run.lua BUILD [ROUNDS [ONLY]], where ONLY
-- is a part of what is to be measured: kernels, "epoch e2e, batch 32", whole.
--
-- Measures the machine's peak, the engine's kernels beside BLAS libraries, epochs of the lecture's
-- networks beside PyTorch, and the whole program; what is not installed (OpenBLAS, BLIS, PyTorch)
-- is missing. Programs take turns within a round, so that a slow moment of the machine meets
-- everyone; what is shown is the median of the rounds, with the smallest and largest. Prints a
-- table and writes BUILD/bench.json. Nothing else should run meanwhile.
local json, system = require 'json', require 'aelua.system'

local build, rounds, only = arg[1], tonumber(arg[2] or 5), arg[3] or ''
if not build or not rounds then error('usage: aelua bench/run.lua BUILD [ROUNDS [ONLY]]', 0) end
local aelua = build .. '/aelua'
local EPOCHS = 3 -- in a row; the first one warms up
local GFLOP = {e2e = 54.24, layerwise = 47.04, finetune = 26.38} -- of products, an epoch
local result = {machine = system.describe(), rounds = rounds, measurements = {}}

-- ---- running and collecting ----

local function lines(command)
  local pipe = assert(io.popen(command .. ' 2>/dev/null'))
  local list = {}
  for line in pipe:lines() do list[#list + 1] = line end
  return pipe:close() and list or nil
end

local function median(list)
  local sorted = table.move(list, 1, #list, 1, {})
  table.sort(sorted)
  local half = #sorted // 2
  if #sorted % 2 == 1 then return sorted[half + 1], sorted[1], sorted[#sorted] end
  return (sorted[half] + sorted[half + 1]) / 2, sorted[1], sorted[#sorted]
end

local function note(what, who, threads, unit, values)
  local middle, least, most = median(values)
  table.insert(result.measurements, {what = what, who = who, threads = threads, unit = unit,
    median = middle, least = least, most = most, rounds = values})
  print(('%-34s %-22s %2d  %10.4g %-8s (%.4g to %.4g)'):format(what, who, threads, middle, unit,
    least, most))
  return middle
end

-- ---- kernels ----

local function rows(threads, rest)
  return lines(('AELUA_THREADS=%d OMP_NUM_THREADS=%d %s/bench-kernels %s'):format(threads,
    threads, build, rest)) or error('the kernels could not be measured', 0)
end

local function numbers(text)
  local values = {}
  for v in text:gmatch('%S+') do values[#values + 1] = tonumber(v) end
  return values
end

-- GFLOP/s of fused multiply-adds on registers, now: a virtual machine's cores may be one core's two
-- hyperthreads for a while, and then its peak is half of what it is otherwise.
local function peakNow(threads)
  local list = rows(threads, '1 peak')
  return list[1] and tonumber(list[1]:match '(%S+)$')
end

local function kernels(threads)
  if not ('kernels'):find(only, 1, true) then return end
  for _, line in ipairs(rows(threads, rounds)) do
    local what, who, unit, rest = line:match('^(.-)\t(.-)\t(.-)\t(.*)$')
    note(what, who, threads, unit, numbers(rest))
  end
end

-- ---- epochs ----

local python = lines("/usr/bin/python3 -c 'import torch; print(torch.__version__)'")
result.pytorch = python and python[1] or nil

-- Seconds of the epochs of one run, without the first.
local function seconds(command)
  local list, values = lines(command), {}
  for i = 2, list and #list or 0 do values[#values + 1] = tonumber(list[i]:match '^%S+') end
  return values
end

local function epochs(kind, batch, threads, hidden)
  hidden = hidden or 100
  local what = ('epoch %s, batch %d'):format(kind, batch)
  if hidden ~= 100 then what = what .. ', hidden ' .. hidden end
  if not what:find(only, 1, true) then return end
  local commands = {{'aelua', ('AELUA_THREADS=%d %s bench/epoch.lua %s %d %d %d'):format(threads,
    aelua, kind, batch, EPOCHS, hidden)}}
  if python then
    commands[2] = {'PyTorch', ('OMP_NUM_THREADS=%d /usr/bin/python3 bench/epoch.py %s %d %d %d %d')
      :format(threads, kind, batch, EPOCHS, hidden, threads)}
  end
  local values, shares = {{}, {}}, {}
  for _ = 1, rounds do
    local peak = peakNow(threads)
    for i, command in ipairs(commands) do
      for _, s in ipairs(seconds(command[2])) do
        table.insert(values[i], s)
        if i == 1 and hidden == 100 and peak then
          table.insert(shares, 100 * GFLOP[kind] / s / peak)
        end
      end
    end
  end
  local medians = {}
  for i, command in ipairs(commands) do
    if #values[i] > 0 then medians[i] = note(what, command[1], threads, 's', values[i]) end
  end
  if #shares > 0 then note(what, 'of the peak before it', threads, '%', shares) end
  if medians[2] then
    print(('    %.2f times as fast as PyTorch'):format(medians[2] / medians[1]))
  end
end

-- ---- the whole program ----

local function script(name, text)
  local path = build .. '/' .. name
  local file = assert(io.open(path, 'w'))
  file:write(text)
  file:close()
  return path
end

-- Wall seconds and peak memory (MB) of a command that prints "KB n" at its end.
local function whole(what, commands)
  local times, memory = {}, {}
  for _ = 1, rounds do
    for i, command in ipairs(commands) do
      times[i], memory[i] = times[i] or {}, memory[i] or {}
      local start = system.clock()
      local list = lines(command[2]) or error(command[2] .. ' failed', 0)
      table.insert(times[i], system.clock() - start)
      local kilobytes = list[#list] and list[#list]:match '^KB%s+(%d+)'
      if kilobytes then table.insert(memory[i], tonumber(kilobytes) / 1024) end
    end
  end
  for i, command in ipairs(commands) do
    note(what, command[1], result.threads, 's', times[i])
    if #memory[i] > 0 then note(what .. ', memory', command[1], result.threads, 'MB', memory[i]) end
  end
end

local PEAK_MEMORY = [[
for line in io.lines '/proc/self/status' do
  local kilobytes = line:match 'VmHWM:%s*(%d+)'
  if kilobytes then print('KB ' .. kilobytes) end
end
]]

local function wholes()
  if not ('whole'):find(only, 1, true) then return end
  local runs = build .. '/bench-runs'
  local e2e = script('bench-e2e.lua', ([[
arg = {[0] = 'experiments/e2e.lua', '--pictures', 'false', '--runs', '%s'}
dofile 'experiments/e2e.lua'
]]):format(runs) .. PEAK_MEMORY)
  local commands = {{'aelua', aelua .. ' ' .. e2e}}
  if python and os.getenv 'AELUA_DATA' then
    commands[2] = {'PyTorch', '/usr/bin/python3 bench/e2e.py 5'}
  end
  whole('e2e.lua, 5+5 epochs', commands)
  os.execute('rm -rf ' .. runs)
  whole('start to the first line', {{'aelua', aelua .. ' ' ..
    script('bench-empty.lua', 'print(1)')}})
  whole('loading the data', {{'aelua', aelua .. ' ' ..
    script('bench-load.lua', "require 'data'.load()\n" .. PEAK_MEMORY)}})
end

-- ---- all of it ----

result.threads = torch.getnumthreads()
print(result.machine)
print(('%d rounds; median (smallest to largest)'):format(rounds))
print(('%-34s %-22s %2s'):format('what', 'who', 'th'))
for _, threads in ipairs(result.threads > 1 and {1, result.threads} or {1}) do kernels(threads) end
for _, kind in ipairs {'e2e', 'layerwise', 'finetune'} do
  for _, batch in ipairs {1000, 100, 32} do
    if result.threads > 1 then epochs(kind, batch, 1) end
    epochs(kind, batch, result.threads)
  end
end
epochs('e2e', 1000, result.threads, 1000)
wholes()
local file = assert(io.open(build .. '/bench.json', 'w'))
file:write(json.encode(result), '\n')
file:close()
print('written: ' .. build .. '/bench.json')
