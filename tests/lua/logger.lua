--- logger.lua - optim.Logger: the file, its columns, its chart.

local test = require 'harness'
require 'optim'

local function read(path)
  local file = assert(io.open(path, 'rb'))
  local text = file:read('a')
  file:close()
  return text
end

local function count(text, pattern) return select(2, text:gsub(pattern, '')) end

test.case('rows are in the file as they are added', function()
  local path = test.folder() .. '/new/train.log'
  local logger = optim.Logger(path)
  logger:add {['b error'] = 0.5, ['a error'] = 12345.678}
  logger:add {['b error'] = 'none', ['a error'] = -1}
  test.equal(read(path), 'a error\tb error\n 1.2346e+04\t 5.0000e-01\n-1.0000e+00\tnone\n')
  test.equal(logger.symbols['a error'], {12345.678, -1})
  logger:close()
end)

test.case('named columns', function()
  local path = test.folder() .. '/accuracy.log'
  local logger = optim.Logger(path):setNames {'Training acc.', 'Test acc.'}
  logger:add {70, 59}
  test.equal(read(path), 'Training acc.\tTest acc.\n 7.0000e+01\t 5.9000e+01\n')
end)

test.case('a name or a text with a tab or a newline keeps to its cell', function()
  local path = test.folder() .. '/x.log'
  local logger = optim.Logger(path):setNames {'a\tb', 'c\nd'}
  logger:add {1, 'x\r\ny'}
  test.equal(read(path), 'a b\tc d\n 1.0000e+00\tx  y\n')
  logger:close()
end)

test.case('a time in the name', function()
  local folder = test.folder()
  optim.Logger(folder .. '/x.log', true):add {1}
  local names = {}
  for name in paths.iterfiles(folder) do names[#names + 1] = name end
  test.equal(#names, 1)
  test.check(names[1]:find '^x%.log%-%d%d%d%d_%d%d_%d%d_')
end)

test.case('the chart', function()
  local path = test.folder() .. '/loss.log'
  local logger = optim.Logger(path)
  logger:add {loss = 3, accuracy = 0.1, note = 'a'}
  logger:plot()
  test.equal(paths.filep(path .. '.png'), false) -- one row is no curve
  logger:add {loss = 2, accuracy = 0.2, note = 'b'}
  logger:style {loss = '-', accuracy = {'+', '-'}}
  logger:plot()
  test.equal(read(path .. '.png'):sub(1, 4), '\x89PNG')
  local svg = read(path .. '.svg')
  test.equal({count(svg, '<polyline'), count(svg, '<circle')}, {2, 2})
  test.check(svg:find('>accuracy<', 1, true) and svg:find('>loss<', 1, true))
  logger:plot('loss')
  svg = read(path .. '.svg')
  test.equal({count(svg, '<polyline'), svg:find('>accuracy<', 1, true)}, {1})
end)

test.case('without a file rows are printed', function()
  local pipe = io.popen(('%s -l optim -e %s 2>/dev/null'):format(test.quoted(test.aelua),
    test.quoted 'optim.Logger():add{x = 1}'))
  test.equal(pipe:read('a'), 'x\n 1.0000e+00\n')
  pipe:close()
end)

test.case('what cannot be', function()
  local path = test.folder() .. '/x'
  local logger = optim.Logger(path)
  test.fails(function() logger:add {a = {}, c = 2} end, "'a' is a table")
  logger:add {a = 1, b = 2} -- there are no columns until there is a row
  test.equal(read(path):match '[^\n]*', 'a\tb')
  test.fails(function() logger:add {a = 1} end, "'b' is a nil")
  test.fails(function() logger:add {a = 1, b = 2, c = 3} end, "'c' was not in the first row")
  test.fails(function() logger:add {a = {}, b = 1} end, "'a' is a table")
  test.equal(#logger.symbols.a, 1)
  for name in pairs {a = true, b = true} do
    test.fails(function() logger:style {a = '-', b = '-', [name] = 'dashed'} end, "'dashed'")
  end
  test.equal(logger.styles, {a = {'+'}, b = {'+'}})
  test.fails(function() logger:plot('z') end, "no column 'z'")
  test.fails(function() optim.Logger(path .. '/in/a/file') end, path)
end)

test.case('a first row or names that cannot be are forgotten', function()
  local path = test.folder() .. '/x'
  local logger = optim.Logger(path)
  test.fails(function() logger:add {a = {}} end, "'a' is a table")
  test.fails(function() logger:setNames {'a', 5} end, 'logger.lua', 'name 2 is a number')
  logger:add {b = 1}
  test.equal(read(path), 'b\n 1.0000e+00\n')
  logger:setNames {'c', 'd'}
  test.fails(function() logger:style {'-', 'dashed'} end, "'dashed'")
  test.equal(logger.styles[1], {'+'})
end)

test.case('a row that cannot be written is no row', function()
  local logger = optim.Logger(test.folder() .. '/x')
  local file = logger.file
  logger.file = assert(io.open('/dev/full', 'w'))
  test.fails(function() logger:add {a = 1} end, 'No space left on device')
  logger.file:close()
  logger.file = file
  logger:add {b = 1}
  logger.file = assert(io.open('/dev/full', 'w'))
  test.fails(function() logger:add {b = 2} end, 'No space left on device')
  logger.file = file
  logger:add {b = 3}
  test.equal(logger.symbols, {b = {1, 3}})
end)
