--- calls.lua - random calls of everything Lua sees of the engine, driven by bytes: wrong types,
-- NaN, huge and negative sizes, aliased and closed tensors, views of views, modules that contain
-- themselves. Any error is right; a crash, and what the sanitizers see, is not.

local replay = require 'fuzz.replay'
local system = require 'aelua.system'
require 'nn'
require 'optim'
require 'image'

local REGISTERS, LARGEST = 12, 1 << 20

-- ---- what is called ----

-- They change the process, write files, print, wait or never end.
local excluded = {}
for name in ([[save load class setdefaulttensortype setnumthreads setMatmulPrecision TestSuite
  Tester
  DiskFile CmdLine seed tic toc Logger ConfusionMatrix display saveWeights weights factory lbfgs cg
  lswolfe checkgrad StochasticGradient exportONNX __finish __make __gc apply map map2
  setRNGState]]):gmatch '%S+' do excluded[name] = true end

local functions = {}

local function addAll(prefix, t)
  local names = {}
  for name, f in pairs(t) do
    local callable = type(f) == 'function' or type(f) == 'table' and prefix == 'nn.'
    if type(name) == 'string' and callable and not excluded[name] then
      names[#names + 1] = name
    end
  end
  table.sort(names)
  for _, name in ipairs(names) do
    functions[#functions + 1] = {name = prefix .. name, f = t[name]}
  end
end

local registry = debug.getregistry()
addAll('tensor:', registry['torch.Tensor'])
addAll('torch.', torch)
addAll('nn.', nn)
addAll('image.', image)
addAll('optim.', optim)
addAll('storage:', registry['torch.Storage'])
addAll('module:', registry['nn.Module'])
addAll('criterion:', registry['nn.Criterion'])
addAll('optimizer:', registry['optim.Optimizer'])
addAll('generator:', registry['torch.Generator'])
addAll('timer:', registry['torch.Timer'])
addAll('nn.Module.', nn.Module)
addAll('nn.Criterion.', nn.Criterion)

local fields = {'weight', 'bias', 'gradWeight', 'gradBias', 'output', 'gradInput', 'train', 'mine',
  'modules', 'running_mean', 'running_var', 'noise', 'p', 'inplace', 'indices', 'size', 'dim'}

local methods = {}
for name in ([[forward backward updateOutput updateGradInput accGradParameters zeroGradParameters
  updateParameters parameters getParameters training evaluate clone share type float double add
  insert remove get size replaceChild children findModules listModules clearState reset step
  zeroGrad
  narrow select view expand t unfold resize set copy storage transpose sum max sort index gather
  scatter indexCopy indexAdd indexFill maskedSelect maskedCopy maskedFill mm addmm conv2 close
  setNumInputDims resetSize replace setType names describe]]):gmatch '%S+' do
  methods[#methods + 1] = name
end

-- ---- what they are given ----

local constants = {false, true, 0, 1, 2, 3, 4, 5, 7, 8, 9, 16, 31, 64, -1, -2, -3, 100, 1000,
  65536,
  0.5, -0.5, 1.5, 1e-3, 1e10, 1e300, -1e300, 0 / 0, 1 / 0, -1 / 0, math.maxinteger, math.mininteger,
  1 << 31, 1 << 32, (1 << 31) - 1, 1 << 61, 1 << 62,
  '', 'x', '3', 'torch.FloatTensor',
  'torch.DoubleTensor', 'torch.LongTensor', 'torch.ByteTensor', 'torch.IntTensor', 'weight', 'bias',
  'V', 'F', 'valid', 'full', 'a', 'mine', 'float', 'double', function(x) return x end, print ~= nil,
  function() error 'mine' end}

-- ---- the machine ----

local at, text, register

local function byte()
  at = at + 1
  return text:byte(at) or 0
end

local function start()
  register = {torch.Tensor(2, 3):fill(1), torch.DoubleTensor(3, 4):fill(2), torch.Tensor(4):fill(1),
    torch.LongTensor {1, 2, 3}, torch.ByteTensor {1, 0, 1}, torch.LongStorage {2, 3},
    nn.Linear(3, 2), nn.Sequential(), nn.MSECriterion(), torch.Tensor(2, 3, 4, 5):fill(0.5),
    torch.Tensor(), nn.SpatialConvolution(3, 2, 2, 2)}
end

local value

local function list(depth)
  local t = {}
  for i = 1, byte() % 5 do t[i] = value(depth + 1) end
  if byte() % 8 == 0 then t[fields[byte() % #fields + 1]] = value(depth + 1) end
  return t
end

-- A register, a constant, a small number, a table or nothing.
function value(depth)
  local b = byte()
  if b < 110 then return register[b % REGISTERS + 1] end
  if b < 190 then return constants[byte() % #constants + 1] end
  if b < 240 then return b - 200 end
  if b < 252 and depth < 3 then return list(depth) end
  return nil
end

local function arguments()
  local n = byte() % 7
  local args = {}
  for i = 1, n do args[i] = value(0) end
  return args, n
end

-- Elements without end, by strides of 0, would take time without end.
local function keep(i, result)
  local kind = type(result)
  if kind == 'userdata' or kind == 'table' then register[i] = result end
  for k = 1, REGISTERS do
    local t = register[k]
    if torch.isTensor(t) then
      local ok, n = pcall(torch.numel, t)
      if not ok or n > LARGEST then register[k] = torch.Tensor(2, 2):fill(1) end
    end
  end
end

local trace = os.getenv 'AELUA_FUZZ_TRACE'

local function attempt(what, f, ...)
  if trace then
    io.stderr:write(what)
    for i = 1, select('#', ...) do
      local a = select(i, ...)
      local sizes = torch.isTensor(a) and pcall(a.size, a) and table.concat(a:size():totable(), 'x')
      io.stderr:write(' ', sizes and a:type() .. ' ' .. sizes or type(a) == 'userdata' and
        'userdata' or tostring(a))
    end
    io.stderr:write('\n')
  end
  local ok, result = pcall(f, ...)
  if ok then return result end
end

local function method(object, name, ...) return object[name](object, ...) end
local function assign(object, name, v) object[name] = v end
local function close(object)
  local here <close> = object -- luacheck: ignore
end

local function step()
  local b = byte()
  local target = byte() % REGISTERS + 1
  if b < 120 then
    local entry = functions[(byte() << 8 | byte()) % #functions + 1]
    local args, n = arguments()
    keep(target, attempt(entry.name, entry.f, table.unpack(args, 1, n)))
  elseif b < 220 then
    local name, object = methods[byte() % #methods + 1], register[byte() % REGISTERS + 1]
    local args, n = arguments()
    keep(target, attempt(name, method, object, name, table.unpack(args, 1, n)))
  elseif b < 245 then
    local name = fields[byte() % #fields + 1]
    attempt('assign', assign, register[target], name, value(0))
  elseif b < 248 then
    if type(register[target]) == 'userdata' then attempt('close', close, register[target]) end
  elseif b < 252 then
    if type(register[target]) == 'userdata' then attempt('tostring', tostring, register[target]) end
  else
    start()
  end
end

return replay('calls', function(bytes)
  at, text = 0, bytes
  torch.manualSeed(1)
  start()
  local steps = 0
  while at < #text and steps < 64 do
    step()
    steps = steps + 1
  end
  register = nil
  if system.memory() > 3 << 20 then collectgarbage() end
end)
