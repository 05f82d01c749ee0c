--- sweep SCRIPT ...   an experiment for every combination of settings, several at once
local options, system = require 'options', require 'aelua.system'
local plain = require 'columns'.plain
local process, facts = require 'aelua.process', require 'aelua.lua.facts'
local comparison, overlay = require 'comparison', require 'overlay'
local grid, jobs = require 'grid', require 'jobs'

local help = [[
An experiment for every combination of settings, in several processes at once.

aelua sweep SCRIPT --NAME VALUES ... [--jobs N] [--out FOLDER] [--runs FOLDER]
aelua sweep --out FOLDER

  VALUES         values with commas between them, and ranges A..B of whole numbers:
                 --seed 1..5 --pretrain.lr 0.1,0.5; lists as values end with a semicolon each:
                 --widths '500,100;300;'
  --jobs N       how many at once; default: as many as there are threads, which they share
  --out FOLDER   folder of the sweep; when there is one, it goes on: what finished is kept, what
                 was interrupted continues
  --runs FOLDER  folder that gets the sweep's folder, sweep-1 and so on (runs)

Ctrl-C stops all runs where they can go on. At the end there is a table of all runs with mean and
spread over the seeds, and compare.csv, compare.html and compare.png in the folder.]]

local function fail(message) options.fail('sweep', message) end

local function orFail(value, message)
  if not value then fail(message) end
  return value
end

-- ---- the command line ----

-- Settings of the sweep itself, taken out of those for the script.
local function takeOwn(settings)
  local own, rest = {}, {}
  local mine = {jobs = true, out = true, runs = true}
  for _, s in ipairs(settings) do
    if s.name == 'resume' then fail('a sweep goes on with --out FOLDER, not --resume') end
    if mine[s.name] then
      if not s.text or s.text == '' then fail(('--%s wants a value'):format(s.name)) end
      own[s.name] = s.text
    else
      rest[#rest + 1] = s
    end
  end
  if own.jobs then
    local n = math.tointeger(tonumber(own.jobs))
    if not n or n < 1 then fail(("--jobs: '%s' is not a number of jobs"):format(own.jobs)) end
    own.jobs = n
  end
  return own, rest
end

-- The settings as words, as they are kept in sweep.txt.
local function wordsOf(settings)
  local words = {}
  for i, s in ipairs(settings) do
    words[i] = s.text and ('--%s=%s'):format(s.name, s.text) or '--' .. s.name
  end
  return words
end

local function checkScript(path)
  if system.exists(path) == 'other' then fail(path .. ' is no file, which every run could read') end
  local f, message = io.open(path)
  if f then f:close() end
  if not f or system.exists(path) == 'folder' then
    fail(('cannot open the script %s'):format(message or path .. ': Is a directory'))
  end
end

-- ---- the sweep's folder ----

-- The script and words of the sweep in a folder, or nil when it has none.
local function recorded(folder)
  local pairsOf = facts.read(folder .. '/sweep.txt')
  if not pairsOf then return nil end
  local script, words = nil, {}
  for _, pair in ipairs(pairsOf) do
    if pair[1] == 'script' then script = pair[2] end
    if pair[1] == 'option' then words[#words + 1] = pair[2] end
  end
  return script, words
end

local function newFolder(runs)
  local number = 1
  while true do
    local folder = ('%s/sweep-%d'):format(runs, number)
    if not system.exists(folder) then
      local ok, made = system.mkdir(folder)
      if not ok then fail(('the folder cannot be made: %s'):format(made)) end
      if made then return folder end
    end
    number = number + 1
  end
end

local function record(folder, script, words, combinations)
  local list = {{'script', script}, {'aelua', system.version},
                {'started', facts.now()}}
  for _, word in ipairs(words) do list[#list + 1] = {'option', word} end
  for i, c in ipairs(combinations) do
    list[#list + 1] = {('job-%d'):format(i), table.concat(c.words, ' ')}
  end
  local ok, message = pcall(facts.write, folder .. '/sweep.txt', list)
  if not ok then fail(message) end
end

-- What a sweep leaves that was killed, or had no room, before it was recorded.
local function isLeftover(name)
  return name == 'sweep.lock' or name:find '^sweep%.txt%..*%.tmp$' ~= nil
end

-- A folder that is there must hold the same sweep, or nothing.
local function checkFolder(folder, script, words)
  local oldScript, oldWords = recorded(folder)
  if not oldScript then
    for _, name in ipairs(system.list(folder) or {}) do
      if not isLeftover(name) then fail(folder .. ' is there and holds no sweep') end
    end
    return nil
  end
  local old = oldScript .. ' ' .. table.concat(oldWords, ' ')
  if script and script .. ' ' .. table.concat(words, ' ') ~= old then
    fail(('%s is the sweep of %s; without a script it goes on, another one needs another folder')
      :format(folder, old))
  end
  return oldScript, oldWords
end

-- ---- running ----

-- The program with the options that all jobs get: the threads are shared out.
local function programFor(parallel)
  local lowest = 0
  while arg[lowest - 1] do lowest = lowest - 1 end
  local threads = math.max(1, system.threads() // parallel)
  return {arg[lowest], '--threads', tostring(threads), '--kernels', system.kernels()}
end

local function jobsOf(folder, combinations)
  local list = {}
  for i, c in ipairs(combinations) do
    list[i] = {number = i, folder = ('%s/job-%d'):format(folder, i), words = c.words,
               label = c.label}
  end
  return list
end

-- What a sweep leaves that was refused before anything ran.
local function discard(folder)
  for _, name in ipairs {'job-1/output.txt', 'job-1', 'sweep.txt', 'sweep.lock'} do
    system.remove(folder .. '/' .. name)
  end
  system.remove(folder)
end

-- ---- the end ----

-- Shows and writes what came out; nil and a message when it cannot be written.
local function compareAll(pool, folder)
  local runs = {}
  for _, job in ipairs(pool.list) do
    local path, run, message = comparison.runOfJob(job.folder), nil, nil
    if path then run, message = comparison.read(path) end
    runs[#runs + 1] = run
    if message then io.stderr:write('sweep: ', plain(message), '\n') end
  end
  if #runs == 0 then
    print('No run to compare: a sweep is of scripts that begin with experiment.start.')
    return true
  end
  local result = orFail(comparison.of(runs, {}))
  print('\n' .. comparison.text(result))
  local written, message = overlay.write(result, folder)
  if written then print(('\nwritten to %s: %s'):format(plain(folder), written)) end
  return written, message
end

local function sayFailures(pool, folder)
  for _, failure in ipairs(pool:failures()) do
    io.stderr:write(('sweep: %s failed: %s\n'):format(table.concat(failure.jobs, ', '),
      plain(failure.message)))
  end
  if pool:number('failed') > 0 then
    io.stderr:write(('sweep: all they printed is in %s/job-*/output.txt\n'):format(folder))
  end
end

local function finish(pool, folder, ending, known)
  if ending == 'refused' then
    if not known then discard(folder) end
    fail(pool:failures()[1].message)
  end
  print(('%d of %d runs done%s'):format(pool:number('done'), #pool.list,
    pool:number('failed') > 0 and (', %d failed'):format(pool:number('failed')) or ''))
  if ending == 'interrupted' then
    sayFailures(pool, folder)
    print(('Go on with: aelua sweep --out %s'):format(options.quoted(folder)))
    local _, status = system.interrupted()
    os.exit(status, true)
  end
  local written, message = compareAll(pool, folder)
  sayFailures(pool, folder)
  orFail(written, message)
  os.exit(pool:number('failed') == 0, true)
end

-- ---- all of it ----

local function asked(word)
  for _, a in ipairs(arg) do if a == word then return true end end
end

if #arg == 0 or asked('--help') or asked('-h') then
  print(help)
  os.exit(#arg > 0, true)
end

local first = arg[1]:find('^%-') and 1 or 2
local script = first == 2 and arg[1] or nil
local own, settings = takeOwn(orFail(grid.settings(table.move(arg, first, #arg, 1, {}))))
local words = wordsOf(settings)
local known
if own.out then
  local oldScript, oldWords = checkFolder(own.out, script, words)
  if oldScript then script, words, known = oldScript, oldWords, true end
end
if not script then
  fail(own.out and own.out .. ' holds no sweep to go on with' or 'no script given')
end
checkScript(script)
local combinations = orFail(grid.combinations(orFail(grid.settings(words))))

if not pcall(process.wait) then fail('the sandbox starts no programs') end

local folder = own.out or newFolder(own.runs or 'runs')
orFail(system.mkdir(folder))
local lock <close> = orFail(process.lock(folder .. '/sweep.lock')) -- luacheck: ignore
if not known then record(folder, script, words, combinations) end
local pool = jobs.new(jobsOf(folder, combinations), script)
local done = pool:number('done')
local parallel = math.max(1, math.min(own.jobs or system.threads(), #combinations - done))
print(('Sweep %s: %d run%s of %s, %d at once%s'):format(plain(folder), #combinations,
  #combinations == 1 and '' or 's', plain(script), parallel,
  done > 0 and (', %d done before'):format(done) or ''))
finish(pool, folder, pool:run(programFor(parallel), parallel), known)
