-- The report of a run in a real browser: every section is there, nothing is left blank, no message
-- in the console, and nothing wider than a phone.
local test = require 'harness'

local script = [[
local nn, optim, data, image = require 'nn', require 'optim', require 'data', require 'image'
local experiment = require 'experiment'
local run = experiment.start('page', 'A page & its <parts>.', {{'epochs', 2, 'epochs', min = 1}})
local set = run:data(data.load{builtin = true, samples = 200})
set.test = set.test:subset(200)
local net = run:network(nn.Sequential():add(nn.Linear(784, 10)):add(nn.LogSoftMax()))
local before = net:clone()
run:train{stage = 'training', net = net, criterion = nn.ClassNLLCriterion(), data = set.train,
  optimizer = optim.SGD(net, {learningRate = 0.1}), test = set.test, epochs = run.opt.epochs,
  batch = 50}
run:weights('weights', 'Weights', before:get(1).weight, net:get(1).weight)
run:test(net, set.test)
run:finish()
]]

local chromium = 'chromium --headless --no-sandbox --disable-gpu --disable-quic --no-first-run '
  .. '--disable-background-networking --disable-component-update --disable-sync --user-data-dir=%s '
  .. '--enable-logging=stderr --virtual-time-budget=3000 --window-size=400,900 '

local function output(command)
  local pipe = assert(io.popen(command))
  local text = pipe:read('a')
  pipe:close()
  return text
end

test.case('the report opens in a browser', function()
  if output('command -v chromium') == '' then return test.skip('no chromium') end
  local folder = test.folder()
  local f <close> = assert(io.open(folder .. '/page.lua', 'w'))
  f:write(script)
  f:flush()
  local said = output(('cd %s && %s page.lua 2>&1'):format(test.quoted(folder),
    test.quoted(test.aelua)))
  test.check(said:find('report: runs/page-1/report.html', 1, true), said)
  local page = ('file://%s/runs/page-1/report.html'):format(folder)
  local browser = chromium:format(test.quoted(folder .. '/profile'))
  local dom = output(('timeout 120 %s --dump-dom %s 2>%s/console'):format(browser,
    test.quoted(page), test.quoted(folder)))
  for _, text in ipairs {'<h1>page-1</h1>', 'A page &amp; its &lt;parts&gt;.', '<svg',
                         'Confusion matrix', 'Most confident mistakes', 'Every epoch in numbers',
                         'relative update',
                         'nn.Linear(784 -&gt; 10)', 'data-crc32', 'samples a second'} do
    test.check(dom:find(text, 1, true), text .. ' is not in the page')
  end
  test.check(select(2, dom:gsub('<img ', '')) == 4, 'four pictures')
  local console <close> = assert(io.open(folder .. '/console'))
  test.check(not console:read('a'):find('CONSOLE', 1, true), 'the console is silent')
  -- A script of the test's own, in a copy of the page, measures what overflows a narrow window.
  local html <close> = assert(io.open(folder .. '/runs/page-1/report.html'))
  local copy <close> = assert(io.open(folder .. '/measured.html', 'w'))
  copy:write((html:read('a'):gsub('</body>', function()
    return '<script>document.title = "overflow " + (document.documentElement.scrollWidth - '
      .. 'document.documentElement.clientWidth)</script></body>'
  end)))
  copy:flush()
  dom = output(('timeout 120 %s --dump-dom %s 2>/dev/null'):format(browser,
    test.quoted('file://' .. folder .. '/measured.html')))
  test.check(dom:find('<title>overflow 0</title>', 1, true),
    'wider than the window: ' .. (dom:match('<title>(.-)</title>') or 'no title'))
end)
