--- A network in evaluation until what this returns is closed, also by an error; then as it was.

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
