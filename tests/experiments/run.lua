-- Runs as processes: their folders, resuming bit for bit after SIGKILL and Ctrl-C, mistakes.
local test = require 'harness'
local system = require 'aelua.system'

-- A small experiment on built-in data that prints a checksum of the final weights.
local script = [[
local nn, optim, data = require 'nn', require 'optim', require 'data'
local experiment, file = require 'experiment', require 'aelua.file'
local run = experiment.start('small', 'A small run.', {
  {'epochs', 4, 'epochs', min = 1}, {'lr', 0.1, 'rate', min = 0}, {'slow', 0.0, 'seconds a batch'}})
local set = run:data(data.load{builtin = true, samples = 300})
set.test = set.test:subset(200)
local encoder = nn.Sequential():add(nn.Linear(784, 8)):add(nn.ReLU()):add(nn.Dropout(0.2))
local net = nn.Sequential():add(encoder, 'encoder')
net:add(nn.Sequential():add(nn.Linear(8, 784)):add(nn.ReLU()), 'decoder')
local interrupted, batches = tonumber(os.getenv 'INTERRUPTED'), 0
local function slow()
  batches = batches + 1
  if batches == interrupted then os.execute 'kill -INT $PPID' end
  local until_ = require 'aelua.system'.clock() + run.opt.slow
  while require 'aelua.system'.clock() < until_ do end
end
run:train{stage = 'first', net = net, criterion = nn.MSECriterion(), data = set.train,
  optimizer = optim.SGD(net, {learningRate = run.opt.lr, momentum = 0.9}), target = 'input',
  epochs = run.opt.epochs, batch = 50, shuffle = true, onBatch = slow}
net:remove('decoder')
net:add(nn.Sequential():add(nn.Linear(8, 10)):add(nn.LogSoftMax()), 'classifier')
run:train{stage = 'second', net = net, criterion = nn.ClassNLLCriterion(), data = set.train,
  optimizer = optim.Adam(net, {learningRate = 0.01}), test = set.test, epochs = run.opt.epochs,
  batch = 50, shuffle = true, onBatch = slow}
run:test(net, set.test)
print('weights ' .. file.crc32((net:getParameters())))
run:finish()
]]

local folder = assert(system.tmpfolder()) -- kept over the cases, removed by the last
local function write(name, text)
  local f = assert(io.open(folder .. '/' .. name, 'w'))
  f:write(text)
  f:close()
end
write('small.lua', script)

local function run(arguments, prefix)
  local command = ('cd %s && { %s %s small.lua %s ; } 2>&1'):format(folder, prefix or '',
    test.quoted(test.aelua), arguments)
  local pipe = assert(io.popen(command))
  local output = pipe:read('a')
  local _, _, status = pipe:close()
  return output, status
end

local function read(path)
  local f = io.open(folder .. '/' .. path, 'rb')
  local text = f and f:read('a')
  if f then f:close() end
  return text
end

local function weights(output) return output:match('weights (%d+)') end

-- The columns of metrics.csv that do not depend on time.
local function curves(path)
  return (read(path .. '/metrics.csv'):gsub('[^,\n]*,[^,\n]*\n', '\n'))
end

local reference

test.case('a run leaves its folder', function()
  local output, status = run '--runs full'
  test.equal(status, 0)
  reference = weights(output)
  test.check(reference, output)
  for _, name in ipairs {'options.txt', 'run.txt', 'script.lua', 'log.txt', 'metrics.csv',
                         'report.html', 'checkpoints/first.safetensors',
                         'checkpoints/second.safetensors'} do
    test.check(system.exists(folder .. '/full/small-1/' .. name) == 'file', name .. ' is missing')
  end
  test.equal(read 'full/small-1/script.lua', script)
  test.check(read 'full/small-1/options.txt':find('lr = 0.1\n', 1, true))
  test.check(read 'full/small-1/run.txt':find('data = built-in garments: 300 training', 1, true))
  local rows = select(2, read 'full/small-1/metrics.csv':gsub('\n', ''))
  test.equal(rows, 9)
  test.check(read 'full/small-1/log.txt':find('second 4/4', 1, true))
  test.check(output:find('second 4/4', 1, true))
end)

test.case('the next run gets the next folder, and the same result', function()
  local output = run '--runs full'
  test.check(system.exists(folder .. '/full/small-2'))
  test.equal(weights(output), reference)
  test.equal(curves 'full/small-2', curves 'full/small-1')
end)

test.case('killed at any moment, it goes on to the same bits', function()
  for i, seconds in ipairs {0.15, 0.3, 0.55} do
    local runs = 'killed' .. i
    run(('--runs %s --slow 0.01'):format(runs), 'timeout -s KILL ' .. seconds)
    local output, tries = '', 0
    while not weights(output) and tries < 30 do
      tries = tries + 1
      output = run(('--resume %s/small-1'):format(runs), 'timeout -s KILL 2')
      if output:find('no run there', 1, true) then -- killed before its folder was whole
        output = run(('--runs %s'):format(runs))
      end
    end
    test.equal(weights(output), reference)
  end
end)

test.case('Ctrl-C finishes the batch, saves, says how to go on, and exits with 130', function()
  local output, status = run('--runs stopped', 'INTERRUPTED=10')
  test.equal(status, 130)
  test.check(output:find('--resume stopped/small-1', 1, true), output)
  output = run '--resume stopped/small-1'
  test.equal(weights(output), reference)
  test.equal(curves 'stopped/small-1', curves 'full/small-1')
end)

test.case('mistakes are one line and touch nothing', function()
  local output, status = run '--resume full/nowhere'
  test.equal(status, 1)
  test.check(output:find('no run there', 1, true), output)
  output, status = run '--resume full/small-1 --lr 0.2'
  test.equal(status, 1)
  test.check(output:find('give nothing else', 1, true), output)
  output, status = run '--epoch 3'
  test.equal(status, 1)
  test.check(output:find('did you mean --epochs', 1, true), output)
  write('blocked', 'a file, not a folder')
  output, status = run '--runs blocked'
  test.equal(status, 1)
  test.check(output:find('run folder cannot be made', 1, true), output)
end)

test.case('a checkpoint of another network is refused', function()
  local before = read 'full/small-2/checkpoints/first.safetensors'
  write('full/small-2/checkpoints/second.safetensors', before)
  local output, status = run '--resume full/small-2'
  test.equal(status, 1)
  test.check(output:find("is of stage 'first'", 1, true), output)
  write('full/small-2/checkpoints/second.safetensors', before:sub(1, -9))
  output, status = run '--resume full/small-2'
  test.equal(status, 1)
  test.check(output:find('second.safetensors', 1, true), output)
end)

test.case('nothing is left behind', function()
  os.execute('rm -rf ' .. test.quoted(folder))
  test.check(not system.exists(folder))
end)
