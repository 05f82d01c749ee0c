--- Torch's xlua: a progress bar, named arguments, and small helpers.

local system, columns = require 'aelua.system', require 'columns'
local sys = require 'aelua.lua.sys'

local xlua = {}

-- ---- progress ----

--- "1h2m", "3s20ms": the two largest units of a time.
-- @param seconds number >= 0
function xlua.formatTime(seconds)
  local parts, rest = {}, seconds
  for _, unit in ipairs {{'D', 86400}, {'h', 3600}, {'m', 60}, {'s', 1}, {'ms', 1e-3}} do
    local n = math.floor(rest / unit[2])
    if n > 0 and #parts < 2 then parts[#parts + 1] = ('%d%s'):format(n, unit[1]) end
    rest = rest - n * unit[2]
  end
  return #parts > 0 and table.concat(parts) or '0ms'
end

local bar -- the one that is being drawn

-- " [=====>..... 3/10 .......] ": the numbers in the middle.
local function barText(current, goal, width)
  local full = goal > 0 and math.floor(width * math.min(current / goal, 1)) or width
  local middle = (' %d/%d '):format(current, goal)
  local from = (width - #middle) // 2
  local function arrow(first, last)
    local text = {}
    for i = first, last do text[#text + 1] = i < full and '=' or i == full and '>' or '.' end
    return table.concat(text)
  end
  return (' [%s%s%s] '):format(arrow(1, from), middle, arrow(from + #middle + 1, width))
end

--- Draws how far a loop is: `for i = 1, n do ... xlua.progress(i, n) end`. On a terminal a bar in
-- place, with the time left and the time of a step; elsewhere one line at the end.
-- @param current what is done, ascending
-- @param goal when it is all done
function xlua.progress(current, goal)
  if type(current) ~= 'number' or type(goal) ~= 'number' then
    error(('xlua.progress: two numbers expected, got a %s and a %s'):format(type(current),
      type(goal)), 2)
  end
  local now = system.clock()
  if not bar or current < bar.current or goal ~= bar.goal then
    bar = {start = now, first = current, goal = goal, drawn = -math.huge}
  end
  bar.current = current
  local done = current >= goal
  local step = current > bar.first and (now - bar.start) / (current - bar.first) or 0
  if system.canDraw() and (done or now - bar.drawn >= 0.05) then
    bar.drawn = now
    local tail = done and ('Tot: %s'):format(xlua.formatTime(now - bar.start))
      or ('ETA: %s'):format(xlua.formatTime((goal - current) * step))
    tail = ('%s | Step: %s'):format(tail, xlua.formatTime(step))
    local room = system.terminalWidth()
    local text = barText(current, goal, math.max(math.min(room - #tail - 6, 77), 12)) .. tail
    io.write('\r', columns.cut(text, math.max(room - 1, 1)), '\27[K', done and '\n' or '')
    io.flush()
  elseif done then
    print(('%d/%d  Tot: %s | Step: %s'):format(current, goal, xlua.formatTime(now - bar.start),
      xlua.formatTime(step)))
  end
  if done then bar = nil end
end

-- ---- named arguments ----

--- A function's help.
-- @param name of the function
-- @param[opt] description string
-- @param[opt] example code
-- @param ... {arg=, type=, help=, default=, req=} for each argument
function xlua.usage(name, description, example, ...)
  local lines = {name, description or '', '', 'usage:', name .. '{'}
  for _, argument in ipairs {...} do
    local key = ('%s = %s'):format(argument.arg, argument.type)
    local text = ('    %-36s-- %s'):format(argument.req and key or '[' .. key .. ']',
      argument.help or '')
    if argument.default ~= nil then
      text = ('%s  [default = %s]'):format(text, tostring(argument.default))
    end
    lines[#lines + 1] = text
  end
  lines[#lines + 1] = '}'
  if example then lines[#lines + 1] = '\nexample:\n' .. example end
  return table.concat(lines, '\n')
end

local lua_types = {number = true, string = true, boolean = true, table = true, ['function'] = true}

-- Whether a value has one of the types "number | torch.Tensor"; a type that is neither Lua's nor a
-- class of torch's is taken on trust.
local function fits(value, types)
  for kind in types:gmatch('[^|%s]+') do
    local of_torch = kind:find('^torch%.')
    if type(value) == kind or kind == 'string' and type(value) == 'number' then return true end
    if of_torch and torch.isTypeOf(value, kind) then return true end
    if not of_torch and not lua_types[kind] then return true end
  end
  return false
end

-- The arguments by name: those of f{name = value}, or of f(value, value).
local function byName(args, list)
  local named = {}
  local first = args[1]
  if #args == 1 and type(first) == 'table' and #first == 0 and not torch.typename(first) then
    for key, value in pairs(first) do named[key] = value end
    return named
  end
  for i, argument in ipairs(list) do named[argument.arg] = args[i] end
  return named
end

--- Reads the arguments of a function that takes them by name or in order:
--
--     function f(...)
--       local args, input, count = xlua.unpack({...}, 'f', 'does something',
--         {arg = 'input', type = 'torch.Tensor', help = 'what to do it with', req = true},
--         {arg = 'count', type = 'number', help = 'how often', default = 1})
--     end
--
-- @param args list
-- @param name of the function, for messages
-- @param description string
-- @param ... {arg=, type=, help=, default=, defaulta= (name of the argument to take), req=}
-- @return table of arguments, and each of them in order
function xlua.unpack(args, name, description, ...)
  local list, values = {...}, {}
  local named = byName(args, list)
  local function refuse(text)
    error(('%s: %s\n%s'):format(name, text, xlua.usage(name, description, nil,
      table.unpack(list))), 3)
  end
  for i, argument in ipairs(list) do
    local value = named[argument.arg]
    if value == nil then value = argument.default end
    if value == nil and argument.defaulta then value = named[argument.defaulta] end
    if value == nil and argument.req then refuse('missing argument ' .. argument.arg) end
    if value ~= nil and not fits(value, argument.type or 'any') then
      refuse(('argument %s is a %s, should be a %s'):format(argument.arg, torch.type(value),
        argument.type))
    end
    named[argument.arg], values[i] = value, value
  end
  return named, table.unpack(values, 1, #list)
end

--- The same, with args as the function's table.
function xlua.unpack_class(object, args, name, description, ...)
  local named = xlua.unpack(args, name, description, ...)
  for key, value in pairs(named) do object[key] = value end
end

-- ---- the rest ----

--- Raises "<domain> message".
function xlua.error(message, domain, usage)
  error((domain and '<' .. domain .. '> ' or '') .. tostring(message)
    .. (usage and '\n' .. usage or ''), 2)
end

--- Requires a module; prints why it cannot be had and returns false instead of raising.
function xlua.require(name)
  local ok, module = pcall(require, name)
  if ok then return module end
  print(module)
  print('warning: <' .. name .. '> could not be loaded (is it installed?)')
  return false
end

--- Calls try(); when it raises, catch(message).
function xlua.trycatch(try, catch)
  local ok, message = pcall(try)
  if not ok then catch(message) end
end

--- Removes a global and collects what it held.
function xlua.clear(name)
  _G[name] = nil
  collectgarbage()
end

--- Prints a table one level deep, or any other value.
function xlua.print(value, ...)
  local meta = type(value) == 'table' and getmetatable(value)
  if type(value) == 'table' and not (type(meta) == 'table' and meta.__tostring) then
    local lines = {}
    for key, field in pairs(value) do
      lines[#lines + 1] = ('[%s] = %s'):format(tostring(key), tostring(field))
    end
    table.sort(lines)
    value = '{' .. table.concat(lines, ',\n ') .. '}'
  end
  print(value, ...)
end

xlua.COLORS = sys.COLORS

_G.sys = sys -- xlua brings it along, in Torch too

return xlua
