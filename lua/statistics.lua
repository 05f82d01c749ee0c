--- Means and spreads of a few numbers, as tables of results need them.

local statistics = {}

--- Whether a value is a number, and neither NaN nor infinite.
function statistics.finite(value)
  return type(value) == 'number' and value == value and math.abs(value) < math.huge
end

--- Mean of a list.
function statistics.mean(list)
  local sum = 0
  for _, v in ipairs(list) do sum = sum + v end
  return sum / #list
end

--- Population standard deviation of a list: root of the mean squared distance from the mean.
function statistics.spread(list)
  local mean, sum = statistics.mean(list), 0
  for _, v in ipairs(list) do sum = sum + (v - mean) ^ 2 end
  return math.sqrt(sum / #list)
end

--- Element by element a - b: paired differences of runs with the same seeds.
function statistics.differences(a, b)
  if #a ~= #b then
    error(('statistics.differences: %d and %d numbers are no pairs'):format(#a, #b), 2)
  end
  local list = {}
  for i = 1, #a do list[i] = a[i] - b[i] end
  return list
end

--- "0.791 (0.002)": mean and spread.
-- @param list numbers
-- @param format of the mean: "%.3f"
function statistics.meanAndSpread(list, format)
  return (format .. ' (' .. format:gsub('%+', '') .. ')'):format(statistics.mean(list),
    statistics.spread(list))
end

return statistics
