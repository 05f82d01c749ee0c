--- Torch's optim.cg: nonlinear conjugate gradients (Polak and Ribiere) with a line search by cubic
-- interpolation and extrapolation, after Rasmussen's minimize (2001). For whole data sets.

local settings, finite = require 'aelua.lua.settings', require 'aelua.lua.statistics'.finite
local restoring = require 'aelua.lua.restoring'

local defaults = {rho = 0.01, sig = 0.5, int = 0.1, ext = 3, maxIter = 20, maxEval = 0,
                  ratio = 100}
local kept = {df0 = true, df1 = true, df2 = true, df3 = true, s = true, x0 = true}

-- The root of a number, NaN where there is none.
local function root(v) return v >= 0 and math.sqrt(v) or 0 / 0 end

-- A search along s from x. Point 1 is where it begins, point 2 where x is now, point 3 the other
-- end of the interval; z1 leads from 1 to 2, z3 from 2 to 3; f, d are values and slopes.
local Search = {}
Search.__index = Search

-- Moves x by z along s and evaluates there.
function Search:move(z)
  self.z1 = self.z1 + z
  self.x:add(z, self.s)
  local f, g = self.opfunc(self.x)
  self.g2:copy(g)
  self.f2, self.d2 = f, self.g2:dot(self.s)
  self.evaluations, self.left = self.evaluations + 1, self.left - 1
end

-- Whether point 2 is too high, or still climbing: the minimum is before it. NaN counts as too high.
function Search:overshot()
  local f, d = self.f2, self.d2
  return f ~= f or d ~= d or f > self.f1 + self.z1 * self.o.rho * self.d1
    or d > -self.o.sig * self.d1
end

-- From 2 towards 3: quadratic where 2 is higher than 1, else cubic.
function Search:interpolation()
  local z3, f2, f3, d2, d3 = self.z3, self.f2, self.f3, self.d2, self.d3
  local z
  if f2 > self.f1 then
    z = z3 - 0.5 * d3 * z3 * z3 / (d3 * z3 + f2 - f3)
  else
    local a = 6 * (f2 - f3) / z3 + 3 * (d2 + d3)
    local b = 3 * (f3 - f2) - z3 * (d3 + 2 * d2)
    z = (root(b * b - a * d2 * z3 * z3) - b) / a
  end
  if not finite(z) then z = z3 / 2 end
  return math.max(math.min(z, self.o.int * z3), (1 - self.o.int) * z3)
end

-- From 2 onward, cubic; limit is a point known to be too far, or nil.
function Search:extrapolation(limit)
  local z3, z1, o = self.z3, self.z1, self.o
  local a = 6 * (self.f2 - self.f3) / z3 + 3 * (self.d2 + self.d3)
  local b = 3 * (self.f3 - self.f2) - z3 * (self.d3 + 2 * self.d2)
  local z = -self.d2 * z3 * z3 / (b + root(b * b - a * self.d2 * z3 * z3))
  if not finite(z) or z < 0 then return limit and (limit - z1) / 2 or z1 * (o.ext - 1) end
  if limit and z + z1 > limit then return (limit - z1) / 2 end
  if not limit and z + z1 > z1 * o.ext then return z1 * (o.ext - 1) end
  if z < -z3 * o.int then return -z3 * o.int end
  if limit and z < (limit - z1) * (1 - o.int) then return (limit - z1) * (1 - o.int) end
  return z
end

-- Searches with a first step of z. Returns whether a point was found that is low and flat enough.
function Search:run(z)
  local limit
  self.z1, self.left = 0, 0
  self:move(z)
  self.left = math.max(math.min(self.o.maxIter, self.o.maxEval - self.evaluations), 0)
  self.f3, self.d3, self.z3 = self.f1, self.d1, -z
  while true do
    while self:overshot() and self.left > 0 do
      limit = self.z1
      local step = self:interpolation()
      self:move(step)
      self.z3 = self.z3 - step
    end
    if self:overshot() then return false end
    if self.d2 > self.o.sig * self.d1 then return true end
    if self.left == 0 then return false end
    local step = self:extrapolation(limit)
    self.f3, self.d3, self.z3 = self.f2, self.d2, -step
    self:move(step)
  end
end

-- The next direction after a search that succeeded; sets its slope and returns the first step.
local function nextDirection(k, g1)
  local before = k.d1
  k.s:mul((k.g2:dot(k.g2) - k.g2:dot(g1)) / g1:dot(g1)):add(-1, k.g2)
  g1:copy(k.g2)
  k.d1 = g1:dot(k.s)
  if k.d1 > 0 then
    k.s:copy(g1):mul(-1)
    k.d1 = -k.s:dot(k.s)
  end
  if k.d1 == 0 then return nil end
  return k.z1 * math.min(k.o.ratio, before / k.d1)
end

local function steepest(k, g)
  k.s:copy(g):mul(-1)
  k.d1 = -k.s:dot(k.s)
  return 1 / (1 - k.d1)
end

local function scratch(state, key, x)
  state[key] = (state[key] or x.new()):resizeAs(x)
  return state[key]
end

--- Minimises a function until maxEval evaluations are done or two searches in a row fail. When the
-- function fails, x is where the last search that succeeded has led.
-- @param opfunc function of x, returns f and df/dx
-- @param x tensor, updated
-- @param[opt] config {maxEval = 1.25 * maxIter, maxIter = 20 (evaluations of one search), rho =
--   0.01, sig = 0.5 (Wolfe's conditions), int = 0.1, ext = 3 (limits of inter- and extrapolation),
--   ratio = 100 (of slopes)}
-- @param[opt] state table that keeps tensors for the next call; default: config
-- @return x, {f at the beginning, after each search}, evaluations
return function(opfunc, x, config, state)
  config = config or {}
  state = state or config
  local o = settings.read('optim.cg', config, defaults, kept)
  o.maxEval = math.ceil(o.maxEval > 0 and o.maxEval or 1.25 * o.maxIter)
  local x0, g1 = scratch(state, 'x0', x), scratch(state, 'df1', x)
  local k = setmetatable({opfunc = opfunc, x = x, o = o, evaluations = 1,
    s = scratch(state, 's', x), g2 = scratch(state, 'df2', x)}, Search)
  local undo <close> = restoring(x, x0:copy(x)) -- luacheck: ignore
  local f, g = opfunc(x)
  local history, failed = {f}, false
  g1:copy(g)
  k.f1 = f
  local z = steepest(k, g1)
  while z and k.d1 < 0 and k.evaluations < o.maxEval do
    x0:copy(x)
    if k:run(z) then
      k.f1, failed = k.f2, false
      history[#history + 1] = k.f1
      z = nextDirection(k, g1)
    else
      x:copy(x0)
      if failed then break end
      z, failed = steepest(k, g1), true
    end
  end
  return x, history, k.evaluations
end
