--- Readers of data sets in files: CIFAR-10's binary files, tables as text, folders of pictures.
-- data.lua makes sets of what they return: {name=, source=, classes = {names}, train = {images=,
-- labels = Long from 1 on}, test = the same}. A defect raises one line that names the file.

local torch = require 'torch'
local core, system = require 'aelua.data', require 'aelua.system'
local files = require 'aelua.file'
local finite = require 'aelua.lua.statistics'.finite
local readPNG, plain = require 'aelua.image'.readPNG, require 'columns'.plain

local readers = {}

-- One line whatever the names in a file hold.
local function fail(text, ...) error(plain(text:format(...)), 0) end

-- What the option has to be.
local function demand(where, options, name, kind)
  if type(options[name]) ~= kind then
    fail('data.%s: %s is %s, should be a %s', where, name,
      options[name] == nil and 'missing' or 'a ' .. type(options[name]), kind)
  end
  return options[name]
end

-- ---- CIFAR-10 ----

local CIFAR_CLASSES = {'airplane', 'automobile', 'bird', 'cat', 'deer', 'dog', 'frog', 'horse',
                       'ship', 'truck'}
local PIXELS = 3 * 32 * 32
local RECORD = 1 + PIXELS -- a label 0..9, then the planes of red, green and blue

local function bytesOf(path)
  local bytes, message = files.readBytes(path)
  if not bytes then error(message, 0) end
  local size = bytes:nElement()
  if size == 0 or size % RECORD ~= 0 then
    fail('%s: %d bytes, should be a multiple of %d, a label and 3x32x32 pixels', path, size, RECORD)
  end
  return bytes:view(-1, RECORD)
end

local function cifarPart(paths)
  local parts = {}
  for i, path in ipairs(paths) do
    parts[i] = bytesOf(path)
    local highest, places = parts[i]:select(2, 1):max(1)
    if highest[1] > 9 then
      fail('%s: label %d is %d, should be 0..9', path, places[1], highest[1])
    end
  end
  local all = #parts == 1 and parts[1] or torch.cat(parts, 1)
  return {images = all:narrow(2, 2, PIXELS):contiguous():view(-1, 3, 32, 32),
          labels = all:select(2, 1):long():add(1)}
end

-- The names in batches.meta.txt, a line each.
local function cifarClasses(folder)
  local path = folder .. '/batches.meta.txt'
  if system.exists(path) ~= 'file' then return CIFAR_CLASSES end
  local text, message = files.read(path)
  if not text then error(message, 0) end
  local names = {}
  for word in text:gmatch '(%S+)[^\n]*' do names[#names + 1] = word end
  if #names ~= 10 then fail('%s: %d names, should be 10', path, #names) end
  return names
end

function readers.cifar10(options)
  local folder, paths = demand('cifar10', options, 'folder', 'string'), {}
  for i = 1, 5 do paths[i] = ('%s/data_batch_%d.bin'):format(folder, i) end
  paths[6] = folder .. '/test_batch.bin'
  for _, path in ipairs(paths) do
    if system.exists(path) ~= 'file' then
      fail('%s: no %s there', folder, path:match '[^/]+$')
    end
  end
  local test = table.remove(paths)
  return {name = 'CIFAR-10', source = folder, classes = cifarClasses(folder),
          train = cifarPart(paths), test = cifarPart {test}}
end

-- ---- setting samples aside ----

local function shareOf(where, options)
  local share = options.test or 0.1
  if not (type(share) == 'number' and share > 0 and share < 1) then
    fail('data.%s: test is %s, should be a share between 0 and 1', where, tostring(share))
  end
  return share
end

-- The part's samples in an order that the seed gives, the same on every machine.
local function shuffled(part, seed)
  local generator = torch.Generator()
  torch.manualSeed(generator, seed or 1)
  local order = torch.randperm(generator, part.labels:size(1)):long()
  return {images = part.images:index(1, order), labels = part.labels:index(1, order)}
end

-- Training and test part of one; both get a sample at least.
local function divided(part, share, path)
  local n = part.labels:size(1)
  if n < 2 then fail('%s: one sample only, which cannot be divided', path) end
  local count = math.min(math.max(math.floor(n * share + 0.5), 1), n - 1)
  local function range(first, size)
    return {images = part.images:narrow(1, first, size),
            labels = part.labels:narrow(1, first, size)}
  end
  return range(1, n - count), range(n - count + 1, count)
end

-- ---- tables as text ----

-- The classes in order, and the place there of each by its name.
local function ordered(classes)
  local list, places, numbers = table.move(classes, 1, #classes, 1, {}), {}, true
  for _, name in ipairs(list) do numbers = numbers and tonumber(name) ~= nil end
  table.sort(list, function(a, b)
    if numbers and tonumber(a) ~= tonumber(b) then return tonumber(a) < tonumber(b) end
    return a < b
  end)
  for i, name in ipairs(list) do places[name] = i end
  return list, places
end

-- Labels as places among the classes, from places among those of the file.
local function renumber(labels, classes, places, path)
  local map = torch.LongTensor(#classes)
  for i, name in ipairs(classes) do
    map[i] = places[name] or fail("%s: class '%s' does not occur in the training data", path, name)
  end
  return map:index(1, labels)
end

-- Division must not make of numbers what is none.
local function divide(x, divisor, path)
  if not finite(divisor) or divisor == 0 then
    fail('data.csv: divisor is %s, should be finite and not 0',
      divisor ~= divisor and 'nan' or tostring(divisor))
  end
  local count, place = x:div(divisor):nonFinite()
  if count > 0 then
    fail('%s: sample %d, number %d, divided by %s is not finite', path, place[1], place[2], divisor)
  end
end

local function readTable(path, options)
  local x, labels, classes, names = core.csv(path, options.separator or ',', options.label)
  if options.divisor then divide(x, options.divisor, path) end
  return {images = x, labels = labels}, classes, names
end

local function sameColumns(first, second)
  return not first or not second or table.concat(first, '\0') == table.concat(second, '\0')
end

function readers.csv(options)
  local path = demand('csv', options, 'train', 'string')
  if options.separator ~= nil and #demand('csv', options, 'separator', 'string') ~= 1 then
    fail("data.csv: separator is '%s', should be one character", options.separator)
  end
  local train, classes, names = readTable(path, options)
  local list, places = ordered(classes)
  local set = {name = path:match '[^/]+$', source = path, classes = list, columns = names or {}}
  train.labels = renumber(train.labels, classes, places, path)
  for i = 1, train.images:size(2) do set.columns[i] = set.columns[i] or i end
  if type(options.test) == 'string' then
    local test, others, theirs = readTable(options.test, options)
    if test.images:size(2) ~= train.images:size(2) or not sameColumns(names, theirs) then
      fail('%s: other columns than %s', options.test, path)
    end
    test.labels = renumber(test.labels, others, places, options.test)
    set.train, set.test = train, test
  else
    local share = shareOf('csv', options)
    set.train, set.test = divided(shuffled(train, options.seed), share, path)
  end
  return set
end

-- ---- folders of pictures ----

-- The folders in a folder, sorted; hidden ones do not count.
local function foldersIn(folder)
  local list = {}
  for _, name in ipairs(system.list(folder) or {}) do
    if not name:find '^%.' and system.exists(folder .. '/' .. name) == 'folder' then
      list[#list + 1] = name
    end
  end
  return list
end

-- The PNG files in a folder, sorted; other files do not count.
local function pngsIn(folder)
  local list = {}
  for _, name in ipairs(system.list(folder)) do
    if name:lower():find '%.png$' and not name:find '^%.' then
      list[#list + 1] = folder .. '/' .. name
    end
  end
  return list
end

-- (C,H,W) with so many channels: grey to colours and back; opacity is left out.
local function withChannels(picture, channels, path)
  local has = picture:size(1)
  if has == channels then return picture end
  if has == channels + 1 then return picture:narrow(1, 1, channels) end
  if channels == 3 then
    return picture:narrow(1, 1, 1):expand(3, picture:size(2), picture:size(3))
  elseif channels == 1 and has >= 3 then
    local grey = require 'aelua.lua.image'.rgb2y(picture:narrow(1, 1, 3):float())
    return grey:add(0.5):byte()
  end
  fail('%s: %d channels, should have %d', path, has, channels)
end

-- format: {channels=, height=, width=, path=}, filled in by the first picture.
local function readPicture(path, format)
  local picture, message = readPNG(path)
  if not picture then error(message, 0) end
  if not format.path then
    format.path, format.height, format.width = path, picture:size(2), picture:size(3)
    format.channels = format.channels or (picture:size(1) >= 3 and 3 or 1)
  end
  if picture:size(2) ~= format.height or picture:size(3) ~= format.width then
    fail('%s: %dx%d pixels, but %s has %dx%d', path, picture:size(2), picture:size(3), format.path,
      format.height, format.width)
  end
  return withChannels(picture, format.channels, path)
end

-- All pictures of the classes, in their order.
local function readPictures(folder, classes, format)
  local paths, labels = {}, {}
  for i, class in ipairs(classes) do
    local inside = pngsIn(folder .. '/' .. class)
    if #inside == 0 then fail('%s/%s: no PNG files in it', folder, class) end
    for _, path in ipairs(inside) do paths[#paths + 1], labels[#labels + 1] = path, i end
  end
  local images
  for i, path in ipairs(paths) do
    local picture = readPicture(path, format)
    images = images or torch.ByteTensor(#paths, format.channels, format.height, format.width)
    images[i]:copy(picture)
  end
  if format.channels == 1 then images = images:view(#paths, format.height, format.width) end
  return {images = images, labels = torch.LongTensor(labels)}
end

local function isDivided(folder)
  return system.exists(folder .. '/train') == 'folder' and
    system.exists(folder .. '/test') == 'folder'
end

function readers.pictures(options)
  local folder = demand('pictures', options, 'folder', 'string')
  if system.exists(folder) ~= 'folder' then fail('%s: no such folder', folder) end
  if options.channels ~= nil and options.channels ~= 1 and options.channels ~= 3 then
    fail('data.pictures: channels is %s, should be 1 or 3', tostring(options.channels))
  end
  local format = {channels = options.channels}
  local set = {name = folder:match '([^/]+)/*$', source = folder}
  local whole = isDivided(folder) and folder .. '/train' or folder
  set.classes = foldersIn(whole)
  if #set.classes == 0 then fail('%s: no folders in it, one for each class', whole) end
  local train = shuffled(readPictures(whole, set.classes, format), options.seed)
  if whole == folder then
    set.train, set.test = divided(train, shareOf('pictures', options), folder)
    return set
  end
  for _, name in ipairs(foldersIn(folder .. '/test')) do
    if system.exists(whole .. '/' .. name) ~= 'folder' then
      fail("%s/test: class '%s' does not occur in %s", folder, name, whole)
    end
  end
  for _, name in ipairs(set.classes) do
    if system.exists(folder .. '/test/' .. name) ~= 'folder' then
      fail("%s/test: no folder for class '%s'", folder, name)
    end
  end
  set.train = train
  set.test = shuffled(readPictures(folder .. '/test', set.classes, format), options.seed)
  return set
end

-- ---- which reader ----

--- The reader that suits what is in a folder: 'cifar10', 'csv', 'pictures', or nil.
function readers.kindOf(folder)
  if system.exists(folder .. '/data_batch_1.bin') then return 'cifar10' end
  if system.exists(folder .. '/train.csv') then return 'csv' end
  local inner = system.exists(folder .. '/train') == 'folder' and folder .. '/train' or folder
  for _, name in ipairs(foldersIn(inner)) do
    if #pngsIn(inner .. '/' .. name) > 0 then return 'pictures' end
  end
end

return readers
