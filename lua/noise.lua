--- Corruption of inputs for denoising autoencoders, and the holes in what they reconstruct.
--
-- Each function returns a function of a batch that gives the corrupted batch, in a tensor that is
-- reused; the batch itself stays as it is. The numbers come from the default generator.

local noise = {}

-- The reused result with x's values.
local function copier()
  local result
  return function(x)
    if not result or result:type() ~= x:type() then result = x:clone() end
    return result:resizeAs(x):copy(x)
  end
end

--- Masking noise: each value becomes 0 with the given probability (Vincent et al., 2008).
-- @param share in 0..1
function noise.masking(share)
  if not (share >= 0 and share <= 1) then
    error(('noise.masking: %s is no probability'):format(tostring(share)), 2)
  end
  local copy, keep = copier(), copier()
  return function(x)
    local mask = keep(x):bernoulli(1 - share)
    return copy(x):cmul(mask)
  end
end

--- Additive Gaussian noise of mean 0.
-- @param std standard deviation, >= 0
function noise.gaussian(std)
  if not (type(std) == 'number' and std >= 0 and std < math.huge) then
    error(('noise.gaussian: %s is no standard deviation'):format(tostring(std)), 2)
  end
  local copy, sample = copier(), copier()
  return function(x) return copy(x):add(sample(x):normal(0, std)) end
end

--- No noise.
function noise.none() return function(x) return x end end

--- Holes: output units that are 0 for every sample although the target is not.
-- @param output (B, units)
-- @param target (B, units)
function noise.holes(output, target)
  local dark = output:max(1):le(0)
  local lit = target:max(1):gt(0)
  return dark:cmul(lit):sum()
end

return noise
