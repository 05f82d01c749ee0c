-- Tables as text: what is read, and every defect with its line.
local test = require 'harness'
local core = require 'aelua.data'

local function fileWith(text)
  local path = test.folder() .. '/table.csv'
  local file = assert(io.open(path, 'wb'))
  file:write(text)
  file:close()
  return path
end

local function read(text, label, separator)
  return core.csv(fileWith(text), separator or ',', label)
end

test.case('numbers and classes', function()
  local x, labels, classes, names = read('1,2.5,cat\n-3e2,+4,dog\n.5,7.,cat\n')
  test.equal(x:type(), 'torch.FloatTensor')
  test.equal(x, {{1, 2.5}, {-300, 4}, {0.5, 7}})
  test.equal(labels, torch.LongTensor {1, 2, 1})
  test.equal({classes, names}, {{'cat', 'dog'}})
end)

test.case('a first line of names, and which column has the classes', function()
  local text = 'a,label,b\n1,7,2\n3,9,4\n'
  local x, labels, classes, names, _ = read(text)
  test.equal(x, {{1, 2}, {3, 4}})
  test.equal({labels:totable(), classes, names}, {{1, 2}, {'7', '9'}, {'a', 'b'}})
  x, _, classes, names = read(text, 'b')
  test.equal({x:totable(), classes, names}, {{{1, 7}, {3, 9}}, {'2', '4'}, {'a', 'label'}})
  x, labels, classes = read(text, 1)
  test.equal({x:totable(), labels:totable(), classes}, {{{7, 2}, {9, 4}}, {1, 2}, {'1', '3'}})
  x, labels, classes = read 'p,q\n1,2\n'
  test.equal({x:totable(), labels:totable(), classes}, {{{1}}, {1}, {'2'}})
  for _, name in ipairs {'class', 'target'} do
    test.equal(select(3, read(name .. ',q\n1,2\n')), {'1'}, name)
  end
  test.equal(select(4, read ',x,y\n1,2,3\n'), {'', 'x'}, 'a name may be empty')
end)

test.case('quotes, spaces, ends of lines, blank lines, other separators', function()
  local x, _, classes, names = read('"n, m","k"\r\n 1 ,"a ""b"""\r\n\r\n2,"two\nlines"\r\n3,a b')
  test.equal({x:totable(), classes, names},
    {{{1}, {2}, {3}}, {'a "b"', 'two\nlines', 'a b'}, {'n, m'}})
  test.equal((read('1;2;x\n3;4;y', nil, ';')), {{1, 2}, {3, 4}})
  test.equal((read('1\t2\tx\n3\t4\ty\n', nil, '\t')), {{1, 2}, {3, 4}})
  test.equal((read '\xef\xbb\xbf1,x\n2,y\n'), {{1}, {2}})
end)

test.case('one row, and many', function()
  test.equal((read '1,2,x'), {{1, 2}})
  local lines = {}
  for i = 1, 3000 do lines[i] = ('%d,%.9g,%d'):format(i, i / 7, i % 13) end
  local x, labels, classes = read(table.concat(lines, '\n'))
  test.equal({#classes, x:size(1)}, {13, 3000})
  test.near(x:select(2, 2), torch.range(1, 3000):div(7), 1e-4)
  test.equal({labels[1], labels[14], classes[labels[3000]]}, {1, 1, tostring(3000 % 13)})
end)

test.case('defects', function()
  local function refused(text, ...)
    local path = fileWith(text)
    test.fails(function() core.csv(path, ',') end, path .. ': ', ...)
  end
  refused('', 'empty')
  refused('\n\r\n', 'empty')
  refused('1,2,x\n3,4\n', 'line 2: 2 fields, the first line has 3')
  refused('1,2,x\n\n3,4,5,6\n', 'line 3: 4 fields')
  refused('1,x\nabc,y\n', "line 2: column 1 is 'abc', want a number")
  refused('w,h,k\n1,2,x\n3,,y\n', "line 3: column 2 (h) is '', want a number")
  refused('1,x\nnan,y\n', "is 'nan'")
  refused('1,x\ninf,y\n', "is 'inf'")
  refused('1,x\n1e999,y\n', "is '1e999'")
  refused('1,x\n3.5e38,y\n', "is '3.5e38', want a number up to 3.4e38")
  refused('1,x\n-1e39,y\n', "is '-1e39', want a number up to 3.4e38")
  refused('1,x\n1e,y\n', "is '1e', want a number")
  refused('a,b\n', 'line 1: names, and no row below them')
  refused('1,x\n0x10,y\n', "is '0x10'")
  refused('1,x\n1-2,y\n', "is '1-2'")
  refused('1,x\n2,\n', 'line 2: no label')
  refused('1,x\n2,"y\n3,z\n', 'line 2: a quote is not closed')
  refused('1,x\n2,"y"z\n', 'line 2: something follows a closing quote')
  refused('1,x\n2,y"z"\n', 'line 2: a quote inside of a field')
  refused('1,"x\ny"\n2,"y"z\n', 'line 3: something follows')
  refused('1,x\n2,\0\n', 'line 2: a byte of 0')
  refused('1\n2\n', 'one column only', "separator than ','")
  local lines = {}
  for i = 1, 1001 do lines[i] = ('1,%d'):format(i) end
  refused(table.concat(lines, '\n'), 'column 2 has more than 1000 different values')
end)

test.case('mistakes', function()
  local path = fileWith 'a,b\n1,2\n'
  test.fails(function() core.csv(path, ',', 'c') end, "no column named 'c'")
  test.fails(function() core.csv(path, ',', 3) end, 'no column 3, there are 2')
  test.fails(function() core.csv(path, ',', 0) end, 'counted from 1')
  test.fails(function() core.csv(fileWith '1,2\n', ',', 'a') end, 'no first line with names')
  test.fails(function() core.csv('/nonexistent.csv', ',') end, '/nonexistent.csv: ')
  local twice = fileWith 'k,b,k,label,label\n1,2,3,4,5\n'
  for name, columns in pairs {k = '1 and 3', label = '4 and 5'} do
    test.fails(function() core.csv(twice, ',', name) end, twice,
      ("columns %s are both named '%s'"):format(columns, name))
  end
  test.fails(function() core.csv(twice, ',') end, "columns 4 and 5 are both named 'label'")
  test.equal(core.csv(twice, ',', 3), {{1, 2, 4, 5}})
end)

test.case('what is no number is named, and does not make its line one of names', function()
  for _, text in ipairs {'nan', 'NaN', '-nan', 'inf', '-Infinity', '1e39', '1e999', 'NA', '?'} do
    test.fails(function() read('1,' .. text .. ',x\n2,3,y\n') end,
      "line 1: column 2 is '" .. text .. "', want a number")
    test.fails(function() read('a,b,k\n1,2,x\n3,' .. text .. ',y\n') end,
      "line 3: column 2 (b) is '" .. text .. "', want a number")
  end
  test.fails(function() read 'a,b,k\n1,2,3\n3,4,nan\n' end,
    "line 3: column 3 (k) is 'nan', want a class")
  test.near((read '3.4e38,x\n-1e-50,y\n'), torch.FloatTensor {{3.4e38}, {0}}, 0)
end)
