-- Each allocation fails once, of the engine and of Lua: what reads and writes files.
local test, system = require 'harness', require 'aelua.system'
local file, data, image = require 'aelua.file', require 'aelua.data', require 'image'
local refuse = require 'hardening.refuse'
local put, content = test.write, test.read
local refuseEach = refuse.each
local nn, optim = require 'nn', require 'optim'
local checkpoint, model = require 'checkpoint', require 'model'

local function checked(...)
  local value, problem = ...
  if value == nil then error(problem, 0) end
  return ...
end

-- The file is as it was, or what the work makes of it: never less.
local function refuseEachWrite(path, write)
  write()
  local whole = content(path)
  refuseEach(function() return write end,
    function(_, what) test.check(content(path) == whole, what .. ': the file is another') end)
end

test.case('folders', function()
  local folder = test.folder()
  for i = 1, 20 do put(folder .. '/name-' .. i, '') end
  refuseEach(function()
    return function()
      checked(system.list(folder))
      checked(system.cwd())
      checked(system.mkdir(folder .. '/a/b'))
      checked(require 'paths'.dir(folder))
    end
  end)
end)

test.case('safetensors, written and read', function()
  local path, t = test.folder() .. '/x', torch.randn(3, 4)
  refuseEachWrite(path, function()
    checked(file.writeSafetensors(path, {{'a', t}, {'b', t:t()}}, {kind = 'x'}))
  end)
  refuseEach(function() return function() checked(file.readSafetensors(path)) end end)
end)

-- The ZIP archive of one file, deflated.
local function archive(path)
  local pipe <close> = assert(io.popen('gzip -nc ' .. test.quoted(path)))
  local packed, name = pipe:read 'a', 'a.npy'
  local crc, bytes = packed:sub(-8, -5), packed:sub(11, -9) -- between gzip's head and its sums
  local about = ('<I2I2I2I4'):pack(20, 0, 8, 0) .. crc
    .. ('<I4I4I2I2'):pack(#bytes, #content(path), #name, 0)
  local head = 'PK\3\4' .. about .. name
  local entry = 'PK\1\2\20\0' .. about .. ('\0'):rep(14) .. name
  return head .. bytes .. entry .. 'PK\5\6'
    .. ('<I2I2I2I2I4I4I2'):pack(0, 0, 1, 1, #entry, #head + #bytes, 0)
end

test.case("NumPy's arrays, written and read", function()
  local npy, folder = require 'npy', test.folder()
  local path, many, t = folder .. '/x.npy', folder .. '/x.npz', torch.randn(3, 4)
  local deflated = folder .. '/deflated.npz'
  refuseEachWrite(path, function() npy.save(path, t:t()) end)
  refuseEachWrite(many, function() npy.savez(many, {a = t, b = t:t()}) end)
  put(deflated, archive(path))
  refuseEach(function()
    return function()
      npy.load(path)
      npy.loadz(many)
      test.equal(npy.loadz(deflated).a, t:t())
    end
  end)
end)

test.case('PNG, written and read', function()
  local path, t = test.folder() .. '/x.png', torch.rand(3, 5, 4)
  refuseEachWrite(path, function() image.save(path, t) end)
  refuseEach(function() return function() image.load(path) end end)
end)

test.case('data sets: built in, IDX, gzip, tables', function()
  local folder = test.folder()
  refuseEach(function() return function() data.garments(4, 1, 0) end end)
  put(folder .. '/idx', string.pack('>I4I4I4I4', 0x803, 2, 3, 4) .. ('a'):rep(24))
  assert(os.execute(('gzip -k %s/idx'):format(test.quoted(folder))))
  put(folder .. '/float', string.pack('>I4I4ff', 0xd01, 2, 1, 2))
  put(folder .. '/large', string.pack('>I4I4', 0x801, 1 << 28))
  local large <close> = assert(io.open(folder .. '/large', 'r+')) -- which is mapped
  large:seek('set', 8 + (1 << 28) - 1)
  assert(large:write '\7' and large:flush())
  for _, name in ipairs {'/idx', '/idx.gz', '/float', '/large'} do
    refuseEach(function() return function() data.idx(folder .. name) end end)
  end
  put(folder .. '/t.csv', 'a,b,kind\n1,2,x\n3,4,y\n5,6,x\n7,8,y\n')
  refuseEach(function()
    return function() require 'readers'.csv{train = folder .. '/t.csv', label = 'kind'} end
  end)
end)

test.case("Torch7's files, written and read", function()
  local path, net = test.folder() .. '/net.t7', nn.Sequential():add(nn.Linear(3, 2)):add(nn.Tanh())
  refuseEachWrite(path, function() torch.save(path, {net, torch.ones(2), 'text', 1.5}) end)
  refuseEach(function() return function() torch.load(path) end end)
end)

-- A file of its own, of which the next object is then written or read in spite of the failure.
for name, open in pairs {
  MemoryFile = function() return torch.MemoryFile() end,
  DiskFile = function()
    local path = test.folder() .. '/x'
    put(path, '')
    return torch.DiskFile(path, 'rw'):binary()
  end,
} do
  test.case('objects in a file of many stay in their places: ' .. name, function()
    local shared = torch.ones(2)
    local function attempt(f, n, owner, method, ...)
      local place = f:position()
      system.refuseAllocation(n, owner)
      local ok, result = pcall(f[method], f, ...)
      local hit = system.refuseAllocation()
      if not ok then test.equal(f:position(), place, owner .. n) end
      if ok then return result, hit end
      return f[method](f, ...), hit
    end
    for _, owner in ipairs {'engine', 'lua'} do
      local n, more = 0, true
      while more do
        local f = open()
        f:writeObject {shared}
        local _, written = attempt(f, n, owner, 'writeObject', {1, shared, {2, torch.zeros(3)}})
        f:writeObject {shared, 5}
        f:seek(1)
        local first = f:readObject()
        local second, read = attempt(f, n, owner, 'readObject')
        local third = f:readObject()
        test.equal({second[1], #second[3], third[2]}, {1, 2, 5})
        test.check(rawequal(first[1], second[2]) and rawequal(first[1], third[1]))
        f:close()
        n, more = n + 1, written or read
      end
      test.check(n > 3)
    end
  end)
end

test.case('ONNX', function()
  local path, net = test.folder() .. '/net.onnx', nn.Sequential():add(nn.Linear(3, 2))
  net:add(nn.ReLU()):add(nn.Linear(2, 2)):add(nn.LogSoftMax())
  refuseEachWrite(path, function() require 'onnx'.export(net, path, {3}) end)
end)

test.case('networks saved and loaded', function()
  local path, net = test.folder() .. '/net.safetensors', nn.Sequential():add(nn.Linear(3, 2))
  refuseEachWrite(path, function() checked(model.save(path, net)) end)
  refuseEach(function() return function() checked(model.load(path)) end end)
end)

test.case('a checkpoint is written, read and gone on from', function()
  local path = test.folder() .. '/stage.safetensors'
  local net = nn.Sequential():add(nn.Linear(3, 2))
  local optimizer = optim.Adam(net, {})
  net:forward(torch.ones(1, 3))
  net:backward(torch.ones(1, 3), torch.ones(1, 2))
  optimizer:step()
  local state, now = {stage = 'x', epoch = 2, batch = 1, sum = 0, samples = 0, right = 0,
    seconds = 0, waited = 0, base = 0.1, done = false,
    records = {{stage = 'x', epoch = 1, loss = 0.5}}}, torch.getRNGState()
  refuseEachWrite(path, function()
    checked(checkpoint.save(path, net, optimizer, state, {now = now, epoch = now}))
  end)
  local weight, other
  refuseEach(function()
    other = nn.Sequential():add(nn.Linear(3, 2))
    weight = other:get(1).weight:clone()
    local its = optim.Adam(other, {})
    return function() checked(checkpoint.restore(checked(checkpoint.read(path)), other, its)) end
  end, function(_, what)
    local now_ = other:get(1).weight
    test.check(now_:equal(weight) or now_:equal(net:get(1).weight), what .. ': half restored')
  end)
end)

test.case("TensorBoard's events and a log", function()
  local folder = test.folder()
  refuseEach(function()
    return function()
      local events = checked(file.openEvents(folder .. '/events'))
      checked(events:scalar('loss', 1, 0.5))
      events:close()
      local logger = optim.Logger(folder .. '/log')
      checked(file.appendLine(folder .. '/lines', 'one more'))
      logger:setNames{'a', 'b'}
      logger:add{1, 2}
      logger:close()
    end
  end)
end)

test.case('what is written to a memory file is in it once', function()
  local f
  refuseEach(function()
    f = torch.MemoryFile()
    for _ = 1, 3 do f:writeString(('x'):rep(100)) end
    return function()
      f:seek(1)
      assert(#f:readString('*a') == 300)
    end
  end)
end)

refuse.tell()
