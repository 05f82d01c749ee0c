--- paths.lua - names of files, and what is in folders.

local test = require 'harness'
local system = require 'aelua.system'

local function write(path, text)
  local file = assert(io.open(path, 'w'))
  file:write(text or '')
  file:close()
end

local function sorted(iterator)
  local list = {}
  for name in iterator do list[#list + 1] = name end
  table.sort(list)
  return list
end

test.case('a global from the start, and what require gives', function()
  test.check(rawequal(require 'paths', paths))
end)

test.case('basename, dirname, extname', function()
  local function check(f, list)
    for _, c in ipairs(list) do test.equal(f(c[1], c[3]), c[2], c[1]) end
  end
  check(paths.basename, {{'a/b.lua', 'b.lua'}, {'b', 'b'}, {'a/b/', 'b'}, {'/', ''},
    {'a/b.lua', 'b', 'lua'}, {'a/b.lua', 'b', '.lua'}, {'a/lua', 'lua', 'lua'},
    {'b.lua', 'b.lua', 'txt'}, {'b.lua', 'b.lua', ''}})
  check(paths.dirname, {{'a/b.lua', 'a'}, {'b', '.'}, {'/b', '/'}, {'/', '/'}, {'a/b/', 'a'},
    {'/a/b/c', '/a/b'}, {'', '.'}})
  check(paths.extname, {{'a/b.lua', 'lua'}, {'a.tar.gz', 'gz'}, {'a.b/c'}, {'c'}, {'c.', ''}})
end)

test.case('concat makes full paths', function()
  local here = paths.cwd()
  test.equal(here:sub(1, 1), '/')
  test.equal(paths.concat(), here)
  test.equal(paths.concat('a', 'b.lua'), here .. '/a/b.lua')
  test.equal(paths.concat('/x', 'y//z', '../w', './v/'), '/x/y/w/v')
  test.equal(paths.concat('a', '/x'), '/x')
  test.equal(paths.concat('/..', '..'), '/')
  test.fails(function() paths.concat('a', nil) end, 'name 2 is a nil')
end)

test.case('the current folder is the real one', function()
  local folder = test.folder()
  local pipe = io.popen(('cd %s && PWD=/nowhere %s -e "print(paths.cwd())"'):format(
    test.quoted(folder), test.quoted(test.aelua)))
  local got = pipe:read('l')
  pipe:close()
  test.equal(paths.basename(got), paths.basename(folder))
end)

test.case('files and folders', function()
  local folder = test.folder()
  test.equal(paths.mkdir(folder .. '/a/b'), true)
  test.equal(paths.mkdir(folder .. '/a/b'), true)
  write(folder .. '/one.png')
  write(folder .. '/two.txt')
  test.equal({paths.filep(folder .. '/one.png'), paths.filep(folder), paths.filep '/nowhere'},
    {true, false, false})
  test.equal({paths.dirp(folder .. '/one.png'), paths.dirp(folder), paths.dirp '/nowhere'},
    {false, true, false})
  test.equal(sorted(paths.files(folder)), {'.', '..', 'a', 'one.png', 'two.txt'})
  test.equal(sorted(paths.files(folder, '%.png$')), {'one.png'})
  test.equal(sorted(paths.files(folder, function(name) return #name == 7 end)),
    {'one.png', 'two.txt'})
  test.equal(sorted(paths.iterfiles(folder)), {'one.png', 'two.txt'})
  test.equal(sorted(paths.iterdirs(folder)), {'a'})
  test.equal(#paths.dir(folder), 5)
  test.equal(paths.dir '/nowhere', nil)
  local ok, message = paths.mkdir(folder .. '/one.png/x')
  test.equal(ok, nil)
  test.check(message:find('one.png', 1, true))
end)

test.case('rmall removes what is inside, and links but not what they lead to', function()
  local folder = test.folder()
  paths.mkdir(folder .. '/in/deep')
  paths.mkdir(folder .. '/out')
  write(folder .. '/in/deep/file')
  write(folder .. '/out/kept')
  os.execute(('ln -s %s/out %s/in/link'):format(folder, folder))
  local ok, message = paths.rmall(folder .. '/in')
  test.equal(ok, nil)
  test.check(message:find('yes', 1, true))
  test.equal({paths.rmdir(folder .. '/in')}, {nil, select(2, paths.rmdir(folder .. '/in'))})
  test.equal(paths.rmall(folder .. '/in', 'yes'), true)
  test.equal(system.exists(folder .. '/in'), false)
  test.check(paths.filep(folder .. '/out/kept'))
  test.equal(paths.rmdir(folder .. '/nowhere'), nil)
  test.equal((paths.rmall(folder .. '/nowhere', 'yes')), nil)
end)

test.case('thisfile and dofile', function()
  local folder = test.folder()
  write(folder .. '/main.lua', [[
    print(paths.thisfile(), paths.thisfile('x.txt'), paths.dofile('part.lua'))]])
  write(folder .. '/part.lua', 'return 42')
  local pipe = io.popen(test.quoted(test.aelua) .. ' ' .. folder .. '/main.lua')
  test.equal(pipe:read('a'), ('%s/main.lua\t%s/x.txt\t42\n'):format(folder, folder))
  pipe:close()
end)

test.case('programs and the system', function()
  test.check(paths.filep(paths.findprogram('no-such-program', 'sh')), 'the shell')
  test.equal(paths.findprogram 'no-such-program', nil)
  test.check(#paths.uname() > 0)
  test.equal(paths.is_win(), false)
  test.check(#paths.home > 0)
end)
