-- Random numbers: seeds, ranges, moments.
local test = require 'harness'

test.case('the same seed gives the same numbers', function()
  torch.manualSeed(7)
  local a, b = torch.randn(100), torch.uniform()
  test.equal(torch.initialSeed(), 7)
  torch.manualSeed(7)
  test.equal(torch.randn(100), a)
  test.equal(torch.uniform(), b)
  torch.manualSeed(8)
  test.check(not torch.randn(100):equal(a), 'another seed, other numbers')
end)

test.case('torch.seed chooses one and tells it', function()
  local seed = torch.seed()
  local a = torch.rand(9)
  test.equal(torch.initialSeed(), seed)
  torch.manualSeed(seed)
  test.equal(torch.rand(9), a)
end)

test.case('the state can be kept', function()
  torch.rand(10)
  local state = torch.getRNGState()
  local a = torch.rand(5)
  torch.manualSeed(99)
  torch.setRNGState(state)
  test.equal(torch.rand(5), a)
  test.fails(function() torch.setRNGState(torch.Tensor(2)) end, 'getRNGState')
end)

test.case('uniform and normal fill, and draw one number', function()
  local x = torch.Tensor(20000)
  test.check(rawequal(x:uniform(2, 4), x))
  test.check(x:min() >= 2 and x:max() < 4)
  test.near(x:mean(), 3, 0.02)
  test.check(rawequal(x:normal(5, 2), x))
  test.near(x:mean(), 5, 0.05)
  test.near(x:std(), 2, 0.05)
  for _ = 1, 100 do
    local u = torch.uniform(-1, 1)
    test.check(u >= -1 and u < 1)
  end
  test.equal(math.type(torch.normal(0, 1)), 'float')
  test.near(torch.rand(20000):mean(), 0.5, 0.01)
  test.near(torch.randn(torch.LongStorage{100, 200}):std(), 1, 0.03)
end)

test.case('bernoulli', function()
  local x = torch.ByteTensor(20000):bernoulli(0.3)
  test.near(x:sum() / 20000, 0.3, 0.02)
  test.equal(x:max(), 1)
  test.equal(torch.bernoulli(1), 1)
  test.equal(torch.bernoulli(0), 0)
  test.fails(function() return torch.bernoulli(1.5) end, 'probability')
end)

test.case('random: whole numbers, both ends included', function()
  local seen = {}
  for _ = 1, 500 do seen[torch.random(3)] = true end
  test.equal(seen, {true, true, true})
  local x = torch.LongTensor(1000):random(-2, 2)
  test.equal({x:min(), x:max()}, {-2, 2})
  test.equal(torch.ByteTensor(5000):random(4):max(), 4)
  test.check(torch.random() >= 1 and torch.Tensor(9):random():min() >= 1)
  test.equal(torch.random(1 << 60, 1 << 60), 1 << 60)
  test.fails(function() return torch.random(3, 2) end, 'empty')
end)

test.case('randperm', function()
  local p = torch.randperm(100)
  test.equal(p:type(), 'torch.FloatTensor')
  test.equal((p:sort()), torch.range(1, 100))
  test.equal((torch.randperm(torch.LongTensor(), 5):sort()), torch.LongTensor{1, 2, 3, 4, 5})
end)

-- ---- distributions ----

-- The share of draws <= x.
local function share(t, x) return t:le(x):sum() / t:nElement() end

-- Compares the distribution function of 40000 draws with the exact one at a few places.
local function checkDistribution(name, cdf, places, ...)
  for _, kind in ipairs {'Float', 'Double'} do
    local t = torch[kind .. 'Tensor'](200, 200):t()
    test.check(rawequal(t[name](t, ...), t))
    for _, x in ipairs(places) do
      test.near(share(t, x), cdf(x), 0.01, ('%s at %g'):format(name, x))
    end
  end
  local one = torch.DoubleTensor(4000)
  for i = 1, 4000 do one[i] = torch[name](...) end
  test.near(share(one, places[2]), cdf(places[2]), 0.03, 'single draws')
end

test.case('exponential, cauchy, geometric and logNormal', function()
  checkDistribution('exponential', function(x) return 1 - math.exp(-2 * x) end, {0.1, 0.3, 1, 2}, 2)
  checkDistribution('cauchy', function(x) return 0.5 + math.atan((x - 1) / 3) / math.pi end,
                    {-20, -2, 1, 2, 30}, 1, 3)
  checkDistribution('geometric', function(x) return 1 - 0.7 ^ math.floor(x) end, {1, 2, 3, 8}, 0.7)
  -- of a standard normal variate: 0.5, 0.8413, 0.0228
  local normal = {[0.5] = 0.5, [1.5] = 0.8413, [-1.5] = 0.0228}
  local byPlace, places = {}, {}
  for x, p in pairs(normal) do
    places[#places + 1] = math.exp(x)
    byPlace[math.exp(x)] = p
  end
  checkDistribution('logNormal', function(x) return byPlace[x] end, places, 0.5, 1)
  test.equal(math.type(torch.geometric(0.5)), 'integer')
  local counts = torch.LongTensor(20000):geometric(0.25)
  test.near(counts:sum() / 20000, 1 / 0.75, 0.02)
  test.equal(counts:min(), 1)
end)

test.case('distributions check their arguments', function()
  local t = torch.Tensor(3)
  test.fails(function() return t:exponential(0) end, 'exponential: lambda is 0')
  test.fails(function() return torch.exponential() end, 'number expected')
  test.fails(function() return torch.geometric(1) end, 'geometric: p is 1')
  test.fails(function() return t:cauchy(0, 0) end, 'cauchy', 'sigma 0')
  test.fails(function() return t:logNormal(0, -1) end, 'logNormal')
  test.fails(function() return torch.LongTensor(2):exponential(1) end, 'LongTensor')
  test.fails(function() return t:geometric(0.5, 1) end, 'one argument too many')
end)

test.case('the same numbers on every thread count and for every layout', function()
  local system = require 'aelua.system'
  local function draws()
    torch.manualSeed(3)
    return torch.DoubleTensor(500, 101):exponential(1), torch.Tensor(70000):cauchy(),
           torch.multinomial(torch.rand(5, 400), 50)
  end
  local a, b, c = draws()
  local threads = system.threads()
  system.setThreads(1)
  local d, e, f = draws()
  system.setThreads(threads)
  test.equal(a, d)
  test.equal(b, e)
  test.equal(c, f)
end)

-- ---- multinomial ----

test.case('multinomial with replacement', function()
  local p = torch.Tensor{1, 1, 0.5, 0}
  local y = torch.multinomial(p, 40000, true)
  test.equal(y:type(), 'torch.LongTensor')
  test.equal(y:size():totable(), {40000})
  for i, want in ipairs {0.4, 0.4, 0.2, 0} do test.near(y:eq(i):sum() / 40000, want, 0.01) end
  local rows = torch.DoubleTensor{{0, 1, 0}, {1, 0, 3}}
  y = rows:t():clone():t():multinomial(20000, true)
  test.equal(y:size():totable(), {2, 20000})
  test.equal(y[1]:min(), 2)
  test.equal(y[1]:max(), 2)
  test.near(y[2]:eq(3):sum() / 20000, 0.75, 0.015)
  test.equal(y[2]:eq(2):sum(), 0)
  y = torch.multinomial(torch.DoubleTensor{5e-324, 0}, 100, true) -- u of it rounds up to it
  test.equal(y:max(), 1)
  local res = torch.LongTensor()
  test.check(rawequal(torch.multinomial(res, p, 3, true), res))
  test.equal(res:size(1), 3)
end)

test.case('multinomial without replacement draws one after the other', function()
  local p = torch.Tensor{3, 0, 1, 2}
  local pairsSeen, n = {}, 20000
  local y = torch.multinomial(p:view(1, 4):expand(n, 4), 2)
  for _, row in ipairs(y:totable()) do
    local key = row[1] * 10 + row[2]
    pairsSeen[key] = (pairsSeen[key] or 0) + 1
  end
  for i = 1, 4 do
    for j = 1, 4 do
      local want = i ~= j and p[i] / 6 * p[j] / (6 - p[i]) or 0
      test.near((pairsSeen[i * 10 + j] or 0) / n, want, 0.012, i .. ' then ' .. j)
    end
  end
  local all = torch.multinomial(torch.rand(50):add(0.01), 50)
  test.equal((all:sort()), torch.range(1, 50):long())
end)

test.case('multinomial checks its weights', function()
  local p = torch.Tensor{1, 2, 0}
  test.fails(function() return p:multinomial(4) end, '4 different places of 3')
  test.fails(function() return p:multinomial(3) end, 'row 1 has 2 weights above 0, want 3')
  test.fails(function() return torch.zeros(2, 3):multinomial(1, true) end, 'row 1 has 0 weights')
  test.fails(function() return torch.Tensor{1, -1}:multinomial(1, true) end, 'weight 2', '-1')
  test.fails(function() return torch.Tensor{1, 0 / 0}:multinomial(1, true) end, 'weight 2')
  test.fails(function() return torch.Tensor{1, 1 / 0}:multinomial(1, true) end, 'too large')
  test.fails(function() return p:multinomial(0) end, '0 draws')
  test.fails(function() return torch.multinomial(torch.Tensor(), p, 1) end, 'LongTensor')
  test.fails(function() return torch.ByteTensor{1}:multinomial(1) end, 'ByteTensor')
  test.fails(function() return torch.Tensor(2, 2, 2):multinomial(1) end, '2x2x2')
end)

-- ---- generators ----

test.case('a generator of its own', function()
  local g = torch.Generator()
  torch.manualSeed(g, 7)
  torch.manualSeed(7)
  local before = torch.getRNGState()
  local a = {torch.uniform(g), torch.random(g, 1, 9), torch.Tensor(5):normal(g, 1, 2),
             torch.rand(g, 2, 3), torch.randperm(torch.Tensor(), g, 6), torch.randn(g, {4}),
             torch.exponential(g, 2), torch.bernoulli(g, 0.5), torch.LongTensor(3):random(g, 5),
             torch.multinomial(g, torch.Tensor{1, 2, 3}, 2), torch.randperm(g, 4)}
  test.equal(torch.getRNGState(), before, 'the default one')
  local b = {torch.uniform(), torch.random(1, 9), torch.Tensor(5):normal(1, 2), torch.rand(2, 3),
             torch.randperm(6), torch.randn({4}), torch.exponential(2), torch.bernoulli(0.5),
             torch.LongTensor(3):random(5), torch.multinomial(torch.Tensor{1, 2, 3}, 2),
             torch.randperm(4)}
  test.equal(a, b)
  test.equal(torch.initialSeed(g), 7)
  local state = torch.getRNGState(g)
  local x = torch.uniform(g)
  torch.setRNGState(g, state)
  test.equal(torch.uniform(g), x)
  test.equal(torch.seed(g), torch.initialSeed(g))
  test.equal(torch.type(g), 'torch.Generator')
  test.check(torch.uniform(torch.Generator()) < 1, 'one that nobody keeps')
end)

test.case('parameters that are no numbers are refused, for one number and for a tensor', function()
  local t = torch.Tensor(3):fill(5)
  for name, most in pairs {uniform = 2, normal = 2, cauchy = 2, logNormal = 2, exponential = 1,
                           geometric = 1, bernoulli = 1} do
    for _, value in ipairs {0 / 0, name == 'exponential' and -1 or math.huge} do
      for place = 1, most do
        local arguments = {0.5, 0.6}
        arguments[place] = value
        local given = {table.unpack(arguments, 1, most)}
        test.fails(function() torch[name](table.unpack(given)) end)
        test.fails(function() t[name](t, table.unpack(given)) end)
      end
    end
  end
  test.equal(t, {5, 5, 5})
end)
