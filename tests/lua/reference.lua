-- The generated reference, and the examples in it: those of the Lua library run as they stand.
local test = require 'harness'
local nn, optim = require 'nn', require 'optim'

local function generated()
  local lines = {}
  local function print_(line) lines[#lines + 1] = line end
  assert(loadfile('tools/reference.lua', 't', setmetatable({print = print_}, {__index = _G})))()
  return '\n' .. table.concat(lines, '\n') .. '\n'
end

test.case('everything has its place', function()
  local text = generated()
  local function has(line) test.check(text:find('\n' .. line .. '\n', 1, true), line) end
  local reference = require 'aelua.reference'
  for _, list in ipairs {reference.layers, reference.losses} do
    for _, e in ipairs(list) do
      test.check(text:find('\n### nn.' .. e.name .. '(', 1, true), e.name)
    end
  end
  has '### nn.CAddTable(inplace)'
  has '### nn.MultiCriterion'
  has '#### MultiCriterion:add(criterion, weight)'
  has '### nn.ParallelCriterion'
  has '### optim.cg(opfunc, x, config, state)'
  has '### optim.lbfgs(opfunc, x, config, state)'
  has '### optim.nag(opfunc, x, config, state)'
  has '### confusion'
  for _, once in ipairs {'### optim.cg', '### optim.ASGD', '### logger', '#### Logger:zero'} do
    local _, n = text:gsub('\n' .. once:gsub('%p', '%%%0') .. '[\n(]', '')
    test.equal(n, once == '#### Logger:zero' and 0 or 1, once)
  end
end)

test.case('defaults that are other options', function()
  local text = generated()
  test.check(text:find('| `dW` | integer | `kW` | at least 1 |', 1, true))
  test.check(text:find('| `padH` | integer | `padW` | at least 0 |', 1, true))
  test.check(text:find('| `batchMode` | boolean | by the input |', 1, true))
end)

-- ---- examples ----

-- The indented blocks of the comments in a file.
local function examples(path)
  local list, block = {}, nil
  for line in io.lines(path) do
    local code = line:match '^%-%-     (.*)$'
    if code then
      block = block or {}
      block[#block + 1] = code
    elseif block then
      list[#list + 1], block = table.concat(block, '\n'), nil
    end
  end
  return list
end

-- What is no Lua: a formula, a command line, the outline of a script.
local noCode = {lswolfe = true, grid = true, experiment = true}
-- What wants files that are not there; it is only compiled.
local wantsFiles = {comparison = true, data = true}

local function oneBatch()
  return coroutine.wrap(function() coroutine.yield(torch.ones(3, 2), torch.ones(3)) end)
end

-- What the examples speak of without making it.
local function given(name)
  local random = function(...) return torch.randn(...) end
  local sample = {random(3), random(2)}
  local values = {
    tied = {net = nn.Sequential()},
    progress = {set = {batches = oneBatch}, step = function() return 0.5 end},
    heatmap = {m = random(3, 4)},
    unsup = {train = random(20, 3), test = random(5, 3)},
    cmdline = {arg = {'-seed', '7', '-verbose'}},
    gnuplot = {x = torch.linspace(0, 1, 4), y = random(4), z = random(4)},
    confusion = {net = nn.Linear(3, 2), x = random(4, 3), y = torch.Tensor{1, 2, 2, 1}},
    stochastic = {module = nn.Linear(3, 2), criterion = nn.MSECriterion(),
                  dataset = {sample, size = function() return 1 end}},
    options = {arg = {[0] = 'e2e'}},
    anomaly = {net = nn.Linear(3, 2), criterion = nn.MSECriterion(), x = torch.rand(4, 3),
               y = torch.rand(4, 2)},
  }
  return values[name] or {}
end

local libraries = {'anomaly', 'progress', 'heatmap', 'gnuplot', 'plot', 'svg', 'columns', 'options',
                   'xlua'}

-- Runs with its files in a folder of its own, and nothing printed.
local function runExample(name, text)
  local folder = test.folder()
  text = text:gsub("'([%w-]+%.[lp][on]g)'", ("'%s/%%1'"):format(folder))
  local environment = setmetatable({nn = nn, optim = optim, print = function() end},
                                   {__index = _G})
  for _, library in ipairs(libraries) do
    local ok, module = pcall(require, library)
    environment[library] = ok and module or require('aelua.lua.' .. library)
  end
  for key, value in pairs(given(name)) do environment[key] = value end
  local chunk = assert(load(text, '=' .. name, 't', environment))
  if wantsFiles[name] then return end
  local own, write = {arg = arg, print = print}, io.write
  rawset(_G, 'arg', environment.arg)
  rawset(_G, 'print', environment.print)
  rawset(io, 'write', environment.print)
  local ok, message = pcall(chunk)
  for key, value in pairs(own) do rawset(_G, key, value) end
  rawset(io, 'write', write)
  assert(ok, message)
end

test.case('examples in the Lua library', function()
  local n, pipe = 0, assert(io.popen "find lua -name '*.lua' | LC_ALL=C sort")
  for path in pipe:lines() do
    local name = path:match '(%w+)%.lua$'
    for _, text in ipairs(noCode[name] and {} or examples(path)) do
      local ok, message = pcall(runExample, name, text)
      test.check(ok, ('%s: %s\n%s'):format(path, message, text))
      n = n + 1
    end
  end
  pipe:close()
  test.check(n >= 15, n .. ' examples')
end)
