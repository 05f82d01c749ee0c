-- Ctrl-C at the prompt and in a script that waits; standard files that are closed, full or not
-- read; terminals that are narrow or can do little. On the fastest path alone.
local test = require 'harness'
local system = require 'aelua.system'
local put, shell = test.write, test.shell

local aelua = test.quoted(test.aelua)

-- What a terminal shows until a command has ended. Each step is a text to wait for and the keys
-- typed then; what never comes is missing in the end. A Ctrl-C, which all in the terminal get, does
-- not end the shell that tells the status.
local function typed(command, steps, before)
  if shell 'command -v script' == '' then test.skip 'no script(1)' end
  local path = test.folder() .. '/shown'
  put(path, '')
  local terminal = io.popen(('script -qec %s /dev/null >%s 2>&1'):format(
    test.quoted('trap : INT; ' .. (before or '') .. command .. '; echo status $?.'), path), 'w')
  local from = 1
  local function await(text)
    for _ = 1, 3000 do
      local _, last = test.read(path):find(text, from, true)
      if last then
        from = last + 1
        return
      end
      system.sleep(0.02)
    end
  end
  for _, step in ipairs(steps) do
    await(step[1])
    terminal:write(step[2])
    terminal:flush()
  end
  await 'status '
  await '.'
  terminal:close()
  return test.read(path)
end

-- Runs code, sends it alone the signal a while after it began; returns its messages and status.
local function sent(name, code, redirected)
  local folder = test.folder()
  put(folder .. '/s.lua', ("io.open('%s/begun', 'w'):close()\n"):format(folder) .. code)
  return shell(([[cd %s; %s s.lua 3<>%s >&3 2>err & pid=$!
    i=0; while [ ! -e begun ] && [ $i -lt 1000 ]; do sleep 0.05; i=$((i+1)); done; sleep 0.4
    kill -%s $pid; wait $pid; status=$?; cat err; exit $status]]):format(folder, aelua,
    redirected or '/dev/null', name))
end

local function has(output, text)
  test.check(output:find(text, 1, true), text .. ' in ' .. output)
end

-- ---- Ctrl-C ----

test.case('Ctrl-C at the prompt gives up the line or what runs, not the session', function()
  test.interruptsLoop()
  local output = typed(aelua, {
    {'> ', 'x = 40 + 1\n'},
    {'> ', "print('runs' .. 1) while true do end\n"}, {'runs1', '\3'},
    {'> ', 'print(x'}, {'print(x', '\3'},
    {'> ', 'for i = 1, 2 do\n'}, {'>> ', '\3'},
    {'> ', "print('waits' .. 1) io.read()\n"}, {'waits1', '\3'},
    {'> ', 'x + 1\n'},
    {'42', '\4'}}, 'TERM=dumb ')
  local _, interrupted = output:gsub('interrupted', '')
  test.equal(interrupted, 2, output)
  has(output, '\r\n42\r\n')
  has(output, 'status 0')
end)

test.case('Ctrl-C ends a script that waits for a program or for input', function()
  for _, code in ipairs {"os.execute('sleep 9')", "io.popen('sleep 9'):read('a')", 'io.read()',
                         "coroutine.wrap(function() os.execute('sleep 9') end)()",
                         "require 'aelua.system'.sleep(9)"} do
    local output = typed(('%s -e %s'):format(aelua,
      test.quoted("print('begun') " .. code .. ' print(77)')), {{'begun', '\3'}})
    has(output, 'interrupted')
    has(output, 'status 130')
    test.check(not output:find('77', 1, true), output)
  end
end)

test.case('a signal sent to the script alone reaches the program it waits for', function()
  local began = os.time()
  local output, status = sent('TERM', "os.execute('exec sleep 60') print(77)")
  test.equal(status, 143, output)
  has(output, 'terminated')
  test.check(os.time() - began < 30, 'it waited for its program')
end)

test.case('os.execute is as Lua has it', function()
  local function values(...) return table.concat({tostring((...)), select(2, ...)}, ' ') end
  test.equal(values(os.execute()), 'true')
  test.equal(values(os.execute 'true'), 'true exit 0')
  test.equal(values(os.execute 'exit 3'), 'nil exit 3')
  test.equal(values(os.execute 'kill -9 $$'), 'nil signal 9')
  test.fails(function() os.execute {} end, 'string expected')
  test.equal(shell(aelua .. " -e 'os.execute [[yes | head -n 1]]'"), 'y\n')
end)

test.case('while a script is read, a signal ends the program', function()
  local folder = test.folder()
  put(folder .. '/s.lua', 'local x = ' .. ('{'):rep(150) .. ('}'):rep(150) .. '\n'
    .. ('x = {1, 2, 3}\n'):rep(3000000))
  local _, status = shell(('%s %s/s.lua & pid=$!; sleep 0.1; kill -TERM $pid; wait $pid')
    :format(aelua, folder))
  test.equal(status, 143)
end)

-- ---- standard files ----

test.case('a full pipe that nobody reads does not keep the program', function()
  local folder = test.folder()
  shell('mkfifo ' .. folder .. '/pipe')
  local output, status = sent('INT', "while true do print(('x'):rep(3000)) end",
    folder .. '/pipe')
  test.equal(status, 130, output)
  has(output, 'interrupted')
end)

test.case('a closed standard file: nothing else gets what is printed', function()
  local folder = test.folder()
  local code = ([[local f = io.open('%s/other', 'w') print('printed') f:close()]]):format(folder)
  local output, status = shell(('%s -e %s >&-'):format(aelua, test.quoted(code)))
  test.equal(status, 1)
  test.equal(output, 'aelua: the output could not be written\n')
  test.equal(shell('cat ' .. folder .. '/other'), '')
  output, status = shell(('%s -e %s 2>&- && cat %s/other'):format(aelua,
    test.quoted(code .. " io.stderr:write('said')"), folder))
  test.equal(status, 0, output)
  test.equal(shell(('%s -e "print(io.read())" <&-'):format(aelua)), 'nil\tBad file descriptor\t9\n')
  output, status = shell(aelua .. ' <&-')
  test.equal(status, 1)
  test.equal(output, 'aelua: cannot read stdin: Bad file descriptor\n')
  output, status = shell(aelua .. ' -e "os.exit(7)" <&- >&- 2>&-')
  test.equal(status, 7, output)
end)

test.case('a full disk behind standard output: one message', function()
  for _, arguments in ipairs {"-e 'print(1)'", '--version', '--help', "-e 'io.write(1)'",
                              "-e 'for i = 1, 1e5 do print(i) end'", 'compare --help'} do
    local output, status = shell(('%s %s >/dev/full'):format(aelua, arguments))
    test.equal(output, 'aelua: the output could not be written\n', arguments)
    test.equal(status, 1, arguments)
  end
end)

test.case('a reader that leaves ends the script quietly', function()
  for _, code in ipairs {'while true do print(1) end', "while true do io.write('x') end",
                         'coroutine.wrap(function() while true do print(1) end end)()',
                         'while true do pcall(print, 1) end'} do
    local folder = test.folder()
    local output = shell(('{ %s -e %s; echo $? >%s/status; } | head -c 1 >/dev/null; cat %s/status')
      :format(aelua, test.quoted(code), folder, folder))
    test.equal(output, '141\n', code)
  end
end)

test.case('a script from a pipe is read; a sweep needs a file', function()
  local folder = test.folder()
  local output, status = shell(('cd %s; mkfifo pipe; echo "print(...)" >pipe & cd %s; %s pipe 7')
    :format(folder, folder, aelua))
  test.equal(output, '7\n')
  test.equal(status, 0)
  output, status = shell(('cd %s; %s sweep pipe --seed 1'):format(folder, aelua))
  test.equal(status, 1)
  has(output, 'sweep: pipe is no file')
end)

-- ---- terminals ----

local drawing = [[
  local system = require 'aelua.system'
  local bar = require 'progress'.new('epoch 1/5 of äöü', 300)
  for i = 1, 3 do
    bar:add(100, 0.5)
    if i == 2 then os.execute 'stty cols 12' end
    system.sleep(0.15)
  end
  bar:finish()
  for i = 1, 2 do xlua.progress(i, 2) end]]

-- The lines drawn in place, by the terminal's columns; ended ones have no \r before.
local function drawn(columns, before)
  local folder = test.folder()
  put(folder .. '/s.lua', "require 'xlua'\n" .. drawing)
  local output = typed(('stty cols %d; %s %s/s.lua'):format(columns, aelua, folder), {},
    before or 'TERM=xterm; export TERM; ')
  local lines = {}
  for line in output:gmatch '\r([^\r\n]*)\27%[K' do lines[#lines + 1] = line end
  has(output, 'status 0')
  return lines, output
end

test.case('progress bars fit the narrowest terminals, and one that changes', function()
  for _, columns in ipairs {1, 20, 40} do
    local lines, output = drawn(columns)
    test.check(#lines >= 4, output)
    for i, line in ipairs(lines) do
      local room = i <= 2 and columns or 12
      test.check(utf8.len(line) and utf8.len(line) <= math.max(room - 1, 1),
        ('%d columns: "%s"'):format(room, line))
    end
  end
end)

test.case('a sweep draws no more lines than the terminal has', function()
  local folder = test.folder()
  put(folder .. '/s.lua', [[local system = require 'aelua.system'
    local run, began = require 'experiment'.start('s', 'About.', {{'a', 1}}), system.clock()
    repeat system.sleep(0.1) until system.clock() - began > 1.5
    run:finish()]])
  local output = typed(('cd %s; stty rows 8; %s --threads 1 sweep s.lua --a 1..12 --jobs 12 ' ..
    '--report=false'):format(folder, aelua), {}, 'TERM=xterm; export TERM; ')
  has(output, '12 of 12 runs done')
  local most = 0
  for lines in output:gmatch '\27%[(%d+)A' do most = math.max(most, tonumber(lines)) end
  test.equal(most, 7)
end)

test.case('a terminal that can do nothing is not drawn on', function()
  for _, before in ipairs {'TERM=dumb; export TERM; ', 'unset TERM; '} do
    local lines, output = drawn(80, before)
    test.equal(#lines, 0, output)
    test.check(not output:find '\27', output)
    has(output, 'loss 0.500000')
  end
end)

test.case('a comma for decimals is no matter of the environment', function()
  local output = shell(('LC_ALL=de_DE.UTF-8 LC_NUMERIC=de_DE.UTF-8 %s -e %s'):format(aelua,
    test.quoted [[print(1.5, tonumber '2.5', os.setlocale()) print(torch.Tensor{0.5})]]))
  has(output, '1.5\t2.5\tC\n')
  has(output, '0.5')
end)
