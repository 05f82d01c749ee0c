--- NumPy's files: one array in an .npy, several by name in an .npz.

local torch = require 'torch'
local file = require 'aelua.file'

local npy = {}

--- Reads an array; raises when the file cannot be read or is damaged.
-- @param path file name, *.npy
-- @return tensor: Float of float16 and float32, Double of float64, Byte of uint8 and bool,
--   Char, Short and Int of int8, int16 and int32, Long of other integers; a single number has
--   size 1
function npy.load(path) return assert(file.readNpy(path)) end

--- Writes an array that numpy.load reads; raises when it cannot.
-- @param path file name, *.npy
-- @param tensor of any type and strides
function npy.save(path, tensor) assert(file.writeNpy(path, tensor)) end

--- Reads the arrays of an archive, compressed or not; raises when it cannot.
-- @param path file name, *.npz
-- @return table of names to tensors, list of names in the file's order
function npy.loadz(path)
  local tensors, names = file.readNpz(path)
  if not tensors then error(names, 2) end
  return tensors, names
end

-- The list {{name, tensor}, ...}: sorted by name; the entries of a list are named as NumPy does.
local function entriesOf(tensors)
  local entries = {}
  for key, tensor in pairs(tensors) do
    if not torch.isTensor(tensor) then
      error(('npy.savez: %s is a %s, a tensor expected'):format(tostring(key), type(tensor)), 3)
    end
    local name = math.type(key) == 'integer' and ('arr_%d'):format(key - 1) or tostring(key)
    entries[#entries + 1] = {name, tensor}
  end
  table.sort(entries, function(a, b) return a[1] < b[1] end)
  return entries
end

--- Writes tensors that numpy.load reads; raises when it cannot.
-- @param path file name, *.npz
-- @param tensors {name = tensor}, or a list, whose names are arr_0, arr_1, ...
function npy.savez(path, tensors) assert(file.writeNpz(path, entriesOf(tensors))) end

return npy
