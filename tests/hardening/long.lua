-- Long runs: memory stays flat, an epoch costs as much at the end as at the beginning, two runs
-- give the same bits. AELUA_EPOCHS=10000 for the long version (200), which tells
-- what it measured.
local test, system = require 'harness', require 'aelua.system'

local epochs = math.tointeger(tonumber(os.getenv 'AELUA_EPOCHS' or '200'))

-- AddressSanitizer maps terabytes and keeps what was freed: the process's size tells nothing then.
local statm = assert(io.open '/proc/self/statm')
local sanitized = statm:read 'n' > 1 << 28 -- pages
statm:close()

-- A program that measures itself: at each tenth of its way a line of epoch, KB of the process,
-- KB of Lua, bytes of the engine, milliseconds an epoch, thousands of Lua's instructions in the
-- last one, bytes of the checkpoint.
local measuring = [[
  local system = require 'aelua.system'
  local instructions, before, began = 0, 0, system.clock()
  debug.sethook(function() instructions = instructions + 1 end, '', 1000)
  local function mark(epoch, epochs, checkpoint)
    local last, tenth = instructions - before, epochs // 10
    if epoch % tenth == 0 then
      local time = (system.clock() - began) / tenth * 1000
      collectgarbage()
      collectgarbage()
      local f = io.open '/proc/self/statm'
      local _, pages = f:read('n', 'n')
      f:close()
      f = checkpoint and io.open(checkpoint)
      local size = f and f:seek 'end' or 0
      if f then f:close() end
      io.stderr:write(('mark %d %d %.0f %d %.3f %d %d\n'):format(epoch, pages * 4,
        collectgarbage 'count', system.memory(), time, last, size))
      began = system.clock()
    end
    before = instructions
  end]]

local experiment = measuring .. [[
  local run = require 'experiment'.start('long', 'about', {{'epochs', 200, 'of training'}})
  local nn, optim = require 'nn', require 'optim'
  local set = run:data(require 'data'.load{builtin = true, samples = 60})
  set.test = set.test:subset(20)
  local net = nn.Sequential():add(nn.View(784)):add(nn.Linear(784, 4)):add(nn.Tanh())
  net:add(nn.Linear(4, 10)):add(nn.LogSoftMax())
  run:train{net = net, criterion = nn.ClassNLLCriterion(), data = set.train, batch = 20,
    epochs = run.opt.epochs, validate = set.test, shuffle = true,
    optimizer = optim.SGD(net, {learningRate = 0.01, momentum = 0.5}),
    onEpoch = function(record)
      mark(record.epoch, run.opt.epochs, run:checkpointPath 'stage 1')
    end}
  run:finish()
  for _, p in ipairs(net:parameters()) do
    io.stderr:write(('bits %08x\n'):format(require 'aelua.file'.crc32(p)))
  end]]

local byHand = measuring .. [[
  local nn, optim = require 'nn', require 'optim'
  local epochs = tonumber(arg[2])
  local net = nn.Sequential():add(nn.Linear(20, 10)):add(nn.Tanh()):add(nn.Linear(10, 3))
  net:add(nn.LogSoftMax())
  local criterion, x, y = nn.ClassNLLCriterion(), torch.randn(40, 20), torch.LongTensor(40):fill(2)
  local params, gradParams = net:getParameters()
  local config = {learningRate = 0.01, momentum = 0.9}
  for epoch = 1, epochs do
    for first = 1, 40, 10 do
      local inputs, targets = x:narrow(1, first, 10), y:narrow(1, first, 10)
      optim.sgd(function()
        gradParams:zero()
        local output = net:forward(inputs)
        local loss = criterion:forward(output, targets)
        net:backward(inputs, criterion:backward(output, targets))
        return loss, gradParams
      end, params, config)
    end
    mark(epoch, epochs)
  end
  io.stderr:write(('bits %08x\n'):format(require 'aelua.file'.crc32(params)))]]

-- What a run of the code told: the marks, each a list of numbers, and the last bits.
local function run(code)
  local folder = test.folder()
  local script = assert(io.open(folder .. '/long.lua', 'w'))
  script:write(code)
  script:close()
  local pipe = assert(io.popen(('cd %s && %s --threads 1 long.lua --epochs %d 2>&1 >/dev/null')
    :format(test.quoted(folder), test.quoted(test.aelua), epochs)))
  local marks, bits, output = {}, {}, {}
  for line in pipe:lines() do
    output[#output + 1] = line
    bits[#bits + 1] = line:match '^bits (.*)'
    local numbers = line:match '^mark (.*)'
    if numbers then
      local mark = {}
      for number in numbers:gmatch '%S+' do mark[#mark + 1] = tonumber(number) end
      marks[#marks + 1] = mark
    end
  end
  test.check(pipe:close(), table.concat(output, '\n'))
  test.equal(#marks, 10)
  return marks, table.concat(bits, ' ')
end

local EPOCH, PROCESS, LUA, ENGINE, TIME, INSTRUCTIONS, CHECKPOINT = 1, 2, 3, 4, 5, 6, 7
assert(TIME == 5) -- is told only: how long something takes depends on who else is at work

-- kept: KB that an epoch may leave in Lua, its record.
local function checkFlat(marks, kept, what)
  local first, middle, last = marks[1], marks[5], marks[10]
  if os.getenv 'AELUA_EPOCHS' then
    for _, mark in ipairs {first, middle, last} do
      test.figure('%s, epoch %d: process %d KB, Lua %d KB, engine %d bytes, %.2f ms an epoch', what,
        mark[EPOCH], mark[PROCESS], mark[LUA], mark[ENGINE], mark[TIME])
    end
  end
  local more = last[EPOCH] - middle[EPOCH]
  test.equal(last[ENGINE], first[ENGINE], 'bytes of the engine')
  local lua, process = last[LUA] - middle[LUA], last[PROCESS] - middle[PROCESS]
  test.check(lua <= 64 + kept * more, ('Lua grew by %d KB in %d epochs: it'):format(lua, more))
  test.check(sanitized or process <= 4096 + 2 * kept * more,
    ('the process grew by %d KB: no more than allowed'):format(process))
  test.check(last[INSTRUCTIONS] <= first[INSTRUCTIONS] * 1.25 + 5,
    ('thousands of instructions an epoch, %d, later %d'):format(first[INSTRUCTIONS],
    last[INSTRUCTIONS]))
  test.check(math.abs(last[CHECKPOINT] - first[CHECKPOINT]) <= 256, 'the checkpoint is as large')
end

test.case('an experiment of many epochs', function()
  local marks, bits = run(experiment)
  checkFlat(marks, 1, 'experiment')
  local _, again = run(experiment)
  test.check(#bits >= 35, bits)
  test.equal(again, bits)
end)

test.case("a loop by hand, in Torch's way", function()
  local marks, bits = run(byHand)
  checkFlat(marks, 0, 'by hand')
  local _, again = run(byHand)
  test.equal(again, bits)
end)

-- ---- temporaries ----

local nn = require 'nn'
local net = nn.Sequential():add(nn.Linear(10, 10)):add(nn.Tanh())
local x = torch.randn(5, 10)

local temporaries = {
  tensors = function() return torch.Tensor(100):fill(1):add(2):sum() end,
  arithmetic = function() return x * 2 + x - torch.mm(x, x:t()):sum() end,
  views = function()
    return x[1], x:narrow(2, 1, 3), x:t(), x:select(1, 1):view(-1), x[{{1, 2}}]
  end,
  storages = function() return torch.FloatStorage(100):fill(1), x:storage() end,
  clones = function() return net:clone():forward(x), x:clone() end,
  modules = function() return nn.Sequential():add(nn.Linear(10, 10)):add(nn.ReLU()):forward(x) end,
  criterions = function() return nn.MSECriterion():forward(x, x) end,
  optimizers = function() return require 'optim'.Adam(net, {}) end,
  fields = function()
    local m = nn.Identity()
    m.me, m.f = m, function() return m end
    return m
  end,
  closures = function()
    local a = torch.Tensor(10)
    return function() return a end
  end,
  coroutines = function()
    local co = coroutine.wrap(function() coroutine.yield(torch.Tensor(10)) end)
    return co()
  end,
  errors = function()
    pcall(torch.mm, x, x)
    pcall(net.forward, net, torch.Tensor(5, 11))
    return select(2, pcall(error, torch.Tensor(10)))
  end,
  types = function() return x:double():long():byte(), net:clone():double() end,
  generators = function() return torch.Generator() end,
  texts = function() return tostring(x), tostring(net) end,
}

local function held()
  collectgarbage()
  collectgarbage()
  local f = assert(io.open '/proc/self/statm')
  local _, pages = f:read('n', 'n')
  f:close()
  return system.memory(), collectgarbage 'count', pages * 4
end

local names = {}
for name in pairs(temporaries) do names[#names + 1] = name end
table.sort(names)

for _, name in ipairs(names) do
  test.case('temporaries in a loop do not stay: ' .. name, function()
    local make, times = temporaries[name], epochs * 10
    local least = {math.huge, math.huge, math.huge} -- a table of Lua's may have doubled meanwhile
    for _ = 1, 3 do
      local before = {held()}
      for _ = 1, times do make() end
      for i, now in ipairs {held()} do least[i] = math.min(least[i], now - before[i]) end
    end
    test.check(least[1] <= 0, ('the engine holds %d bytes more: 0'):format(least[1]))
    test.check(least[2] <= 16, ('Lua holds %.1f KB more: 16'):format(least[2]))
    test.check(sanitized or least[3] <= 4096, ('the process has %d KB more: 4096'):format(least[3]))
  end)
end
