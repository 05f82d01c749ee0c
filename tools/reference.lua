-- Writes the reference of layers, losses and optimizers, from their descriptors, as Markdown to
-- standard output: `aelua tools/reference.lua`.

local reference = require 'aelua.reference'

local function number(value)
  if value == math.huge then return 'inf' end
  if value == math.floor(value) and math.abs(value) < 2 ^ 53 then return ('%d'):format(value) end
  return ('%.10g'):format(value)
end

local function default(option)
  if option.required then return 'required' end
  if option.kind == 'sizes' or option.kind == 'tensor' then return 'none' end
  if option.like then return ('`%s`'):format(option.like) end
  if option.default == nil then return 'by the input' end
  if option.kind == 'boolean' then return tostring(option.default) end
  return number(option.default)
end

-- "0..1", "at least 1"; "" where the kind says it all.
local function range(option)
  if not option.min then return '' end
  if option.min == -math.huge and option.max == math.huge then return 'any' end
  if option.min < -1e300 and option.max > 1e300 then return 'finite' end
  if option.min < -1e300 then return 'at most ' .. number(option.max) end
  if option.max >= 2 ^ 31 - 1 then return 'at least ' .. number(option.min) end
  return number(option.min) .. '..' .. number(option.max)
end

-- "inputSize, outputSize, bias": brackets would only repeat the table below.
local function names(options)
  local list = {}
  for i, option in ipairs(options) do list[i] = option.name end
  return table.concat(list, ', ')
end

local function optionTable(options)
  if #options == 0 then return end
  print '| option | type | default | range | |\n|---|---|---|---|---|'
  for _, option in ipairs(options) do
    print(('| `%s` | %s | %s | %s | %s |'):format(option.name, option.kind, default(option),
      range(option), (option.doc:gsub('|', '\\|'))))
  end
  print ''
end

local function formula(doc) print(('```\n%s\n```\n'):format(doc)) end

local function list(what, items)
  if #items > 0 then print(('%s: `%s`.\n'):format(what, table.concat(items, '`, `'))) end
end

-- ---- comments in Lua files ----

-- "--- text", "-- @param ..." lines above a public function, as one paragraph and a list.
local function comment(lines)
  local text, items = {}, {}
  for _, line in ipairs(lines) do
    local body = line:gsub('^%-%-%-? ?', '')
    local tag, rest = body:match '^@(%w+)%S*%s*(.*)$'
    if tag == 'param' then
      local name, what = rest:match '^(%S+)%s*(.*)$'
      items[#items + 1] = ('- `%s` %s'):format(name or rest, what or '')
    elseif tag == 'return' then
      items[#items + 1] = '- returns ' .. rest
    elseif #items > 0 then
      items[#items] = items[#items] .. ' ' .. body:gsub('^%s+', '')
    else
      text[#text + 1] = body
    end
  end
  if table.concat(text) ~= '' then print(table.concat(text, '\n') .. '\n') end
  if #items > 0 then print(table.concat(items, '\n') .. '\n') end
end

-- optim's functions in files of their own: file -> name
local optimFunctions = {}
for line in io.lines 'lua/optim.lua' do
  local name, file = line:match "^optim%.(%w+) = require 'aelua%.lua%.(%w+)'"
  if name then optimFunctions[('lua/%s.lua'):format(file)] = 'optim.' .. name end
end

-- Name, arguments and parent class of what a line of a file declares.
local function declared(line, path)
  local name, arguments = line:match '^function ([%w_.:]+)(%b())'
  if name then return name, arguments end
  arguments = line:match '^return function(%b())'
  if arguments then return optimFunctions[path], arguments end
  local parent
  name, parent = line:match "^local %w+ = classes%.define%('([%w.]+)', ([%w.]+)%)"
  return name, '', parent
end

-- The comment at the head of a file, none or lines, and its list of {name =, arguments =, parent =,
-- lines =}, what has a comment of its own.
local function contents(path)
  local block, head, entries = {}, nil, {}
  for line in io.lines(path) do
    if line:find '^%-%-%-' then
      block = {line}
    elseif #block > 0 and line:find '^%-%-' then
      block[#block + 1] = line
    elseif #block > 0 then
      local name, arguments, parent = declared(line, path)
      if name then
        entries[#entries + 1] = {name = name, arguments = arguments, parent = parent, lines = block}
      end
      head = head or not name and block or {}
      block = {}
    end
  end
  return head or {}, entries
end

local function entry(e, level)
  print(('%s %s%s\n'):format(level, e.name, e.arguments))
  comment(e.lines)
end

local function module(path)
  local head, entries = contents(path)
  if #head == 0 and #entries == 0 then return end
  print(('### %s\n'):format(path:match 'lua/(.*)%.lua$':gsub('/', '.')))
  if #head > 0 then comment(head) end
  for _, e in ipairs(entries) do entry(e, '####') end
end

-- ---- the engine's, from the descriptors, and Lua's beside them ----

local function layers()
  print '## Layers\n\nPositional arguments in the order shown, or one table with their names.\n'
  for _, layer in ipairs(reference.layers) do
    print(('### nn.%s(%s)\n'):format(layer.name, names(layer.options)))
    formula(layer.doc)
    optionTable(layer.options)
    local parameters = {}
    for i, parameter in ipairs(layer.parameters) do
      parameters[i] = parameter.name .. '`, gradient `' .. parameter.grad
    end
    list('Parameters', parameters)
    list('Kept with the model', layer.buffers)
  end
end

local function losses()
  print '## Losses\n\nArguments as for layers.\n'
  for _, loss in ipairs(reference.losses) do
    print(('### nn.%s(%s)\n'):format(loss.name, names(loss.options)))
    formula(loss.doc)
    optionTable(loss.options)
  end
  local own
  for _, e in ipairs(select(2, contents 'lua/tables.lua')) do
    if e.parent then own = e.parent == 'nn.Criterion' and e.name:match '%w+$' end
    if e.parent and own then entry(e, '###') end
    if own and e.name:find('^' .. own .. ':') then entry(e, '####') end
  end
end

local shown = {} -- files of functions that stand among the optimizers

local function optims()
  print "## Optimizers\n\nOptions go into one table, in Torch's functional form too.\n"
  for _, optim in ipairs(reference.optims) do
    print(('### optim.%s(net, {%s})\n'):format(optim.name, names(optim.options)))
    print(('Functional form: `optim.%s(feval, x, config, state)`\n'):format(optim.func))
    formula(optim.doc)
    optionTable(optim.options)
    list('State of each parameter', optim.state)
  end
  local paths = {}
  for path in pairs(optimFunctions) do paths[#paths + 1] = path end
  table.sort(paths)
  for _, path in ipairs(paths) do
    local head, entries = contents(path)
    if #entries > 0 and entries[1].name == optimFunctions[path] then
      print(('### %s%s\n'):format(entries[1].name, entries[1].arguments))
      if #head > 0 then comment(head) end
      comment(entries[1].lines)
      shown[path] = true
    end
  end
end

-- ---- the Lua library ----

local function library()
  print '## The Lua library\n'
  local pipe = assert(io.popen "find lua -name '*.lua' | LC_ALL=C sort")
  for path in pipe:lines() do
    if not shown[path] then module(path) end
  end
  pipe:close()
end

print '# Reference\n'
print 'Generated by `make reference` from the descriptors and comments in the source.\n'
layers()
losses()
optims()
library()
