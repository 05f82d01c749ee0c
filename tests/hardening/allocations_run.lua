-- Each allocation fails once, of the engine and of Lua: whole runs, and what looks at them later.
local test, system = require 'harness', require 'aelua.system'
local refuse = require 'hardening.refuse'
local refuseEach = refuse.each
local nn, optim = require 'nn', require 'optim'
local experiment, comparison = require 'experiment', require 'comparison'
local set = require 'data'.load{builtin = true, samples = 40}
set.test = set.test:subset(20)

local said = print
local function silent() end

-- A run of two stages into a new folder below runs: built, trained, saved, evaluated, reported.
local function run(runs)
  print = silent -- luacheck: ignore
  arg = {[0] = 'x.lua', '--runs=' .. runs} -- luacheck: ignore
  local one = experiment.start('x', 'about', {{'width', 3, 'of it'}})
  one:data(set)
  local net = nn.Sequential():add(nn.View(784)):add(nn.Linear(784, one.opt.width)):add(nn.Tanh())
  net:add(nn.Linear(one.opt.width, 10)):add(nn.LogSoftMax())
  one:network(net)
  one:train{net = net, criterion = nn.ClassNLLCriterion(), data = set.train, epochs = 2, batch = 20,
    optimizer = optim.SGD(net, {learningRate = 0.1, momentum = 0.5}), test = set.test}
  one:test(net, set.test)
  one:finish()
  return one
end

-- What a failed run leaves behind in the program.
local function restored()
  print = said -- luacheck: ignore
  system.holdInterrupts(false)
end

test.case('a whole experiment', function()
  local folder, n = test.folder(), 0
  local wanted = run(folder .. '/first').records
  refuseEach(function()
    restored()
    n = n + 1
    local last
    return function()
      last = run(folder .. '/' .. n)
      restored()
      for i, record in ipairs(last.records) do
        test.equal(record.loss, wanted[i].loss)
        test.equal(record.test_accuracy, wanted[i].test_accuracy)
      end
    end
  end, restored, 2)
  restored()
end)

test.case('runs are compared', function()
  local folder = test.folder()
  run(folder .. '/a')
  run(folder .. '/b')
  restored()
  refuseEach(function()
    return function()
      local runs = {assert(comparison.read(folder .. '/a/x-1')),
        assert(comparison.read(folder .. '/b/x-1'))}
      local result = assert(comparison.of(runs, {metric = 'loss'}))
      comparison.text(result)
      assert(require 'overlay'.write(result, folder))
    end
  end, nil, 4)
end)

test.case('a sweep', function()
  local folder, grid, jobs = test.folder(), require 'grid', require 'jobs'
  refuseEach(function()
    return function()
      print = silent -- luacheck: ignore
      local list = assert(grid.combinations(assert(grid.settings {'--seed', '1..2'})))
      for i, c in ipairs(list) do
        list[i] = {number = i, folder = ('%s/%d'):format(folder, i), words = c.words,
          label = c.label}
      end
      local pool = jobs.new(list, 'script')
      test.equal(pool:run({'/bin/false'}, 2), 'refused')
      print = said -- luacheck: ignore
    end
  end, function()
    restored()
    repeat until not require 'aelua.process'.wait(1)
  end)
end)

test.case('plots', function()
  local folder, plot, gnuplot = test.folder(), require 'plot', require 'gnuplot'
  refuseEach(function()
    return function()
      plot.save(folder .. '/p.png', {{title = 'a', xlabel = 'b', ylabel = 'c',
        series = {{name = 'd', x = {1, 2, 3}, y = {1, 4, 2}}}}})
    end
  end)
  refuseEach(function()
    return function()
      gnuplot.pngfigure(folder .. '/g.png')
      gnuplot.plot('x', torch.range(1, 5), torch.range(1, 5), '+-')
      gnuplot.plotflush()
      gnuplot.closeall()
    end
  end, function() pcall(gnuplot.closeall) end, 4)
end)

refuse.tell()
