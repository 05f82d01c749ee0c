--- experiments.lua - experiments as users run them, to their ends, on a few built-in garments:
-- small enough for every sanitizer and memory checker (AELUA_UNDER, see run.lua), whose findings
-- end the experiment with a status of their own.

local test, system = require 'harness', require 'aelua.system'

local under = os.getenv 'AELUA_UNDER'
local small = '--samples 60 --batch 20 --epochs 3 --seed 1'

-- Runs the program to its end, and the programs that it starts under the same checker.
local function run(words)
  local checker = under and ("VALGRIND_OPTS='--trace-children=yes --trace-children-skip=*/sh' %s ")
    :format(under) or ''
  local pipe = assert(io.popen(('AELUA_DATA= %s%s %s 2>&1'):format(checker,
    test.quoted(test.aelua), words)))
  local output = pipe:read 'a'
  local ok, how, status = pipe:close()
  test.check(ok, ('%sends with %s %s, and that it ends well'):format(output, how, status))
  return output
end

-- The rows of metrics.csv by the names of their stages: {loss of each epoch}.
local function losses(folder)
  local stages = {}
  for line in io.lines(folder .. '/metrics.csv') do
    local stage, epoch, loss = line:match '^([^,]+),(%d+),([^,]+),'
    if stage then
      stages[stage] = stages[stage] or {}
      test.equal(#stages[stage] + 1, math.tointeger(epoch), 'epoch of ' .. stage)
      table.insert(stages[stage], tonumber(loss))
    end
  end
  return stages
end

-- Three epochs of each stage, in which the loss falls.
local function checkMetrics(folder, names)
  local stages = losses(folder)
  for _, name in ipairs(names) do
    local list = stages[name]
    test.check(list, 'stage ' .. name)
    test.equal(#list, 3, 'epochs of ' .. name)
    test.check(list[3] < list[1], ('falling from %s to %s, the loss of %s'):format(list[1], list[3],
      name))
    stages[name] = nil
  end
  test.equal(next(stages), nil, 'another stage')
  test.equal(system.exists(folder .. '/report.html'), 'file')
end

local experiments = {
  {'e2e', '--hidden 10', {'pre-training', 'fine-tuning'}},
  {'layerwise', '--hidden 10', {'one layer', 'two layers', 'fine-tuning'}},
  {'cnn', '--planes 2', {'training'}},
}

for _, experiment in ipairs(experiments) do
  local name, words, stages = table.unpack(experiment)
  test.case(name, function()
    local runs = test.folder()
    run(('experiments/%s.lua %s %s --runs %s'):format(name, small, words, runs))
    checkMetrics(('%s/%s-1'):format(runs, name), stages)
  end)
end

test.case('a sweep of two seeds, both at once', function()
  local folder = test.folder() .. '/sweep'
  run(('sweep experiments/e2e.lua %s --hidden 10 --jobs 2 --out %s'):format(
    small:gsub('%-%-seed 1', '--seed 1..2'), folder))
  for seed = 1, 2 do
    local log = io.open(('%s/job-%d/output.txt'):format(folder, seed)):read 'a'
    checkMetrics(log:match 'report: (%S+)/report.html', {'pre-training', 'fine-tuning'})
  end
  test.equal(system.exists(folder .. '/compare.csv'), 'file')
end)

-- Failed cases do not count under a checker, whose arithmetic may be another one; these do.
if under and test.failed > 0 then os.exit(9) end
