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
  if option.default == nil then return 'by the input' end
  if option.kind == 'boolean' then return tostring(option.default) end
  return number(option.default)
end

-- "0..1", "at least 1"; "" where the kind says it all.
local function range(option)
  if not option.min then return '' end
  if option.min == -math.huge and option.max == math.huge then return 'any' end
  if option.min == -math.huge then return 'at most ' .. number(option.max) end
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
end

local function optims()
  print "## Optimizers\n\nOptions go into one table, in Torch's functional form too.\n"
  for _, optim in ipairs(reference.optims) do
    print(('### optim.%s(net, {%s})\n'):format(optim.name, names(optim.options)))
    print(('Functional form: `optim.%s(feval, x, config, state)`\n'):format(optim.func))
    formula(optim.doc)
    optionTable(optim.options)
    list('State of each parameter', optim.state)
  end
end

print '# Layers, losses and optimizers\n'
print 'Generated from the descriptors in the source by `make reference`.\n'
layers()
losses()
optims()
