-- The data sets: finding and checking files, batches, the garments.
local test = require 'harness'
local torch, data = require 'torch', require 'data'

-- ---- IDX files in a folder ----

local function write(path, ...)
  local file = assert(io.open(path, 'wb'))
  for _, text in ipairs {...} do file:write(text) end
  file:close()
end

-- Options replace what would be right: n, labels, side, magic.
local function writePart(folder, name, options)
  local n, side = options.n or 3, options.side or 28
  local pixels = {}
  for i = 1, n do pixels[i] = string.char(10 * i):rep(side * side) end
  write(folder .. '/' .. name .. '-images-idx3-ubyte', options.magic or '\0\0\8\3',
    string.pack('>I4I4I4', n, side, side), table.concat(pixels))
  local labels = options.labels or string.char(0, 9, 4)
  write(folder .. '/' .. name .. '-labels-idx1-ubyte', '\0\0\8\1', string.pack('>I4', #labels),
    labels)
end

local function folderWith(train, t10k)
  local folder = test.folder()
  writePart(folder, 'train', train or {})
  writePart(folder, 't10k', t10k or {n = 2, labels = '\1\2'})
  return folder
end

test.case('a folder of IDX files', function()
  local folder = folderWith()
  local set = data.load{folder = folder}
  test.equal({set.name, set.source}, {'Fashion-MNIST', folder})
  test.equal({set.train:size(), set.test:size(), #set.classes}, {3, 2, 10})
  test.equal(set.train.images:size():totable(), {3, 28, 28})
  test.equal(set.train.labels, torch.LongTensor{1, 10, 5})
  test.equal(set.train.images[{3, 28, 28}], 30)
  test.equal(tostring(set), 'Fashion-MNIST: 3 training and 2 test images of 28x28 pixels, 10 classes, '
    .. 'from ' .. folder)
end)

local function refused(train, t10k, ...)
  local folder = folderWith(train, t10k)
  local message = test.fails(function() data.load{folder = folder} end, folder .. '/', ...)
  test.check(not message:find('\n', 1, true), 'one line')
end

test.case('what is wrong with a file is said with its name, the place and the value', function()
  refused({n = 4}, nil, 'train-images-idx3-ubyte has 4 images', 'train-labels-idx1-ubyte 3 labels')
  refused({labels = '\0\10\4'}, nil, 'train-labels-idx1-ubyte: label 2 is 10, should be 0..9')
  refused(nil, {labels = '\1\255', n = 2}, 't10k-labels-idx1-ubyte: label 2 is 255')
  refused({side = 27}, nil, 'train-images-idx3-ubyte', '3x27x27', 'Nx28x28')
  refused({magic = '\0\0\8\4'}, nil, 'train-images-idx3-ubyte')
  refused({magic = 'PK\3\4'}, nil, 'no IDX file', '50 4b 03 04')
end)

test.case('a folder that was named must hold the files', function()
  local folder = test.folder()
  test.fails(function() data.load{folder = folder} end, folder, 'no train-images-idx3-ubyte')
  writePart(folder, 'train', {})
  test.fails(function() data.load{folder = folder} end, folder, 'no t10k-images-idx3-ubyte')
  test.fails(function() data.load{folder = folder .. '/none'} end, folder .. '/none')
end)

-- ---- batches ----

local function part() return data.load{folder = folderWith()}.train end

test.case('batches go through all, the last one short, in one tensor', function()
  local count, tensors = {}, {}
  for x, y, first in part():batches(2) do
    test.equal(x:size():totable(), {y:size(1), 784})
    test.equal(x:type(), torch.getdefaulttensortype())
    test.equal(x[{1, 784}], torch.Tensor{10 * first}:div(255)[1])
    count[#count + 1], tensors[x] = y:size(1), true
  end
  test.equal(count, {2, 1})
  test.check(next(tensors, (next(tensors))) == nil, 'the same tensor each time')
end)

test.case('batches in an order', function()
  local seen = {}
  for x, y in part():batches(2, {order = torch.LongTensor{3, 1, 3}}) do
    for i = 1, y:size(1) do seen[#seen + 1] = {math.floor(x[{i, 5}] * 255 + 0.5), y[i]} end
  end
  test.equal(seen, {{30, 5}, {10, 1}, {30, 5}})
  test.fails(function() part():batches(2, {order = torch.LongTensor{1, 4}})() end, '4', '3')
end)

test.case('shuffled batches hold every image once, as the seed has it', function()
  local set = data.load{builtin = true, samples = 500}.train
  local function pass()
    torch.manualSeed(7)
    local all = {}
    for _, y in set:batches(64, {shuffle = true}) do all[#all + 1] = y:clone() end
    return torch.cat(all, 1)
  end
  local one, two = pass(), pass()
  test.equal(one, two)
  test.check(not torch.equal(one, set.labels), 'another order')
  test.equal((one:sort(1)), (set.labels:sort(1)))
end)

test.case('a size that is none', function()
  test.fails(function() part():batches(0) end, 'the size is 0')
  test.fails(function() part():batches(2.5) end, 'the size is 2.5')
end)

test.case('parts of a part', function()
  local p = part()
  test.equal({p:subset(2):size(), p:subset(9):size()}, {2, 3})
  local a, b = p:split(1)
  test.equal({a:size(), b:size()}, {1, 2})
  test.equal(b.labels, torch.LongTensor{10, 5})
  test.equal(b.images[{1, 1, 1}], 20)
  test.fails(function() p:split(3) end, '3 of 3')
  local x, y = p:batch(2, 2)
  test.equal(x[{2, 1}], torch.Tensor{30}:div(255)[1])
  test.equal(y, torch.LongTensor{10, 5})
end)

-- ---- the built-in garments ----

test.case('built-in garments', function()
  local set = data.load{builtin = true, seed = 3}
  test.equal({set.train:size(), set.test:size()}, {60000, 10000})
  test.equal(set:describe(), 'built-in garments: 60,000 training and 10,000 test images of 28x28 '
    .. 'pixels, 10 classes, from seed 3')
  for class = 1, 10 do test.equal(set.train.labels:eq(class):sum(), 6000) end
end)

-- ---- the real thing ----

test.case('Fashion-MNIST, where $AELUA_DATA has it', function()
  if not os.getenv 'AELUA_DATA' then test.skip('AELUA_DATA is not set') end
  local set = data.load()
  test.equal({set.train:size(), set.test:size()}, {60000, 10000})
  for class = 1, 10 do
    test.equal(set.train.labels:eq(class):sum(), 6000)
    test.equal(set.test.labels:eq(class):sum(), 1000)
  end
  test.equal(set.train.labels:narrow(1, 1, 5), torch.LongTensor{10, 1, 1, 4, 1})
  test.near(set.train.images:double():mean(), 72.94035223214286, 1e-9)
end)
