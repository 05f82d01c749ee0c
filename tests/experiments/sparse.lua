-- sparse.lua, small: every kind of it learns and draws its pictures; the penalty makes the code
-- sparse.
local test = require 'harness'
local system = require 'aelua.system'

-- Runs it; returns the mean activation of the code and the output.
local function run(options)
  local folder = test.folder()
  local command = ('AELUA_DATA= %s experiments/sparse.lua --samples 1000 --epochs 6 --batch 50 '
    .. '--hidden 30 --lr 0.01 --runs %s %s 2>&1'):format(test.quoted(test.aelua), folder, options)
  local pipe = assert(io.popen(command))
  local output = pipe:read 'a'
  test.check(pipe:close(), 'the script ends well: ' .. output)
  local losses = {}
  for loss in output:gmatch 'loss%s+(%S+)' do losses[#losses + 1] = tonumber(loss) end
  test.equal(#losses, 6, output)
  test.check(losses[6] < 0.9 * losses[1], 'the loss falls: ' .. output)
  local drawn = table.concat(system.list(folder .. '/sparse-1/figures'), ' ')
  for _, name in ipairs {'activations', 'filters-after', 'atoms', 'excited', 'reconstruction'} do
    test.check(drawn:find(name .. '.png', 1, true), name .. ' among ' .. drawn)
  end
  return tonumber(output:match 'mean activation (%S+),'), output
end

test.case('the mean activation comes to what was asked for', function()
  local free = run '--penalty none'
  test.check(free > 0.2, 'without a penalty: ' .. free)
  test.near(run '--weight 0.1 --rho 0.1', 0.1, 0.03)
  test.near(run '--weight 0.1 --rho 0.1 --tied true', 0.1, 0.03)
  test.check(run '--penalty l1 --weight 0.005' < 0.6 * free, 'l1')
end)

test.case('whitened pictures', function()
  local sparse, output = run '--zca true --tied true --weight 0.05'
  test.check(sparse < 0.3, output)
end)
