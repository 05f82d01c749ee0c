-- The experiments with networks on images, small: they learn and draw their pictures; cnn.lua
-- prints the same losses at any number of threads.
local test = require 'harness'
local system = require 'aelua.system'

local function run(script, options, threads)
  local folder = test.folder()
  local command = ('%s --threads %d experiments/%s.lua %s --runs %s 2>&1')
    :format(test.quoted(test.aelua), threads, script, options, folder)
  local pipe = assert(io.popen(command))
  local output = pipe:read 'a'
  test.check(pipe:close(), 'the script ends well: ' .. output)
  local losses = {}
  for loss in output:gmatch 'loss%s+(%S+)' do losses[#losses + 1] = tonumber(loss) end
  return losses, system.list(('%s/%s-1/figures'):format(folder, script)), output
end

-- Runs a script, which should draw the pictures; returns its losses.
local function check(script, options, pictures, threads)
  options = options .. ' --samples 400 --epochs 2 --batch 10 --planes 4'
  local losses, list, output = run(script, options, threads)
  test.equal(#losses, 2, output)
  test.check(losses[2] < 0.95 * losses[1], 'the loss falls: ' .. output)
  local drawn = table.concat(list, ' ')
  for _, name in ipairs(pictures) do
    test.check(drawn:find(name .. '.png', 1, true), name .. ' among ' .. drawn)
  end
  return losses
end

test.case('cnn.lua', function()
  local pictures = {'filters-after', 'maps', 'mistakes', 'curves'}
  test.equal(check('cnn', '', pictures, 3), check('cnn', '', pictures, 1), 'three threads and one')
end)

test.case('convae.lua', function()
  for _, kind in ipairs {'full', 'upsampling'} do
    check('convae', '--decoder ' .. kind, {'reconstruction', 'code', 'filters-after'}, 2)
  end
end)
