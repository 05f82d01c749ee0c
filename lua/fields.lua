--- What scripts keep in modules of classes written in Lua, as data: JSON beside named tensors.
--
-- Numbers, texts and booleans are themselves; a table is {table = {{key, value}, ...}}, a tensor
-- {tensor = name}, a view of one {view = name, offset =, size =, stride =}, a module {module =
-- structure}, a loss {loss = class, options =, fields =}; what was met before is {same = name}.

local torch, nn = require 'torch', require 'nn'
local core, reference = require 'aelua.modules', require 'aelua.reference'

local fields = {}

-- Numbers that JSON lacks.
local INFINITE = {[tostring(math.huge)] = math.huge, [tostring(-math.huge)] = -math.huge}

local losses = {}
for _, loss in ipairs(reference.losses) do losses['nn.' .. loss.name] = loss end

-- The place of a key in a name: "0.list.1".
local function joined(name, key)
  return (name == '' and '' or name .. '.') .. tostring(key)
end

local order = {number = 1, string = 2, boolean = 3}

-- The keys of a table; the same table gives the same order.
local function sortedKeys(object, name)
  local keys = {}
  for key in next, object do
    if not order[type(key)] then
      error(('save: %s has a key that is a %s'):format(name, torch.type(key)), 0)
    end
    keys[#keys + 1] = key
  end
  table.sort(keys, function(a, b)
    if type(a) ~= type(b) then return order[type(a)] < order[type(b)] end
    if type(a) == 'boolean' then return a and not b end
    return a < b
  end)
  return keys
end

-- ---- writing ----

local function span(tensor)
  return tensor:storageOffset(), tensor:storageOffset() + tensor:nElement() - 1
end

local function extent(tensor)
  local last = tensor:storageOffset()
  for d = 1, tensor:dim() do last = last + (tensor:size(d) - 1) * tensor:stride(d) end
  return tensor:storageOffset(), last
end

-- A tensor as a view of one that has a name.
local function asView(tensor, context)
  for _, entry in ipairs(context.entries) do
    local whole = entry[2]
    if whole:dim() > 0 and whole:isContiguous() and whole:storage() == tensor:storage() then
      local first, last = span(whole)
      local from, to = extent(tensor)
      if first <= from and to <= last then
        return {view = entry[1], offset = from - first, size = tensor:size():totable(),
                stride = tensor:stride():totable()}
      end
    end
  end
end

local function encodeTensor(tensor, name, context)
  local known = context.names[tensor]
  if known then return {tensor = known} end
  local view = tensor:dim() > 0 and asView(tensor, context)
  if view then return view end
  context.names[tensor] = name
  if tensor:dim() == 0 then return {tensor = name, empty = tensor:type()} end
  context.entries[#context.entries + 1] = {name, tensor}
  return {tensor = name}
end

local encode

local function encodeTable(object, name, context)
  if getmetatable(object) then
    error(('save: %s is a %s, which a model cannot hold'):format(name, torch.type(object)), 0)
  end
  local list = {}
  for i, key in ipairs(sortedKeys(object, name)) do
    list[i] = {key, encode(object[key], joined(name, key), context)}
  end
  return {table = list}
end

local function lossOf(class)
  while class and not losses[class.__typename] do class = class.__parent end
  return class and losses[class.__typename]
end

local function encodeLoss(criterion, name, context)
  local options = {}
  for _, option in ipairs(lossOf(core.lossClass(criterion)).options) do
    local value = criterion[option.name]
    if value ~= nil then
      options[option.name] = encode(value, joined(name, option.name), context)
    end
  end
  return {loss = torch.typename(criterion), type = criterion:type(), options = options,
          fields = fields.encode(core.lossFields(criterion), name, context)}
end

function encode(value, name, context)
  local kind = core.kind(value)
  if kind == 'number' and (value ~= value or INFINITE[tostring(value)]) then
    return {number = tostring(value)}
  elseif kind == 'number' or kind == 'string' or kind == 'boolean' then
    return value
  elseif kind == 'tensor' then
    return encodeTensor(value, name, context)
  end
  if context.seen[value] then return {same = context.seen[value]} end
  if kind == 'module' then return {module = context.structure(value, name)} end
  if kind == 'table' or kind == 'criterion' then
    context.seen[value] = name
    return (kind == 'table' and encodeTable or encodeLoss)(value, name, context)
  end
  error(('save: %s is a %s, which a model cannot hold'):format(name, torch.type(value)), 0)
end

--- The fields as a table for JSON; nil when there are none.
-- @param own table of fields
-- @param name of the module that has them
-- @param context {names = tensors to their names, entries = list of {name, tensor}, which grows,
--   seen = tables and modules to their names, structure = function(module, name)}
function fields.encode(own, name, context)
  local out = {}
  for _, key in ipairs(sortedKeys(own, name)) do
    if type(key) ~= 'string' then
      error(('save: %s has a field whose name is no text: %s'):format(name, tostring(key)), 0)
    end
    out[key] = encode(own[key], joined(name, key), context)
  end
  return next(out) and out or nil
end

-- ---- reading ----

local function demand(condition, name, what)
  if not condition then error(('%s: %s'):format(name, what), 0) end
end

local function storedTensor(node, name, context)
  if node.empty then
    local class = type(node.empty) == 'string' and torch[node.empty:match('^torch%.(%a+Tensor)$')]
    demand(class, name, 'an empty tensor of an unknown type')
    return class()
  end
  local stored = context.stored[node.tensor]
  demand(stored, name, 'no tensor ' .. tostring(node.tensor))
  return stored
end

local isReal = {['torch.FloatTensor'] = true, ['torch.DoubleTensor'] = true}

-- A tensor keeps its place where the module has one of its type already.
local function decodeTensor(node, name, context, existing)
  local known = context.tensors[node.tensor]
  if known then return known end
  local stored = storedTensor(node, name, context)
  local stays = torch.isTensor(existing) and stored:dim() > 0
    and (existing:type() == stored:type() or isReal[existing:type()] and isReal[stored:type()])
  if stays then stored = existing:resize(stored:size()):copy(stored) end
  context.tensors[node.tensor] = stored
  return stored
end

local function isCount(value, least) return math.type(value) == 'integer' and value >= least end

-- The last place of a view in its storage; nil when it is none.
local function lastPlace(node, first)
  local size, stride = node.size, node.stride
  local lists = type(size) == 'table' and type(stride) == 'table' and #size == #stride
  if not lists or #size == 0 or #size > 8 or not isCount(node.offset, 0) then return nil end
  local last = first + node.offset
  for d = 1, #size do
    local fits = isCount(size[d], 1) and isCount(stride[d], 0)
      and size[d] <= 1 << 40 and stride[d] <= 1 << 20
    if not fits then return nil end
    last = last + (size[d] - 1) * stride[d]
  end
  return last
end

local function decodeView(node, name, context)
  local whole = context.tensors[node.view]
  demand(whole and whole:dim() > 0, name, ('a view of %s, which is none'):format(node.view))
  local first, last = span(whole)
  local to = lastPlace(node, first)
  demand(to and to <= last, name, ('a view that is not inside %s'):format(node.view))
  return torch[whole:type():match('%a+$')](whole:storage(), first + node.offset,
    torch.LongStorage(node.size), torch.LongStorage(node.stride))
end

local decode

local function decodeTable(list, name, context, existing)
  local out = type(existing) == 'table' and not getmetatable(existing) and existing or {}
  local wanted = {}
  context.seen[name] = out
  demand(type(list) == 'table', name, 'no list of entries')
  for _, entry in ipairs(list) do
    demand(type(entry) == 'table', name, 'no entry')
    local key, value = entry[1], entry[2]
    demand(order[type(key)] and key == key, name, 'a key that is none')
    if math.type(key) == 'float' then key = math.tointeger(key) or key end
    wanted[key] = true
    out[key] = decode(value, joined(name, key), context, out[key])
  end
  for key in pairs(out) do
    if not wanted[key] then out[key] = nil end
  end
  return out
end

local function decodeLoss(node, name, context)
  local class = torch.getmetatable(tostring(node.loss))
  local loss = lossOf(class)
  demand(loss, name, 'no loss ' .. tostring(node.loss))
  local options = {}
  for key, value in pairs(type(node.options) == 'table' and node.options or {}) do
    options[key] = decode(value, joined(name, key), context)
  end
  local ok, criterion = pcall(nn[loss.name], next(options) and options or nil)
  demand(ok, name, tostring(criterion))
  context.seen[name] = criterion
  criterion:type(node.type == 'torch.DoubleTensor' and node.type or 'torch.FloatTensor')
  core.lossClass(criterion, class)
  fields.decode(node.fields, core.lossFields(criterion), name, context)
  return criterion
end

function decode(node, name, context, existing)
  if type(node) ~= 'table' then return node end
  if node.number then return INFINITE[node.number] or 0 / 0 end
  if node.tensor then return decodeTensor(node, name, context, existing) end
  if node.view then return decodeView(node, name, context) end
  if node.table then return decodeTable(node.table, name, context, existing) end
  if node.loss then return decodeLoss(node, name, context) end
  if node.module then
    local module = context.module(node.module, name, existing)
    demand(core.kind(module) == 'module', name, 'no module')
    return module
  end
  demand(node.same and context.seen[node.same], name, 'the same as what is not there')
  return context.seen[node.same]
end

--- Puts fields.encode's table into a module's own fields; those it does not have go.
-- @param nodes the table, or nil
-- @param own table of fields; tensors in it stay where they are and are copied to
-- @param name of the module
-- @param context {stored = names to tensors of the file, tensors = names to those in use, seen =
--   names to tables and modules, module = function(structure, name, existing)}
function fields.decode(nodes, own, name, context)
  demand(nodes == nil or type(nodes) == 'table', name, 'fields that are no table')
  local keys = {}
  for key in pairs(nodes or {}) do
    demand(type(key) == 'string', name, 'a field whose name is no text')
    keys[#keys + 1] = key
  end
  table.sort(keys) -- as they were written: what is referred to comes first
  for _, key in ipairs(keys) do
    own[key] = decode(nodes[key], joined(name, key), context, own[key])
  end
  for key, value in pairs(own) do
    if (nodes or {})[key] == nil and type(value) ~= 'function' then own[key] = nil end
  end
end

return fields
