--- Runs of a script in several processes at once, each in a folder of its own: jobs.
--
-- A job is a folder with output.txt, everything its processes printed, and the run's own folder.
-- Its state is 'waiting', 'running', 'done', 'failed' or 'interrupted'. A job whose run was left
-- unfinished goes on with it.

local process, system = require 'aelua.process', require 'aelua.system'
local comparison, metrics = require 'comparison', require 'aelua.lua.metrics'
local columns = require 'columns'

local jobs = {}
local Pool = {}
Pool.__index = Pool

local INTERVAL = 0.25 -- seconds between two looks at the runs

--- Jobs ready to run.
-- @param list of {number=, folder=, words= for the script, label=}; those whose run finished are
--   'done' from the beginning
-- @param script its path
function jobs.new(list, script)
  local pool = setmetatable({list = list, script = script, running = {}, count = 0, drawn = 0,
    looked = -math.huge, terminal = system.canDraw()}, Pool)
  for _, job in ipairs(list) do
    local _, finished = comparison.runOfJob(job.folder)
    job.state = finished and 'done' or 'waiting'
  end
  return pool
end

--- How many jobs are in a state.
function Pool:number(state)
  local n = 0
  for _, job in ipairs(self.list) do if job.state == state then n = n + 1 end end
  return n
end

-- ---- what is shown ----

local function name(job)
  return ('job %d%s'):format(job.number,
    job.label ~= '' and ' (' .. columns.plain(job.label) .. ')' or '')
end

-- Takes the lines of the running jobs off the terminal.
local function clear(pool)
  if pool.drawn > 0 then io.stdout:write(('\27[%dA\27[J'):format(pool.drawn)) end
  pool.drawn = 0
end

local function say(pool, ...)
  clear(pool)
  print((...):format(select(2, ...)))
end

-- "fine-tuning, epoch 3, loss 0.4312"; nil before there is a row.
local function progressOf(job)
  local run = comparison.runOfJob(job.folder)
  local row = run and metrics.last(run)
  if not row then return nil end
  local loss = tonumber(row.loss)
  return ('%s, epoch %s, loss %s'):format(columns.plain(row.stage), row.epoch,
    loss and ('%.4f'):format(loss) or row.loss)
end

-- The lines of the running jobs, as many as there is room for.
local function runningLines(pool, room)
  local lines = {}
  for _, job in ipairs(pool.list) do
    if #lines >= room then break end
    if job.state == 'running' then
      lines[#lines + 1] = ('%s: %s, %.0f s'):format(name(job), progressOf(job) or 'starting',
        pool.looked - job.started)
    end
  end
  return lines
end

-- One line a running job and one for all, over those drawn before; no more than the terminal has
-- rows, as those that leave it at its top cannot be drawn over.
local function draw(pool)
  if not pool.terminal or system.clock() - pool.looked < INTERVAL then return end
  pool.looked = system.clock()
  local lines = runningLines(pool, system.terminalHeight() - 2)
  lines[#lines + 1] = ('%d of %d done, %d waiting'):format(pool:number('done'), #pool.list,
    pool:number('waiting'))
  clear(pool)
  local width = math.max(system.terminalWidth() - 1, 1)
  for i, line in ipairs(lines) do lines[i] = columns.cut(line, width) end
  io.stdout:write(table.concat(lines, '\n'), '\n')
  io.stdout:flush()
  pool.drawn = #lines
end

-- ---- how a job ended ----

-- The last line of what a job printed that is no traceback: the error, when it failed.
local function lastLine(job)
  local f = io.open(job.folder .. '/output.txt')
  if not f then return '' end
  local found = ''
  for line in f:lines() do
    if line:find('%S') and not line:find('^\t') and line ~= 'stack traceback:' then found = line end
  end
  f:close()
  return found
end

local function why(job, status)
  if status < 0 then return ('ended by signal %d'):format(-status) end
  local line = lastLine(job)
  return line ~= '' and line or ('ended with status %d'):format(status)
end

-- Ctrl-C: 130 by the run, which saved; signal 2 before the script began.
local function wasInterrupted(status) return status == 130 or status == -2 end

local function finish(pool, pid, status)
  local job = pool.running[pid]
  pool.running[pid], pool.count = nil, pool.count - 1
  local seconds = system.clock() - job.started
  if status == 0 then
    job.state = 'done'
    local progress = progressOf(job)
    say(pool, '%s: done in %.1f s%s', name(job), seconds, progress and '; ' .. progress or '')
  elseif pool.stopping and wasInterrupted(status) then
    job.state = 'interrupted'
  else
    job.state, job.message = 'failed', why(job, status)
    say(pool, '%s: failed after %.1f s', name(job), seconds)
  end
end

-- ---- running ----

-- The words that start a job's process: its settings, or its run to go on with.
local function commandOf(pool, job, run)
  local command = {table.unpack(pool.program)}
  command[#command + 1] = pool.script
  local words = run and {'--resume', run} or job.words
  table.move(words, 1, #words, #command + 1, command)
  if not run then command[#command + 1] = '--runs=' .. job.folder end
  return command
end

local function start(pool, job)
  local run = comparison.runOfJob(job.folder)
  local pid, message = system.mkdir(job.folder)
  if pid then
    pid, message = process.spawn(commandOf(pool, job, run), job.folder .. '/output.txt')
  end
  if not pid then
    job.state, job.message = 'failed', message
    return say(pool, '%s: failed to start', name(job))
  end
  pool.running[pid], pool.count = job, pool.count + 1
  job.state, job.started = 'running', system.clock()
  if not pool.terminal then say(pool, '%s: %s', name(job), run and 'going on' or 'started') end
end

local function nextWaiting(pool)
  for _, job in ipairs(pool.list) do if job.state == 'waiting' then return job end end
end

-- The first job goes ahead until its run has a folder: a mistake in the script's settings shows
-- before that, and is then said once and not for every job.
local function firstBegan(pool)
  local first = pool.first
  if not first or pool.began then return true end
  pool.began = first.state == 'done' or comparison.runOfJob(first.folder) ~= nil
  pool.refused = first.state == 'failed' and not pool.began
  return pool.began
end

local function mayStart(pool)
  return not pool.stopping and pool.count < pool.parallel and firstBegan(pool)
end

local function startWaiting(pool)
  while mayStart(pool) do
    local job = nextWaiting(pool)
    if not job then return end
    pool.first = pool.first or job
    start(pool, job)
  end
end

local function passInterrupt(pool)
  if pool.stopping or not system.interrupted() then return end
  pool.stopping = true
  for pid in pairs(pool.running) do process.kill(pid, 'INT') end
  say(pool, '\nInterrupted; the runs save where they are. Ctrl-C again stops them at once.')
end

--- Runs what is waiting, to its end or to Ctrl-C.
-- @param program {path, option, ...}: what runs the script
-- @param parallel how many at once
-- @return 'done'; 'interrupted'; or 'refused' when the first job failed before its run had begun
function Pool:run(program, parallel)
  self.program, self.parallel = program, parallel
  system.holdInterrupts(true)
  startWaiting(self)
  while self.count > 0 do
    local pid, status = process.wait(0.05)
    if pid then finish(self, pid, status) end
    passInterrupt(self)
    startWaiting(self)
    draw(self)
  end
  clear(self)
  system.holdInterrupts(false)
  return self.refused and 'refused' or self.stopping and 'interrupted' or 'done'
end

--- What failed: one entry a message, with the jobs it is of.
-- @return list of {message=, jobs=}
function Pool:failures()
  local list, byMessage = {}, {}
  for _, job in ipairs(self.list) do
    if job.state == 'failed' then
      local entry = byMessage[job.message]
      if not entry then
        entry = {message = job.message, jobs = {}}
        list[#list + 1], byMessage[job.message] = entry, entry
      end
      table.insert(entry.jobs, name(job))
    end
  end
  return list
end

return jobs
