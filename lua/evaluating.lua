--- A network in evaluation for a while, and then, also when that fails, as it was:
--
--     local was <close> = evaluating(net)

local back = {__close = function(was)
  if was.train then was.net:training() end
end}

--- @param net module
-- @return what is to be closed
return function(net)
  local was = setmetatable({net = net, train = net.train}, back)
  net:evaluate()
  return was
end
