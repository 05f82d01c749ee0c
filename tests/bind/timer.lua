-- torch.Timer, tic and toc.
local test = require 'harness'

local function work() for _ = 1, 200 do torch.Tensor(1000):normal() end end

test.case('a timer runs, stops, resumes and is reset', function()
  local timer = torch.Timer()
  work()
  local first = timer:time()
  test.check(first.real > 0 and first.user >= 0 and first.sys >= 0)
  timer:stop()
  local stopped = timer:time()
  work()
  test.equal(timer:time(), stopped)
  timer:resume()
  work()
  test.check(timer:time().real > stopped.real)
  test.check(rawequal(timer:reset(), timer))
  test.check(timer:time().real < stopped.real)
  timer:stop():stop()
  test.equal(timer:time(), timer:time())
end)

test.case('tic and toc', function()
  local start = torch.tic()
  work()
  local passed = torch.toc()
  test.check(passed > 0)
  test.check(torch.toc(start) >= passed)
end)
