-- aelua.data: reading IDX files, the built-in garments, batches of images.
local test = require 'harness'
local data = require 'aelua.data'

local function written(folder, name, content)
  local path = folder .. '/' .. name
  local file = assert(io.open(path, 'wb'))
  file:write(content)
  file:close()
  return path
end

test.case('idx gives a tensor, or raises with the file in the message', function()
  local folder = test.folder()
  local head = string.pack('>I2BBI4I4', 0, 8, 2, 2, 3)
  test.equal(data.idx(written(folder, 'good', head .. '\1\2\3\4\5\6')),
             torch.ByteTensor{{1, 2, 3}, {4, 5, 6}})
  local short = written(folder, 'short', head .. '\1\2\3')
  test.fails(function() data.idx(short) end, short)
  test.fails(function() data.idx(folder .. '/none') end, folder .. '/none', 'No such file')
  test.fails(function() data.idx(written(folder, 'good', head .. '\1\2\3\4\5\6'), 5) end, 'good')
  test.fails(function() data.idx() end, 'string expected')
end)

test.case('garments depend on number, seed and stream', function()
  local images, labels = data.garments(20, 1, 0)
  test.equal(images:size():totable(), {20, 28, 28})
  test.equal({images:type(), labels:type()}, {'torch.ByteTensor', 'torch.ByteTensor'})
  test.equal({labels:min(), labels:max(), labels:nElement()}, {0, 9, 20})
  test.check(images:equal((data.garments(20, 1, 0))), 'the same again')
  test.check(not images:equal((data.garments(20, 2, 0))), 'another seed')
  test.check(not images:equal((data.garments(20, 1, 1))), 'another stream')
  test.fails(function() data.garments(20, 1, -1) end, 'training set')
  test.fails(function() data.garments(-1, 1) end, '-1')
end)

test.case('batchImages by number and in order, counting from 1', function()
  local images = torch.ByteTensor{{{0, 51}}, {{102, 153}}, {{204, 255}}}
  local x = torch.DoubleTensor()
  test.check(rawequal(data.batchImages(x, images, nil, 2, 2, 255), x), 'x is returned')
  test.equal(x, torch.DoubleTensor{{102 / 255, 153 / 255}, {204 / 255, 1}})
  data.batchImages(x, images, torch.LongTensor{3, 1, 3}, nil, nil, 51)
  test.equal(x, torch.DoubleTensor{{4, 5}, {0, 1}, {4, 5}})
  test.equal(data.batchImages(torch.Tensor(), images, torch.Tensor{1}),
             torch.FloatTensor{{0, 0.2}}, 'divided by 255 unless told')
  test.fails(function() data.batchImages(x, images, nil, 4, 1) end, 'first image 4', '1..3')
  test.fails(function() data.batchImages(x, images, nil, 2, 3) end, '3')
  test.fails(function() data.batchImages(x, torch.ByteTensor(), nil, 1, 1) end,
    'first image 1 is out of range 1..0')
  test.equal(data.batchImages(x, torch.ByteTensor(0, 3), torch.LongTensor(0)):nElement(), 0)
  test.fails(function()
    data.batchImages(torch.Tensor(3, 2):t(), torch.ByteTensor(2, 3), nil, 1, 2)
  end, 'batch: the batch (2x3) must be contiguous')
  test.fails(function() data.batchImages(x, images, torch.LongTensor{0}) end, '0')
  test.fails(function() data.batchImages(x, images, torch.LongTensor{4}) end, '4')
  test.fails(function() data.batchImages(x, torch.Tensor(3, 2), nil, 1, 1) end, 'Byte')
end)
