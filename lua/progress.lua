--- A progress bar with loss, speed and time left on a terminal; nothing until the end elsewhere.
--
--     local bar = progress.new('epoch 1/5', 60000)
--     for x, y in set:batches(1000) do bar:add(x:size(1), step(x, y)) end   -- step: the loss
--     bar:finish('loss 0.0873')

local system, columnsOf = require 'aelua.system', require 'columns'

local progress = {}
progress.__index = progress

local INTERVAL = 0.1 -- seconds between two drawings

--- Digits in groups of three: 60000 -> "60,000".
-- @param n a number, written rounded
function progress.grouped(n)
  local digits = ('%.0f'):format(n)
  local text = digits:reverse():gsub('(%d%d%d)', '%1,'):reverse()
  return (text:gsub('^,', ''):gsub('^%-,', '-'))
end

-- 75 -> "1:15"
local function clockText(seconds)
  seconds = math.ceil(seconds)
  return ('%d:%02d'):format(seconds // 60, seconds % 60)
end

--- Begins a bar.
-- @param label what is being done: "pre-training 1/5"
-- @param total samples to come
function progress.new(label, total)
  return setmetatable({label = label, total = total, done = 0, sum = 0, start = system.clock(),
                       drawn = -math.huge, terminal = system.canDraw()}, progress)
end

-- Seconds since the beginning.
function progress:seconds() return system.clock() - self.start end

-- Samples a second so far.
function progress:speed() return self.done / math.max(self:seconds(), 1e-9) end

--- Mean of the losses added, each weighted with its samples.
function progress:loss() return self.sum / math.max(self.done, 1) end

-- The line for a terminal of so many columns: what does not fit is left out, from the right.
function progress:line(columns)
  local share = self.total > 0 and math.min(self.done / self.total, 1) or 1
  local left = self.done > 0 and (self.total - self.done) / self:speed() or 0
  local text = ('%s %3d %%'):format(self.label, math.floor(100 * share))
  local parts = {('loss %.4f'):format(self:loss()),
                 progress.grouped(self:speed()) .. ' samples/s', clockText(left) .. ' left'}
  local used, tail = columnsOf.width(text), ''
  for _, part in ipairs(parts) do
    if used + #tail + #part + 2 < columns then tail = tail .. '  ' .. part end
  end
  local width = math.min(columns - used - #tail - 5, 30)
  if width >= 5 then
    local full = math.floor(width * share)
    text = text .. ' [' .. ('='):rep(full) .. (' '):rep(width - full) .. ']'
  end
  return columnsOf.cut(text .. tail, math.max(columns - 1, 1))
end

--- Counts samples done.
-- @param samples how many
-- @param loss their mean loss
function progress:add(samples, loss)
  self.done = self.done + samples
  self.sum = self.sum + samples * loss
  if not self.terminal then return end
  local now = system.clock()
  if now - self.drawn < INTERVAL then return end
  self.drawn = now
  io.stdout:write('\r', self:line(system.terminalWidth()), '\27[K')
  io.stdout:flush()
end

--- Ends the bar and prints one plain line in its place.
-- @param[opt] text what to say beside label, loss, time and speed
function progress:finish(text)
  if self.terminal then io.stdout:write('\r\27[K') end
  print(('%s  loss %.6f%s  %.2f s  %s samples/s'):format(
    self.label, self:loss(), text and '  ' .. text or '', self:seconds(),
    progress.grouped(self:speed())))
end

return progress
