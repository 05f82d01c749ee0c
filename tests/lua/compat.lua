--- compat.lua - what scripts written for LuaJIT find; in processes of their own, for it changes
-- globals.

local test = require 'harness'

-- What a script prints that requires compat first; files: others beside it.
local function run(code, files)
  local folder = test.folder()
  local function write(name, text)
    local file = assert(io.open(folder .. '/' .. name, 'w'))
    file:write(text)
    file:close()
  end
  write('script.lua', "require 'compat'\n" .. code)
  for name, text in pairs(files or {}) do write(name, text) end
  local pipe = io.popen(('%s %s/script.lua 2>&1'):format(test.quoted(test.aelua), folder))
  local output = pipe:read('a')
  pipe:close()
  return output
end

test.case('packages are globals', function()
  test.equal(run [[
    for _, name in ipairs {'torch', 'nn', 'optim', 'image', 'paths', 'xlua', 'gnuplot', 'sys'} do
      assert(_G[name] == require(name), name)
    end
    print(type(torch.tic()), type(torch.toc()), type(sys.clock()))]], 'number\tnumber\tnumber\n')
end)

test.case('print shows what tables hold', function()
  test.equal(run [[
    local opt = {rate = 0.5, name = 'a', 7, {x = torch.FloatTensor(2, 3)}, {}}
    opt.self = opt
    print(opt)
    print({})]], [[
{
  1 : 7
  2 : {
    x : FloatTensor - size: 2x3
  }
  3 : {}
  name : "a"
  rate : 0.5
  self : {...}
}
{}
]])
  test.equal(run [[
    print(setmetatable({}, {__tostring = function() return 'own' end}), nn.Tanh())
    print(torch.LongStorage {2})]], 'own\tnn.Tanh\n 2\n[torch.LongStorage of size 1]\n\n')
end)

test.case('packages of the interpreter, which a script may require', function()
  test.equal(run [[
    require 'trepl'
    require 'env'
    print(unsup == require 'unsup', unsup.zca_whiten ~= nil)]], 'true\ttrue\n')
end)

test.case('functions of 5.1', function()
  test.equal(run [[
    print(unpack {1, 2})
    print(loadstring 'return 42'())
    print(table.getn {1, 2, 3}, table.maxn {1, [7] = 2, x = 3})
    table.foreach({5}, print)
    print(table.foreachi({5, 6}, function(i, v) if v == 6 then return i end end))
    for word in string.gfind('a b', '%a') do io.write(word, ';') end
    print()
    print(math.pow(2, 0.5) == math.sqrt(2), math.mod(7, 4), math.ldexp(0.75, 3))]],
    '1\t2\n42\n3\t7\n1\t5\n2\na;b;\ntrue\t3\t6.0\n')
end)

test.case('hyperbolic functions, log10, frexp', function()
  test.equal(run [[
    for _, x in ipairs {-30, -1, -0.1, 0, 0.5, 3} do
      local e, f = math.exp(x), math.exp(-x)
      assert(math.abs(math.tanh(x) - (e - f) / (e + f)) < 1e-15)
      assert(math.abs(math.cosh(x) - (e + f) / 2) <= 1e-15 * e + 1e-15 * f)
      assert(math.abs(math.sinh(x) - (e - f) / 2) <= 1e-15 * e + 1e-15 * f)
    end
    for _, x in ipairs {1, 0.5, 0.999999999999, 7.3, -1e-300, 1e300, 2^-1000, 3 * 2.0^60} do
      local m, e = math.frexp(x)
      assert(math.abs(m) >= 0.5 and math.abs(m) < 1 and m * 2.0 ^ e == x, x)
    end
    assert(math.abs(math.log10(1000) - 3) < 1e-15)
    print(math.frexp(0) == 0)]], 'true\n')
end)

test.case('numbers that are not whole where whole ones are wanted', function()
  test.equal(run [[
    print(('%d %5.1f %s %03d%%'):format(7 / 2, 7 / 2, 'x', 10 / 2), string.format('%d', -2.7))
    local r = math.random(1.0, 3.7)
    print(r == 1 or r == 2 or r == 3, math.random(1.5), math.random() < 1)]],
    '3   3.5 x 005%\t-2\ntrue\t1\ttrue\n')
end)

test.case('setfenv, getfenv and module', function()
  test.equal(run([[
    local function f() return x end
    setfenv(f, {x = 'inner'})
    x = 'outer'
    print(f(), getfenv(f).x, getfenv(1) == _G)
    require 'mine'
    print(mine.answer(), mine._NAME, answer, package.loaded.mine == mine)]], {
    ['mine.lua'] = [[
      module('mine', package.seeall)
      local base = 40
      function helper() return 2 end
      function answer() return base + helper() + math.floor(0.5) end]]}),
    'inner\tinner\ttrue\n42\tmine\tnil\ttrue\n')
end)
