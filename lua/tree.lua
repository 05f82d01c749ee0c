--- A network as text: a tree with each layer's parameters and each container's sum in a column.

local core = require 'aelua.modules'

local tree = {}

local function grouped(n)
  local text = ('%d'):format(n):reverse():gsub('(%d%d%d)', '%1,'):reverse()
  return (text:gsub('^,', ''))
end

-- The __tostring__, or __tostring, that a class written in Lua has or inherits.
local function ownText(class)
  while class do
    local own = rawget(class, '__tostring__') or rawget(class, '__tostring')
    if own then return own ~= tree.tostring and own or nil end
    class = class.__parent
  end
end

local append

-- Children one after another.
local function appendList(out, module, margin)
  local names = core.methods.names(module)
  for i, child in ipairs(core.methods.children(module)) do
    append(out, child, margin, margin .. ('(%s): '):format(names[i] or i))
  end
end

-- Children side by side, as Torch draws them.
local function appendBranches(out, module, margin)
  local names, inner = core.methods.names(module), core.methods.children(module)
  out[#out + 1] = {margin .. 'input', ''}
  for i, child in ipairs(inner) do
    local last = i == #inner
    append(out, child, margin .. (last and '       ' or '  |    '),
      ('%s%s(%s): '):format(margin, last and '   `-> ' or '  |`-> ', names[i] or i))
  end
  out[#out + 1] = {margin .. '   ... -> output', ''}
end

-- Appends a module's lines to out, each {text, parameter count or ''}; the first begins with
-- `first`, the others with `margin`.
function append(out, module, margin, first)
  local count = module:parameterCount()
  local class = core.class(module)
  local own = ownText(class)
  if own then
    local text = first .. tostring(own(module)):gsub('\n', '\n' .. margin)
    for line in text:gmatch('[^\n]+') do out[#out + 1] = {line, ''} end
    out[#out][2] = count > 0 and grouped(count) or ''
  elseif not core.methods.children(module) then
    out[#out + 1] = {first .. core.methods.describe(module), count > 0 and grouped(count) or ''}
  else
    out[#out + 1] = {first .. core.methods.describe(module) .. ' {', ''}
    local list = class.__branches and appendBranches or appendList
    list(out, module, margin .. '  ')
    out[#out + 1] = {margin .. '}', grouped(count)}
  end
end

--- The text of a module, in one line where it holds no other.
function tree.tostring(module)
  if not core.made(module) then return core.class(module).__typename end
  local out, width, digits = {}, 0, 0
  append(out, module, '', '')
  if not core.methods.children(module) then return out[1][1] end
  for _, line in ipairs(out) do
    width, digits = math.max(width, #line[1]), math.max(digits, #line[2])
  end
  for i, line in ipairs(out) do
    local gap = (' '):rep(width - #line[1] + 2 + digits - #line[2])
    out[i] = line[2] == '' and line[1] or line[1] .. gap .. line[2]
  end
  out[#out] = out[#out] .. ' parameters'
  return table.concat(out, '\n')
end

return tree
