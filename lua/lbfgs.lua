--- Torch's optim.lbfgs: Newton's direction from the last steps and changes of the gradient. For
-- whole data sets; with a line search, lineSearch = optim.lswolfe, or steps of a fixed rate.
--
-- With s the steps and y the changes of the gradient, newest last, the direction for gradient g is
--
--   1.  q <- -g;  from the newest pair to the oldest:  a_i <- s_i'q / y_i's_i,  q <- q - a_i y_i
--   2.  r <- q * s'y / y'y of the newest pair
--   3.  from the oldest to the newest:  r <- r + (a_i - y_i'r / y_i's_i) s_i
--
-- Nocedal: Updating quasi-Newton matrices with limited storage, 1980; Nocedal, Wright: Numerical
-- optimization, 2006, algorithm 7.4.

local settings, restoring = require 'aelua.lua.settings', require 'aelua.lua.restoring'

local defaults = {maxIter = 20, maxEval = 0, tolFun = 1e-5, tolX = 1e-9, nCorrection = 100,
                  learningRate = 1, verbose = false, lineSearch = function() end,
                  lineSearchOptions = {}}
local kept = {d = true, pairs = true, g_old = true, f_old = true, funcEval = true, nIter = true,
              scale = true, stepLength = true}

local function sumOfMagnitudes(t) return t:clone():abs():sum() end

-- Keeps the last step and change of the gradient, unless the curvature along it is not positive.
local function remember(state, g, o)
  local y, s = g - state.g_old, state.d * state.stepLength
  local ys = y:dot(s)
  if ys <= 1e-10 then return end
  local pair, scale = {s = s, y = y, ys = ys}, ys / y:dot(y)
  if #state.pairs >= o.nCorrection then table.remove(state.pairs, 1) end
  table.insert(state.pairs, pair)
  state.scale = scale
end

-- The direction, steps 1 to 3.
local function direction(state, g)
  local r, list, a = g * -1, state.pairs, {}
  for i = #list, 1, -1 do
    a[i] = list[i].s:dot(r) / list[i].ys
    r:add(-a[i], list[i].y)
  end
  r:mul(state.scale)
  for i = 1, #list do r:add(a[i] - list[i].y:dot(r) / list[i].ys, list[i].s) end
  return r
end

-- Goes t along the direction. Returns f and g there, the step and the evaluations; without line
-- search the last iteration does not evaluate. When it fails, x is as it was.
local function advance(opfunc, x, t, f, g, slope, state, o, last)
  local undo <close> = restoring(x, x:clone()) -- luacheck: ignore
  if o.lineSearch then
    local _
    local count
    f, g, _, t, count = o.lineSearch(opfunc, x, t, state.d, f, g, slope, o.lineSearchOptions)
    return f, g, t, count
  end
  x:add(t, state.d)
  if last then return f, g, t, 0 end
  f, g = opfunc(x)
  return f, g, t, 1
end

-- What ends the iterations, if anything.
local function reason(o, state, evaluations, f, g)
  if evaluations >= o.maxEval then return 'max nb of function evals' end
  if sumOfMagnitudes(g) <= o.tolFun then return 'optimality condition below tolFun' end
  if math.abs(state.stepLength) * sumOfMagnitudes(state.d) <= o.tolX then
    return 'step size below tolX'
  end
  if math.abs(f - state.f_old) < o.tolX then return 'function value changing less than tolX' end
  return nil
end

-- Iterates; returns evaluations and why it ended. history gets the value after each iteration.
local function iterate(opfunc, x, o, state, f, g, history)
  local evaluations = 1
  for n = 1, o.maxIter do
    local before = state.stepLength
    if state.nIter > 0 and before then remember(state, g, o) end
    state.stepLength = nil -- when this iteration fails, the same step is not remembered again
    state.d = direction(state, g)
    state.g_old, state.f_old = g:clone(), f
    local slope = g:dot(state.d)
    if slope >= -o.tolX or slope ~= slope then
      state.nIter, state.stepLength = state.nIter + 1, before
      return evaluations, 'no progress to be made'
    end
    local t = state.nIter > 0 and o.learningRate
      or math.min(1, 1 / sumOfMagnitudes(g)) * o.learningRate
    local count
    f, g, state.stepLength, count = advance(opfunc, x, t, f, g, slope, state, o, n == o.maxIter)
    state.nIter = state.nIter + 1
    if count > 0 then history[#history + 1] = f end
    evaluations = evaluations + count
    local why = n < o.maxIter and reason(o, state, evaluations, f, g)
    if why then return evaluations, why end
  end
  return evaluations, 'max nb of iterations'
end

--- Minimises a function. When that fails, x is where the iterations before have led, and a further
-- call goes on from there.
-- @param opfunc function of x, returns f and df/dx
-- @param x tensor, updated
-- @param[opt] config {maxIter = 20, maxEval = 1.25 * maxIter, tolFun = 1e-5 (sum of the gradient's
--   magnitudes), tolX = 1e-9 (least step, and change of f), nCorrection = 100 (pairs kept),
--   learningRate = 1 (first step of a search, or every step), lineSearch, lineSearchOptions}
-- @param[opt] state table that keeps the pairs for the next call; default: config
-- @return x, {f at the beginning, after each iteration}, evaluations
return function(opfunc, x, config, state)
  config = config or {}
  state = state or config
  local o = settings.read('optim.lbfgs', config, defaults, kept)
  o.lineSearch = config.lineSearch or nil
  if o.maxEval == 0 then o.maxEval = 1.25 * o.maxIter end
  state.pairs, state.scale = state.pairs or {}, state.scale or 1
  state.nIter, state.funcEval = state.nIter or 0, state.funcEval or 0
  local f, g = opfunc(x)
  local history, evaluations, why = {f}, 1, 'optimality condition below tolFun'
  if sumOfMagnitudes(g) > o.tolFun then
    evaluations, why = iterate(opfunc, x, o, state, f, g, history)
  end
  state.funcEval = state.funcEval + evaluations
  if o.verbose then print('<optim.lbfgs>', why) end
  return x, history, evaluations
end
