--- What Torch7's .t7 files have in other words than the engine's options, by class, for
-- lua/t7nn.lua; with what files of older versions of Torch7 mean.

local torch = require 'torch'

local function sizesOf(fields) return {sizes = fields.size} end

local function dimension(tensor, d)
  return torch.isTensor(tensor) and tensor:dim() >= d and tensor:size(d) or nil
end

-- Older files have 1 / sqrt(variance + eps) instead of the variance.
local function ofNormalization(fields)
  local mean, std = fields.running_mean, fields.running_std
  if torch.isTensor(mean) and torch.isTensor(std) and not torch.isTensor(fields.running_var) then
    if std:nElement() ~= mean:nElement() then error('its running_std has other sizes', 0) end
    fields.running_var = std:clone():pow(-2):add(-(tonumber(fields.eps) or 1e-5))
  end
  return {nOutput = dimension(mean, 1), affine = fields.weight ~= nil}
end

-- Older files have one padding for both directions.
local function ofConvolution(fields)
  local n, weight = 1, fields.weight
  for _, key in ipairs {'nInputPlane', 'nOutputPlane', 'kW', 'kH'} do
    if not math.type(fields[key]) then error('the file does not say its ' .. key, 0) end
    n = n * fields[key]
  end
  if n ~= weight:nElement() then
    error(('its weight has %.0f elements in the file, want %.0f'):format(weight:nElement(), n), 0)
  end
  return {padW = fields.padW or fields.padding, padH = fields.padH or fields.padding}
end

-- Without `divide`, older ones, it is the sum, as in Torch7 itself.
local function ofAveragePooling(fields) return {divide = fields.divide and true or false} end

-- Zeroes without scaling, and scales in evaluation.
local function ofDropout(fields)
  if fields.v2 then return {} end
  error('it is of the first version (v1), which is not known here', 0)
end

local function ofTranspose(fields)
  if fields.numInputDims then error('its numInputDims is not known here', 0) end
  local options = {}
  for i, pair in ipairs(type(fields.permutations) == 'table' and fields.permutations or {}) do
    options['swap' .. i] = pair
  end
  if options.swap8 then error('it has more than 7 permutations', 0) end
  return options
end

local function sizesOfTensor(slot)
  return function(fields) return {size = fields[slot]:size()} end
end

-- fields of a file -> options that do not stand there under their own names; raises where the file
-- means something else. The parameters are there.
local inward = {
  ['nn.Linear'] = function(fields)
    return {inputSize = dimension(fields.weight, 2), outputSize = dimension(fields.weight, 1)}
  end,
  ['nn.TiedLinear'] = function(fields)
    return {inputSize = dimension(fields.weight, 1), outputSize = dimension(fields.weight, 2)}
  end,
  ['nn.LookupTable'] = function(fields)
    return {nIndex = dimension(fields.weight, 1), nOutput = dimension(fields.weight, 2)}
  end,
  ['nn.View'] = sizesOf,
  ['nn.Reshape'] = sizesOf,
  ['nn.CMul'] = sizesOfTensor 'weight',
  ['nn.CAdd'] = sizesOfTensor 'bias',
  ['nn.Add'] = function(fields) return {inputSize = dimension(fields.bias, 1)} end,
  ['nn.BatchNormalization'] = ofNormalization,
  ['nn.SpatialBatchNormalization'] = ofNormalization,
  ['nn.SpatialConvolution'] = ofConvolution,
  ['nn.SpatialConvolutionMM'] = ofConvolution,
  ['nn.SpatialFullConvolution'] = ofConvolution,
  ['nn.SpatialAveragePooling'] = ofAveragePooling,
  ['nn.Dropout'] = ofDropout,
  ['nn.Transpose'] = ofTranspose,
  ['nn.CrossEntropyCriterion'] = function(fields) return fields.nll or fields end,
}

local function numberOf(sizes)
  local n = 1
  for _, size in ipairs(sizes) do n = n * size end
  return n
end

-- options -> fields that Torch7 expects beside them
local outward = {
  ['nn.View'] = function(options)
    return {size = torch.LongStorage(options.sizes), numElements = numberOf(options.sizes)}
  end,
  ['nn.Reshape'] = function(options)
    return {size = torch.LongStorage(options.sizes), nelement = numberOf(options.sizes)}
  end,
  ['nn.Dropout'] = function() return {v2 = true} end,
  ['nn.ReLU'] = function() return {threshold = 0, val = 0} end,
  ['nn.Transpose'] = function(options)
    local pairs_ = {}
    for i = 1, 7 do
      local swap = options['swap' .. i]
      if swap and #swap > 0 then pairs_[#pairs_ + 1] = swap end
    end
    return {permutations = pairs_}
  end,
}

return {inward = inward, outward = outward}
