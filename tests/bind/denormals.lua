-- Denormals: zero in the engine's arithmetic, wherever it is called from; whole in the script's.
local test = require 'harness'
local nn = require 'nn'

local TINY = tonumber '1e-310' -- read at run time: nothing is folded

-- The script's own arithmetic keeps it.
local function whole() return TINY * 1 == TINY and TINY / 2 > 0 and TINY + TINY > TINY end

-- The engine's does not, in one piece or in many.
local function flushed()
  for _, n in ipairs {3, 100000} do
    local x = torch.DoubleTensor {TINY}:expand(n):clone()
    if x[n] ~= TINY or x:sum() ~= 0 or (x * 1):max() ~= 0 or x:dot(x) ~= 0 then return false end
    local y = torch.FloatTensor {1e-40}:expand(n):clone()
    if y[n] == 0 or y:sum() ~= 0 or y:mul(1):max() ~= 0 then return false end
  end
  return true
end

-- Both, and the script's after the engine's again.
local function check(where)
  test.check(whole(), 'script, ' .. where)
  test.check(flushed(), 'engine, ' .. where)
  test.check(whole(), 'script after the engine, ' .. where)
end

test.case('the main program, at each number of threads', function()
  local before = torch.getnumthreads()
  for n = 1, 4 do
    torch.setnumthreads(n)
    check(n .. ' threads')
  end
  torch.setnumthreads(before)
end)

test.case('coroutines, in turn', function()
  local function body(name)
    for _ = 1, 3 do
      check(name)
      coroutine.yield()
    end
  end
  local one, two = coroutine.wrap(body), coroutine.wrap(body)
  for _ = 1, 3 do
    one 'one'
    two 'two'
    check 'between'
  end
end)

test.case('callbacks of the engine, and after one failed', function()
  local x = torch.ones(4)
  x:apply(function() check 'apply' end)
  test.fails(function() x:apply(function() error 'stop' end) end, 'stop')
  check 'after an error'
  local layer = torch.class('nn.DenormalProbe', 'nn.Module')
  function layer:updateOutput(input)
    check 'a layer'
    self.output = input:clone():mul(1)
    return self.output
  end
  function layer:updateGradInput(_, gradOutput)
    check 'a layer going back'
    self.gradInput = gradOutput:clone()
    return self.gradInput
  end
  local net = nn.Sequential():add(nn.Linear(3, 3)):add(nn.DenormalProbe()):add(nn.Tanh())
  net:forward(torch.rand(2, 3))
  net:backward(torch.rand(2, 3), torch.rand(2, 3))
  check 'after the layer'
  function layer:updateOutput() error 'broken' end -- luacheck: ignore
  test.fails(function() net:forward(torch.rand(2, 3)) end, 'broken')
  check 'after a layer failed'
end)

test.case('what is moved and not computed keeps its bits', function()
  local x = torch.DoubleTensor {TINY, TINY, TINY}
  local name = os.tmpname()
  require 'aelua.file'.writeSafetensors(name, {{'x', x}}, {})
  local back = require 'aelua.file'.readSafetensors(name).tensors.x
  os.remove(name)
  for what, y in pairs {clone = x:clone(), copy = x.new(3):copy(x), index = x:index(1,
                        torch.LongTensor {1, 3}), file = back, abs = torch.abs(x)} do
    test.equal(y[1], TINY, what)
  end
  test.equal((-x)[1], -TINY)
  test.equal({torch.cmax(x, -1)[1], x:clone():fill(TINY)[1]}, {0, 0}, 'chosen, and filled with')
end)
