--- readers.lua - data sets made of any bytes: CIFAR-10's files, tables, folders of pictures. A set
-- has a label for each image; what cannot be read is one line that names the place.

local replay = require 'fuzz.replay'
local readers = require 'aelua.lua.readers'
local system, image = require 'aelua.system', require 'aelua.image'

local PIXELS = 3 * 32 * 32
local folder -- where the files are

local function checkPart(part, classes)
  local n = part.images:size(1)
  assert(part.labels:dim() == 1 and part.labels:size(1) == n and n > 0, 'labels and images')
  assert(part.labels:min() >= 1 and part.labels:max() <= classes, 'a label that is no class')
end

local function check(kind, options)
  local ok, set = replay.orMessage(folder, readers[kind], options)
  if not ok then return end
  checkPart(set.train, #set.classes)
  checkPart(set.test, #set.classes)
end

local function write(name, bytes) return replay.written(bytes, name) end

-- Two labels, how many bytes are missing or too many, the names of the classes, and pixels.
local function cifar(bytes)
  local first, second, more = bytes:byte(2, 4)
  if not more then return end
  local pixels = bytes:sub(5, 4 + PIXELS)
  pixels = pixels .. ('\0'):rep(PIXELS - #pixels)
  local records = string.char(first % 12) .. pixels .. string.char(second % 12) .. pixels
  for i = 1, 5 do write(('data_batch_%d.bin'):format(i), records) end
  write('test_batch.bin', more > 127 and records:sub(1, -more) or records .. ('x'):rep(more))
  write('batches.meta.txt', bytes:sub(5))
  check('cifar10', {folder = folder})
end

-- How it is read, then the table and, behind a byte of 0, the one to test with.
local function csv(bytes)
  local how, share = bytes:byte(2, 3)
  if not share then return end
  local train, test = bytes:sub(4):match '^([^\0]*)\0?(.*)$'
  local options = {train = write('train.csv', train), separator = how & 1 > 0 and ';' or nil,
    seed = how, divisor = how & 2 > 0 and 255 or nil, test = (share + 1) / 257}
  if how & 4 > 0 then options.label = 1 + (how >> 4) end
  if how & 8 > 0 then options.test = write('test.csv', test) end
  check('csv', options)
end

-- Pictures of the sizes and channels that the bytes give, in the folders one and two.
local function pictures(bytes)
  local how = bytes:byte(2) or 0
  system.mkdir(folder .. '/set/one')
  system.mkdir(folder .. '/set/two')
  for i = 1, 4 do
    local b = bytes:byte(i + 2) or 0
    local picture = torch.ByteTensor(b & 1 > 0 and 3 or 1, 1 + (b >> 1 & 1), 1 + (b >> 2 & 1))
    local path = ('%s/set/%s/%d.png'):format(folder, i % 2 == 0 and 'one' or 'two', i)
    image.writePNG(path, picture:fill(b))
    if b & 8 > 0 then os.remove(path) end
  end
  check('pictures', {folder = folder .. '/set', seed = how, test = 0.25,
    channels = ({1, 3})[how % 3]})
end

local kinds = {[0] = cifar, csv, csv, pictures}

return replay('readers', function(bytes)
  folder = write('none', ''):match '^(.*)/'
  kinds[(bytes:byte(1) or 0) % 4](bytes)
end, 4 << 20)
