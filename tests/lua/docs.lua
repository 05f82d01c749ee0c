-- The code in docs/autoencoders.md runs as it stands, after the line that it says.
local test = require 'harness'

-- The indented blocks of a page.
local function blocks(path)
  local list, block = {}, nil
  for line in io.lines(path) do
    if line:find '^    ' then
      block = block or {}
      block[#block + 1] = line
    elseif block then
      list[#list + 1], block = table.concat(block, '\n'), nil
    end
  end
  return list
end

test.case('docs/autoencoders.md', function()
  local list = blocks 'docs/autoencoders.md'
  test.check(#list >= 3, 'there are pieces of code')
  for _, text in ipairs(list) do
    assert(load("local nn = require 'nn'\n" .. text))()
  end
end)
