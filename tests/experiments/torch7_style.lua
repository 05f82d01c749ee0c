-- torch7_style.lua, small: each of its models and methods learns, and what it saves can be loaded.
local test = require 'harness'
local system = require 'aelua.system'
require 'nn'
require 'image'

local function run(options)
  local folder = test.folder()
  local command = ('AELUA_DATA= %s experiments/torch7_style.lua -save %s/logs %s 2>&1')
    :format(test.quoted(test.aelua), folder, options)
  local pipe = assert(io.popen(command))
  local output = pipe:read 'a'
  return folder .. '/logs', output, pipe:close()
end

-- Runs it with success; returns its folder and the last test accuracy, a percentage.
local function succeed(options)
  local folder, output, ok = run(options)
  test.check(ok, 'the script ends well: ' .. output)
  return folder, tonumber(output:match 'best test accuracy: (%S+)%%'), output
end

-- The percentages in a log, without its first line.
local function rows(path)
  local list = {}
  for line in io.lines(path) do list[#list + 1] = tonumber(line) end
  return list
end

test.case('mlp: it learns, and leaves logs, plots, filters and the network', function()
  local folder, best, output = succeed '-samples 400 -batchSize 20 -epochs 2 -plot'
  test.check(best > 50, output)
  local train, tested = rows(folder .. '/train.log'), rows(folder .. '/test.log')
  test.equal({#train, #tested}, {2, 2}, 'rows of the logs')
  test.check(train[2] > train[1], 'the training accuracy rises: ' .. output)
  test.near(math.max(tested[1], tested[2]), best, 0.01)
  for _, name in ipairs {'train.log.png', 'test.log.png', 'filters.png'} do
    test.check(system.exists(folder .. '/' .. name) == 'file', name .. ' is there')
  end
  test.equal(image.load(folder .. '/filters.png'):size(2), 10 * 30, 'ten rows of filters')
  local net = torch.load(folder .. '/fashion.net')
  test.equal(net:forward(torch.zeros(3, 1, 28, 28)):size():totable(), {3, 10})
end)

test.case('the same seed gives the same network, another one does not', function()
  local function weights(options)
    local folder = succeed('-samples 100 -epochs 1 -model linear ' .. options)
    return torch.load(folder .. '/fashion.net'):get(2).weight
  end
  local first = weights '-threads 1'
  test.equal(weights '-threads 3', first)
  test.check(not torch.all(weights '-seed 2':eq(first)), 'another seed')
end)

test.case('convnet, and the other methods', function()
  local _, best, output = succeed '-samples 200 -batchSize 20 -epochs 1 -model convnet'
  test.check(best > 20, output)
  _, best, output = succeed '-samples 200 -epochs 2 -optimization adam -learningRate 0.002'
  test.check(best > 50, output)
  _, best, output = succeed '-samples 200 -epochs 1 -optimization lbfgs -coefL1 1e-5'
  test.check(best > 30, output)
end)

test.case('mistakes', function()
  local _, output, ok = run '-model mlpp'
  test.check(not ok and output:find('Unknown model type: mlpp', 1, true), output)
  _, output, ok = run '-learningrate 1'
  test.check(not ok and output:find('did you mean -learningRate', 1, true), output)
end)
