-- readers.lua - CIFAR-10, tables and folders of pictures as data sets, with every defect.
local test = require 'harness'
local data, image, system = require 'data', require 'image', require 'aelua.system'
local write = test.write
require 'nn'
require 'optim'

-- ---- CIFAR-10 ----

-- Records whose pixels are red, red + 1 and red + 2 in the three planes.
local function records(...)
  local parts = {}
  for i, pair in ipairs {...} do
    local planes = {}
    for c = 0, 2 do planes[c + 1] = string.char(pair[2] + c):rep(1024) end
    parts[i] = string.char(pair[1]) .. table.concat(planes)
  end
  return table.concat(parts)
end

local function cifar(files)
  local folder = test.folder()
  local all = {['test_batch.bin'] = records({3, 100})}
  for i = 1, 5 do all[('data_batch_%d.bin'):format(i)] = records({i, 10 * i}, {9, 10 * i + 5}) end
  for name, text in pairs(files or {}) do all[name] = text end
  for name, text in pairs(all) do
    if text then write(folder .. '/' .. name, text) end
  end
  return folder
end

test.case('CIFAR-10', function()
  local folder = cifar()
  for _, set in ipairs {data.cifar10 {folder = folder}, data.load {folder = folder}} do
    test.equal({set.train.n, set.test.n, #set.classes}, {10, 1, 10})
    test.equal(set.train.images:size():totable(), {10, 3, 32, 32})
    test.equal(set.train.images[3][2][32], torch.ByteTensor(32):fill(21))
    test.equal(set.train.labels, torch.LongTensor {2, 10, 3, 10, 4, 10, 5, 10, 6, 10})
    test.equal({set.test.labels[1], set.test.images[1][3][1][1]}, {4, 102})
    test.equal(set.classes[4], 'cat')
    local x = set.train:batch(3, 1)
    test.equal(x:size():totable(), {1, 3072})
    test.near({x[1][1], x[1][1025], x[1][3072]}, {20 / 255, 21 / 255, 22 / 255}, 1e-7)
    test.equal(tostring(set), ('CIFAR-10: 10 training and 1 test images of 3x32x32 pixels, '
      .. '10 classes, from %s'):format(folder))
  end
  test.equal(data.cifar10 {folder = folder, samples = 3}.train.n, 3)
  write(folder .. '/batches.meta.txt', 'a b\nb\n\n  c\nd\ne\nf\ng\nh\ni\nj\n\n')
  test.equal(data.cifar10 {folder = folder}.classes[10], 'j')
end)

test.case('CIFAR-10: defects', function()
  local function refused(files, ...)
    local folder = cifar(files)
    test.fails(function() data.cifar10 {folder = folder} end, folder, ...)
  end
  refused({['data_batch_3.bin'] = false}, ': no data_batch_3.bin there')
  refused({['test_batch.bin'] = false}, ': no test_batch.bin there')
  refused({['data_batch_2.bin'] = ''}, '/data_batch_2.bin: 0 bytes, should be a multiple of 3073')
  refused({['test_batch.bin'] = records({1, 1}):sub(1, -2)}, '/test_batch.bin: 3072 bytes')
  refused({['data_batch_1.bin'] = records({1, 1}, {10, 1})},
    '/data_batch_1.bin: label 2 is 10, should be 0..9')
  refused({['batches.meta.txt'] = 'a\nb\n'}, '/batches.meta.txt: 2 names, should be 10')
  test.fails(function() data.cifar10 {} end, 'data.cifar10: folder is missing')
  test.fails(function() data.cifar10 {folder = 3} end, 'folder is a number, should be a string')
  test.fails(function() data.cifar10 {foldr = ''} end, 'tests/lua/readers.lua', "unknown option",
    "did you mean 'folder'?")
end)

-- ---- tables ----

local function tables(train, tested)
  local folder = test.folder()
  write(folder .. '/train.csv', train)
  if tested then write(folder .. '/test.csv', tested) end
  return folder
end

test.case('tables: training and test in two files', function()
  local folder = tables('w,h,kind\n1,2,dog\n3,4,cat\n5,6,dog\n', 'w,h,kind\n7,8,cat\n')
  for _, set in ipairs {data.csv {train = folder .. '/train.csv', test = folder .. '/test.csv'},
                        data.load {folder = folder}} do
    test.equal({set.classes, set.columns}, {{'cat', 'dog'}, {'w', 'h'}})
    test.equal({set.train.labels:totable(), set.test.labels:totable()}, {{2, 1, 2}, {1}})
    local seen = {}
    for x, y, first in set.train:batches(2) do
      seen[#seen + 1] = {x:totable(), y:totable(), first}
    end
    test.equal(seen, {{{{1, 2}, {3, 4}}, {2, 1}, 1}, {{{5, 6}}, {2}, 3}})
    local order = torch.LongTensor {3, 1}
    for x in set.train:batches(2, {order = order}) do test.equal(x, {{5, 6}, {1, 2}}) end
    test.equal(tostring(set), ('train.csv: 3 training and 1 test samples of 2 numbers, 2 classes, '
      .. 'from %s/train.csv'):format(folder))
  end
end)

test.case('tables: classes that are numbers, a divisor, a share for testing', function()
  local lines = {}
  for i = 1, 50 do lines[i] = ('%d,%d'):format(i % 11, 5 * i) end
  local path = tables(table.concat(lines, '\n')) .. '/train.csv'
  local options = {train = path, test = 0.2, label = 1, divisor = 5}
  local set = data.csv(options)
  test.equal(set.classes, {'0', '1', '2', '3', '4', '5', '6', '7', '8', '9', '10'})
  test.equal({set.train.n, set.test.n}, {40, 10})
  local all = torch.cat(set.train.images, set.test.images, 1):view(-1)
  test.equal(torch.sort(all):totable(), torch.range(1, 50):totable(), 'each sample once')
  for i = 1, 40 do test.equal(set.train.labels[i] - 1, math.floor(set.train.images[i][1]) % 11) end
  test.equal(data.csv(options).train.images, set.train.images, 'the same seed')
  options.seed = 2
  test.check(not data.csv(options).train.images:equal(set.train.images), 'another seed')
  options.test, options.samples = nil, 7
  test.equal({data.csv(options).train.n, data.csv(options).test.n}, {7, 5})
end)

test.case('tables: defects', function()
  local function refused(train, tested, ...)
    local folder = tables(train, tested)
    test.fails(function() data.load {folder = folder} end, folder, ...)
  end
  refused('1,a\n2,b\n', '3,c\n', "/test.csv: class 'c' does not occur in the training data")
  refused('1,a\n2,b\n', '3,c\rd\n', [[class 'c\13d' does not occur]])
  refused('1,a\n2,b\n', '3,4,a\n', '/test.csv: other columns than')
  refused('p,k\n1,a\n', 'q,k\n1,a\n', '/test.csv: other columns than')
  refused('1,a\n2\n', '3,a\n', '/train.csv: line 2: 1 fields')
  refused('1,a\n', nil, '/test.csv: No such file')
  local path = tables '1,a\n' .. '/train.csv'
  test.fails(function() data.csv {train = path} end, 'one sample only')
  test.fails(function() data.csv {train = path, test = 1} end, 'test is 1, should be a share')
  test.fails(function() data.csv {train = path, separator = ', '} end, 'one character')
  test.fails(function() data.csv {} end, 'data.csv: train is missing')
end)

-- ---- pictures ----

-- A folder with classes; a picture for each list of numbers: {grey} or {red, green, blue}.
local function pictures(classes, folder)
  folder = folder or test.folder()
  for class, list in pairs(classes) do
    assert(system.mkdir(folder .. '/' .. class))
    for i, colour in ipairs(list) do
      local picture = torch.ByteTensor(#colour, 2, 3)
      for c, value in ipairs(colour) do picture[c]:fill(value) end
      image.save(('%s/%s/%d.png'):format(folder, class, i), picture)
    end
  end
  return folder
end

test.case('a folder of pictures', function()
  local folder = pictures {dogs = {{1}, {2}, {3}}, cats = {{11}, {12}}}
  write(folder .. '/cats/notes.txt', 'no picture')
  for _, set in ipairs {data.pictures {folder = folder, test = 0.2}, data.load {folder = folder}} do
    test.equal(set.classes, {'cats', 'dogs'})
    test.equal({set.train.n, set.test.n}, {4, 1})
    test.equal(set.train.images:size():totable(), {4, 2, 3})
    local all = torch.cat(set.train.images, set.test.images, 1)
    local labels = torch.cat(set.train.labels, set.test.labels, 1)
    local values = {}
    for i = 1, 5 do
      values[i] = all[i]:max()
      test.equal({all[i]:min(), labels[i]}, {values[i], values[i] > 10 and 1 or 2})
    end
    table.sort(values)
    test.equal(values, {1, 2, 3, 11, 12})
  end
end)

test.case('training and test folders, in colour', function()
  local folder = pictures({red = {{200, 0, 0}, {100, 0, 0}}, green = {{0, 50, 0}}},
    test.folder() .. '/train')
  folder = folder:match '^(.*)/train$'
  pictures({red = {{99, 1, 1}}, green = {{9, 9, 9}}}, folder .. '/test')
  local set = data.load {folder = folder}
  test.equal({set.train.n, set.test.n}, {3, 2})
  test.equal(set.train.images:size():totable(), {3, 3, 2, 3})
  local reds = 0
  for i = 1, 3 do
    if set.train.labels[i] == 2 then
      reds = reds + set.train.images[i][1][1][1]
    else
      test.equal(set.train.images[i][2][2][3], 50)
    end
  end
  test.equal(reds, 300)
  local grey = data.pictures {folder = folder, channels = 1}
  test.equal(grey.train.images:size():totable(), {3, 2, 3})
  test.equal(torch.sort(grey.train.images:float():view(3, 6):max(2):view(-1)):totable(),
    {29.0, 30.0, 60.0}, 'luminance')
  local three = data.pictures {folder = pictures {a = {{7}, {8}}}, channels = 3}
  test.equal(three.train.images:size():totable(), {1, 3, 2, 3})
end)

test.case('pictures: defects', function()
  local function refused(folder, ...)
    test.fails(function() data.pictures {folder = folder} end, folder, ...)
  end
  refused('/nonexistent', '/nonexistent: no such folder')
  refused(test.folder(), ': no folders in it, one for each class')
  local folder = pictures {a = {{1}}, b = {}}
  refused(folder, '/b: no PNG files in it')
  image.save(folder .. '/b/1.png', torch.ByteTensor(5, 5):fill(1))
  refused(folder, '/b/1.png: 5x5 pixels, but ', '/a/1.png has 2x3')
  write(folder .. '/b/1.png', 'no picture')
  refused(folder, '/b/1.png')
  refused(pictures {a = {{1}}}, 'one sample only')
  folder = pictures({a = {{1}}}, test.folder() .. '/train'):match '^(.*)/train$'
  pictures({a = {{1}}, c = {{2}}}, folder .. '/test')
  refused(folder, "/test: class 'c' does not occur in")
  pictures({c = {{3}}, d = {{4}}}, folder .. '/train')
  refused(folder, "/test: no folder for class 'd'")
  test.fails(function() data.pictures {folder = folder, channels = 2} end, 'channels is 2')
end)

test.case('a network learns from each of them', function()
  local lines = {}
  for i = 1, 40 do lines[i] = ('%d,%d,%s'):format(i % 2, (i + 1) % 2, i % 2 == 0 and 'a' or 'b') end
  local set = data.csv {train = tables(table.concat(lines, '\n')) .. '/train.csv'}
  local net = nn.Sequential():add(nn.Linear(2, 2)):add(nn.LogSoftMax())
  local criterion, optimizer = nn.ClassNLLCriterion(), optim.SGD(net, {learningRate = 1})
  for _ = 1, 30 do
    for x, y in set.train:batches(10) do
      criterion:forward(net:forward(x), y)
      optimizer:zeroGrad()
      net:backward(x, criterion:backward(net.output, y))
      optimizer:step()
    end
  end
  local result = require 'testing'.classify(net, set.test, 2)
  test.equal(result.accuracy, 1.0)
end)
