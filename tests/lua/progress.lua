--- progress.lua - the bar's arithmetic and its line; what is drawn where.

local test = require 'harness'
local progress = require 'progress'
local system = require 'aelua.system'

-- Runs body with the clock and io.stdout replaced; body(advance) moves time. Returns what was
-- written.
local function watched(terminal, body)
  local clock, canDraw, stdout, print_ = system.clock, system.canDraw, io.stdout, print
  local now, text = 100, {}
  local function write(_, ...) text[#text + 1] = table.concat {...} end
  system.clock = function() return now end
  system.canDraw = function() return terminal end
  rawset(io, 'stdout', {write = write, flush = function() end})
  _G.print = function(s) text[#text + 1] = s .. '\n' end
  local ok, problem = pcall(body, function(seconds) now = now + seconds end)
  system.clock, system.canDraw, _G.print = clock, canDraw, print_
  rawset(io, 'stdout', stdout)
  if not ok then error(problem, 0) end
  return table.concat(text)
end

test.case('grouped', function()
  local grouped = progress.grouped
  test.equal(grouped(0), '0')
  test.equal(grouped(999), '999')
  test.equal(grouped(1000), '1,000')
  test.equal(grouped(60000), '60,000')
  test.equal(grouped(123456789), '123,456,789')
  test.equal(grouped(-123), '-123')
  test.equal(grouped(-1234), '-1,234')
  test.equal(grouped(1234.6), '1,235')
end)

test.case('the loss is the mean over samples', function()
  watched(false, function(advance)
    local bar = progress.new('x', 100)
    test.equal(bar:loss(), 0.0)
    bar:add(10, 1)
    bar:add(30, 2)
    advance(2)
    test.equal(bar:loss(), 1.75)
    test.equal(bar:seconds(), 2)
    test.equal(bar:speed(), 20.0)
  end)
end)

test.case('the line: share, bar, loss, speed, time left', function()
  watched(false, function(advance)
    local bar = progress.new('epoch 1/5', 60000)
    advance(10)
    bar:add(15000, 0.25)
    test.equal(bar:line(120), 'epoch 1/5  25 % [' .. ('='):rep(7) .. (' '):rep(23)
      .. ']  loss 0.2500  1,500 samples/s  0:30 left')
    advance(30)
    bar:add(45000, 0.25)
    test.equal(bar:line(120), 'epoch 1/5 100 % [' .. ('='):rep(30)
      .. ']  loss 0.2500  1,500 samples/s  0:00 left')
  end)
end)

test.case('the line fits terminals of every width', function()
  watched(false, function(advance)
    local bar = progress.new('pre-training 1/5', 60000)
    advance(100)
    bar:add(100, 1)
    for columns = 1, 150 do
      local line = bar:line(columns)
      test.check(#line < math.max(columns, 2), columns .. ' columns')
    end
    test.equal(bar:line(40), 'pre-training 1/5   0 %  loss 1.0000')
    test.check(bar:line(120):find('998:20 left', 1, true), 'minutes beyond an hour')
    test.check(progress.new('none', 0):line(80):find('none 100 %', 1, true), 'nothing to do')
  end)
end)

test.case('on a terminal it is drawn ten times a second at most', function()
  local text = watched(true, function(advance)
    local bar = progress.new('x', 1000)
    for _ = 1, 100 do
      bar:add(1, 1)
      advance(0.01)
    end
    bar:finish()
  end)
  local _, drawn = text:gsub('\27%[K', '')
  test.check(drawn >= 8 and drawn <= 12, drawn .. ' drawings')
  test.check(text:find('\r\27[Kx  loss 1.000000  1.00 s  100 samples/s\n', 1, true),
    'one plain line in its place')
end)

test.case('elsewhere nothing is drawn until the end', function()
  local text = watched(false, function(advance)
    local bar = progress.new('epoch 2/5', 1000)
    bar:add(1000, 0.0873)
    advance(0.5)
    bar:finish('validation 0.09')
  end)
  test.equal(text, 'epoch 2/5  loss 0.087300  validation 0.09  0.50 s  2,000 samples/s\n')
end)
