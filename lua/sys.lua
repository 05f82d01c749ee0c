--- Torch's sys: clocks, commands, colours of a terminal.

local system = require 'aelua.system'
local paths = require 'aelua.lua.paths'

local sys = {dirname = paths.dirname, basename = paths.basename,
             concat = paths.concat, filep = paths.filep, dirp = paths.dirp}

--- Seconds since some start.
function sys.clock() return system.clock() end

local start

--- Starts the clock that toc reads.
function sys.tic() start = system.clock() end

--- Seconds since the last tic.
-- @param[opt] print whether to print them, too
function sys.toc(print)
  if not start then error('sys.toc: call sys.tic first', 2) end
  local passed = system.clock() - start
  if print then _G.print(passed) end
  return passed
end

--- Waits.
-- @param seconds number
function sys.sleep(seconds) system.sleep(seconds) end

--- Waits.
-- @param microseconds number
function sys.usleep(microseconds) system.sleep(microseconds / 1e6) end

--- Runs a command of the shell.
-- @return what it printed to both outputs, without blanks around
function sys.execute(command)
  local pipe = assert(io.popen('{ ' .. command .. '\n} 2>&1'))
  local output = pipe:read('a')
  pipe:close()
  return (output:match('%S.*') or ''):match('^.*%S') or ''
end

sys.fexecute = sys.execute

--- "linux", "macos" or "?".
function sys.uname()
  local name = paths.uname()
  return name == 'Linux' and 'linux' or name == 'Darwin' and 'macos' or '?'
end

local function lister(options)
  return function(folder)
    local quoted = folder and " -- '" .. folder:gsub("'", [['\'']]) .. "'" or ''
    return sys.execute('ls' .. options .. quoted)
  end
end

sys.ls, sys.ll, sys.la, sys.lla = lister '', lister ' -l', lister ' -a', lister ' -la'

--- Folder and name of the file that calls this.
function sys.fpath()
  local file = paths.thisfile(nil, 3) or paths.cwd()
  return paths.dirname(file), paths.basename(file)
end

--- The pieces of a text between matches of a pattern; empty ones at the ends are left out.
function sys.split(text, pattern)
  local pieces, from = {}, 1
  repeat
    local first, last = text:find(pattern, from)
    if last and last < first then error('sys.split: the pattern matches nothing at all', 2) end
    local piece = text:sub(from, (first or 0) - 1)
    if piece ~= '' or first and from > 1 then pieces[#pieces + 1] = piece end
    from = last and last + 1
  until not from
  return pieces
end

--- Whether a number is none.
function sys.isNaN(number) return number ~= number end

--- What switches a terminal to a colour: lower case normal, upper case bright, _colour the ground.
sys.COLORS = {none = '\27[0m'}
for i, name in ipairs {'black', 'red', 'green', 'yellow', 'blue', 'magenta', 'cyan', 'white'} do
  sys.COLORS[name] = ('\27[0;3%dm'):format(i - 1)
  sys.COLORS[name:gsub('^%l', string.upper)] = ('\27[1;3%dm'):format(i - 1)
  sys.COLORS['_' .. name] = ('\27[4%dm'):format(i - 1)
end

return sys
