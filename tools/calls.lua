-- About the inputs of tests/fuzz/calls.lua:
--
--     aelua tools/calls.lua begin build/fuzz/corpus/calls
--         writes an input for each function there is, for the fuzzer to begin with
--     aelua tools/calls.lua reach build/fuzz/corpus/calls
--         runs the inputs of a folder and prints how many functions there are, how many were called
--         and how many gave a result, by package, and the names of the others
--     aelua tools/calls.lua name INPUT OUTPUT
--         writes the input with each function's own three bytes instead of those that happened to
--         mean it, so that it goes on meaning it when others are added: for tests/fuzz/seeds

local root = arg[0]:match '^(.*)/[^/]*$' .. '/..'
local folder = root .. '/tests/fuzz'
rawset(_G, 'FUZZING', folder)
package.path = root .. '/tests/?.lua;' .. package.path
local system = require 'aelua.system'
local run = dofile(folder .. '/calls.lua')
local functions = require 'fuzz.calls.functions'

local function content(path)
  local file <close> = assert(io.open(path, 'rb'))
  return file:read 'a'
end

-- ---- reach ----

local function packageOf(name)
  local package = name:match '^(%a+)[.:]'
  return ({torch = 'torch', nn = 'nn', optim = 'optim', image = 'image'})[package] or 'others'
end

local function count()
  local sums = {}
  for _, entry in ipairs(functions.list) do
    for _, key in ipairs {packageOf(entry.name), 'all'} do
      local sum = sums[key] or {there = 0, called = 0, returned = 0}
      sums[key] = sum
      sum.there = sum.there + 1
      if entry.called > 0 then sum.called = sum.called + 1 end
      if entry.returned > 0 then sum.returned = sum.returned + 1 end
    end
  end
  return sums
end

local function printNames(title, wanted)
  local names = {}
  for _, entry in ipairs(functions.list) do
    if wanted(entry) then names[#names + 1] = entry.name end
  end
  table.sort(names)
  if #names > 0 then print(title .. ': ' .. table.concat(names, ', ')) end
end

local function reach(corpus)
  local files = assert(system.list(corpus))
  for _, name in ipairs(files) do run(content(corpus .. '/' .. name)) end
  local sums = count()
  print(('%d inputs'):format(#files))
  for _, key in ipairs {'torch', 'nn', 'optim', 'image', 'others', 'all'} do
    local sum = sums[key]
    print(('%-7s %4d functions, %4d called, %4d gave a result'):format(key, sum.there, sum.called,
      sum.returned))
  end
  printNames('never called', function(entry) return entry.called == 0 end)
  printNames('never gave a result',
    function(entry) return entry.called > 0 and entry.returned == 0 end)
end

-- ---- name ----

local function name(input, output)
  local bytes = content(input)
  functions.met = {}
  run(bytes)
  for _, met in ipairs(functions.met) do
    local code = met.entry.code
    bytes = bytes .. ('\0'):rep(met.at + 3 - #bytes)
    bytes = bytes:sub(1, met.at) .. string.char(code >> 16, code >> 8 & 255, code & 255)
      .. bytes:sub(met.at + 4)
  end
  local file <close> = assert(io.open(output, 'wb'))
  file:write(bytes)
end

-- ---- begin ----

-- A call with random arguments; 0 is the step that calls.
local function begin(corpus)
  local random = torch.Generator()
  for _, entry in ipairs(functions.list) do
    local code, rest = entry.code, torch.ByteTensor(24):random(random, 0, 255)
    local file <close> = assert(io.open(corpus .. '/' .. entry.name, 'wb'))
    file:write(string.char(0, code >> 16, code >> 8 & 255, code & 255,
      table.unpack(rest:totable())))
  end
end

local command = ({reach = reach, name = name, begin = begin})[arg[1]]
assert(command, 'usage: aelua tools/calls.lua begin FOLDER | reach FOLDER | name INPUT OUTPUT')
command(arg[2], arg[3])
