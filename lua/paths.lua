--- Torch's paths: names of files, folders and what is in them. Functions that the operating system
-- may refuse return nil and a message.

local system = require 'aelua.system'

local paths = {}

--- The user's folder.
paths.home = os.getenv('HOME') or '.'

-- ---- names ----

--- The last part of a path: basename('a/b.lua') is 'b.lua'.
-- @param path string; slashes at its end do not count
-- @param[opt] suffix an ending to leave out: basename('a/b.lua', 'lua') is 'b'
function paths.basename(path, suffix)
  local base = path:match('([^/]*)/*$')
  suffix = suffix and suffix:gsub('^%.', '')
  if not suffix or suffix == '' or #base <= #suffix + 1 then return base end
  if base:sub(-#suffix - 1) == '.' .. suffix then base = base:sub(1, -#suffix - 2) end
  return base
end

--- What stands before the last part: dirname('a/b.lua') is 'a', dirname('b.lua') is '.'.
function paths.dirname(path)
  local folder = path:match('^(.*)/[^/]+/*$')
  if folder then return folder == '' and '/' or folder end
  return path:sub(1, 1) == '/' and path or '.'
end

--- What follows the last dot of the last part, or nothing: extname('a/b.tar.gz') is 'gz'.
function paths.extname(path)
  return path:match('%.([^./]*)$')
end

--- The current folder.
function paths.cwd() return assert(system.cwd()) end

-- The parts of a path after those of a folder, both as lists; '.' and '..' are followed.
local function follow(parts, path)
  if path:sub(1, 1) == '/' then parts = {} end
  for part in path:gmatch('[^/]+') do
    if part == '..' then
      parts[#parts] = nil
    elseif part ~= '.' then
      parts[#parts + 1] = part
    end
  end
  return parts
end

--- The full path of a name: each one relative to those before it, the first to the current folder.
-- Without names: the current folder.
-- @param ... strings
function paths.concat(...)
  local parts = follow({}, paths.cwd())
  for i = 1, select('#', ...) do
    local name = select(i, ...)
    if type(name) ~= 'string' then
      error(('paths.concat: name %d is a %s, should be a string'):format(i, type(name)), 2)
    end
    parts = follow(parts, name)
  end
  return '/' .. table.concat(parts, '/')
end

-- ---- what is there ----

--- Whether the path is a file.
function paths.filep(path) return system.exists(path) == 'file' end

--- Whether the path is a folder.
function paths.dirp(path) return system.exists(path) == 'folder' end

--- The names in a folder, '.' and '..' among them; nil when there is no such folder.
function paths.dir(folder)
  local names = system.list(folder)
  if not names then return nil end
  return table.move(names, 1, #names, 3, {'.', '..'})
end

-- The names of a folder that pass, one after the other.
local function each(folder, passes)
  local names, i = paths.dir(folder) or {}, 0
  return function()
    repeat i = i + 1 until not names[i] or passes(names[i])
    return names[i]
  end
end

--- Iterates over the names in a folder: `for name in paths.files('data', '%.png$') do ... end`.
-- @param folder string
-- @param[opt] filter a pattern, or a function of the name
function paths.files(folder, filter)
  if type(filter) == 'string' then
    return each(folder, function(name) return name:find(filter) end)
  end
  return each(folder, filter or function() return true end)
end

--- The same, only files.
function paths.iterfiles(folder)
  return each(folder, function(name) return paths.filep(folder .. '/' .. name) end)
end

--- The same, only folders, without '.' and '..'.
function paths.iterdirs(folder)
  return each(folder, function(name)
    return name ~= '.' and name ~= '..' and paths.dirp(folder .. '/' .. name)
  end)
end

-- ---- making and removing ----

--- Makes a folder and those above it; true when it is there afterwards.
function paths.mkdir(folder)
  local ok, message = system.mkdir(folder)
  if not ok then return nil, message end
  return true
end

--- Removes an empty folder.
function paths.rmdir(folder)
  if not paths.dirp(folder) then return nil, folder .. ': Not a directory' end
  return system.remove(folder)
end

--- Removes a file, or a folder with everything in it. Links are removed, not followed.
-- @param path string
-- @param sure must be 'yes'
function paths.rmall(path, sure)
  if sure ~= 'yes' then return nil, "missing second argument ('yes')" end
  local ok, message = system.remove(path)
  if ok or not paths.dirp(path) then return ok, message, not ok and path or nil end
  for _, name in ipairs(system.list(path) or {}) do
    local done, why, where = paths.rmall(path .. '/' .. name, sure)
    if not done then return nil, why, where end
  end
  return system.remove(path)
end

--- A name for a temporary file.
function paths.tmpname() return os.tmpname() end

-- ---- the running program ----

--- The full path of the file that calls this; with a name, that of the name beside the file.
-- @param[opt] name string
-- @param[opt=2] depth of the caller, as in debug.getinfo
function paths.thisfile(name, depth)
  local source = debug.getinfo(depth or 2, 'S').source
  local file = source:sub(1, 1) == '@' and paths.concat(source:sub(2)) or nil
  if not name then return file end
  return file and paths.concat(paths.dirname(file), name) or name
end

--- Runs a Lua file that lies beside the one that calls this.
function paths.dofile(name, depth)
  return dofile(paths.thisfile(name, (depth or 2) + 1))
end

--- The full path of the first of the programs that is found along PATH, or nil.
function paths.findprogram(...)
  for _, program in ipairs {...} do
    for folder in (os.getenv('PATH') or '.'):gmatch('[^:]+') do
      local path = paths.concat(folder, program)
      if paths.filep(path) then return path end
    end
  end
  return nil
end

--- "Linux", as uname tells it.
function paths.uname()
  local pipe = assert(io.popen('uname -s'))
  local name = pipe:read('l')
  pipe:close()
  return name
end

function paths.is_win() return false end
function paths.is_mac() return paths.uname() == 'Darwin' end

return paths
