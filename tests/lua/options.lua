--- options.lua - settings from the command line and from files, and every mistake in them.

local test = require 'harness'
local options = require 'options'

local spec = {
  {'pretrain.epochs', 5, 'epochs of the autoencoder', min = 0},
  {'pretrain.lr', 0.5, 'its learning rate', min = 0, max = 10},
  {'finetune.epochs', 3, 'epochs of the classifier', max = 1000},
  {'finetune.lr', 0.1, 'its learning rate'},
  {'widths', {500, 100}, 'hidden units', min = 1},
  {'noise', 'masking', 'kind of noise', choices = {'masking', 'gaussian'}},
  {'shuffle', true, 'a new order each epoch'},
  {'plots.show', false, 'show them'},
  {'name', '', 'of the run'},
}

-- The values after these words, split at spaces.
local function read(line)
  local words = {}
  for word in line:gmatch '%S+' do words[#words + 1] = word end
  local values, message = options.read(spec, words)
  if not values then error(message, 0) end
  return values
end

local function refused(line, message)
  test.equal(test.fails(function() read(line) end, ''), message, line)
end

local function fileWith(text)
  local path = test.folder() .. '/settings.lua'
  local file = assert(io.open(path, 'w'))
  file:write(text)
  file:close()
  return path
end

-- ---- values ----

test.case('defaults, in tables by their names', function()
  test.equal(read '', {pretrain = {epochs = 5, lr = 0.5}, finetune = {epochs = 3, lr = 0.1},
    widths = {500, 100}, noise = 'masking', shuffle = true, plots = {show = false}, name = ''})
end)

test.case('the second result lists the settings', function()
  local _, settings = options.read(spec, {'--pretrain.epochs', '7'})
  test.equal(#settings, #spec)
  test.equal({settings[1].name, settings[1].value, settings[1].default}, {'pretrain.epochs', 7, 5})
  test.equal(spec[1][2], 5)
end)

test.case('whole numbers', function()
  test.equal(math.type(read('--pretrain.epochs 7').pretrain.epochs), 'integer')
  test.equal(read('--pretrain.epochs=7').pretrain.epochs, 7)
  test.equal(read('--pretrain.epochs 1e3').pretrain.epochs, 1000)
  test.equal(read('--finetune.epochs -2').finetune.epochs, -2)
  refused('--pretrain.epochs 1.5', "--pretrain.epochs: '1.5' is not a whole number")
  refused('--pretrain.epochs=', "--pretrain.epochs: '' is not a whole number")
  refused('--pretrain.epochs many', "--pretrain.epochs: 'many' is not a whole number")
end)

test.case('numbers', function()
  test.equal(read('--pretrain.lr 1').pretrain.lr, 1.0)
  test.equal(math.type(read('--pretrain.lr 1').pretrain.lr), 'float')
  test.equal(read('--finetune.lr=-1e-3').finetune.lr, -0.001)
  refused('--pretrain.lr fast', "--pretrain.lr: 'fast' is not a finite number")
  refused('--pretrain.lr nan', "--pretrain.lr: 'nan' is not a finite number")
  refused('--pretrain.lr 1e999', "--pretrain.lr: '1e999' is not a finite number")
  refused('--pretrain.lr a\27b', "--pretrain.lr: 'a?b' is not a finite number")
end)

test.case('ranges', function()
  test.equal(read('--pretrain.epochs 0').pretrain.epochs, 0)
  test.equal(read('--pretrain.lr 10').pretrain.lr, 10.0)
  refused('--pretrain.epochs -1', '--pretrain.epochs: -1 is not allowed (at least 0)')
  refused('--pretrain.lr 10.5', '--pretrain.lr: 10.5 is not allowed (0 to 10)')
  refused('--finetune.epochs 1001', '--finetune.epochs: 1001 is not allowed (at most 1000)')
  refused('--widths 5,0', '--widths: 5,0 is not allowed (at least 1)')
end)

test.case('lists', function()
  test.equal(read('--widths 7').widths, {7})
  test.equal(read('--widths=1000,500.5,250').widths, {1000, 500.5, 250})
  refused('--widths 5,', "--widths: '5,' is not finite numbers with commas between them")
  refused('--widths 5,1e999', "--widths: '5,1e999' is not finite numbers with commas between them")
  refused('--widths 5,x', "--widths: '5,x' is not finite numbers with commas between them")
end)

test.case('strings and choices', function()
  test.equal(read('--name a=b').name, 'a=b')
  test.equal(read('--name=a=b').name, 'a=b')
  test.equal(read('--name=').name, '')
  test.equal(read('--noise gaussian').noise, 'gaussian')
  refused('--noise white', '--noise: white is not allowed (masking, gaussian)')
end)

test.case('switches', function()
  test.equal(read('--plots.show').plots.show, true)
  test.equal(read('--show').plots.show, true)
  test.equal(read('--no-shuffle').shuffle, false)
  test.equal(read('--no-plots.show').plots.show, false)
  test.equal(read('--no-show').plots.show, false)
  for word, value in pairs {yes = true, on = true, ['1'] = true, ['true'] = true, no = false,
                            off = false, ['0'] = false, ['false'] = false} do
    test.equal(read('--shuffle ' .. word).shuffle, value, word)
    test.equal(read('--shuffle=' .. word).shuffle, value, word)
  end
  test.equal(read('--show --name x').name, 'x', 'the next option is none of its values')
  refused('--shuffle=perhaps', "--shuffle: 'perhaps' is not true or false")
  refused('--shuffle perhaps', "--shuffle: 'perhaps' is not true or false")
  refused('--no-name', 'unknown option --no-name; --help lists them')
  refused('--no-shuffle=1', 'unknown option --no-shuffle; did you mean --shuffle?')
end)

test.case('a bare last name means all of that name', function()
  local values = read '--epochs 9 --lr=0.25'
  test.equal({values.pretrain.epochs, values.finetune.epochs}, {9, 9})
  test.equal({values.pretrain.lr, values.finetune.lr}, {0.25, 0.25})
  refused('--epochs 1001', '--finetune.epochs: 1001 is not allowed (at most 1000)')
end)

test.case('the last one counts', function()
  test.equal(read('--pretrain.epochs 1 --epochs 2').pretrain.epochs, 2)
  test.equal(read('--epochs 2 --pretrain.epochs 1').pretrain.epochs, 1)
end)

-- ---- mistakes ----

test.case('unknown options name the nearest', function()
  refused('--epoch 3', 'unknown option --epoch; did you mean --epochs?')
  refused('--pretrian.lr 3', 'unknown option --pretrian.lr; did you mean --pretrain.lr?')
  refused('--noize=x', 'unknown option --noize; did you mean --noise?')
  refused('--confg x', 'unknown option --confg; did you mean --config?')
  refused('--zzzzzzzz', 'unknown option --zzzzzzzz; --help lists them')
end)

test.case('missing values and stray words', function()
  refused('--pretrain.epochs', '--pretrain.epochs wants a value')
  refused('--config', '--config wants a value')
  for _, word in ipairs {'epochs', '-e', '--', '-'} do
    refused(word, ("'%s' is not an option; options begin with --"):format(word))
  end
end)

test.case('a wrong specification is the author’s mistake', function()
  test.fails(function() options.read({{'name'}}, {}) end,
    'setting 1: {name, default, help} expected')
end)

-- ---- files ----

test.case('--config sets what a file assigns', function()
  local path = fileWith [[
    local n = 4
    epochs = n + 3
    finetune = {lr = 0.75}
    widths, noise, shuffle = {300, 30}, 'gaussian', false]]
  local values = read('--config ' .. path)
  test.equal(values, {pretrain = {epochs = 7, lr = 0.5}, finetune = {epochs = 7, lr = 0.75},
    widths = {300, 30}, noise = 'gaussian', shuffle = false, plots = {show = false}, name = ''})
  test.equal(read('--config=' .. path .. ' --epochs 1').pretrain.epochs, 1, 'later words count')
  test.equal(read('--epochs 1 --config ' .. path).pretrain.epochs, 7)
end)

test.case('in a file full names prevail over bare ones', function()
  for _, text in ipairs {'epochs = 2 pretrain = {epochs = 9}', 'pretrain = {epochs = 9} epochs = 2',
                         '_ENV["pretrain.epochs"] = 9 epochs = 2'} do
    local values = read('--config ' .. fileWith(text))
    test.equal({values.pretrain.epochs, values.finetune.epochs}, {9, 2}, text)
  end
end)

test.case('mistakes in a file', function()
  local path = fileWith 'epoch = 3'
  refused('--config ' .. path, path .. ': unknown option --epoch; did you mean --epochs?')
  path = fileWith 'pretrain = {lr = -1}'
  refused('--config ' .. path, path .. ': --pretrain.lr: -1 is not allowed (0 to 10)')
  path = fileWith 'pretrain = {} pretrain.x = pretrain'
  refused('--config ' .. path, '--config: ' .. path .. ': pretrain.x is a table inside itself')
  path = fileWith 'epochs = = 3'
  refused('--config ' .. path, '--config: ' .. path .. ":1: unexpected symbol near '='")
  path = fileWith '\nepochs = os.time()'
  refused('--config ' .. path, '--config: ' .. path
    .. ":2: attempt to index a nil value (global 'os')")
  refused('--config /nonexistent', '--config: cannot open /nonexistent: No such file or directory')
end)

test.case('a binary file is refused', function()
  local path = fileWith(string.dump(load 'epochs = 3'))
  test.fails(function() read('--config ' .. path) end, '--config: ', 'binary chunk')
end)

-- ---- help ----

test.case('help', function()
  test.equal(options.help('e2e', 'Trains.', {
    {'pretrain.lr', 0.5, 'learning rate', min = 0, max = 1},
    {'widths', {500, 100}, 'hidden units'},
    {'noise', 'masking', 'kind', choices = {'masking', 'gaussian'}},
    {'x', true},
  }), [[
Trains.

aelua e2e.lua [--NAME VALUE ...]

  --pretrain.lr 0.5  learning rate (0 to 1)
  --widths 500,100   hidden units
  --noise masking    kind (masking, gaussian)
  --x true
  --config FILE      a Lua file that assigns settings

The values shown are the defaults. A last name alone sets every setting
that ends with it: --epochs 30 sets those of all stages.]])
end)

test.case('written is what the command line takes', function()
  test.equal(options.written {1, 2.5}, '1,2.5')
  test.equal(options.written(0.1), '0.1')
  for _, n in ipairs {1 / 3, 0.1 + 0.2, 1e300 / 7, -5e-324, 2.0, 1 << 53, math.mininteger} do
    test.equal(tonumber(options.written(n)), n)
  end
  test.equal(options.written {1 / 3, 7}, '0.3333333333333333,7')
  test.equal(options.written(false), 'false')
end)

-- What a script with these settings prints, and its exit status.
local function script(words)
  local path = fileWith [[
    local values = require('options').parse('e2e', 'Trains.', {{'epochs', 5, 'how many', min = 1}})
    print(values.epochs)]]
  local pipe = io.popen(('%s %s %s 2>&1'):format(test.quoted(test.aelua), test.quoted(path), words))
  local text = pipe:read 'a'
  local _, _, status = pipe:close()
  return text, status
end

test.case('parse: values, help, mistakes with status 1', function()
  test.equal({script '--epochs 3'}, {'3\n', 0})
  test.equal({script '--epochs 0'}, {'e2e: --epochs: 0 is not allowed (at least 1)\n', 1})
  test.equal({script '--epoch 3'}, {'e2e: unknown option --epoch; did you mean --epochs?\n', 1})
  for _, words in ipairs {'--help', '-h', '--epochs 0 --help'} do
    local text, status = script(words)
    test.equal(status, 0, words)
    test.equal(text:sub(1, 8), 'Trains.\n', words)
  end
end)
