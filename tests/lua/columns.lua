-- Tables as text: widths in characters, cells that cannot break a line.
local test = require 'harness'
local columns = require 'columns'

test.case('characters are counted, and cut, not bytes', function()
  test.equal(columns.width 'äöü', 3)
  test.equal(columns.width '\xff\xfe', 2)
  test.equal(columns.cut('äöü', 2), 'äö')
  test.equal(columns.cut('äöü', 3), 'äöü')
  test.equal(columns.cut('äöü', 9), 'äöü')
  test.equal(columns.cut('äöü', 0), '')
  test.equal(columns.cut('äöü', -1), '')
  test.equal(columns.cut('a\xffb', 2), 'a?')
  test.equal(columns.text({'name', 'n'}, {{'äöü', '1'}, {'abcd', '22'}}),
             'name   n\näöü    1\nabcd  22')
end)

test.case('a cell stays on its line', function()
  test.equal(columns.plain 'a\nb\27[2Jc\xff', 'a\\nb\\27[2Jc?')
  test.equal(columns.plain 'a\u{9b}31m\u{a0}', 'a\\15531m\u{a0}')
  test.equal(columns.text({'na\27me', 'n'}, {}), 'na\\27me  n')
  test.equal(columns.text({'name', 'n'}, {{'a\nb', '1'}, {'c\rd', '2'}}),
             'name   n\na\\nb   1\nc\\13d  2')
end)

test.case('long cells take time as they are long, not its square', function()
  local long, began = 'x' .. (' '):rep(200000) .. 'y', os.clock()
  local text = columns.text({'a', 'b'}, {{long, ''}, {'c', ''}})
  test.check(text == 'a' .. (' '):rep(200003) .. 'b\n' .. long .. '\nc', #text)
  test.equal(columns.text({'a'}, {{''}}), 'a\n')
  test.check(os.clock() - began < 10, os.clock() - began)
end)
