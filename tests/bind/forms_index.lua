-- Views, indexing by every kind of key, and storages, for every type and several layouts.
local test, calls = require 'harness', require 'bind.calls'

local ALL, BITS, stored, storedAll, mapped, laidOut, same, X =
  calls.ALL, calls.BITS, calls.stored, calls.storedAll, calls.mapped, calls.laidOut, calls.same,
  calls.X
local unpack = table.unpack

-- ---- views ----

test.case('views, as functions and methods', function()
  for _, type in ipairs(ALL) do
    for _, layout in ipairs(laidOut(type, X)) do
      local x = layout[1]
      local function check(name, want, ...)
        same(type, torch[name](x, ...), storedAll(type, want), 'torch.' .. name)
        same(type, x[name](x, ...), storedAll(type, want), ':' .. name)
      end
      local turned = {{1, 3, 6}, {5, 1, 2}, {2, 7, 3}, {4, 2, 5}}
      check('narrow', {{3, 1, 7, 2}, {6, 2, 3, 5}}, 1, 2, 2)
      check('narrow', {{5, 2}, {1, 7}, {2, 3}}, 2, 2, 2)
      check('select', {5, 1, 2}, 2, 2)
      check('transpose', turned, 1, 2)
      check('t', turned)
      check('permute', turned, 2, 1)
      check('unsqueeze', {{{1, 5, 2, 4}}, {{3, 1, 7, 2}}, {{6, 2, 3, 5}}}, 2)
      check('unfold', {{{1, 5}, {2, 4}}, {{3, 1}, {7, 2}}, {{6, 2}, {3, 5}}}, 2, 2, 2)
      test.equal(x:squeeze(), x)
      x = x:narrow(2, 2, 1)
      check('expand', {{5, 5}, {1, 1}, {2, 2}}, 3, 2)
      check('expandAs', {{5, 5}, {1, 1}, {2, 2}}, torch.Tensor(3, 2))
      check('squeeze', {5, 1, 2})
      check('squeeze', {5, 1, 2}, 2)
    end
  end
end)

-- ---- indexing ----

-- Elements that tell their places.
local PLACES = {{11, 12, 13, 14}, {21, 22, 23, 24}, {31, 32, 33, 34}}

-- Every kind of key: x[key], and the elements it reaches.
local keys = {
  {2, PLACES[2]}, {-1, PLACES[3]}, {{2}, PLACES[2]}, {{-3}, PLACES[1]}, {{}, PLACES},
  {{{}}, PLACES}, {{{}, {}}, PLACES}, {{{2}}, {PLACES[2]}}, {{{1, 2}}, {PLACES[1], PLACES[2]}},
  {{{-2, -1}}, {PLACES[2], PLACES[3]}}, {{{}, 3}, {13, 23, 33}}, {{{}, -1}, {14, 24, 34}},
  {{2, {}}, PLACES[2]}, {{{2, 3}, {1, 2}}, {{21, 22}, {31, 32}}}, {{3, {2, 4}}, {32, 33, 34}},
  {{{-2, -1}, {-3, -2}}, {{22, 23}, {32, 33}}}, {{{2}, {3}}, {{23}}},
  {{{}, {2}}, {{12}, {22}, {32}}},
  {{2, {3}}, {23}}, {{{2}, 3}, {23}}, {{2, 3}, 23}, {{-1, -4}, 31}, {torch.LongStorage{1, 3}, 13}}

local function isIn(want, v)
  if type(want) ~= 'table' then return want == v end
  for _, part in ipairs(want) do
    if isIn(part, v) then return true end
  end
  return false
end

test.case('indexing, read and assigned', function()
  for _, type in ipairs(ALL) do
    for i = 1, 4 do
      for n, entry in ipairs(keys) do
        local key, want = entry[1], entry[2]
        local x, untouched = unpack(laidOut(type, PLACES)[i])
        local what = ('key %d of %s'):format(n, type)
        local got = x[key]
        if _G.type(want) == 'table' then
          same(type, got, storedAll(type, want), what)
          x[key] = got:clone():add(40)
          same(type, x, storedAll(type, mapped(function(v)
            return isIn(want, v) and v + 40 or v
          end, PLACES)), what .. ' = tensor')
          x[key] = got:clone():fill(3):double() -- of another type
        else
          test.equal(got, stored(type, want), what)
          test.equal(math.type(got), BITS[type] and 'integer' or 'float', what)
          x[key] = 3
        end
        local three = storedAll(type, mapped(function(v)
          return isIn(want, v) and 3 or v
        end, PLACES))
        same(type, x, three, what .. ' = converted')
        x:copy(torch.LongTensor(PLACES))
        x[key] = 3
        same(type, x, three, what .. ' = number')
        untouched()
      end
    end
  end
end)

test.case('single elements', function()
  for _, type in ipairs(ALL) do
    for i = 1, 4 do
      local x, untouched = unpack(laidOut(type, PLACES)[i])
      for row = 1, 3 do
        for k = 1, 4 do
          local v = stored(type, PLACES[row][k])
          test.equal({x[row][k], x[row - 4][k - 5], x[{row, k}], x[{row - 4, k - 5}]},
                     {v, v, v, v}, type)
          test.equal(x[{row}][{k}], v)
          x[row][k] = 1
          test.equal(x[{row, k}], stored(type, 1))
          x[{row - 4, k - 5}] = 2
          test.equal(x[row][k], stored(type, 2))
        end
      end
      untouched()
      local v = laidOut(type, {5, 6, 7, 8})[i][1]
      test.equal({v[1], v[-1], v[{2}], v[{-2}]}, storedAll(type, {5, 8, 6, 7}))
      same(type, v[{{2, 3}}], storedAll(type, {6, 7}), 'v[{{2, 3}}]')
      same(type, v[{{-1}}], storedAll(type, {8}), 'v[{{-1}}]')
      v[{{2, 3}}] = 1
      v[-1] = 2
      same(type, v, storedAll(type, {5, 1, 1, 2}), 'v')
    end
  end
  local x = torch.Tensor(PLACES)
  for _, key in ipairs {0, 4, -4, {1, 5}, {1, 0}, {{0, 2}}, {{1, 4}}, {{3, 1}}, {1, 1, 1}} do
    test.check(not pcall(function() return x[key] end), 'a wrong key is refused')
    test.check(not pcall(function() x[key] = 1 end), 'a wrong key is refused')
  end
  test.equal(x, PLACES)
end)

test.case('storages', function()
  for _, type in ipairs(ALL) do
    for i = 1, 4 do
      local x = laidOut(type, PLACES)[i][1]
      local s, at = x:storage(), x:storageOffset()
      for row = 1, 3 do
        for k = 1, 4 do
          local place = at + (row - 1) * x:stride(1) + (k - 1) * x:stride(2)
          test.equal(s[place], x[row][k], type)
          s[place] = 10 * k + row
          test.equal(x[row][k], stored(type, 10 * k + row), type)
        end
      end
      local again = torch[type .. 'Tensor'](s, at, x:size(), x:stride())
      test.check(again:equal(x) and again:isSetTo(x), 'a tensor over the storage')
    end
    local s = torch[type .. 'Storage'](3):fill(4)
    s[2] = 9
    test.equal(s:totable(), storedAll(type, {4, 9, 4}), type)
    s:copy(torch.LongStorage{1, 2, 3})
    test.equal({s[1], s[-1], #s}, {stored(type, 1), stored(type, 3), 3}, type)
  end
end)

