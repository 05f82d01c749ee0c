--- nn.Jacobian: Torch7's checks of a layer's gradients against differences of its output. They
-- mean little in floats: use doubles.

local torch = require 'torch'
local nn = require('aelua.modules').nn
local restoring = require 'aelua.lua.restoring'

local Jacobian = {}
nn.Jacobian = Jacobian

-- An n x m matrix whose row i is what row(i) returns.
local function rows(n, row)
  local first = row(1)
  local matrix = first.new(n, first:nElement())
  matrix[1]:copy(first)
  for i = 2, n do matrix[i]:copy(row(i)) end
  return matrix
end

--- d output / d input, or / d param, by backward.
-- @param module module
-- @param input tensor
-- @param[opt] param tensor of the module
-- @param[opt] dparam its gradient
-- @return (elements of input or param, elements of the output)
function Jacobian.backward(module, input, param, dparam)
  local dout = module:forward(input):clone():zero()
  local columns = rows(dout:nElement(), function(i)
    dout:zero():view(-1)[i] = 1
    module:zeroGradParameters()
    local din = module:updateGradInput(input, dout)
    module:accGradParameters(input, dout)
    return (param and dparam or din):contiguous():view(-1)
  end)
  return columns:t()
end

--- The same by central differences.
-- @param module module
-- @param input tensor
-- @param[opt] param tensor that is varied; default: input
-- @param[opt=1e-6] perturbation twice the distance to either side
function Jacobian.forward(module, input, param, perturbation)
  local small = perturbation or 1e-6
  local varied = param or input
  local flat = varied:view(-1)
  local undo <close> = restoring(varied, varied:clone()) -- luacheck: ignore
  return rows(flat:nElement(), function(i)
    local here = flat[i]
    flat[i] = here + small / 2
    local above = module:forward(input):clone()
    flat[i] = here - small / 2
    local below = module:forward(input)
    flat[i] = here
    return above:add(-1, below):div(small):view(-1)
  end)
end

local function randomize(tensor, low, high) tensor:uniform(low or -2, high or 2) end

local function distance(a, b) return (a - b):abs():max() end

--- The largest difference between backward and differences, at a random input.
-- @param module module
-- @param input contiguous tensor; filled
-- @param[opt=-2] low bounds of the random numbers
-- @param[opt=2] high
-- @param[opt=1e-6] perturbation
-- @return number
function Jacobian.testJacobian(module, input, low, high, perturbation)
  randomize(input, low, high)
  return distance(Jacobian.forward(module, input, nil, perturbation),
    Jacobian.backward(module, input))
end

--- The same for a parameter, which is filled too.
function Jacobian.testJacobianParameters(module, input, param, dparam, low, high, perturbation)
  randomize(input, low, high)
  randomize(param, low, high)
  return distance(Jacobian.forward(module, input, param, perturbation),
    Jacobian.backward(module, input, param, dparam))
end

--- How far output and gradInput of a saved and loaded module are from its own.
-- @return two numbers
function Jacobian.testIO(module, input, low, high)
  randomize(input, low, high)
  local output = module:forward(input)
  local gradOutput = output:clone():uniform(-1, 1)
  module:zeroGradParameters()
  local gradInput = module:backward(input, gradOutput):clone()
  local loaded = torch.deserialize(torch.serialize(module))
  local forward = distance(loaded:forward(input), output)
  loaded:zeroGradParameters()
  return forward, distance(loaded:backward(input, gradOutput), gradInput)
end

return Jacobian
