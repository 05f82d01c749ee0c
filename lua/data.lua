--- Data sets: Fashion-MNIST from its four IDX files, or the built-in garments where they are not;
-- CIFAR-10, tables as text and folders of pictures.
--
--     local set = data.load()
--     for x, y in set.train:batches(1000) do step(x, y) end   -- x (B,784) in 0..1, y (B) 1..10
--     local cifar = data.load{folder = 'cifar-10-batches-bin'}
--     local flowers = data.csv{train = 'iris.csv', test = 0.2}

local torch = require 'torch'
local core, system = require 'aelua.data', require 'aelua.system'
local grouped = require('progress').grouped
local readers = require 'aelua.lua.readers'

local data = {}

local FOLDER = 'data/fashion-mnist'
local SIDE, CLASSES = 28, 10
local LARGEST = 1 << 31 -- bytes that a file may unpack to

data.classes = {'T-shirt/top', 'Trouser', 'Pullover', 'Dress', 'Coat', 'Sandal', 'Shirt', 'Sneaker',
                'Bag', 'Ankle boot'}

-- Raises at the caller's place for a word that is none of the options.
local function checkOptions(where, given, known)
  for word in pairs(given) do
    local found = false
    for _, name in ipairs(known) do found = found or name == word end
    if not found then
      local near = system.nearest(tostring(word), known)
      error(("%s: unknown option '%s'%s"):format(where, tostring(word),
        near and "; did you mean '" .. near .. "'?" or ''), 3)
    end
  end
end

local function checkCount(where, name, value)
  if math.type(value) ~= 'integer' or value < 1 then
    error(('%s: %s is %s, should be a whole number from 1 on'):format(where, name,
      tostring(value)), 3)
  end
end

-- ---- parts: images with their labels ----

local Part = {}
Part.__index = Part

local function newPart(images, labels)
  return setmetatable({images = images, labels = labels, n = images:size(1)}, Part)
end

--- Number of images.
function Part:size() return self.n end

-- Rows of the samples with these places, or `count` of them from `first` on, into x.
function Part:fill(x, places, first, count)
  if self.images:type() == 'torch.ByteTensor' then
    return core.batchImages(x, self.images, places, first, count, 255)
  end
  local rows = places and self.images:index(1, places) or self.images:narrow(1, first, count)
  x:resize(rows:size()):copy(rows)
end

--- Images first..first+count-1 as a batch.
-- @param[opt=1] first
-- @param[opt] count default: all that follow
-- @return x (count, pixels) of the default type in 0..1, y (count) Long, 1..classes
function Part:batch(first, count)
  first = first or 1
  count = count or self.n - first + 1
  local x = torch.Tensor()
  self:fill(x, nil, first, count)
  return x, self.labels:narrow(1, first, count)
end

--- The batches of one pass: `for x, y, first in part:batches(1000) do`. x is the same tensor each
-- time, filled anew; the last batch may be short.
-- @param size images a batch, >= 1
-- @param[opt] options {order = LongTensor of places (a permutation), shuffle = true for a new
--   random one, from = first batch to give (1)}
function Part:batches(size, options)
  options = options or {}
  checkOptions('batches', options, {'order', 'shuffle', 'from'})
  checkCount('batches', 'the size', size)
  checkCount('batches', 'from', options.from or 1)
  local order = options.order or options.shuffle and torch.randperm(self.n):long() or nil
  if order and not torch.isTensor(order) then
    error('batches: the order is a ' .. type(order) .. ', should be a LongTensor', 2)
  end
  local total = order and order:size(1) or self.n
  local x, at = torch.Tensor(), ((options.from or 1) - 1) * size + 1
  return function()
    if at > total then return nil end
    local first, count = at, math.min(size, total - at + 1)
    local places = order and order:narrow(1, first, count)
    self:fill(x, places, places and 1 or first, count)
    local labels = places and self.labels:index(1, places) or self.labels:narrow(1, first, count)
    at = at + count -- only now: a batch that failed is the next one again
    return x, labels, first
  end
end

--- The first n images, sharing memory.
function Part:subset(n)
  if n >= self.n then return self end
  return newPart(self.images:narrow(1, 1, n), self.labels:narrow(1, 1, n))
end

--- Two parts: the first n images and the rest, sharing memory.
function Part:split(n)
  if n < 1 or n >= self.n then
    error(('split: %d of %d images leaves nothing on one side'):format(n, self.n), 2)
  end
  local rest = self.n - n
  return self:subset(n),
    newPart(self.images:narrow(1, n + 1, rest), self.labels:narrow(1, n + 1, rest))
end

-- ---- files ----

local function findFile(folder, name)
  for _, ending in ipairs {'', '.gz'} do
    local path = folder .. '/' .. name .. ending
    if system.exists(path) then return path end
  end
end

local names = {train = {'train-images-idx3-ubyte', 'train-labels-idx1-ubyte'},
               test = {'t10k-images-idx3-ubyte', 't10k-labels-idx1-ubyte'}}

local function checkLabels(labels, path)
  local highest, places = labels:max(1)
  if highest[1] >= CLASSES then
    error(('%s: label %d is %d, should be 0..%d'):format(path, places[1], highest[1],
      CLASSES - 1), 0)
  end
end

-- Images and labels of one part; errors name the file.
local function readPart(folder, part)
  local paths = {}
  for i, name in ipairs(names[part]) do
    paths[i] = findFile(folder, name) or
      error(('%s: no %s or %s.gz there'):format(folder, name, name), 0)
  end
  local images, labels = core.idx(paths[1], LARGEST), core.idx(paths[2], LARGEST)
  if images:dim() ~= 3 or images:type() ~= 'torch.ByteTensor' or images:size(2) ~= SIDE or
     images:size(3) ~= SIDE then
    error(('%s: %s of size %s, should be bytes of size Nx%dx%d'):format(paths[1], images:type(),
      table.concat(images:size():totable(), 'x'), SIDE, SIDE), 0)
  end
  if labels:dim() ~= 1 or labels:type() ~= 'torch.ByteTensor' then
    error(('%s: not a list of bytes'):format(paths[2]), 0)
  end
  if images:size(1) ~= labels:size(1) then
    error(('%s has %d images and %s %d labels'):format(paths[1], images:size(1), paths[2],
      labels:size(1)), 0)
  end
  if images:size(1) == 0 then error(paths[1] .. ': no images in it', 0) end
  checkLabels(labels, paths[2])
  return newPart(images, labels:long():add(1))
end

-- Which folder to look into; nil when there is none. One named in AELUA_DATA must hold a data set.
local function findFolder(folder)
  folder = folder or os.getenv('AELUA_DATA')
  if folder and folder ~= '' then return folder end
  return findFile(FOLDER, names.train[1]) and FOLDER or nil
end

-- ---- sets ----

local Set = {}
Set.__index = Set

--- One line: which data, how many, from where.
function Set:describe()
  local size = self.train.images:size():totable()
  table.remove(size, 1)
  local what = self.columns and ('samples of %d numbers'):format(size[1])
    or ('images of %s pixels'):format(table.concat(size, 'x'))
  return ('%s: %s training and %s test %s, %d classes, from %s'):format(self.name,
    grouped(self.train.n), grouped(self.test.n), what, #self.classes, self.source)
end

Set.__tostring = Set.describe

-- The first images are the same however many there are: only those wanted are drawn.
local function garments(seed, samples)
  local function part(n, stream)
    local images, labels = core.garments(n, seed, stream)
    return newPart(images, labels:long():add(1))
  end
  local wanted = samples and samples > 0 and math.min(samples, 60000) or 60000
  return part(wanted, 0), part(10000, 1)
end

-- A set of what a reader gave, with as many training samples as the options say.
local function newSet(read, options)
  local set = setmetatable(read, Set)
  set.train, set.test = newPart(set.train.images, set.train.labels),
    newPart(set.test.images, set.test.labels)
  if options.samples and options.samples > 0 then set.train = set.train:subset(options.samples) end
  return set
end

-- Calls a reader with the options, after those have been checked.
local function read(name, options, known)
  options = options or {}
  checkOptions(name, options, known)
  return newSet(readers[name](options), options)
end

--- CIFAR-10 from its binary files, data_batch_1.bin to data_batch_5.bin and test_batch.bin; the
-- names of the classes from batches.meta.txt when that is there. Images are (n,3,32,32).
-- @param options {folder=, samples= training images to keep (0: all)}
function data.cifar10(options) return read('cifar10', options, {'folder', 'samples'}) end

--- Tables as text: a sample in each line, its class in one of the columns; images is then (n,D)
-- Float and batches give the numbers as they are. Labels are 1..C in the order of the classes,
-- which is by number when all are numbers, else alphabetical. A first line may name the columns.
-- @param options {train= path, test= another path, or the share of the samples (0.1) that a
--   permutation by the seed sets aside, label= name or number of the classes' column (default:
--   label, class or target, or else the last), separator=',', divisor=1 (255 for pixels), seed=1,
--   samples= to keep (0: all)}
-- @return as data.load, with columns = names or numbers of those that x has
function data.csv(options)
  return read('csv', options,
    {'train', 'test', 'label', 'separator', 'divisor', 'seed', 'samples'})
end

--- A folder with a folder of PNG pictures for each class, or two such folders, train and test. All
-- have one size; images are (n,H,W) grey or (n,3,H,W), in an order by the seed.
-- @param options {folder=, test= share of the pictures (0.1) to test with when there is one folder
--   only, channels= 1 or 3 (default: those of the first picture), seed=1, samples= to keep (0:
--   all)}
function data.pictures(options)
  return read('pictures', options, {'folder', 'test', 'channels', 'seed', 'samples'})
end

-- The other kinds of data set that a folder may hold.
local function otherKind(folder, options)
  local kind = readers.kindOf(folder)
  if not kind then return nil end
  local given = {folder = folder, seed = options.seed}
  if kind == 'csv' then
    given = {train = folder .. '/train.csv', test = folder .. '/test.csv', seed = options.seed}
  end
  return newSet(readers[kind](given), options)
end

--- The data set: Fashion-MNIST when its files are in the folder given, in $AELUA_DATA or in
-- data/fashion-mnist; otherwise the built-in garments, after one line that says so. A folder with
-- data_batch_1.bin is read by data.cifar10, one with train.csv and test.csv by data.csv, one with
-- folders of PNG pictures by data.pictures. Raises one line for a missing, damaged or unfitting
-- file.
-- @param[opt] options {folder=, samples = training images to keep (0: all), seed = of the garments,
--   builtin = true for the garments in any case}
-- @return {name=, source=, classes = {names}, train=, test=}; a part has images (n,28,28) Byte,
--   labels (n) Long 1..10, n, and the functions batches, batch, subset, split
function data.load(options)
  options = options or {}
  checkOptions('load', options, {'folder', 'samples', 'seed', 'builtin'})
  local folder = not options.builtin and findFolder(options.folder)
  local set = folder and not findFile(folder, names.train[1]) and otherKind(folder, options)
  if set then return set end
  set = setmetatable({classes = data.classes}, Set)
  if folder then
    set.name, set.source = 'Fashion-MNIST', folder
    set.train, set.test = readPart(folder, 'train'), readPart(folder, 'test')
  else
    set.name, set.source = 'built-in garments', 'seed ' .. (options.seed or 1)
    if not options.builtin then
      print(('No Fashion-MNIST in $AELUA_DATA or %s (`make data` fetches it): using the built-in '
        .. 'garments.'):format(FOLDER))
    end
    set.train, set.test = garments(options.seed or 1, options.samples)
  end
  if options.samples and options.samples > 0 then set.train = set.train:subset(options.samples) end
  return set
end

return data
