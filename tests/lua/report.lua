-- The page of a run: its pieces, escaped; how it looks is tested in a browser.
local test = require 'harness'
local report, summary = require 'report', require 'summary'

test.case("base64: RFC 4648's vectors", function()
  local vectors = {[''] = '', f = 'Zg==', fo = 'Zm8=', foo = 'Zm9v', foob = 'Zm9vYg==',
                   fooba = 'Zm9vYmE=', foobar = 'Zm9vYmFy'}
  for text, want in pairs(vectors) do test.equal(report.base64(text), want, text) end
  test.equal(report.base64('\0\255\n'), 'AP8K')
end)

local function page(changes)
  local info = {title = 'run <1>', subtitle = 'a & b', cards = {{'loss', '0.1'}}, options = {},
                facts = {}, networks = {}, rows = {}, columns = {}, messages = {}, figures = {}}
  for key, value in pairs(changes or {}) do info[key] = value end
  return report.page(info)
end

test.case('what comes from outside is escaped', function()
  local text = page{messages = {'x < y'}, networks = {'nn.Linear(2 -> 3)'},
                    options = {{'name', '"quoted" <b>'}}}
  for _, want in ipairs {'<h1>run &lt;1&gt;</h1>', 'a &amp; b', 'x &lt; y', '2 -&gt; 3',
                         '&quot;quoted&quot; &lt;b&gt;'} do
    test.check(text:find(want, 1, true), want)
  end
  test.check(not text:find('<script', 1, true) and not text:find('http://[^w]'))
end)

test.case('curves, numbers and the confusion matrix', function()
  local text = page{columns = {'stage', 'epoch', 'loss'},
    rows = {{stage = 'one', epoch = 1, loss = 0.5}, {stage = 'one', epoch = 2, loss = 0.25}},
    confusion = {{3, 1}, {0, 4}}, classes = {'cat', 'dog'}}
  for _, want in ipairs {'one: loss', '<polyline', '<td>0.25</td>', '75.0 %', '100.0 %', 'dog'} do
    test.check(text:find(want, 1, true), want)
  end
end)

test.case('a picture that is gone is left out', function()
  test.check(not page{figures = {{title = 't', path = '/nowhere.png'}}}:find('<img', 1, true))
end)

test.case('a record without its time, or with one of any size, has its page', function()
  local run = {records = {}, settings = {}, facts = {}, networks = {}, messages = {}, figures = {},
               layerRecords = {}, folder = 'runs/x-1', about = 'About.'}
  run.records[1] = {stage = 'one', epoch = 1, loss = 0.5}
  test.check(summary.page(run):find('<b>0.0 s</b>', 1, true))
  run.records[2] = {stage = 'one', epoch = 2, loss = 0.5, seconds = 125.5, samples_per_second = 1}
  test.check(summary.page(run):find('<b>2 min 5 s</b>', 1, true))
  run.records[2].seconds = 1e300
  test.check(summary.page(run):find '<b>1%d+ min %d+ s</b>')
end)
