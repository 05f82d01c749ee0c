--- schedule.lua - the rate of each epoch.

local test = require 'harness'
local schedule = require 'schedule'

-- The rates of epochs 1..n.
local function rates(f, n, history)
  local list = {}
  for epoch = 1, n do list[epoch] = f(epoch, 0.8, history or {}) end
  return list
end

-- Records of these losses.
local function losses(...)
  local history = {}
  for i, loss in ipairs {...} do history[i] = {loss = loss} end
  return history
end

test.case('constant', function()
  test.equal(rates(schedule.constant(), 3), {0.8, 0.8, 0.8})
end)

test.case('step', function()
  test.near(rates(schedule.step(2, 0.5), 5), {0.8, 0.8, 0.4, 0.4, 0.2}, 1e-15)
  test.near(rates(schedule.step(1), 3), {0.8, 0.08, 0.008}, 1e-15)
  test.fails(function() schedule.step(0) end, 'schedule.step: every is 0')
  test.fails(function() schedule.step() end, 'schedule.step: every is nil')
end)

test.case('multiStep', function()
  test.near(rates(schedule.multiStep({2, 4}, 0.5), 5), {0.8, 0.4, 0.4, 0.2, 0.2}, 1e-15)
  test.near(rates(schedule.multiStep({3}), 3), {0.8, 0.8, 0.08}, 1e-15)
  test.fails(function() schedule.multiStep(3) end, 'schedule.multiStep: the list of epochs is 3')
end)

test.case('exponential', function()
  test.near(rates(schedule.exponential(0.5), 4), {0.8, 0.4, 0.2, 0.1}, 1e-15)
  test.fails(function() schedule.exponential(0) end, 'schedule.exponential: factor is 0')
  test.fails(function() schedule.exponential() end, 'schedule.exponential: factor is nil')
end)

test.case('cosine falls from base to last and stays there', function()
  test.near(rates(schedule.cosine(5), 6),
    {0.8, 0.4 * (1 + math.sqrt(0.5)), 0.4, 0.4 * (1 - math.sqrt(0.5)), 0, 0}, 1e-15)
  test.near(rates(schedule.cosine(3, 0.2), 4), {0.8, 0.5, 0.2, 0.2}, 1e-15)
  test.near(rates(schedule.cosine(1, 0.2), 3), {0.8, 0.2, 0.2}, 1e-15)
  test.fails(function() schedule.cosine(0) end, 'schedule.cosine: epochs is 0')
end)

test.case('warmUp rises, then the other counts from its end', function()
  test.near(rates(schedule.warmUp(3), 5), {0.2, 0.4, 0.6, 0.8, 0.8}, 1e-15)
  test.near(rates(schedule.warmUp(1, schedule.exponential(0.5)), 4), {0.4, 0.8, 0.4, 0.2}, 1e-15)
  test.fails(function() schedule.warmUp() end, 'schedule.warmUp: epochs is nil')
end)

test.case('warmUp hands the history on', function()
  local f = schedule.warmUp(1, schedule.onPlateau(0.5, 0))
  test.near(f(4, 0.8, losses(1, 1, 1)), 0.2, 1e-15)
end)

test.case('onPlateau waits for patience epochs without a better loss', function()
  local f = schedule.onPlateau(0.5, 2)
  local function rate(...) return f(1, 0.8, losses(...)) end
  test.equal(rate(), 0.8)
  test.equal(rate(1, 1, 1), 0.8)
  test.equal(rate(1, 1, 1, 1), 0.4)
  test.equal(rate(1, 1, 1, 0.9, 1, 1), 0.8)
  test.equal(rate(1, 1, 1, 1, 1, 1), 0.4, 'it waits anew')
  test.equal(rate(1, 1, 1, 1, 1, 1, 1), 0.2)
end)

test.case('onPlateau: threshold, not-a-number, validation', function()
  local f = schedule.onPlateau(0.5, 0, 0.1)
  test.equal(f(1, 0.8, losses(1, 0.95)), 0.4, 'too little better')
  test.equal(f(1, 0.8, losses(1, 0.85)), 0.8)
  test.equal(f(1, 0.8, losses(1, 0 / 0)), 0.4)
  test.equal(f(1, 0.8, {{loss = 1, validation = 2}, {loss = 0.1, validation = 2}}), 0.4)
  test.fails(function() schedule.onPlateau(0.5, -1) end, 'schedule.onPlateau: patience is -1')
end)

test.case('a mistake is told where the schedule is made', function()
  test.fails(function() schedule.step(0) end, 'tests/lua/schedule.lua:')
end)
