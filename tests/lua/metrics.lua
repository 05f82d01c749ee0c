-- metrics.csv: what is written is read again, whole or its last row. On the fastest path alone.

local test = require 'harness'
local metrics = require 'aelua.lua.metrics'

local records = {
  {stage = 'training', epoch = 1, loss = 0.5, lr = 0.1, seconds = 0.25, samples_per_second = 4000},
  {stage = 'training', epoch = 2, loss = 1 / 3, accuracy = 0.75, lr = 1e-300},
  {stage = 'fine-tuning, second', epoch = 1, loss = math.huge, test_loss = -math.huge}}

local function folderWith(text)
  local folder = test.folder()
  test.write(folder .. '/metrics.csv', text)
  return folder
end

test.case('records, written and read', function()
  local rows = assert(metrics.read(folderWith(metrics.text(records))))
  test.equal(#rows, 3)
  test.equal(rows[1], records[1])
  test.equal(rows[2].loss, 0.333333333)
  test.equal(rows[2].accuracy, 0.75)
  test.equal(rows[3], {stage = 'fine-tuning  second', epoch = 1, loss = math.huge,
                       test_loss = -math.huge})
  test.equal(metrics.line{stage = 'x', epoch = 1, loss = 0 / 0}:gsub('-nan', 'nan'),
    'x,1,nan,,,,,,,,')
end)

test.case('the last row, whether or not one is being written after it', function()
  local text = metrics.text(records)
  test.equal(metrics.last(folderWith(text)).stage, 'fine-tuning  second')
  test.equal(metrics.last(folderWith(text .. 'torn,4')).stage, 'fine-tuning  second')
  test.equal(metrics.last(folderWith(metrics.text{records[1]})), records[1])
  local many = {}
  for i = 1, 1000 do many[i] = {stage = 'x', epoch = i} end
  test.equal(metrics.last(folderWith(metrics.text(many))), {stage = 'x', epoch = 1000})
end)

test.case('no last row', function()
  test.equal(metrics.last(test.folder()), nil)
  for _, text in ipairs {'', 'stage', 'stage,epoch', metrics.text{}, metrics.text{} .. 'x,1',
                         metrics.text{} .. 'x,much\n', 'loss\n1\n', '\n\n'} do
    test.equal(metrics.last(folderWith(text)), nil, text)
  end
end)
