-- A NaN in a layer's input is not lost on the way: its output has one, whatever the layer compares.
local test = require 'harness'
local nn = require 'nn'

local function rows() return torch.rand(3, 4) end
local function planes() return torch.rand(2, 3, 6, 6) end
local function pair() return {rows(), rows()} end

local cases = {
  {'SpatialMaxPooling', planes, 2, 2}, {'SpatialAveragePooling', planes, 2, 2},
  {'SpatialConvolution', planes, 3, 2, 3, 3}, {'SpatialFullConvolution', planes, 3, 2, 3, 3},
  {'SpatialBatchNormalization', planes, 3}, {'SpatialUpSamplingNearest', planes, 2},
  {'SpatialZeroPadding', planes, 1, 1, 1, 1}, {'BatchNormalization', rows, 4},
  {'LayerNormalization', rows, 4}, {'Linear', rows, 4, 3}, {'AddConstant', rows, 1},
  {'MulConstant', rows, 2}, {'Power', rows, 2}, {'Threshold', rows, 0.5, 0}, {'L1Penalty', rows, 1},
  {'Max', rows, 1}, {'Min', rows, 1}, {'Mean', rows, 1}, {'Sum', rows, 1}, {'Normalize', rows, 1},
  {'Normalize', rows, 2}, {'Normalize', rows, math.huge}, {'Normalize', rows, 3},
}
for _, name in ipairs {'Abs', 'Clamp', 'ELU', 'Exp', 'HardShrink', 'HardTanh', 'LeakyReLU', 'Log',
                       'LogSigmoid', 'LogSoftMax', 'PReLU', 'ReLU', 'Sigmoid', 'SoftMax', 'SoftMin',
                       'SoftPlus', 'SoftShrink', 'SoftSign', 'Sqrt', 'Square', 'Tanh',
                       'TanhShrink'} do
  cases[#cases + 1] = {name, rows}
end
for _, name in ipairs {'CAddTable', 'CSubTable', 'CMulTable', 'CDivTable', 'CMaxTable', 'CMinTable',
                       'CosineDistance', 'DotProduct', 'PairwiseDistance'} do
  cases[#cases + 1] = {name, pair}
end

-- Each element in turn becomes NaN, of either sign.
local function check(layer, input, tensor)
  local flat = tensor:view(-1)
  for place = 1, flat:size(1) do
    local before = flat[place]
    for _, nan in ipairs {0 / 0, -(0 / 0)} do
      flat[place] = nan
      test.check(layer:forward(input):nonFinite() > 0, 'element ' .. place)
    end
    flat[place] = before
  end
end

for i, case in ipairs(cases) do
  test.case(('%s (%d) hands a NaN on'):format(case[1], i), function()
    for _, mode in ipairs {'training', 'evaluate'} do
      for _, kind in ipairs {'torch.FloatTensor', 'torch.DoubleTensor'} do
        local layer, input = nn[case[1]](table.unpack(case, 3)):type(kind), case[2]()
        layer[mode](layer)
        input = nn.utils.recursiveType(input, kind)
        for _, tensor in ipairs(torch.isTensor(input) and {input} or input) do
          check(layer, input, tensor)
        end
      end
    end
  end)
end
