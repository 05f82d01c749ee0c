--- Torch's unsup, what of it prepares data: principal components and whitening.
--
--     local unsup = require 'unsup'
--     local white, means, P, invP = unsup.zca_whiten(train)
--     local same = unsup.zca_whiten(test, means, P, invP)       -- by the training set's statistics
--     local back = unsup.zca_colorize(white, means, invP)
--
-- Data are (N,D), or (N,...) with each sample seen as D numbers. Covariances are summed in double.

local torch = require 'torch'

local unsup = {}

local BLOCK = 4096 -- samples that are taken to double at a time

-- The data as a matrix (N,D), sharing memory where they can.
local function matrixOf(where, data)
  if not torch.isTensor(data) or data:dim() < 2 then
    local what = torch.isTensor(data) and data:dim() .. ' dimensions' or torch.type(data)
    error(('%s: data of at least 2 dimensions expected, got %s'):format(where, what), 3)
  end
  return data:dim() == 2 and data or data:contiguous():view(data:size(1), -1)
end

-- Calls f(rows) for the data in double, block by block.
local function eachBlock(data, f)
  for first = 1, data:size(1), BLOCK do
    f(data:narrow(1, first, math.min(BLOCK, data:size(1) - first + 1)):double())
  end
end

-- means (D), and the covariance (D,D) with N - 1 as divisor, in double.
local function statistics(data)
  local n, d = data:size(1), data:size(2)
  local means, covariance = torch.zeros(d):double(), torch.zeros(d, d):double()
  eachBlock(data, function(rows) means:add(rows:sum(1):view(d)) end)
  means:div(n)
  eachBlock(data, function(rows)
    local centred = rows - means:view(1, d):expandAs(rows) -- rows may be the data themselves
    covariance:addmm(1, centred:t(), centred)
  end)
  return means, covariance:div(math.max(n - 1, 1))
end

-- Eigenvalues, never negative, and vectors of the covariance, ascending.
local function decompose(data)
  local means, covariance = statistics(data)
  local values, vectors = torch.symeig(covariance, 'V')
  return values:cmax(0), vectors, means
end

--- Variances along the principal axes, ascending, and the axes, by the covariance of the data.
-- @param data (N,D)
-- @return (D) eigenvalues, (D,D) eigenvectors as columns
function unsup.pcacov(data)
  local matrix = matrixOf('unsup.pcacov', data)
  local values, vectors = decompose(matrix)
  return values:type(data:type()), vectors:type(data:type())
end

--- Principal components: variances along them, the largest first, and the axes.
-- @param data (N,D)
-- @return (K) eigenvalues and (D,K) eigenvectors as columns, K = min(N,D)
function unsup.pca(data)
  local matrix = matrixOf('unsup.pca', data)
  local values, vectors = decompose(matrix)
  local d, k = matrix:size(2), math.min(matrix:size(1), matrix:size(2))
  local order = torch.range(d, d - k + 1, -1):long()
  return values:index(1, order):type(data:type()), vectors:index(2, order):type(data:type())
end

-- ---- whitening ----

-- (data - means) P, with the data's sizes where those fit.
local function whiten(data, means, P)
  local matrix = data:dim() == 2 and data or data:contiguous():view(data:size(1), -1)
  local centred = matrix - means:view(1, -1):expandAs(matrix)
  local white = centred * P
  return white:isSameSizeAs(matrix) and white:view(data:size()) or white
end

-- Whether the caller gave the statistics; they must fit the data.
local function areGiven(where, matrix, means, P)
  if not means or not P then return false end
  if means:nElement() ~= matrix:size(2) or P:size(1) ~= matrix:size(2) then
    error(('%s: samples have %d numbers, the means %d and P %d rows'):format(where, matrix:size(2),
      means:nElement(), P:size(1)), 3)
  end
  return true
end

local function checkEpsilon(where, epsilon)
  epsilon = epsilon or 1e-5
  if type(epsilon) ~= 'number' or epsilon ~= epsilon or epsilon <= 0 then
    error(('%s: epsilon is %s, should be a number above 0'):format(where, tostring(epsilon)), 3)
  end
  return epsilon
end

--- Whitens: afterwards the dimensions are uncorrelated and of variance 1, and samples resemble what
-- they were (zero-phase, Bell and Sejnowski 1997). The statistics are the data's own, or given.
-- @param data (N,D) or (N,...), not changed
-- @param[opt] means (D)
-- @param[opt] P (D,D): V diag(1 / sqrt(e + epsilon)) V' of the covariance V diag(e) V'
-- @param[opt] invP its inverse
-- @param[opt=1e-5] epsilon added to the variances: keeps noise in directions without any from
--   being blown up
-- @return the whitened data, means, P, invP
function unsup.zca_whiten(data, means, P, invP, epsilon)
  local matrix = matrixOf('unsup.zca_whiten', data)
  epsilon = checkEpsilon('unsup.zca_whiten', epsilon)
  if not areGiven('unsup.zca_whiten', matrix, means, P) then
    local values, vectors, centre = decompose(matrix)
    local deviation = values:add(epsilon):sqrt():view(1, -1):expandAs(vectors)
    P = torch.cdiv(vectors, deviation) * vectors:t()
    invP = torch.cmul(vectors, deviation) * vectors:t()
    means, P, invP = centre:type(data:type()), P:type(data:type()), invP:type(data:type())
  end
  return whiten(data, means, P), means, P, invP
end

--- Whitens by principal components: dimension 1 of the result is the coordinate along the first.
-- @param data (N,D) or (N,...), not changed
-- @param[opt] means (D)
-- @param[opt] P (D,D), or fewer columns to keep the first components alone
-- @param[opt] invP (D,D)
-- @param[opt=1e-5] epsilon added to the variances
-- @return the whitened data, means, P, invP
function unsup.pca_whiten(data, means, P, invP, epsilon)
  local matrix = matrixOf('unsup.pca_whiten', data)
  epsilon = checkEpsilon('unsup.pca_whiten', epsilon)
  if not areGiven('unsup.pca_whiten', matrix, means, P) then
    local values, vectors, centre = decompose(matrix)
    local order = torch.range(values:size(1), 1, -1):long()
    values, vectors = values:index(1, order), vectors:index(2, order)
    local deviation = values:add(epsilon):sqrt():view(1, -1):expandAs(vectors)
    P, invP = torch.cdiv(vectors, deviation), torch.cmul(vectors, deviation):t():contiguous()
    means, P, invP = centre:type(data:type()), P:type(data:type()), invP:type(data:type())
  end
  return whiten(data, means, P), means, P, invP
end

--- Undoes a whitening: white * invP + means.
-- @param white what a whitening gave
-- @param means (D)
-- @param invP what the whitening returned
function unsup.zca_colorize(white, means, invP)
  local matrix = matrixOf('unsup.zca_colorize', white)
  local data = matrix * invP
  data:add(means:view(1, -1):expandAs(data))
  return data:nElement() == white:nElement() and data:view(white:size()) or data
end

unsup.pca_colorize = unsup.zca_colorize

return unsup
