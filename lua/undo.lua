--- For functions that change a tensor of the caller's while they call the caller's function: with
-- `local _ <close> = undo(x, state, kept)`, when what follows fails, x has the elements that it had
-- there, and the table the same values.

--- @param x tensor
-- @param[opt] state table
-- @param[opt] kept set of the names in it that change
return function(x, state, kept)
  local elements, values = x:clone(), {}
  for name in pairs(kept or {}) do values[name] = state[name] end
  return setmetatable({}, {__close = function(_, problem)
    if problem == nil then return end
    x:copy(elements)
    for name in pairs(kept or {}) do state[name] = values[name] end
  end})
end
