--- Torch's optim.checkgrad: a gradient against central differences of its function.

local torch = require 'torch'

--- @param opfunc function of x, returns f and df/dx
-- @param x tensor of any sizes, unchanged afterwards; in double differences mean more
-- @param[opt=1e-7] eps half the distance between the two points of a difference
-- @return |g - e| / |g + e|, the gradient g, the differences e
return function(opfunc, x, eps)
  eps = eps or 1e-7
  local _, gradient = opfunc(x)
  if not torch.isTensor(gradient) or gradient:nElement() ~= x:nElement() then
    error(('optim.checkgrad: the function should return its value and a gradient of %d elements')
      :format(x:nElement()), 2)
  end
  gradient = gradient:clone()
  local n = x:nElement()
  local estimate, point = gradient:clone():zero(), x:clone()
  local flat, slopes = point:view(n), estimate:view(n)
  for i = 1, n do
    local here = flat[i]
    flat[i] = here + eps
    local above = opfunc(point)
    flat[i] = here - eps
    local below = opfunc(point)
    flat[i] = here
    slopes[i] = (above - below) / (2 * eps)
  end
  local distance, size = (gradient - estimate):norm(), (gradient + estimate):norm()
  return size > 0 and distance / size or distance, gradient, estimate
end
