--- How the layers on images (B,C,H,W) are written in ONNX: entries as lua/onnxlayers.lua's `leaf`.

local torch, core = require 'torch', require 'aelua.modules'

local leaf = {}

-- ONNX has pads as {top, left, bottom, right}.
local function kernel(options)
  return {kernel_shape = {options.kH, options.kW}, strides = {options.dH, options.dW},
          pads = {options.padH, options.padW, options.padH, options.padW}}
end

local function parameters(graph, module, input, path, sizes)
  local inputs = {input.name, graph:constant(path .. 'weight', module.weight, sizes)}
  if module.bias then inputs[3] = graph:constant(path .. 'bias', module.bias) end
  return inputs
end

-- A SpatialConvolutionMM's weight is a matrix.
local function convolution(graph, module, input, path)
  local options = core.options(module)
  local sizes = {options.nOutputPlane, options.nInputPlane, options.kH, options.kW}
  return graph:node('Conv', parameters(graph, module, input, path, sizes), kernel(options))
end
leaf['nn.SpatialConvolution'], leaf['nn.SpatialConvolutionMM'] = convolution, convolution

leaf['nn.SpatialFullConvolution'] = function(graph, module, input, path)
  local options = core.options(module)
  local attributes = kernel(options)
  attributes.output_padding = {options.adjH, options.adjW}
  return graph:node('ConvTranspose', parameters(graph, module, input, path), attributes)
end

-- ---- pooling ----

-- Rows or columns that windows take beyond the padding, with ceil_mode. They are written as
-- padding, since programs differ in what their own ceil_mode means.
local function beyond(size, windows, k, d, pad)
  return math.max(0, (windows - 1) * d + k - size - 2 * pad)
end

local function beyondOf(options, x, y)
  return beyond(x:size(3), y:size(3), options.kH, options.dH, options.padH),
    beyond(x:size(4), y:size(4), options.kW, options.dW, options.padW)
end

leaf['nn.SpatialMaxPooling'] = function(graph, module, input, _, y)
  local options = core.options(module)
  local attributes = kernel(options)
  local below, right = beyondOf(options, input.x, y)
  attributes.pads[3], attributes.pads[4] = options.padH + below, options.padW + right
  return graph:node('MaxPool', {input.name}, attributes)
end

-- pads: {top, left, bottom, right}
local function padded(graph, name, path, pads)
  local all = {0, 0, pads[1], pads[2], 0, 0, pads[3], pads[4]}
  return graph:node('Pad', {name, graph:integers(path .. 'pads', all)})
end

-- A mean counts the padding, or not, but never what lies beyond it: so the padding is made before.
-- A sum is the mean of whole windows, times their elements.
leaf['nn.SpatialAveragePooling'] = function(graph, module, input, path, y)
  local options = core.options(module)
  local attributes, name = kernel(options), input.name
  local below, right = beyondOf(options, input.x, y)
  local counted = not options.divide and 1 or 0
  if options.divide and options.count_include_pad and options.padH + options.padW > 0 then
    name = padded(graph, name, path, attributes.pads)
    attributes.pads = {0, 0, below, right}
  else
    attributes.pads[3], attributes.pads[4] = options.padH + below, options.padW + right
  end
  attributes.count_include_pad = counted
  name = graph:node('AveragePool', {name}, attributes)
  if options.divide then return name end
  return graph:node('Mul', {name, graph:number(path .. 'elements', options.kH * options.kW)})
end

-- ---- sizes ----

-- Negative padding is cut off.
leaf['nn.SpatialZeroPadding'] = function(graph, module, input, path)
  local options = core.options(module)
  return padded(graph, input.name, path,
    {options.pad_t, options.pad_l, options.pad_b, options.pad_r})
end

-- The empty name is an input left out, the region of interest.
leaf['nn.SpatialUpSamplingNearest'] = function(graph, module, input, path)
  local scale = core.options(module).scale_factor
  local factors = torch.FloatTensor{1, 1, scale, scale}
  return graph:node('Resize', {input.name, '', graph:constant(path .. 'scales', factors)},
    {mode = 'nearest', coordinate_transformation_mode = 'asymmetric', nearest_mode = 'floor'})
end

return leaf
