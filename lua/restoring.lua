--- Gives a tensor its values back when what is done with it fails:
--
--     local undo <close> = restoring(x, x:clone())

local undo = {__close = function(pair, problem)
  if problem ~= nil then pair.tensor:copy(pair.values) end
end}

--- @param tensor that is changed from here on
-- @param values a copy of it
-- @return what is to be closed, without an error when all went well
return function(tensor, values) return setmetatable({tensor = tensor, values = values}, undo) end
