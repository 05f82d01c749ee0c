--- functions.lua - every function that scripts can reach, for tests/fuzz/calls.lua: found by
-- walking the packages' tables, the metatables of objects and the files of the library. What is
-- left out is named below, with the reason.
--
-- A function is told by three bytes, the hash of its name. Any three bytes mean the function whose
-- hash follows next on the ring of all 2^24, so an input goes on meaning the same functions when
-- others are added.

local system = require 'aelua.system'
local fuzzing = rawget(_G, 'FUZZING')
local folder = (fuzzing or arg[0]:match '^(.*)/[^/]*$' .. '/fuzz') .. '/../../lua'

-- ---- what is left out ----

local files = 'reads or writes the files it is given the names of'
local process = 'changes the process for the inputs that follow'
local starts = 'starts programs'
local runs = 'the experiment library, runs in folders'
local modules = 'part of a package that is walked'

-- Files of the library and packages made in C.
local leftPackages = {
  ['aelua.file'] = files, ['aelua.stream'] = files, ['aelua.data'] = files, ['FILE*'] = files,
  data = files, readers = files, npy = files, model = files, onnx = files, onnximages = files,
  onnxlayers = files, gnuplot = files, plot = files, heatmap = files, overlay = files,
  logger = files, paths = files, ['aelua.output'] = files,
  checkpoint = runs, report = runs, summary = runs, comparison = runs, experiment = runs,
  training = runs, diagnose = runs, testing = runs, options = runs, progress = runs,
  jobs = starts, ['aelua.process'] = starts, sys = starts,
  compat = process, classes = 'makes classes, which stay: calls.lua makes its own',
  files = modules, modules = modules, tied = modules, optim = modules,
}

-- Functions by their names, or by the last part of it.
local leftFunctions = {
  ['torch.load'] = files, ['torch.save'] = files, ['torch.DiskFile'] = files,
  ['image.load'] = files, ['image.loadPNG'] = files, ['image.save'] = files,
  ['image.savePNG'] = files, ['image.saveWeights'] = files, ['image.display'] = files,
  ['image.getSize'] = files, ['display.display'] = files, ['optim.Logger'] = files,
  ['aelua.image.writePNG'] = files,
  ['aelua.system.mkdir'] = files, ['aelua.system.remove'] = files,
  ['aelua.system.tmpfolder'] = files, exportONNX = files, ['nn.Module.save'] = files,
  ['nn.Jacobian.testIO'] = files, ['torch.CmdLine.log'] = files,
  ['aelua.system.sleep'] = 'waits', ['aelua.system.memoryLimit'] = process,
  ['aelua.system.withMemory'] = process,
  ['aelua.system.refuseAllocation'] = process, ['aelua.system.setKernels'] = process,
  ['aelua.system.holdInterrupts'] = process, ['torch.setnumthreads'] = process,
  ['aelua.system.setThreads'] = process,
  ['torch.seed'] = 'is not repeatable', ['torch.class'] = 'makes classes, which stay',
  ['aelua.modules.classChanged'] = process, ['aelua.modules.class'] = process,
}

-- Parts of classes that lead elsewhere, or are the same for every class.
local leftFields = {__instance = true, __index = true, __parent = true, __class = true}

-- ---- what there is ----

local list, library, found = {}, {}, {}

local function add(name, f)
  if found[f] or leftFunctions[name] or leftFunctions[name:match '[^.:]*$'] then return end
  found[f] = true
  list[#list + 1] = {name = name, f = f, called = 0, returned = 0}
end

local function names(t)
  local keys = {}
  for key in pairs(t) do
    if type(key) == 'string' then keys[#keys + 1] = key end
  end
  table.sort(keys)
  return keys
end

local walk

local function visit(name, key, value)
  if leftFields[key] and type(value) == 'table' then return end
  local meta = type(value) == 'table' and getmetatable(value)
  if type(value) == 'function' or type(meta) == 'table' and meta.__call then
    add(name, value)
  end
  if type(value) == 'table' and not leftFunctions[name] then
    walk(name, '.', value)
  end
  if type(meta) == 'table' and not rawget(value, '__typename') then walk(name, ':', meta) end
end

function walk(name, mark, t)
  if library[t] then return end
  library[t] = true
  for _, key in ipairs(names(t)) do visit(name .. mark .. key, key, rawget(t, key)) end
  local index = rawget(t, '__index')
  if type(index) == 'function' then add(name .. mark .. '__index', index) end
end

-- Lua's own libraries are not tested here.
for _, name in ipairs {'string', 'table', 'math', 'os', 'io', 'debug', 'utf8', 'coroutine',
  'package', '_G'} do
  library[package.loaded[name]] = true
  for _, f in pairs(package.loaded[name]) do found[f] = true end
end

local function walkObjects()
  local registry = debug.getregistry()
  for _, name in ipairs(names(registry)) do
    local t = registry[name]
    if type(t) == 'table' and not name:find '^_' and not leftPackages[name] then
      walk(name, ':', t)
    end
  end
  for name, object in pairs {MemoryFile = torch.MemoryFile(), null = require 'json'.null} do
    walk(name, ':', getmetatable(object))
  end
end

local function walkPackages()
  for _, name in ipairs {'torch', 'nn', 'optim', 'image', 'unsup', 'xlua'} do
    walk(name, '.', require(name))
  end
  for _, name in ipairs(names(package.preload)) do
    if not leftPackages[name] then visit(name, name, require(name)) end
  end
end

local function walkLibrary()
  for _, file in ipairs(assert(system.list(folder))) do
    local name = file:match '^(.*)%.lua$'
    if name and not leftPackages[name] then
      visit(name, name, require('aelua.lua.' .. name))
    end
  end
end

walkObjects()
walkPackages()
walkLibrary()

-- What a method's first argument should be.
local selves = {['torch.Tensor:'] = 'tensor', ['torch.Storage:'] = 'storage',
  ['nn.Module'] = 'module', ['nn.Container'] = 'module', ['nn.Criterion'] = 'criterion',
  ['optim.Optimizer:'] = 'optimizer', ['torch.Generator:'] = 'generator',
  ['torch.Timer:'] = 'timer', ['MemoryFile:'] = 'file', ['torch.File'] = 'file',
  ['torch.MemoryFile'] = 'file', ['torch.Tester'] = 'tester',
  ['torch.CmdLine'] = 'cmdline', ['optim.ConfusionMatrix'] = 'confusion', torch = 'tensor',
  image = 'tensor', unsup = 'tensor'}

local function selfOf(name)
  local class, mark = name:match '^(.*)([.:])[^.:]*$'
  if not class then return nil end
  local class2 = class:match '^(nn)%.[%w]+$'
  return selves[class .. mark] or selves[class]
    or class2 and (class:find 'Criterion$' and 'criterion' or 'module')
end

for _, entry in ipairs(list) do entry.self = selfOf(entry.name) end

-- ---- the ring ----

local BITS, START_BITS = 24, 12

--- Three bytes of a name, as a number (FNV-1a, folded).
local function code(name)
  local h = 2166136261
  for i = 1, #name do h = (h ~ name:byte(i)) * 16777619 & 0xffffffff end
  return (h ~ h >> BITS) & (1 << BITS) - 1
end

for _, entry in ipairs(list) do entry.code = code(entry.name) end
table.sort(list, function(a, b)
  return a.code < b.code or a.code == b.code and a.name < b.name
end)

local first, k = {}, 1 -- where to begin looking, by the code's upper bits
for upper = 0, (1 << START_BITS) - 1 do
  while list[k] and list[k].code < upper << BITS - START_BITS do k = k + 1 end
  first[upper] = k
end

--- The function that a code means.
local function at(wanted)
  local i = first[wanted >> BITS - START_BITS]
  while list[i] and list[i].code < wanted do i = i + 1 end
  return list[i] or list[1]
end

if not fuzzing and not ... then
  local test = require 'harness'
  test.case('functions of every package are found, each under one code', function()
    local seen = {}
    for _, entry in ipairs(list) do
      test.check(at(code(entry.name)) == entry, entry.name)
      seen[entry.name] = true
    end
    for _, name in ipairs {'torch.Tensor:add', 'torch.Tensor:__index', 'torch.randn', 'nn.Linear',
      'nn.Module.forward', 'optim.adam', 'optim.SGD', 'image.scale', 'json.decode', 't7.reader',
      'torch.Storage:fill', 'nn.utils.recursiveAdd', 'aelua.modules.kind'} do
      test.check(seen[name], name)
    end
    test.equal(seen['torch.save'], nil)
  end)
  test.case('a code between two functions means the later one, past the last the first', function()
    test.check(at(list[5].code + 1) == list[6], 'the sixth')
    test.check(at((1 << BITS) - 1) == list[1], 'the first')
  end)
end

return {list = list, library = library, at = at, code = code}
