--- download.lua - tools/data: what is whole is kept, what is not is refused and leaves nothing.

local test = require 'harness'
local system = require 'aelua.system'
local write = test.write

local root = arg[0]:match '^(.*)/tests/' or '.'
local IMAGES, LABELS = 'train-images-idx3-ubyte.gz', 't10k-labels-idx1-ubyte.gz'

local function runs(command) return (os.execute(command .. ' >/dev/null 2>&1')) end

-- Runs tools/data with the files of a folder for the published ones; returns whether it succeeded,
-- and what it printed.
local function fetch(source, folder)
  if not runs 'command -v curl' then test.skip 'no curl, and wget knows no file://' end
  local pipe = assert(io.popen(('AELUA_DATA_SOURCE=file://%s sh %s %s 2>&1'):format(
    test.quoted(source), test.quoted(root .. '/tools/data'), test.quoted(folder))))
  local text = pipe:read 'a'
  return pipe:close() == true, text
end

local function output(command)
  local pipe = assert(io.popen(command))
  local text = pipe:read 'a'
  pipe:close()
  return text
end

local function files(folder) return output('ls -A ' .. test.quoted(folder)) end

test.case('a file that is not there', function()
  local folder = test.folder()
  local ok, text = fetch(folder .. '/none', folder .. '/data')
  test.check(not ok, 'failure')
  test.check(text:find('/none/' .. IMAGES .. ' cannot be fetched: ', 1, true), text)
  test.check(text:find '^data: [^\n]+\n$', 'one line, not ' .. text)
  test.equal(files(folder .. '/data'), '')
end)

test.case('a damaged file is refused and removed', function()
  local source, folder = test.folder(), test.folder()
  write(source .. '/' .. IMAGES, 'not a gzip file')
  local ok, text = fetch(source, folder)
  test.check(not ok, 'failure')
  test.check(text:find('has the MD5 sum %x+, should have 8d4fb7e6c68d591d4c3dfef9ec88bf0d\n$'),
    'the sums, not ' .. text)
  test.equal(files(folder), '')
end)

test.case('the real files', function()
  local real = os.getenv 'AELUA_DATA'
  if not real or not system.exists(real .. '/' .. IMAGES) then test.skip 'AELUA_DATA has none' end
  real = output(('cd %s && pwd'):format(test.quoted(real))):match '[^\n]+'
  local folder = test.folder()
  local ok, text = fetch(real, folder)
  test.check(ok, text)
  write(folder .. '/' .. LABELS, 'torn')
  ok, text = fetch(real, folder)
  test.check(ok, text)
  test.check(text:find(IMAGES .. ' is there', 1, true), 'kept')
  test.check(text:find(LABELS .. ' fetched', 1, true), 'fetched again')
  test.check(runs(('cmp %s %s'):format(test.quoted(real .. '/' .. LABELS),
    test.quoted(folder .. '/' .. LABELS))), 'the same bytes')
end)
