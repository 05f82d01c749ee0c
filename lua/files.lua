--- torch.save, load, serialize and deserialize; torch.DiskFile and torch.MemoryFile.
--
-- Objects are Torch7's binary .t7 (lua/t7.lua). Files are binary and little-endian unless told
-- otherwise; numbers as text, Torch7's 'ascii', are not supported and say so.

local torch = require 'torch'
local stream, system = require 'aelua.stream', require 'aelua.system'
local classes, t7 = require 'aelua.lua.classes', require 'aelua.lua.t7'

local files = {}

local LARGE = 1 << 16 -- bytes

-- ---- bytes ----

-- A source of t7.reader over a file of Lua's.
local DiskSource = {}
DiskSource.__index = DiskSource

local function diskSource(handle, name)
  local at = handle:seek('cur')
  local size = handle:seek('end')
  if not at or not size or size == math.maxinteger then
    error(name .. ': cannot be read at any place (a folder or a pipe)', 0)
  end
  handle:seek('set', at)
  return setmetatable({handle = handle, name = name, size = size, at = at}, DiskSource)
end

function DiskSource:left() return self.size - self.at end
function DiskSource:place() return self.at end

function DiskSource:take(n)
  if n == 0 then return '' end
  local bytes = self.handle:read(n)
  if not bytes or #bytes < n then error(self.name .. ': became shorter while it was read', 0) end
  self.at = self.at + n
  return bytes
end

local TextSource = {}
TextSource.__index = TextSource

local function textSource(text, name, at)
  return setmetatable({text = text, name = name, at = at or 0}, TextSource)
end

function TextSource:left() return #self.text - self.at end
function TextSource:place() return self.at end

function TextSource:take(n)
  self.at = self.at + n
  return self.text:sub(self.at - n + 1, self.at)
end

-- A sink that keeps the pieces.
local TextSink = {}
TextSink.__index = TextSink
function TextSink:write(bytes) self[#self + 1] = bytes end

-- ---- whole objects ----

-- Raises where f fails, at the caller of the function that calls this.
local function attempt(prefix, f, ...)
  local ok, result = pcall(f, ...)
  if not ok then error(prefix .. tostring(result), 3) end
  return result
end

local function checkFormat(format, level)
  if format == nil or format == 'binary' then return end
  error(("format '%s': only binary files are supported"):format(tostring(format)), level + 1)
end

local function saveTo(path, object)
  local out <close> = assert(stream.output(path))
  local sink = {write = function(_, bytes) assert(out:write(bytes)) end}
  t7.writer(sink):object(object)
  assert(out:keep())
end

--- Writes an object as Torch7's .t7: numbers, texts, booleans, tables, tensors, storages, networks,
-- losses, instances of classes. The file is replaced at the end, or not at all.
-- @param path file name
-- @param object anything but functions
-- @param[opt] format 'binary'
function torch.save(path, object, format)
  checkFormat(format, 2)
  attempt('torch.save: ', saveTo, path, object)
end

local function loadFrom(path)
  if system.exists(path) == 'other' then error(path .. ': not a regular file', 0) end
  local handle <close> = assert(io.open(path, 'rb'))
  return t7.reader(diskSource(handle, path)):object()
end

--- Reads an object of Torch7's or aelua's; nothing in the file is executed.
-- @param path file name
-- @param[opt] format 'binary'
-- @return the object
function torch.load(path, format)
  checkFormat(format, 2)
  return attempt('torch.load: ', loadFrom, path)
end

local function write(object)
  local sink = setmetatable({}, TextSink)
  t7.writer(sink):object(object)
  return table.concat(sink)
end

--- The bytes that torch.save would write.
function torch.serialize(object, format)
  checkFormat(format, 2)
  return attempt('torch.serialize: ', write, object)
end

--- The object of torch.serialize's bytes.
function torch.deserialize(text, format)
  checkFormat(format, 2)
  if type(text) ~= 'string' then error('torch.deserialize: a string expected', 2) end
  return attempt('torch.deserialize: ', function()
    return t7.reader(textSource(text, 'the text')):object()
  end)
end

-- ---- torch.File ----

-- Numbers in files: name, how string.pack spells them, elements of a storage, its class.
local numbers = {Byte = {'B', 'u1', 'Byte'}, Char = {'b', 'i1', 'Char'},
  Short = {'i2', 'i2', 'Short'}, Int = {'i4', 'i4', 'Int'},
  Long = {'i8', 'i8', 'Long'}, Float = {'f', 'f4', 'Float'},
  Double = {'d', 'f8', 'Double'}}

local File = classes.define('torch.File')

local function handleOf(self)
  return self.opened or error(('%s: the file is closed'):format(self.name), 3)
end

-- Notes the error of a quiet file, or raises.
local function failed(self, what)
  if not self.isQuiet then error(('%s: %s'):format(self.name, what), 3) end
  self.failed = true
end

local function checkBinary(self)
  if self.binaryMode then return end
  error(self.name .. ': numbers as text are not supported; call :binary() first', 3)
end

for name, kind in pairs(numbers) do
  local size = string.packsize('<' .. kind[1])

  -- read*() is a number, read*(n) a storage
  File['read' .. name] = function(self, n)
    checkBinary(self)
    handleOf(self)
    if n and n < 0 then error(('read%s: %d numbers'):format(name, n), 2) end
    local bytes = self:take((n or 1) * size)
    if not bytes then return failed(self, 'ends before ' .. (n or 1) .. ' numbers') end
    if not n then return ((self.order .. kind[1]):unpack(bytes)) end
    local storage = torch[kind[3] .. 'Storage'](n)
    stream.read(storage, 1, bytes, kind[2], self.order == '>')
    return storage
  end

  -- write*(number or storage)
  File['write' .. name] = function(self, value)
    checkBinary(self)
    handleOf(self)
    if not torch.isStorage(value) then
      return self:put((self.order .. kind[1]):pack(value))
    end
    if torch.typename(value) ~= ('torch.%sStorage'):format(name) then
      error(('%s: write%s of a %s'):format(self.name, name, torch.typename(value)), 2)
    end
    return self:put(stream.bytes(value, 1, value:size(), self.order == '>'))
  end
end

--- The rest of the file ('*a'), or a line without its end ('*l').
function File:readString(format)
  handleOf(self)
  local what = format:gsub('^%*', ''):sub(1, 1)
  if what ~= 'a' and what ~= 'l' then
    error(("readString: format '%s', want '*a' or '*l'"):format(format), 2)
  end
  local text = self:line(what)
  if text then return text end
  failed(self, 'no line is left')
  return ''
end

function File:writeString(text)
  handleOf(self)
  return self:put(text)
end

--- One object; places in it refer to objects read from this file before. When it cannot be read the
-- file stays at its place.
function File:readObject()
  handleOf(self)
  self.reader = self.reader or t7.reader(nil)
  self.reader.source = self:source()
  local at = self:position()
  local ok, object = pcall(self.reader.whole, self.reader)
  self:seek(ok and self.reader.source:place() + 1 or at)
  if not ok then error(tostring(object), 2) end
  return object
end

-- Writes what the object becomes, once it is known that it can be written.
local function putObject(self, object)
  local pieces = setmetatable({}, TextSink)
  self.writer.sink, self.writer.depth, self.writer.path = pieces, 0, {}
  self.writer:object(object)
  self:putAll(pieces)
end

--- One object; of those written to this file before it has the places only. One that cannot be
-- written leaves the file as it was.
function File:writeObject(object)
  handleOf(self)
  self.writer = self.writer or t7.writer()
  local before = self.writer.next
  local ok, message = pcall(putObject, self, object)
  if ok then return end
  self.writer:forget(before)
  error(self.name .. ': ' .. tostring(message), 2)
end

function File:binary() self.binaryMode = true; return self end
function File:ascii() self.binaryMode = false; return self end
function File:littleEndianEncoding() self.order = '<'; return self end
function File:bigEndianEncoding() self.order = '>'; return self end
function File:nativeEndianEncoding() self.order = '='; return self end
function File:quiet() self.isQuiet = true; return self end
function File:pedantic() self.isQuiet = false; return self end
function File:hasError() return self.failed end
function File:clearError() self.failed = false; return self end
function File:synchronize() return self end -- luacheck: ignore self

-- What all files begin with.
local function open(self, name, mode, binary)
  if mode ~= 'r' and mode ~= 'w' and mode ~= 'rw' then
    error(("%s: mode '%s', want 'r', 'w' or 'rw'"):format(name, tostring(mode)), 0)
  end
  self.name, self.opened, self.order, self.failed = name, true, '<', false
  self.binaryMode, self.isQuiet = binary, false
end

-- ---- torch.DiskFile ----

local DiskFile = classes.define('torch.DiskFile', File)

--- torch.DiskFile(path [, mode [, quiet]]): mode 'r', 'w', or 'rw' for a file that is there.
function DiskFile:__init(path, mode, quiet)
  mode = mode or 'r'
  open(self, path, mode, false)
  local handle, message = io.open(path, ({r = 'rb', w = 'wb', rw = 'r+b'})[mode])
  self.isQuiet = quiet and true or false
  if not handle then
    self.opened = false
    return failed(self, message)
  end
  self.handle = handle
end

function DiskFile:take(n)
  if n > LARGE and n > self:source():left() then return nil end -- no memory for what is not there
  local bytes = n == 0 and '' or self.handle:read(n)
  if bytes and #bytes == n then return bytes end
  if bytes then self.handle:seek('cur', -#bytes) end
  return nil
end

function DiskFile:put(bytes)
  local ok, message = self.handle:write(bytes)
  return ok and #bytes or failed(self, message)
end

function DiskFile:putAll(pieces)
  for _, piece in ipairs(pieces) do self:put(piece) end
end

function DiskFile:line(format) return self.handle:read(format) end
function DiskFile:source() return diskSource(self.handle, self.name) end

function DiskFile:seek(place)
  handleOf(self)
  self.handle:seek('set', place - 1)
  return self
end

function DiskFile:seekEnd()
  handleOf(self)
  self.handle:seek('end')
  return self
end

function DiskFile:position()
  handleOf(self)
  return self.handle:seek('cur') + 1
end

-- What was written goes to the disk's buffers; only then is it known whether there is room.
function DiskFile:synchronize()
  handleOf(self)
  local ok, message = self.handle:flush()
  if not ok then failed(self, message) end
  return self
end

function DiskFile:close()
  local ok, message = true, nil
  if self.opened then ok, message = self.handle:close() end
  self.opened = false
  if not ok then failed(self, message) end
end

-- ---- torch.MemoryFile ----

local MemoryFile = classes.define('torch.MemoryFile', File)

--- torch.MemoryFile([text or ByteStorage,] [mode]): mode is 'rw' by default.
function MemoryFile:__init(content, mode)
  if mode == nil and (content == 'r' or content == 'w' or content == 'rw') then
    content, mode = nil, content
  end
  open(self, 'the memory file', mode or 'rw', true)
  if torch.isStorage(content) then content = stream.bytes(content, 1, content:size()) end
  self.text, self.at, self.added = content or '', 0, {}
end

-- Writes at the end are collected, and joined when something else is asked for.
local function flush(self)
  if #self.added == 0 then return end
  self.text, self.added = self.text .. table.concat(self.added), {} -- both or none
end

function MemoryFile:take(n)
  flush(self)
  if n > #self.text - self.at then return nil end
  self.at = self.at + n
  return self.text:sub(self.at - n + 1, self.at)
end

function MemoryFile:put(bytes)
  if #self.added > 0 or self.at == #self.text then
    self.added[#self.added + 1] = bytes
  else
    self.text = self.text:sub(1, self.at) .. bytes .. self.text:sub(self.at + #bytes + 1)
  end
  self.at = self.at + #bytes
  return #bytes
end

function MemoryFile:putAll(pieces) self:put(table.concat(pieces)) end -- there is memory, or not

function MemoryFile:line(format)
  flush(self)
  if format == 'a' then return self:take(#self.text - self.at) end
  if self.at >= #self.text then return nil end
  local last = self.text:find('\n', self.at + 1, true) or #self.text + 1
  local line = self.text:sub(self.at + 1, last - 1)
  self.at = math.min(last, #self.text)
  return line
end

function MemoryFile:source()
  flush(self)
  return textSource(self.text, self.name, self.at)
end

function MemoryFile:seek(place)
  handleOf(self)
  flush(self)
  if place < 1 or place > #self.text + 1 then return failed(self, 'no place ' .. place) end
  self.at = place - 1
  return self
end

function MemoryFile:seekEnd()
  handleOf(self)
  flush(self)
  self.at = #self.text
  return self
end

function MemoryFile:position()
  handleOf(self)
  return self.at + 1
end

function MemoryFile:close() self.opened = false end

--- The bytes, as a ByteStorage.
function MemoryFile:storage()
  flush(self)
  local storage = torch.ByteStorage(#self.text)
  stream.read(storage, 1, self.text, 'u1')
  return storage
end

torch.File, torch.DiskFile, torch.MemoryFile = File, DiskFile, MemoryFile

return files
