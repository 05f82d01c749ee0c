--- data.lua - batches, parts, Fashion-MNIST's files with every defect, the built-in garments.

local test = require 'harness'
local data, core = require 'data', require 'aelua.data'
local write = test.write

-- ---- files ----

-- n images of 28x28: image i is filled with i.
local function imageFile(n)
  local parts = {('>I2BBI4I4I4'):pack(0, 8, 3, n, 28, 28)}
  for i = 1, n do parts[i + 1] = string.char(i):rep(784) end
  return table.concat(parts)
end

local function labelFile(...)
  return ('>I2BBI4'):pack(0, 8, 1, select('#', ...)) .. string.char(...)
end

-- A folder with four files: 5 training and 2 test images; files given replace them, false: none.
local function folderWith(files)
  local folder = test.folder()
  local all = {['train-images-idx3-ubyte'] = imageFile(5),
               ['train-labels-idx1-ubyte'] = labelFile(0, 9, 3, 4, 5),
               ['t10k-images-idx3-ubyte'] = imageFile(2),
               ['t10k-labels-idx1-ubyte'] = labelFile(7, 8)}
  for name, text in pairs(files or {}) do all[name] = text end
  for name, text in pairs(all) do
    if text then write(folder .. '/' .. name, text) end
  end
  return folder
end

local function load(files) return data.load {folder = folderWith(files)} end

-- A set of the files, and what loading it prints.
local function printed(body)
  local lines, print_ = {}, print
  _G.print = function(text) lines[#lines + 1] = tostring(text) end
  local ok, problem = pcall(body)
  _G.print = print_
  if not ok then error(problem, 0) end
  return table.concat(lines, '\n')
end

test.case('the four files are a training and a test set', function()
  local set = load()
  test.equal(set.name, 'Fashion-MNIST')
  test.equal({set.train.n, set.train:size(), set.test.n}, {5, 5, 2})
  test.equal(set.train.images:type(), 'torch.ByteTensor')
  test.equal(set.train.images[3]:min(), 3)
  test.equal(set.train.labels, torch.LongTensor {1, 10, 4, 5, 6})
  test.equal(set.test.labels, torch.LongTensor {8, 9})
  test.equal(#set.classes, 10)
  test.equal(set.classes[10], 'Ankle boot')
  test.equal(tostring(set), ('Fashion-MNIST: 5 training and 2 test images of 28x28 pixels, '
    .. '10 classes, from %s'):format(set.source))
end)

test.case('files may be compressed', function()
  local folder = folderWith()
  os.execute('gzip ' .. test.quoted(folder) .. '/*')
  test.equal(data.load {folder = folder}.train.labels, torch.LongTensor {1, 10, 4, 5, 6})
end)

test.case('samples keeps the first training images', function()
  local folder = folderWith()
  local set = data.load {folder = folder, samples = 3}
  test.equal({set.train.n, set.test.n}, {3, 2})
  test.equal(set.train.labels, torch.LongTensor {1, 10, 4})
  test.equal(data.load {folder = folder, samples = 99}.train.n, 5)
  test.equal(data.load {folder = folder, samples = 0}.train.n, 5)
end)

-- ---- defects ----

local function refused(files, ...)
  local folder = folderWith(files)
  test.fails(function() data.load {folder = folder} end, folder, ...)
end

test.case('a missing file', function()
  refused({['t10k-labels-idx1-ubyte'] = false},
    ': no t10k-labels-idx1-ubyte or t10k-labels-idx1-ubyte.gz there')
  test.fails(function() data.load {folder = '/nonexistent'} end,
    '/nonexistent: no train-images-idx3-ubyte or train-images-idx3-ubyte.gz there')
end)

test.case('a damaged file', function()
  local images = imageFile(5)
  refused({['train-images-idx3-ubyte'] = ''}, '/train-images-idx3-ubyte: truncated')
  refused({['train-images-idx3-ubyte'] = images:sub(1, -2)}, '/train-images-idx3-ubyte: truncated')
  refused({['t10k-images-idx3-ubyte'] = images .. '\0'}, '/t10k-images-idx3-ubyte: more bytes')
  refused({['t10k-labels-idx1-ubyte'] = '<html>'}, '/t10k-labels-idx1-ubyte: no IDX file')
end)

test.case('files of another kind', function()
  refused({['train-images-idx3-ubyte'] = labelFile(1, 2)},
    '/train-images-idx3-ubyte: torch.ByteTensor of size 2, should be bytes of size Nx28x28')
  refused({['train-images-idx3-ubyte'] = ('>I2BBI4I4I4'):pack(0, 8, 3, 1, 2, 3) .. '123456'},
    'torch.ByteTensor of size 1x2x3')
  refused({['train-images-idx3-ubyte'] = ('>I2BBI4I4I4'):pack(0, 11, 3, 1, 28, 28)
    .. ('\0'):rep(1568)}, 'torch.ShortTensor of size 1x28x28')
  refused({['train-labels-idx1-ubyte'] = imageFile(1)},
    '/train-labels-idx1-ubyte: not a list of bytes')
  refused({['train-labels-idx1-ubyte'] = ('>I2BBI4i2'):pack(0, 11, 1, 1, 5)},
    '/train-labels-idx1-ubyte: not a list of bytes')
end)

test.case('files that disagree, labels out of range, none at all', function()
  refused({['train-labels-idx1-ubyte'] = labelFile(1, 2, 3)},
    '/train-images-idx3-ubyte has 5 images and ', '/train-labels-idx1-ubyte 3 labels')
  refused({['train-labels-idx1-ubyte'] = labelFile(0, 1, 10, 3, 4)},
    '/train-labels-idx1-ubyte: label 3 is 10, should be 0..9')
  refused({['train-images-idx3-ubyte'] = imageFile(0), ['train-labels-idx1-ubyte'] = labelFile()},
    '/train-images-idx3-ubyte: no images in it')
end)

-- ---- batches ----

-- The first pixel of each image (times 255) and the label, of each batch.
local function batches(part, size, options)
  local list = {}
  for x, y, first in part:batches(size, options) do
    local pixels = x:narrow(2, 1, 1):clone():mul(255):view(-1)
    list[#list + 1] = {pixels:totable(), y:totable(), first}
  end
  return list
end

test.case('batches in order, the last one short', function()
  local part = load().train
  test.near(batches(part, 2), {{{1, 2}, {1, 10}, 1}, {{3, 4}, {4, 5}, 3}, {{5}, {6}, 5}}, 1e-4)
  test.equal(#batches(part, 5), 1)
  test.equal(#batches(part, 99), 1)
  test.near(batches(part, 2, {from = 3}), {{{5}, {6}, 5}}, 1e-4)
  test.equal(batches(part, 2, {from = 4}), {})
end)

test.case('x is one tensor of the default type, in 0..1', function()
  local part, seen = load().train, {}
  for x, y in part:batches(2) do
    test.equal({x:type(), y:type()}, {'torch.FloatTensor', 'torch.LongTensor'})
    test.equal(x:size(2), 784)
    seen[x] = true
  end
  test.check(next(seen) and not next(seen, (next(seen))), 'the same tensor each time')
end)

test.case('batches in a given order', function()
  local part = load().train
  local order = torch.LongTensor {5, 1, 3, 2, 4}
  test.near(batches(part, 3, {order = order}),
    {{{5, 1, 3}, {6, 1, 4}, 1}, {{2, 4}, {10, 5}, 4}}, 1e-4)
  test.near(batches(part, 3, {order = order, from = 2}), {{{2, 4}, {10, 5}, 4}}, 1e-4)
  test.near(batches(part, 3, {order = torch.LongTensor {2, 2}}), {{{2, 2}, {10, 10}, 1}}, 1e-4)
end)

test.case('shuffled batches: each image once, by the generator', function()
  local part = load({['train-images-idx3-ubyte'] = imageFile(200),
    ['train-labels-idx1-ubyte'] = labelFile(('\0'):rep(200):byte(1, -1))}).train
  for i = 1, 200 do part.labels[i] = i end
  local function places(seed)
    torch.manualSeed(seed)
    local list = {}
    for _, y in part:batches(64, {shuffle = true}) do
      for i = 1, y:size(1) do list[#list + 1] = y[i] end
    end
    return list
  end
  local first = places(1)
  test.equal(places(1), first)
  local other, moved = places(2), 0
  for i = 1, 200 do
    if other[i] ~= first[i] then moved = moved + 1 end
  end
  test.check(moved > 180, 'another seed, another order')
  table.sort(first)
  for i = 1, 200 do test.equal(first[i], i) end
end)

test.case('mistakes with batches', function()
  local part = load().train
  local here = 'tests/lua/data.lua:'
  for _, size in ipairs {0, -1, 2.5, 'x'} do
    test.fails(function() part:batches(size) end, here,
      ('batches: the size is %s, should be a whole number from 1 on'):format(size))
  end
  test.fails(function() part:batches() end, 'batches: the size is nil')
  test.fails(function() part:batches(2, {from = 0}) end, here, 'batches: from is 0')
  test.fails(function() part:batches(2, {order = {1}}) end, here,
    'batches: the order is a table, should be a LongTensor')
  test.fails(function() part:batches(2, {shufle = true}) end, here,
    "batches: unknown option 'shufle'; did you mean 'shuffle'?")
  local following = part:batches(2, {order = torch.LongTensor {1, 6}})
  for _ = 1, 2 do test.fails(following, 'image 6 (entry 2) of 5') end -- it is not passed over
end)

test.case('one batch', function()
  local part = load().train
  local x, y = part:batch(2, 3)
  test.equal({x:size(1), x:size(2)}, {3, 784})
  test.near(x[1][1], 2 / 255, 1e-7)
  test.equal(y, torch.LongTensor {10, 4, 5})
  test.equal(part:batch():size(1), 5)
  test.equal(part:batch(4):size(1), 2)
  test.equal(rawequal(part:batch(), part:batch()), false)
  test.fails(function() part:batch(6) end, 'first image 6 is out of range 1..5')
  test.fails(function() part:batch(4, 3) end, '3 images from 4 of 5')
end)

test.case('subset and split share memory', function()
  local part = load().train
  local few = part:subset(2)
  test.equal(few.n, 2)
  few.labels[2] = 7
  test.equal(part.labels[2], 7)
  test.equal(part:subset(5), part)
  local a, b = part:split(3)
  test.equal({a.n, b.n}, {3, 2})
  test.equal(b.labels, torch.LongTensor {5, 6})
  test.near(batches(b, 9), {{{4, 5}, {5, 6}, 1}}, 1e-4)
  for _, n in ipairs {0, 5, 6} do
    test.fails(function() part:split(n) end, 'tests/lua/data.lua:',
      ('split: %d of 5 images leaves nothing on one side'):format(n))
  end
end)

-- ---- where the data come from ----

test.case('the built-in garments', function()
  local set = data.load {builtin = true, samples = 100}
  test.equal({set.name, set.source}, {'built-in garments', 'seed 1'})
  test.equal({set.train.n, set.test.n}, {100, 10000})
  test.equal(tostring(set), 'built-in garments: 100 training and 10,000 test images of 28x28 '
    .. 'pixels, 10 classes, from seed 1')
  local images, labels = core.garments(10000, 1, 1)
  test.equal(set.test.images, images)
  test.equal(set.test.labels, labels:long():add(1))
  local other = data.load {builtin = true, seed = 2, samples = 100}
  test.equal(other.source, 'seed 2')
  test.check(not torch.equal(other.test.images, images), 'another seed')
end)

-- Runs code in a process of its own, in an empty folder, with this in AELUA_DATA.
local function elsewhere(variable, code)
  local folder = test.folder()
  write(folder .. '/script.lua', code)
  local here = io.popen 'pwd'
  local program = test.aelua:find '^/' and test.aelua or here:read 'l' .. '/' .. test.aelua
  here:close()
  local pipe = io.popen(('cd %s && AELUA_DATA=%s %s script.lua 2>&1'):format(test.quoted(folder),
    test.quoted(variable), test.quoted(program)))
  local text = pipe:read 'a'
  pipe:close()
  return text
end

local show = "local set = require('data').load {samples = 20} print(set.name, set.train.n)"

test.case('AELUA_DATA names the folder, which must hold the files', function()
  test.equal(elsewhere(folderWith(), show), 'Fashion-MNIST\t5\n')
  test.check(elsewhere('/nonexistent', show):find('/nonexistent: no train-images', 1, true),
    'the error')
end)

test.case('without files: one line, then the garments', function()
  test.equal(elsewhere('', show), 'No Fashion-MNIST in $AELUA_DATA or data/fashion-mnist '
    .. '(`make data` fetches it): using the built-in garments.\nbuilt-in garments\t20\n')
  test.equal(printed(function() data.load {builtin = true, samples = 1} end), '')
end)

test.case('data/fashion-mnist is found by itself', function()
  local code = ("os.execute('mkdir -p data && ln -s %s data/fashion-mnist') "):format(folderWith())
  test.equal(elsewhere('', code .. show), 'Fashion-MNIST\t5\n')
end)

test.case('an unknown option', function()
  test.fails(function() data.load {sample = 3} end, 'tests/lua/data.lua:',
    "load: unknown option 'sample'; did you mean 'samples'?")
end)
