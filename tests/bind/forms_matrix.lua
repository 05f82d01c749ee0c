-- Matrix products, functions that choose and join, and tensors made by a rule in all their call
-- forms; see calls.lua.
local test, calls = require 'harness', require 'bind.calls'

local REAL, ALL, stored, storedAll, mapped, laidOut, results, same, checkForms, eachLayout, X, Y,
  sum =
  calls.REAL, calls.ALL, calls.stored, calls.storedAll, calls.mapped, calls.laidOut,
  calls.results, calls.same, calls.checkForms, calls.eachLayout, calls.X, calls.Y, calls.sum
local unpack = table.unpack

-- ---- matrices ----

local function multiplied(a, b)
  local c = {}
  for i = 1, #a do
    c[i] = {}
    for j = 1, #b[1] do
      c[i][j] = 0
      for k = 1, #b do c[i][j] = c[i][j] + a[i][k] * b[k][j] end
    end
  end
  return c
end

local function column(v) return mapped(function(x) return {x} end, v) end
local function first(rows)
  local list = {}
  for i, row in ipairs(rows) do list[i] = row[1] end
  return list
end
local function mixed(beta, c, alpha, p)
  return mapped(function(x, y) return beta * x + alpha * y end, c, p)
end

-- Layouts of a batch: two matrices, one twice the other.
local function batchOf(type, list)
  local x = torch[type .. 'Tensor'](2, #list, #list[1])
  x[1]:copy(torch[type .. 'Tensor'](list))
  x[2]:copy(torch[type .. 'Tensor'](list)):mul(2)
  return x
end

test.case('products', function()
  local A, B, U, V = {{1, 2, 3}, {4, 5, 6}}, {{1, 0, 2, 1}, {3, 1, 1, 2}, {2, 2, 0, 1}}, {1, 3, 2},
    {2, 1}
  local C, D, P = {{1, 2, 3, 4}, {5, 6, 7, 8}}, {{1, 2, 3}, {4, 5, 6}}, {3, 5}
  eachLayout({name = 'mm'}, REAL, {A, B}, function(a, b) return {a, b} end, multiplied)
  eachLayout({name = 'mv'}, REAL, {A, U}, function(a, u) return {a, u} end,
             function(a, u) return first(multiplied(a, column(u))) end)
  eachLayout({name = 'ger'}, REAL, {V, U}, function(v, u) return {v, u} end,
             function(v, u) return multiplied(column(v), {u}) end)
  local sums = {
    {'addmm', C, A, B, multiplied},
    {'addr', D, V, U, function(v, u) return multiplied(column(v), {u}) end},
    {'addmv', P, A, U, function(a, u) return first(multiplied(a, column(u))) end}}
  for _, s in ipairs(sums) do
    local name, c, a, b, f = unpack(s)
    eachLayout({name = name, inPlace = true}, REAL, {c, a, b},
      function(x, y, z) return {x, y, z} end,
      function(x, y, z) return mixed(1, x, 1, f(y, z)) end)
    eachLayout({name = name, inPlace = true}, REAL, {c, a, b},
      function(x, y, z) return {x, 0.5, y, z} end,
      function(x, y, z) return mixed(1, x, 0.5, f(y, z)) end)
    for _, type in ipairs(REAL) do
      for i = 1, 4 do
        local x = laidOut(type, c)[i][1]
        local y, z = laidOut(type, a)[i % 4 + 1][1], laidOut(type, b)[(i + 1) % 4 + 1][1]
        local want = mixed(2, c, 0.5, f(a, b))
        local res = torch[type .. 'Tensor']()
        same(type, torch[name](2, x, 0.5, y, z), want, name)
        test.check(rawequal(torch[name](res, 2, x, 0.5, y, z), res), name)
        same(type, res, want, name)
        res:resize(0)
        test.check(rawequal(res[name](res, 2, x, 0.5, y, z), res), name)
        same(type, res, want, name)
        test.check(rawequal(x[name](x, 2, 0.5, y, z), x), name)
        same(type, x, want, name .. ' in place')
      end
    end
  end
end)

test.case('products of batches', function()
  local A, B, C = {{1, 2, 3}, {4, 5, 6}}, {{1, 0}, {3, 1}, {2, 2}}, {{1, 2}, {3, 4}}
  local AB = multiplied(A, B)
  for _, type in ipairs(REAL) do
    for turned = 0, 1 do
      local a, b, c = batchOf(type, A), batchOf(type, B), batchOf(type, C)
      if turned == 1 then
        a = a:transpose(2, 3):clone():transpose(2, 3)
        b = b:transpose(1, 2):clone():transpose(1, 2)
      end
      local twice = function(f, list) return mapped(function(v) return f * v end, list) end
      local class = torch[type .. 'Tensor']
      checkForms({name = 'bmm', type = type}, {a, b}, {AB, twice(4, AB)})
      checkForms({name = 'baddbmm', type = type, inPlace = true}, {c, a, b},
                 {mixed(1, C, 1, AB), mixed(2, C, 4, AB)})
      checkForms({name = 'addbmm', type = type, inPlace = true}, {class(C), a, b},
                 mixed(1, C, 5, AB))
      local x = class(C)
      test.check(rawequal(x:addbmm(2, 0.5, a, b), x))
      same(type, x, mixed(2, C, 2.5, AB), 'addbmm in place')
      same(type, torch.addbmm(2, class(C), 0.5, a, b), mixed(2, C, 2.5, AB), 'addbmm')
    end
  end
end)

test.case('parts of matrices', function()
  for k = -1, 1 do
    local function keep(holds)
      return function(x)
        local list = {}
        for i, row in ipairs(x) do
          list[i] = {}
          for j, v in ipairs(row) do list[i][j] = holds(j - i) and v or 0 end
        end
        return list
      end
    end
    local call = function(x) return {x, k} end
    eachLayout({name = 'tril'}, ALL, {X}, call, keep(function(d) return d <= k end))
    eachLayout({name = 'triu'}, ALL, {X}, call, keep(function(d) return d >= k end))
    eachLayout({name = 'diag'}, ALL, {X}, call, function(x)
      local list = {}
      for i = 1, #x do list[#list + 1] = x[i][i + k] end
      return list
    end)
  end
  eachLayout({name = 'diag'}, ALL, {{4, 7}}, function(x) return {x} end,
             function(x) return {{x[1], 0}, {0, x[2]}} end)
  eachLayout({name = 'cross'}, ALL, {{1, 2, 3}, {2, 5, 4}}, function(x, y) return {x, y} end,
             function(a, b)
               return {a[2] * b[3] - a[3] * b[2], a[3] * b[1] - a[1] * b[3],
                       a[1] * b[2] - a[2] * b[1]}
             end)
  eachLayout({name = 'renorm', inPlace = true}, REAL, {X}, function(x) return {x, 2, 1, 7} end,
             function(x)
               local list = {}
               for i, row in ipairs(x) do
                 local n = sum(mapped(function(v) return v * v end, row)) ^ 0.5
                 list[i] = mapped(function(v) return n > 7 and v * 7 / (n + 1e-7) or v end, row)
               end
               return list
             end)
  eachLayout({name = 'histc'}, REAL, {X}, function(x) return {x, 3, 1, 7} end,
             function() return {5, 3, 4} end) -- below 3, below 5, the rest
  for _, type in ipairs(ALL) do
    for _, layout in ipairs(laidOut(type, X)) do
      test.equal({layout[1]:trace(), torch.trace(layout[1])}, storedAll(type, {5, 5}))
    end
  end
end)

-- ---- choosing and joining ----

test.case('joining and repeating', function()
  for _, type in ipairs(ALL) do
    for i = 1, 4 do
      local x, y = laidOut(type, X)[i][1], laidOut(type, Y)[i % 4 + 1][1]
      local down, beside = {}, {}
      for k = 1, 6 do down[k] = storedAll(type, k <= 3 and X[k] or Y[k - 3]) end
      for k = 1, 3 do
        beside[k] = storedAll(type, {unpack(X[k])})
        for j = 1, 4 do beside[k][4 + j] = stored(type, Y[k][j]) end
      end
      for dim, want in ipairs {down, beside} do
        same(type, torch.cat(x, y, dim), want, 'cat')
        same(type, torch.cat({x, y}, dim), want, 'cat of a list')
        same(type, x:cat(y, dim), want, 'cat as a method')
        for _, res in ipairs(results(type, x)) do
          test.check(rawequal(torch.cat(res, x, y, dim), res))
          same(type, res, want, 'cat into a result')
          test.check(rawequal(torch.cat(res, {x, y}, dim), res))
          test.check(rawequal(res:cat({x, y}, dim), res))
          same(type, res, want, 'cat of a list into a result')
        end
      end
      local double = {down[1], down[2], down[3], down[1], down[2], down[3]}
      checkForms({name = 'repeatTensor', type = type}, {x, 2, 1}, double)
      checkForms({name = 'reshape', type = type}, {x, 2, 6}, mapped(function(v)
        return stored(type, v)
      end, {{1, 5, 2, 4, 3, 1}, {7, 2, 6, 2, 3, 5}}))
    end
  end
end)

test.case('slices and elements by number', function()
  for _, type in ipairs(ALL) do
    local class = torch[type .. 'Tensor']
    for i = 1, 4 do
      local function fresh() return laidOut(type, X)[i][1] end
      local rows = storedAll(type, {X[3], X[1], X[3]})
      local index, places = torch.LongTensor{3, 1, 3}, torch.LongTensor{{2, 1}, {4, 4}, {1, 3}}
      same(type, fresh():index(1, index), rows, 'index')
      same(type, torch.index(fresh(), 1, index), rows, 'index')
      for _, res in ipairs(results(type, class(3, 4))) do
        test.check(rawequal(res:index(fresh(), 1, index), res))
        same(type, res, rows, 'index into a result')
        torch.index(res:resize(0), fresh(), 1, index)
        same(type, res, rows, 'index into a result')
      end
      local source = class(storedAll(type, {Y[1], Y[2]}))
      local x = fresh()
      test.check(rawequal(x:indexCopy(1, torch.LongTensor{3, 1}, source), x))
      same(type, x, storedAll(type, {Y[2], X[2], Y[1]}), 'indexCopy')
      x = fresh():indexAdd(1, torch.LongTensor{3, 1}, source)
      local added = mapped(function(a, b) return a + b end, {X[1], X[3]}, {Y[2], Y[1]})
      same(type, x, storedAll(type, {added[1], X[2], added[2]}), 'indexAdd')
      x = fresh():indexFill(2, torch.LongTensor{1, 4}, 9)
      same(type, x, storedAll(type, {{9, 5, 2, 9}, {9, 1, 7, 9}, {9, 2, 3, 9}}), 'indexFill')
      checkForms({name = 'gather', type = type}, {fresh(), 2, places},
                 storedAll(type, {{5, 1}, {2, 2}, {6, 3}}))
      x = fresh():scatter(2, places, class{{8, 9}, {7, 6}, {5, 4}})
      same(type, x, storedAll(type, {{9, 8, 2, 4}, {3, 1, 7, 6}, {5, 2, 4, 5}}), 'scatter')
      x = fresh():scatter(2, places, 9)
      same(type, x, storedAll(type, {{9, 9, 2, 4}, {3, 1, 7, 9}, {9, 2, 9, 5}}), 'scatter a number')
    end
  end
end)

test.case('masks', function()
  for _, type in ipairs(ALL) do
    local class = torch[type .. 'Tensor']
    for i = 1, 4 do
      local function fresh() return laidOut(type, X)[i][1] end
      local x = fresh()
      local mask = laidOut('Byte', mapped(function(v) return v > 3 and 1 or 0 end, X))[5 - i][1]
      local chosen = storedAll(type, {5, 4, 7, 6, 5})
      checkForms({name = 'maskedSelect', type = type}, {x, mask}, chosen)
      same(type, x[mask], chosen, 'x[mask]')
      same(type, x[x:gt(3)], chosen, 'x[x:gt(3)]')
      local nine = storedAll(type, mapped(function(v) return v > 3 and 9 or v end, X))
      same(type, fresh():maskedFill(mask, 9), nine, 'maskedFill')
      x[mask] = 9
      same(type, x, nine, 'x[mask] = number')
      local new = storedAll(type, {{1, 10, 2, 11}, {3, 1, 12, 2}, {13, 2, 3, 14}})
      x = fresh()
      x[mask] = class{10, 11, 12, 13, 14}
      same(type, x, new, 'x[mask] = tensor')
      same(type, fresh():maskedCopy(mask, class{10, 11, 12, 13, 14}), new, 'maskedCopy')
      local places = {{1, 2}, {1, 4}, {2, 3}, {3, 1}, {3, 4}}
      checkForms({name = 'nonzero', type = 'Byte', result = 'Long'}, {mask}, places)
    end
  end
end)

-- ---- made by rule ----

test.case('tensors made by a rule, new and into a result', function()
  local of = {
    {'zeros', {2, 3}, {{0, 0, 0}, {0, 0, 0}}, ALL}, {'ones', {3}, {1, 1, 1}, ALL},
    {'ones', {torch.LongStorage{1, 2}}, {{1, 1}}, ALL}, {'eye', {2}, {{1, 0}, {0, 1}}, ALL},
    {'eye', {2, 3}, {{1, 0, 0}, {0, 1, 0}}, ALL}, {'range', {2, 5}, {2, 3, 4, 5}, ALL},
    {'range', {9, 3, -3}, {9, 6, 3}, ALL}, {'linspace', {1, 9, 5}, {1, 3, 5, 7, 9}, ALL},
    {'range', {0, 1, 0.25}, {0, 0.25, 0.5, 0.75, 1}, REAL},
    {'logspace', {0, 2, 3}, {1, 10, 100}, REAL}}
  for _, o in ipairs(of) do
    local name, args, want, types = unpack(o)
    same('Float', torch[name](unpack(args)), mapped(function(v) return v + 0.0 end, want), name)
    for _, type in ipairs(types) do
      for _, res in ipairs(results(type, torch[type .. 'Tensor'](want))) do
        test.check(rawequal(torch[name](res, unpack(args)), res), name)
        same(type, res, storedAll(type, want), name .. type)
      end
    end
  end
  for _, type in ipairs(ALL) do
    local class = torch[type .. 'Tensor']
    local p = torch.randperm(class(), 100)
    test.equal(p:type(), class():type())
    test.equal((p:sort()), torch.range(class(), 1, 100))
    local x = class(50):random(3, 5)
    test.check(x:min() == 3 and x:max() == 5, 'random')
    test.check(class(50):random():min() >= 1, 'random without bounds')
    x:bernoulli(0.5)
    test.equal({x:min(), x:max()}, storedAll(type, {0, 1}))
    same(type, class(2, 2):fill(3), storedAll(type, {{3, 3}, {3, 3}}), 'fill')
    same(type, class{1, 2}:apply(function(v) return v * 3 end), storedAll(type, {3, 6}), 'apply')
    same(type, class(2):copy(torch.Tensor{4, 5}), storedAll(type, {4, 5}), 'copy')
  end
end)
