-- The descriptors as tables: what the generated reference and saved models are made from.
local test = require 'harness'
local reference = require 'aelua.reference'

local function find(list, name)
  for _, entry in ipairs(list) do if entry.name == name then return entry end end
  error('no ' .. name)
end

test.case('a layer', function()
  test.equal(find(reference.layers, 'Linear'), {
    name = 'Linear', doc = "(B,in) -> (B,out), or (in) -> (out)  y = x W' + b", container = false,
    options = {
      {name = 'inputSize', kind = 'integer', required = true, min = 1, max = 2 ^ 31 - 1,
       doc = 'features of a sample'},
      {name = 'outputSize', kind = 'integer', required = true, min = 1, max = 2 ^ 31 - 1,
       doc = 'features of its output'},
      {name = 'bias', kind = 'boolean', required = false, default = true, doc = 'add b'},
    },
    parameters = {{name = 'weight', grad = 'gradWeight'}, {name = 'bias', grad = 'gradBias'}},
    buffers = {},
  })
  test.equal(find(reference.layers, 'Sequential').container, true)
end)

test.case('kinds of options', function()
  local sizes = find(find(reference.layers, 'View').options, 'sizes')
  test.equal({sizes.kind, sizes.required, sizes.min}, {'sizes', true, -1})
  local weights = find(find(reference.losses, 'ClassNLLCriterion').options, 'weights')
  test.equal({weights.kind, weights.required}, {'tensor', false})
  local decay = find(find(reference.optims, 'SGD').options, 'weightDecay')
  test.equal({decay.kind, decay.default, decay.min, decay.max},
    {'number', 0, 0, 0x1.fffffffffffffp1023})
  local padH = find(find(reference.layers, 'SpatialConvolution').options, 'padH')
  test.equal({padH.kind, padH.like, padH.min}, {'integer', 'padW', 0})
  local automatic = find(find(reference.layers, 'Reshape').options, 'batchMode')
  test.equal({automatic.kind, automatic.default}, {'boolean'})
end)

test.case('an optimizer', function()
  local sgd = find(reference.optims, 'SGD')
  test.equal({sgd.func, sgd.state}, {'sgd', {'dfdx'}})
end)

test.case('all are there, sorted, and can be called', function()
  for library, lists in pairs {nn = {'layers', 'losses'}, optim = {'optims'}} do
    for _, key in ipairs(lists) do
      local list = reference[key]
      test.check(#list >= 2, key)
      for i, entry in ipairs(list) do
        test.check(require(library)[entry.name], entry.name)
        test.check(i == 1 or list[i - 1].name < entry.name, entry.name .. ' in its place')
        test.check(#entry.doc > 0, entry.name .. ' has a line')
      end
    end
  end
end)
