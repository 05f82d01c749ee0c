--- Torch's optim.lswolfe: a line search that ends where Wolfe's strong conditions hold,
--
--     f(x + t d) <= f(x) + c1 t g'd     and     |g(x + t d)'d| <= -c2 g'd,
--
-- by bracketing and cubic interpolation. Nocedal, Wright: Numerical optimization, 2006, section
-- 3.5.

local settings, restoring = require 'aelua.lua.settings', require 'aelua.lua.restoring'

local defaults = {c1 = 1e-4, c2 = 0.9, tolX = 1e-9, maxIter = 20, verbose = false}

-- Whether a value is too high, as one is that is no number.
local function above(value, limit) return value > limit or value ~= value end

-- Where the cubic through two points with their slopes is lowest, within low..high; the middle when
-- it has no minimum. Points are {t =, f =, slope =}.
local function cubicMinimum(a, b, low, high)
  if a.t > b.t then a, b = b, a end
  low, high = low or a.t, high or b.t
  local d1 = a.slope + b.slope - 3 * (a.f - b.f) / (a.t - b.t)
  local square = d1 * d1 - a.slope * b.slope
  local t = (low + high) / 2
  if square >= 0 then
    local d2 = math.sqrt(square)
    t = b.t - (b.t - a.t) * ((b.slope + d2 - d1) / (b.slope - a.slope + 2 * d2))
  end
  if t ~= t then t = (low + high) / 2 end
  return math.min(math.max(t, low), high)
end

-- A point {t =, f =, g =, slope =} on the line.
local function evaluator(opfunc, x, d)
  local start, count = x:clone(), 0
  local function at(t)
    x:copy(start):add(t, d)
    local f, g = opfunc(x)
    count = count + 1
    return {t = t, f = f, g = g:clone(), slope = g:dot(d)}
  end
  return at, function() return count end, start
end

-- Steps forward until two points have a good one between them, or one is good. Returns the points,
-- the second being nil in the latter case, and the iterations left.
local function bracket(at, start, t, o)
  local before, now, left = start, at(t), o.maxIter
  while left > 0 do
    local high = above(now.f, start.f + o.c1 * now.t * start.slope)
    if high or left < o.maxIter and now.f >= before.f then return before, now, left end
    if math.abs(now.slope) <= -o.c2 * start.slope then return now, nil, left end
    if now.slope >= 0 then return before, now, left end
    local following = cubicMinimum(before, now, now.t + 0.01 * (now.t - before.t), now.t * 10)
    before, now, left = now, at(following), left - 1
  end
  return start, now, 0
end

-- The next place to try in a bracket: the cubic's, but not twice near an end. `slow` tells that the
-- last one was near an end; so does the second result.
local function nextTrial(low, high, slow)
  local t = cubicMinimum(low, high)
  local first, last = math.min(low.t, high.t), math.max(low.t, high.t)
  if math.min(last - t, t - first) / (last - first) >= 0.1 then return t, false end
  if not slow and t < last and t > first then return t, true end
  local margin = 0.1 * (last - first)
  return math.abs(t - last) < math.abs(t - first) and last - margin or first + margin, false
end

-- Shrinks a bracket until its lower point is good. Returns that.
local function zoom(at, start, low, high, left, o)
  if above(low.f, high.f) then low, high = high, low end
  local slow = false
  while left > 0 and math.abs(high.t - low.t) * math.abs(low.slope) >= o.tolX do
    local t
    t, slow = nextTrial(low, high, slow)
    local now = at(t)
    left = left - 1
    if above(now.f, start.f + o.c1 * t * start.slope) or now.f >= low.f then
      high = now
    else
      if math.abs(now.slope) <= -o.c2 * start.slope then return now end
      if now.slope * (high.t - low.t) >= 0 then high = low end
      low = now
    end
  end
  return low
end

--- Searches along a direction.
-- @param opfunc function of x, returns f and df/dx
-- @param x tensor: where the line begins; becomes the point found
-- @param t first step
-- @param d direction, one of descent
-- @param f value at x
-- @param g gradient at x
-- @param gtd slope at x along d, below 0
-- @param[opt] options {c1 = 1e-4, c2 = 0.9, tolX = 1e-9 (least change of f within a bracket),
--   maxIter = 20}
-- @return f and g at the point, x, the step t, evaluations
return function(opfunc, x, t, d, f, g, gtd, options)
  local o = settings.read('optim.lswolfe', options, defaults)
  if above(gtd, 0) or gtd == 0 then
    error(('optim.lswolfe: the slope is %g; the direction should lead down'):format(gtd), 2)
  end
  local at, count, origin = evaluator(opfunc, x, d)
  local undo <close> = restoring(x, origin) -- luacheck: ignore
  local start = {t = 0, f = f, g = g:clone(), slope = gtd}
  local low, high, left = bracket(at, start, t, o)
  if high then low = zoom(at, start, low, high, left, o) end
  if o.verbose then print('<optim.lswolfe>', ('step %g, %d evaluations'):format(low.t, count())) end
  x:copy(origin):add(low.t, d)
  return low.f, low.g, x, low.t, count()
end
