--- Torch7's .t7 format: objects as bytes and back, always as data.
--
-- An object is a type number and its content; a table or a Torch object also has an index, by which
-- a later place refers to it. Numbers are doubles. Functions are code and refused, both ways. Nets
-- are what lua/t7nn.lua makes of their class and fields; an unknown class is its table of fields.
--
-- Bytes come from a source {name =, left(), take(n), place()} and go to a sink {write(bytes)}.

local torch = require 'torch'
local core, stream = require 'aelua.modules', require 'aelua.stream'
local nets = require 'aelua.lua.t7nn'

local t7 = {}

local NIL, NUMBER, STRING, TABLE, TORCH, BOOLEAN = 0, 1, 2, 3, 4, 5
local DEPTH = 1000 -- levels of objects inside each other
local CHUNK = 1 << 17 -- elements of a storage at a time

-- Elements by the name of their class: kind and size in files, and the class they are read as.
local kinds = {Float = {'f4', 4, 'Float'}, Double = {'f8', 8, 'Double'},
  Long = {'i8', 8, 'Long'}, Byte = {'u1', 1, 'Byte'},
  Char = {'i1', 1, 'Char'}, Short = {'i2', 2, 'Short'}, Int = {'i4', 4, 'Int'},
  Half = {'f2', 2, 'Float'}, Cuda = {'f4', 4, 'Float'}, CudaDouble = {'f8', 8, 'Double'},
  CudaLong = {'i8', 8, 'Long'}, CudaInt = {'i4', 4, 'Int'}, CudaShort = {'i2', 2, 'Short'},
  CudaChar = {'i1', 1, 'Char'}, CudaByte = {'u1', 1, 'Byte'}, CudaHalf = {'f2', 2, 'Float'}}

-- ---- reading ----

local Reader = {}
Reader.__index = Reader

function Reader:fail(what)
  what = what:gsub('%c', '?') -- one line, whatever names are in it
  error(('%s: byte %d: %s'):format(self.source.name, self.source:place(), what), 0)
end

-- n bytes; what they are, for the message.
function Reader:take(n, what)
  local left = self.source:left()
  if n < 0 then self:fail(('%s of length %d'):format(what, n)) end
  if n > left then self:fail(('%s of %d bytes, and %d are left'):format(what, n, left)) end
  return self.source:take(n)
end

function Reader:int() return (('<i4'):unpack(self:take(4, 'an integer'))) end
function Reader:long() return (('<i8'):unpack(self:take(8, 'an integer'))) end
function Reader:text() return self:take(self:int(), 'a string') end

function Reader:number()
  local value = ('<d'):unpack(self:take(8, 'a number'))
  local whole = math.tointeger(value)
  if whole and math.abs(whole) <= 1 << 53 and not (whole == 0 and 1 / value < 0) then
    return whole
  end
  return value
end

-- The object of an index read before, and whether there is one.
function Reader:known(index)
  if self.unfinished[index] then
    self:fail('an object inside itself: ' .. self.unfinished[index])
  end
  return self.objects[index], self.objects[index] ~= nil
end

function Reader:remember(index, object)
  if self.recent then self.recent[#self.recent + 1] = index end -- first: it can fail
  self.objects[index] = object
end

function Reader:entries(result)
  local n = self:int()
  if n < 0 or n > self.source:left() // 8 then self:fail(('a table of %d entries'):format(n)) end
  for _ = 1, n do
    local key = self:object()
    if key == nil or key ~= key then self:fail('a table with a key that is nil or NaN') end
    result[key] = self:object()
  end
  return result
end

function Reader:table()
  local index = self:int()
  local object, known = self:known(index)
  if not known then
    object = {}
    self:remember(index, object)
    return self:entries(object)
  end
  if type(object) ~= 'table' then self:fail('a table expected') end
  return object
end

function Reader:storage(kind)
  local n, size = self:long(), kind[2]
  if n < 0 or n > self.source:left() // size then
    self:fail(('a storage of %d elements, and %d bytes are left'):format(n, self.source:left()))
  end
  local storage = torch[kind[3] .. 'Storage'](n)
  for first = 1, n, CHUNK do
    local count = math.min(CHUNK, n - first + 1)
    stream.read(storage, first, self:take(count * size, 'elements'), kind[1])
  end
  return storage
end

-- Fills a storage with the sizes, or strides, of a tensor.
function Reader:counts(list, what)
  for d = 1, list:size() do
    list[d] = self:long()
    if list[d] < 0 then self:fail(('a tensor whose %s %d is %d'):format(what, d, list[d])) end
  end
end

function Reader:tensor(kind)
  local name, n = kind[3], self:int()
  if n < 0 or n > 8 then self:fail(('a tensor with %d dimensions'):format(n)) end
  local sizes, strides = torch.LongStorage(n), torch.LongStorage(n)
  self:counts(sizes, 'size')
  self:counts(strides, 'stride')
  local first, storage = self:long(), self:object()
  if storage ~= nil and torch.type(storage) ~= ('torch.%sStorage'):format(name) then
    self:fail(('a %sTensor on a %s'):format(name, torch.type(storage)))
  end
  local class = torch[name .. 'Tensor']
  if n == 0 then return class() end
  local ok, tensor = pcall(class, storage or torch[name .. 'Storage'](0), first, sizes, strides)
  if not ok then self:fail(tostring(tensor)) end
  return tensor
end

-- The fields of a class that is neither tensor nor storage.
function Reader:fields(name)
  local before = self.source:place()
  if self:int() ~= TABLE then
    self:fail(('the class %s is not known, and its content at byte %d is no table'):format(
      name, before))
  end
  return self:table()
end

function Reader:instance(name, index)
  self.unfinished[index] = name
  local fields = self:fields(name)
  local ok, object = pcall(nets.decode, name, fields)
  if not ok then self:fail(tostring(object)) end
  self.unfinished[index] = nil
  return object
end

function Reader:torchObject()
  local index = self:int()
  local object, known = self:known(index)
  if known then return object end
  local name = self:text()
  if name:find('^V %d+$') then name = self:text() end -- before versions the name stood alone
  local element, what = name:match('^torch%.(%a+)(%u%l+)$')
  local kind = kinds[element]
  if kind and what == 'Storage' then
    object = self:storage(kind)
  elseif kind and what == 'Tensor' then
    object = self:tensor(kind)
  elseif nets.isTable(name) then
    object = nets.bare(name)
    self:remember(index, object) -- may be met again inside itself
    for key, value in pairs(self:fields(name)) do rawset(object, key, value) end
  else
    object = self:instance(name, index)
  end
  self:remember(index, object)
  return object
end

--- Reads one object.
function Reader:object()
  self.depth = self.depth + 1
  if self.depth > DEPTH then self:fail(('more than %d levels of objects'):format(DEPTH)) end
  local kind, object = self:int(), nil
  if kind == NUMBER then
    object = self:number()
  elseif kind == STRING then
    object = self:text()
  elseif kind == TABLE then
    object = self:table()
  elseif kind == TORCH then
    object = self:torchObject()
  elseif kind == BOOLEAN then
    object = self:int() ~= 0
  elseif kind >= 6 and kind <= 8 then
    self:fail('a function, which is code and is not read')
  elseif kind ~= NIL then
    self:fail(('no object: type %d'):format(kind))
  end
  self.depth = self.depth - 1
  return object
end

--- Reads one object; when that fails, what is inside of it is not remembered.
function Reader:whole()
  self.recent, self.depth = {}, 0
  local ok, object = pcall(self.object, self)
  if ok then return object end
  for _, index in ipairs(self.recent) do self.objects[index] = nil end
  self.unfinished = {}
  error(object, 0)
end

--- A reader of objects, which remembers those it has read.
-- @param source bytes
function t7.reader(source)
  return setmetatable({source = source, objects = {}, unfinished = {}, depth = 0}, Reader)
end

-- ---- writing ----

local Writer = {}
Writer.__index = Writer

-- Raises for the object that is being written: "at .net.modules[2]: what".
function Writer:fail(what)
  local place = {}
  for i, key in ipairs(self.path) do
    place[i] = math.type(key) and ('[%s]'):format(key) or '.' .. tostring(key)
  end
  error((#place > 0 and 'at ' .. table.concat(place) .. ': ' or '') .. what, 0)
end

function Writer:int(value) self.sink:write(('<i4'):pack(value)) end
function Writer:long(value) self.sink:write(('<i8'):pack(value)) end

function Writer:text(value)
  if #value > 0x7FFFFFFF then self:fail('a string of more than 2 GiB') end
  self:int(#value)
  self.sink:write(value)
end

function Writer:number(value)
  local double = value + 0.0
  if math.type(value) == 'integer' and math.tointeger(double) ~= value then
    self:fail(('the integer %d is no double exactly; put it into a LongTensor'):format(value))
  end
  self.sink:write(('<i4d'):pack(NUMBER, double))
end

-- Writes type and index of an object that has one; whether its content is still to come.
function Writer:begin(kind, object)
  self:int(kind)
  local index = self.indices[object]
  self:int(index or self.next)
  if index then return false end
  self.indices[object] = self.next
  self.next = self.next + 1
  return true
end

local order = {number = 1, string = 2, boolean = 3}

-- The same table gives the same bytes; keys that have no order come last.
local function sortedKeys(object)
  local keys = {}
  for key in next, object do keys[#keys + 1] = key end
  table.sort(keys, function(a, b)
    local x, y = order[type(a)] or 4, order[type(b)] or 4
    if x ~= y or x > 3 then return x < y end
    if x == 3 then return b and not a end
    return a < b
  end)
  return keys
end

function Writer:table(object)
  if not self:begin(TABLE, object) then return end
  local keys = sortedKeys(object)
  self:int(#keys)
  for _, key in ipairs(keys) do
    self.path[#self.path + 1] = key
    self:object(key)
    self:object(object[key])
    self.path[#self.path] = nil
  end
end

function Writer:class(name)
  self:text('V 1')
  self:text(name)
end

function Writer:storage(object, name)
  if not self:begin(TORCH, object) then return end
  self:class(name)
  local n = object:size()
  self:long(n)
  for first = 1, n, CHUNK do
    self.sink:write(stream.bytes(object, first, math.min(CHUNK, n - first + 1)))
  end
end

function Writer:tensor(object)
  if not self:begin(TORCH, object) then return end
  self:class(object:type())
  local n = object:dim()
  self:int(n)
  for d = 1, n do self:long(object:size(d)) end
  for d = 1, n do self:long(object:stride(d)) end
  self:long(object:storageOffset())
  if n == 0 then return self:int(NIL) end
  local storage = object:storage()
  self:storage(storage, torch.typename(storage))
end

function Writer:instance(object, name)
  if self.unfinished[object] then self:fail('the ' .. name .. ' inside itself cannot be saved') end
  if not self:begin(TORCH, object) then return end
  self.unfinished[object] = not nets.isTable(name) -- a reader makes it of all its fields
  local ok, fields = pcall(nets.encode, object, name)
  if not ok then self:fail(tostring(fields)) end
  self:class(name)
  self.kept[#self.kept + 1] = fields -- its address must stay its own
  self:table(fields)
  self.unfinished[object] = nil
end

local refusals = {['function'] = 'a function is code and is not saved',
  thread = 'a coroutine cannot be saved', optimizer = 'an optimizer is not saved: save its '
  .. 'network, or let experiment write checkpoints'}

function Writer:other(object, kind)
  local name = torch.typename(object)
  if kind == 'storage' then return self:storage(object, name) end
  if kind == 'tensor' then return self:tensor(object) end
  if name and (kind == 'module' or kind == 'criterion' or kind == 'table') then
    return self:instance(object, name)
  end
  if kind == 'table' then return self:table(object) end
  self:fail(refusals[kind] or ('a %s cannot be saved'):format(name or kind))
end

--- Writes one object.
function Writer:object(object)
  self.depth = self.depth + 1
  if self.depth > DEPTH then self:fail(('more than %d levels of objects'):format(DEPTH)) end
  local kind = core.kind(object)
  if kind == 'nil' then
    self:int(NIL)
  elseif kind == 'boolean' then
    self.sink:write(('<i4i4'):pack(BOOLEAN, object and 1 or 0))
  elseif kind == 'number' then
    self:number(object)
  elseif kind == 'string' then
    self:int(STRING)
    self:text(object)
  else
    self:other(object, kind)
  end
  self.depth = self.depth - 1
end

--- Forgets the objects from the index `first` on, which are not in the file.
function Writer:forget(first)
  for object, index in pairs(self.indices) do
    if index >= first then self.indices[object] = nil end
  end
  self.next, self.unfinished = first, {}
end

--- A writer of objects, which remembers those it has written.
-- @param[opt] sink what gets the bytes; its field may be set anew
function t7.writer(sink)
  return setmetatable({sink = sink, indices = {}, next = 1, depth = 0, path = {}, kept = {},
    unfinished = {}}, Writer)
end

return t7
