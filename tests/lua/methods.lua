--- methods.lua - the methods of optim that are written in Lua: cg, lbfgs with lswolfe, nag, and
-- asgd's and rprop's functions; checkgrad. Golden values of lbfgs from PyTorch.

local test = require 'harness'
require 'optim'

local evaluations = 0

-- Rosenbrock's valley, the minimum at (1, 1).
local function rosenbrock(x)
  evaluations = evaluations + 1
  local a, b = x[1], x[2]
  return (1 - a) ^ 2 + 100 * (b - a * a) ^ 2,
    x:clone():copy(torch.DoubleTensor {-2 * (1 - a) - 400 * a * (b - a * a), 200 * (b - a * a)})
end

-- x'Ax / 2 - b'x with a fixed A, 5x5; the gradient is the same tensor each time.
local n = 5
local A, b = torch.DoubleTensor(n, n), torch.DoubleTensor(n)
for i = 1, n do
  b[i] = i
  for j = 1, n do A[i][j] = (i == j and i + 1 or 0) + 1 / (i + j) end
end
local gradient = torch.DoubleTensor(n)
local function quadratic(x)
  gradient:mv(A, x)
  local f = gradient:dot(x) / 2 - b:dot(x)
  gradient:add(-1, b)
  return f, gradient
end

local function origin(size) return torch.DoubleTensor(size or 2):zero() end

-- Fails unless the history falls and is as long as the evaluations allow.
local function checkHistory(history)
  for i = 2, #history do test.check(history[i] <= history[i - 1], 'f falls at ' .. i) end
end

test.case('cg on a valley', function()
  evaluations = 0
  local x, history, count = optim.cg(rosenbrock, origin(), {maxIter = 50, maxEval = 200})
  test.near(x, {1, 1}, 1e-6)
  test.equal(count, evaluations)
  test.equal(history[1], 1.0)
  checkHistory(history)
end)

test.case('cg, step by step', function()
  -- computed with Rasmussen's algorithm in plain numbers: values and evaluations
  local x, history, count = optim.cg(rosenbrock, origin(), {maxIter = 20})
  test.near(x, {0.872473600521, 0.75691374884512}, 1e-12)
  test.equal({#history, count}, {9, 25})
  test.near(history[2], 0.78251060908545, 1e-13)
  x, history, count = optim.cg(rosenbrock, origin(), {maxIter = 5, maxEval = 40})
  test.near(x, {0.99900993227951, 0.99829675894518}, 1e-12)
  test.equal({#history, count}, {15, 40})
end)

test.case('cg solves a quadratic, floats too, and keeps its tensors', function()
  local state = {}
  local x = optim.cg(quadratic, origin(n), {maxEval = 60, maxIter = 20}, state)
  test.near(torch.mv(A, x), b, 1e-6)
  test.equal(state.s:nElement(), n)
  local y = torch.FloatTensor {-1, 1}
  local _, history = optim.cg(rosenbrock, y, {maxEval = 150})
  test.near(y, {1, 1}, 0.05)
  checkHistory(history)
  x = torch.DoubleTensor {1, 1} -- at the minimum already
  test.equal(optim.cg(rosenbrock, x), {1.0, 1.0})
end)

test.case('cg keeps away from where the function is no number', function()
  local function logarithm(x) -- x - log x, minimum at 1
    local v = x[1]
    return v > 0 and v - math.log(v) or 0 / 0, torch.DoubleTensor {v > 0 and 1 - 1 / v or 0 / 0}
  end
  test.near(optim.cg(logarithm, torch.DoubleTensor {30}, {maxEval = 60}), {1}, 1e-4)
end)

test.case('lbfgs with a fixed rate', function()
  local config = {learningRate = 0.1, maxIter = 30, maxEval = 1000, tolFun = 1e-20, tolX = 1e-20}
  local x, history, count = optim.lbfgs(rosenbrock, origin(), config)
  test.near(x, {0.730796541520172, 0.530161451671142}, 1e-11)
  test.equal({#history, count}, {30, 30}) -- the last iteration does not evaluate
  config = {learningRate = 0.1, maxIter = 30, maxEval = 1000, tolFun = 1e-20, tolX = 1e-20,
            nCorrection = 3}
  test.near(optim.lbfgs(rosenbrock, origin(), config), {0.973896611394512, 0.867756175527644},
    1e-10)
end)

test.case('lbfgs with a line search', function()
  evaluations = 0
  local x, history, count = optim.lbfgs(rosenbrock, origin(),
    {maxIter = 100, lineSearch = optim.lswolfe})
  test.near(x, {0.999999579556888, 0.999999137257252}, 1e-10)
  test.equal({count, evaluations}, {26, 26})
  checkHistory(history)
  x = optim.lbfgs(rosenbrock, origin(), {maxIter = 5, maxEval = 125, lineSearch = optim.lswolfe})
  test.near(x, {0.53349751303145, 0.267019167833954}, 1e-12)
end)

test.case('lbfgs goes on where it was', function()
  local all, parts, state = origin(n), origin(n), {}
  optim.lbfgs(quadratic, all, {maxIter = 6, learningRate = 0.5, tolFun = 0, tolX = 0})
  for _ = 1, 6 do
    optim.lbfgs(quadratic, parts, {maxIter = 1, learningRate = 0.5, tolFun = 0, tolX = 0}, state)
  end
  test.near(parts, all, 1e-12)
  test.equal(state.funcEval, 6)
  local config = {maxIter = 1, learningRate = 0.5, tolFun = 0, tolX = 0}
  parts:zero()
  for _ = 1, 6 do optim.lbfgs(quadratic, parts, config) end -- the config is the state
  test.near(parts, all, 1e-12)
end)

test.case('lbfgs ends where nothing is to be gained', function()
  local x, history, count = optim.lbfgs(rosenbrock, torch.DoubleTensor {1, 1})
  test.equal({x[1], x[2], #history, count}, {1.0, 1.0, 1, 1})
end)

test.case('lswolfe: both conditions hold', function()
  for _, start in ipairs {{-1.2, 1}, {0, 0}, {3, -2}, {0.5, 2}} do
    for _, t in ipairs {1e-4, 0.1, 1, 100} do
      local x = torch.DoubleTensor(start)
      local f, g = rosenbrock(x)
      local d = g * (-1 / g:norm())
      local slope = g:dot(d)
      local got, gotG, same, step = optim.lswolfe(rosenbrock, x, t, d, f, g, slope,
        {c2 = 0.1, maxIter = 50})
      test.check(got <= f + 1e-4 * step * slope, 'sufficient decrease')
      test.check(math.abs(gotG:dot(d)) <= -0.1 * slope, 'curvature')
      test.near(same, torch.DoubleTensor(start) + d * step, 1e-12)
      test.near(rosenbrock(same), got, 0)
    end
  end
end)

test.case('nag evaluates where the momentum leads', function()
  local goal = torch.DoubleTensor {1, 2, 3}
  local function feval(x)
    local distance = x - goal
    return distance:dot(distance) / 2, distance
  end
  local o = {learningRate = 0.1, learningRateDecay = 0.3, weightDecay = 0.2, momentum = 0.8}
  local x, state = origin(3), {}
  local wantX, wantV = {0, 0, 0}, {0, 0, 0}
  for t = 0, 5 do
    local _, losses = optim.nag(feval, x, o, state)
    local loss = 0
    for i = 1, 3 do
      local y = wantX[i] + 0.8 * wantV[i]
      loss = loss + (y - i) ^ 2 / 2
      wantV[i] = 0.8 * wantV[i] - 0.1 / (1 + t * 0.3) * (y - i + 0.2 * y)
      wantX[i] = wantX[i] + wantV[i]
    end
    test.near(losses, {loss}, 1e-13)
    test.near(x, wantX, 1e-13)
  end
  test.equal(state.evalCounter, 6)
  test.fails(function() optim.nag(feval, x, {momentum = 0}) end, 'momentum is 0')
end)

-- The function, but an evaluation fails, counted from 1.
local function failing(f, evaluation)
  local left = evaluation
  return function(x)
    left = left - 1
    if left == 0 then error('no value here', 0) end
    return f(x)
  end
end

test.case('a step of nag that fails is no step', function()
  local x, same, state, sameState = origin(n), origin(n), {}, {}
  for _ = 1, 3 do
    optim.nag(quadratic, x, {}, state)
    test.fails(function() optim.nag(failing(quadratic, 1), same, {}, sameState) end, 'no value')
    local function short() return 1, torch.ones(2) end
    test.fails(function() optim.nag(short, same, {}, sameState) end, 'optim.nag',
      'a torch.DoubleTensor of 5 elements')
    optim.nag(quadratic, same, {}, sameState)
  end
  test.equal(same, x)
end)

test.case('cg that fails is where a search has led', function()
  for i = 2, 20 do
    local x = origin()
    test.fails(function() optim.cg(failing(rosenbrock, i), x, {maxIter = 20}) end, 'no value')
    local _, history = optim.cg(rosenbrock, origin(), {maxIter = 20})
    local value, found = rosenbrock(x), false
    for _, f in ipairs(history) do found = found or f == value end
    test.check(found, value)
  end
end)

test.case('lswolfe that fails leaves x where it was', function()
  local x = origin()
  local f, g = rosenbrock(x)
  test.fails(function()
    optim.lswolfe(failing(rosenbrock, 2), x, 1, g * -1, f, g, -g:dot(g))
  end, 'no value')
  test.equal(x, origin())
end)

test.case('lbfgs that fails is where the iterations before have led, and goes on there', function()
  for _, search in ipairs {false, optim.lswolfe} do
    local function config(iterations)
      return {maxIter = iterations, learningRate = 0.5, tolFun = 0, tolX = 0, nCorrection = 3,
              lineSearch = search or nil}
    end
    local points, state, x = {[0] = origin(n)}, {}, origin(n)
    for i = 1, 8 do
      optim.lbfgs(quadratic, x, config(1), state)
      points[i] = x:clone()
    end
    for last = 1, 6 do
      state, x = {}, origin(n)
      test.fails(function() optim.lbfgs(failing(quadratic, last), x, config(7), state) end,
        'no value')
      local done = state.nIter
      test.near(x, points[done], 1e-12)
      optim.lbfgs(quadratic, x, config(1), state)
      test.near(x, points[done + 1], 1e-12)
    end
  end
end)

test.case('asgd returns the average, rprop iterates', function()
  local x, state = origin(n), {}
  local same, losses, average
  for _ = 1, 3 do
    same, losses, average = optim.asgd(quadratic, x, {eta0 = 0.1, t0 = 0}, state)
  end
  test.check(rawequal(same, x) and rawequal(average, state.ax) and #losses == 1)
  test.check((average - x):norm() > 0.01, 'an average')
  local one, many, kept = origin(n), origin(n), {}
  for _ = 1, 6 do optim.rprop(quadratic, one, {stepsize = 0.3}, kept) end
  local config = {stepsize = 0.3, niter = 3}
  test.equal(#select(2, optim.rprop(quadratic, many, config)), 3)
  optim.rprop(quadratic, many, config)
  test.equal(many, one)
end)

test.case('checkgrad', function()
  local x = torch.DoubleTensor {0.3, -0.7}
  local difference, g, estimate = optim.checkgrad(rosenbrock, x)
  test.check(difference < 1e-7)
  test.near(g, estimate, 1e-4)
  test.equal(x, {0.3, -0.7})
  local function wrong(point)
    local f, slope = rosenbrock(point)
    slope[2] = -slope[2]
    return f, slope
  end
  test.check(optim.checkgrad(wrong, x) > 0.1)
  test.fails(function() optim.checkgrad(function() return 1 end, x) end, 'gradient of 2 elements')
end)

test.case('settings that do not exist or fit', function()
  test.fails(function() optim.cg(rosenbrock, origin(), {maxEvals = 5}) end, 'optim.cg',
    "'maxEvals'", "'maxEval'")
  test.fails(function() optim.lbfgs(rosenbrock, origin(), {lineSearch = 5}) end, 'optim.lbfgs',
    'lineSearch is a number')
  test.fails(function() optim.lbfgs(rosenbrock, origin(), 5) end, 'should be a table')
  test.fails(function() optim.lswolfe(rosenbrock, origin(), 1, b, 0, b, 1) end, 'lead down')
end)
