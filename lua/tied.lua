--- Constructors of the layers that share the weight of an nn.Linear, so that it counts as one
-- parameter of the network, with the sum of the gradients: nn.TiedLinear and nn.ContractivePenalty.
-- Copies, conversions and saved files of a network that holds both keep them together; so does
-- getParameters. Convert the whole network, not one of the two: that would part them.

local core = require 'aelua.modules'
local torch, nn = require 'torch', core.nn

-- Whether the argument is a module; then it has to be an nn.Linear.
local function isLinear(class, linear)
  if core.kind(linear) ~= 'module' then return false end
  if torch.typename(linear) ~= 'nn.Linear' then
    error(('%s: an nn.Linear expected, got a %s'):format(class, torch.typename(linear)), 3)
  end
  return true
end

local function share(self, linear)
  self:type(linear:type())
  self.weight, self.gradWeight = linear.weight, linear.gradWeight
end

--- y = x W + b with the weight of an nn.Linear: the decoder to its encoder.
--
--     local encoder = nn.Linear(784, 100)
--     local net = nn.Sequential():add(encoder):add(nn.Sigmoid()):add(nn.TiedLinear(encoder))
--
-- @param linear the nn.Linear; or sizes, for a layer whose weight is its own until it is set
-- @param[opt=true] ... false: without bias
function nn.TiedLinear:__init(linear, ...)
  if not isLinear('nn.TiedLinear', linear) then
    return core.init.TiedLinear(self, linear, ...)
  end
  core.init.TiedLinear(self, linear.weight:size(1), linear.weight:size(2), ...)
  share(self, linear)
end

local activations = {sigmoid = 1, tanh = 2, relu = 3}

--- The penalty of contractive autoencoders, to be put behind an nn.Linear and its activation.
--
--     local encoder = nn.Linear(784, 100)
--     net:add(encoder):add(nn.Sigmoid()):add(nn.ContractivePenalty(encoder, 'sigmoid', 0.1))
--
-- @param linear the nn.Linear; or the layer's options
-- @param[opt='sigmoid'] activation 'sigmoid', 'tanh' or 'relu'
-- @param[opt=1] ... weight of the penalty
function nn.ContractivePenalty:__init(linear, ...)
  if not isLinear('nn.ContractivePenalty', linear) then
    return core.init.ContractivePenalty(self, linear, ...)
  end
  local activation = ...
  local code = activations[activation or 'sigmoid']
  if not code then
    error(("nn.ContractivePenalty: the activation '%s' is none of sigmoid, tanh, relu"):format(
      tostring(activation)), 2)
  end
  core.init.ContractivePenalty(self, linear.weight:size(2), linear.weight:size(1), code,
    select(2, ...))
  share(self, linear)
end
