--- harness.lua - what a Lua test is written with.
--
--     local test = require 'harness'
--     test.case('sum of an empty tensor is 0', function()
--       test.equal(torch.Tensor():sum(), 0)
--     end)
--
-- A case runs where it stands, with the generator seeded to 1, and ends at its first failure.
-- tests/run.lua runs the files, each in a process of its own.

local system = require 'aelua.system'

local test = {
  aelua = arg and arg[-1] or 'build/aelua', -- the program; tests/run.lua sets it
  passed = 0, failed = 0, skipped = 0,
}

--- Bytes that the engine has in use when all garbage is collected.
function test.memory()
  collectgarbage()
  collectgarbage()
  return system.memory()
end

--- Text as one word of a shell command.
function test.quoted(text) return "'" .. text:gsub("'", [['\'']]) .. "'" end

-- ---- cases ----

local Failure, Skip = {}, {} -- metatables of what checks and test.skip raise

-- Raises a failure at the place that called the check; level 2 is the check itself.
local function fail(text)
  local at = debug.getinfo(3, 'Sl')
  error(setmetatable({text = ('%s:%d: %s'):format(at.short_src, at.currentline, text)}, Failure))
end

local function explain(value)
  local kind = getmetatable(value)
  if kind == Failure or kind == Skip then return value end
  return setmetatable({text = debug.traceback(tostring(value), 2)}, Failure)
end

local folders = {}

local function removeFolders()
  for i = #folders, 1, -1 do
    os.execute('rm -rf ' .. test.quoted(folders[i]))
    folders[i] = nil
  end
end

--- Runs a case and counts it.
-- @param name string
-- @param body function
function test.case(name, body)
  torch.manualSeed(1)
  local ok, problem = xpcall(body, explain)
  removeFolders()
  if ok then
    test.passed = test.passed + 1
  elseif getmetatable(problem) == Skip then
    test.skipped = test.skipped + 1
    print(('skipped %s: %s'):format(name, problem.text))
  else
    test.failed = test.failed + 1
    print(('FAILED %s\n  %s'):format(name, problem.text:gsub('\n', '\n  ')))
  end
end

--- Ends the running case, which then counts neither as passed nor as failed.
-- @param reason string
function test.skip(reason) error(setmetatable({text = reason}, Skip)) end

--- Writes a file.
-- @param path string
-- @param bytes string
function test.write(path, bytes)
  local file <close> = assert(io.open(path, 'wb'))
  assert(file:write(bytes))
end

--- All bytes of a file.
-- @param path string
function test.read(path)
  local file <close> = assert(io.open(path, 'rb'))
  return file:read 'a'
end

--- Runs a line of sh.
-- @param line string
-- @return what it printed, errors too, and its status
function test.shell(line)
  local pipe = assert(io.popen('{ ' .. line .. ' ; } 2>&1'))
  local output = pipe:read 'a'
  return output, select(3, pipe:close())
end

--- Tells a figure that was measured: the runner prints it with the results.
-- @param format string
function test.figure(format, ...) print('figure: ' .. format:format(...)) end

--- To be called by a case that interrupts a loop in Lua: skips it under ThreadSanitizer, which
-- holds signals back as long as nothing of the C library is called.
function test.interruptsLoop()
  if os.getenv 'AELUA_SANITIZE' == 'thread' then
    test.skip 'ThreadSanitizer gives no signal to a loop that calls nothing of the C library'
  end
end

--- Makes a folder that is removed at the end of the running case.
-- @return its path
function test.folder()
  local path = assert(system.tmpfolder())
  folders[#folders + 1] = path
  return path
end

-- ---- comparing ----

local function sizes(tensor)
  return tensor:dim() == 0 and '(empty)' or table.concat(tensor:size():totable(), 'x')
end

local function elements(tensor)
  local n = tensor:nElement()
  return n == 0 and {} or tensor:contiguous():view(n):totable()
end

local function nested(tensor) return tensor:dim() == 0 and {} or tensor:totable() end

-- Where and how got differs from want, or nil; same(a, b) judges leaves.
local difference

local function tensorDifference(got, want, same)
  if got:type() ~= want:type() then
    return ('is a %s, want a %s'):format(got:type(), want:type())
  end
  if sizes(got) ~= sizes(want) then
    return ('is %s, want %s'):format(sizes(got), sizes(want))
  end
  local a, b = elements(got), elements(want)
  for i = 1, #b do
    if not same(a[i], b[i]) then
      return ('element %d of %s is %s, want %s'):format(i, sizes(got), a[i], b[i])
    end
  end
end

local function shown(value)
  if type(value) == 'string' then return ('%q'):format(value) end
  if math.type(value) == 'float' then return ('%.17g'):format(value) end
  return tostring(value)
end

local function tableDifference(got, want, same)
  for key, value in pairs(want) do
    local found = difference(got[key], value, same)
    if found then return ('[%s] %s'):format(shown(key), found) end
  end
  for key, value in pairs(got) do
    if want[key] == nil then return ('[%s] is %s, want none'):format(shown(key), shown(value)) end
  end
end

function difference(got, want, same)
  if torch.isTensor(got) and torch.isTensor(want) then return tensorDifference(got, want, same) end
  if torch.isTensor(got) and type(want) == 'table' then got = nested(got) end
  if type(got) == 'table' and type(want) == 'table' then
    return tableDifference(got, want, same)
  end
  if not same(got, want) then return ('is %s, want %s'):format(shown(got), shown(want)) end
end

local function identical(a, b) return a == b or (a ~= a and b ~= b) end

--- Fails unless got is want: numbers (NaN is NaN), strings, booleans, tables element by element,
-- tensors in type, sizes and every element; a tensor may be compared with a nested table.
-- @param what string, names the value in the message [optional]
function test.equal(got, want, what)
  local found = difference(got, want, identical)
  if found then fail((what or 'value') .. ' ' .. found) end
end

--- Fails unless |got - want| <= limit, for numbers, and all of them in tables and tensors.
-- @param limit number
-- @param what string, names the value in the message [optional]
function test.near(got, want, limit, what)
  local found = difference(got, want, function(a, b)
    if type(a) ~= 'number' or type(b) ~= 'number' then return a == b end
    return a == b or math.abs(a - b) <= limit
  end)
  if found then fail(('%s %s within %g'):format(what or 'value', found, limit)) end
end

--- Fails unless the value is neither nil nor false.
-- @param what string, what should have been true
function test.check(value, what)
  if not value then fail((what or 'check') .. ' does not hold') end
end

--- Fails unless fn() raises an error whose message contains every text.
-- @param fn function
-- @param ... strings, plain
-- @return the message
function test.fails(fn, ...)
  local ok, problem = pcall(fn)
  if ok then fail('no error, want one with "' .. table.concat({...}, '", "') .. '"') end
  local message = tostring(problem)
  for _, text in ipairs {...} do
    if not message:find(text, 1, true) then
      fail(('the error is "%s", want "%s" in it'):format(message, text))
    end
  end
  return message
end

-- ---- gradients ----

-- f of each tensor in a table of tensors, or of a tensor.
local function each(value, f)
  if torch.isTensor(value) then return f(value) end
  local list = {}
  for i, part in ipairs(value) do list[i] = each(part, f) end
  return list
end

-- The tensors in it, as a list, and their places: "", "[2][1]".
local function leaves(value, list, places, place)
  list, places, place = list or {}, places or {}, place or ''
  if torch.isTensor(value) then
    list[#list + 1], places[#places + 1] = value, place
  else
    for i, part in ipairs(value) do leaves(part, list, places, ('%s[%d]'):format(place, i)) end
  end
  return list, places
end

local function cloned(value) return each(value, function(t) return t:clone() end) end
local function doubled(value) return each(value, function(t) return t:double():clone() end) end

-- Fixed weights for a scalar loss of an output: no two alike, of both signs.
local function projection(output)
  local i = 0
  return each(output, function(part)
    local weights = part:clone()
    local flat = weights:view(weights:nElement())
    for k = 1, flat:nElement() do
      i = i + 1
      flat[k] = math.sin(1.7 * i + 0.3)
    end
    return weights
  end)
end

local function dot(a, b)
  local sum, others = 0, leaves(b)
  for i, part in ipairs(leaves(a)) do sum = sum + part:dot(others[i]) end
  return sum
end

-- Compares gradient with signed central differences of loss() over each element of tensor.
-- Returns the first disagreement as text.
local function compare(what, tensor, gradient, loss, options)
  local step, limit = options.step or 1e-5, options.limit or 1e-7
  if not gradient then return what .. ' is missing' end
  if sizes(gradient) ~= sizes(tensor) then
    return ('%s is %s, want %s'):format(what, sizes(gradient), sizes(tensor))
  end
  local flat, analytic = tensor:view(tensor:nElement()), elements(gradient)
  for i, slope in ipairs(analytic) do
    local here = flat[i]
    flat[i] = here + step
    local above = loss()
    flat[i] = here - step
    local below = loss()
    flat[i] = here
    local numeric = (above - below) / (2 * step)
    local ok = math.abs(slope - numeric) <= limit * math.max(1, math.abs(numeric))
    if not ok then
      return ('element %d of %s is %.10g, finite differences give %.10g')
        :format(i, what, slope, numeric)
    end
  end
end

-- The same for each tensor of a table.
local function compareAll(what, value, gradient, loss, options)
  local gradients, places = leaves(gradient)
  local tensors, wanted = leaves(value)
  if table.concat(places) ~= table.concat(wanted) then
    return ('%s has tensors at "%s", want "%s"'):format(what, table.concat(places),
      table.concat(wanted))
  end
  for i, tensor in ipairs(tensors) do
    local found = compare(what .. places[i], tensor, gradients[i], loss, options)
    if found then return found end
  end
end

-- Backward overwrites gradInput and adds to the parameters' gradients.
local function compareAccumulation(module, input, weights, gradInput, gradients)
  local again = module:backward(input, weights)
  if difference(again, gradInput, identical) then
    return 'gradInput of a second backward is not the same'
  end
  local _, now = module:parameters()
  for i, gradient in ipairs(now or {}) do
    local once, twice = elements(gradients[i]), elements(gradient)
    for k = 1, #once do
      local ok = math.abs(twice[k] - 2 * once[k]) <= 1e-12 * math.max(1, math.abs(once[k]))
      if not ok then
        return ('gradient %d after a second backward is not twice the first'):format(i)
      end
    end
  end
end

--- Fails unless a module's gradInput and the gradient of every parameter agree with signed central
-- differences, in double, and backward adds to the latter. The module becomes double; its gradients
-- are overwritten.
-- @param input tensor or table of tensors; keep it away from kinks
-- @param options {limit = 1e-7 relative to max(1, slope), step = 1e-5,
--   seed = for layers that draw random numbers: set before each forward}
function test.gradients(module, input, options)
  options = options or {}
  module:double()
  input = doubled(input)
  local function forward()
    if options.seed then torch.manualSeed(options.seed) end
    return module:forward(input)
  end
  local weights = projection(forward())
  local function loss() return dot(forward(), weights) end

  module:zeroGradParameters()
  forward()
  local gradInput = cloned(module:backward(input, weights))
  local values, gradients = module:parameters()
  gradients = cloned(gradients or {})
  local found = compareAccumulation(module, input, weights, gradInput, gradients)
    or compareAll('gradInput', input, gradInput, loss, options)
  for i, value in ipairs(values or {}) do
    found = found or compare('the gradient of parameter ' .. i, value, gradients[i], loss, options)
  end
  if found then fail(found) end
end

-- f of each element of a nested table.
local function mapped(value, f)
  if type(value) == 'number' then return f(value) end
  local list = {}
  for i, part in ipairs(value) do list[i] = mapped(part, f) end
  return list
end

--- Fails unless a layer computes f element by element, of a vector, a matrix and a transposed one,
-- in float and double, and its gradients agree with finite differences.
-- @param make function that returns a new layer
-- @param f function of a number
-- @param points list of numbers away from kinks, their count even
-- @param limit relative to max(1, value), of doubles [optional]
function test.pointwise(make, f, points, limit)
  local x = torch.DoubleTensor(points)
  local matrix = x:view(2, -1)
  local gy = mapped(matrix:t():totable(), function(v) return math.sin(5 * v + 1) end)
  for _, input in ipairs {x, matrix, matrix:t()} do
    local layer = make():double()
    local y = layer:forward(input)
    local scale = math.max(1, y:clone():abs():max())
    test.near(y, mapped(input:totable(), f), (limit or 1e-14) * scale, 'output')
    layer:float()
    local float = layer:forward(input:float())
    test.equal(float:type(), 'torch.FloatTensor')
    test.near(float:double(), y, 3e-7 * scale, 'output in float')
  end
  test.gradients(make(), matrix)
  test.gradients(make(), x)
  local layer, strided = make():double(), matrix:t()
  layer:forward(strided)
  local gradInput = layer:backward(strided, torch.DoubleTensor(gy)):clone()
  layer:forward(strided:contiguous())
  test.equal(gradInput, layer:backward(strided:contiguous(),
    torch.DoubleTensor(gy):t():contiguous():t()), 'gradInput of other strides')
  test.fails(function() layer:backward(x, torch.DoubleTensor(gy)) end,
    'nn.', ('input is %d in backward'):format(#points))
end

--- Fails unless a criterion's gradInput agrees with signed central differences, in double.
-- @param options as test.gradients
function test.criterion_gradients(criterion, input, target, options)
  options = options or {}
  criterion:double()
  input = doubled(input)
  if type(target) ~= 'number' then
    target = each(target, function(t)
      return t:type() == 'torch.FloatTensor' and t:double() or t
    end)
  end
  local function loss() return criterion:forward(input, target) end
  loss()
  local gradInput = cloned(criterion:backward(input, target))
  local found = compareAll('gradInput', input, gradInput, loss, options)
  if found then fail(found) end
end

return test
