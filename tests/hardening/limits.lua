-- A whole experiment with little address space, and without room for threads: it runs, or ends with
-- one message about memory.
local test = require 'harness'

local script = debug.getinfo(1, 'S').source:match '^@(.*)tests/' .. 'experiments/e2e.lua'

-- The output and status of the program under ulimit -v.
local function run(kilobytes, arguments)
  local pipe = assert(io.popen(('ulimit -v %d && %s %s 2>&1'):format(kilobytes,
    test.quoted(test.aelua), arguments)))
  local output = pipe:read 'a'
  local _, how, status = pipe:close()
  return output, how, status
end

-- Sanitizers take terabytes of addresses.
local possible = run(4000000, '--version'):find('^aelua ') ~= nil
  and not os.getenv 'AELUA_UNDER'

local said = {'not enough memory', 'out of memory', 'cannot allocate memory'}

local function isMemory(output)
  for _, text in ipairs(said) do if output:lower():find(text, 1, true) then return true end end
end

test.case('address space is short at every size', function()
  if not possible then test.skip 'address space cannot be limited under a sanitizer' end
  local folder, least, runs = test.folder(), nil, 0
  local limit = 4000
  while limit < 400000 do
    local output, how, status = run(limit, ('--threads 2 %s --samples 200 --epochs 1 --runs %s')
      :format(test.quoted(script), test.quoted(folder)))
    test.equal(how, 'exit', output)
    runs = runs + 1
    if status == 0 then
      least = least or limit
    else
      test.check(not least, ('%d KB are enough and %d are not'):format(least or 0, limit))
      -- 127: the system could not load the program
      test.check(status == 127 or status == 1 and isMemory(output), output)
      local _, messages = ('\n' .. output):gsub('\naelua: ', '')
      test.equal(messages, status == 1 and 1 or 0, output)
    end
    limit = limit * 3 // 2
  end
  test.check(least and runs > 10, 'the last limits are enough')
end)

test.case('no thread to be had: the same bits with fewer', function()
  if not possible then test.skip 'address space cannot be limited under a sanitizer' end
  local code = "torch.manualSeed(1) print(torch.mm(torch.randn(300, 300), torch.randn(300, 300))"
    .. ":view(-1):narrow(1, 1, 1000):sum())"
  local wanted = run(4000000, '--threads 1 -e ' .. test.quoted(code))
  test.check(tonumber(wanted), wanted)
  for _, limit in ipairs {40000, 80000, 400000} do -- a stack takes 8 MB
    local output, how, status = run(limit, '--threads 64 -e ' .. test.quoted(code))
    test.equal({output, how, status}, {wanted, 'exit', 0})
  end
end)
