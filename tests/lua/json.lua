--- json.lua - values to text and back, and every text that is none.

local test = require 'harness'
local json = require 'json'

local function decoded(text) return assert(json.decode(text)) end

-- The text must be refused at this byte for this reason.
local function refused(text, at, reason)
  local value, message = json.decode(text)
  test.equal(value, nil, text)
  test.equal(message, ('byte %d: %s'):format(at, reason), text)
end

test.case('scalars to text', function()
  test.equal(json.encode(12), '12')
  test.equal(json.encode(-0.5), '-0.5')
  test.equal(json.encode(true), 'true')
  test.equal(json.encode(false), 'false')
  test.equal(json.encode(json.null), 'null')
  test.equal(json.encode(math.mininteger), '-9223372036854775808')
  test.equal(json.encode(0 / 0):match('nan') ~= nil, true)
  test.equal(json.encode(math.huge), '"inf"')
  test.equal(tostring(json.null), 'null')
end)

test.case('every double survives', function()
  test.equal(json.encode(-0.0), '-0.0')
  for _, x in ipairs {0.1, 1 / 3, 1e300, 5e-324, -2.5e-7, 123456789.125, 2 ^ 53 + 2} do
    test.equal(decoded(json.encode(x)), x)
  end
end)

test.case('strings to text and back, byte for byte', function()
  test.equal(json.encode('a"b\\c\n\r\t\0\31'), [["a\"b\\c\n\r\t\u0000\u001f"]])
  for byte = 0, 255 do
    local s = 'x' .. string.char(byte) .. 'y'
    test.equal(decoded(json.encode(s)), s, 'byte ' .. byte)
  end
end)

test.case('objects have their keys sorted, lists their order', function()
  test.equal(json.encode {b = 1, a = {3, 2}, ['c c'] = {}}, '{"a":[3,2],"b":1,"c c":[]}')
end)

test.case('reading', function()
  test.equal(decoded ' { "a" : [ 1 , 2.5 , -3e2 ] ,\r\n\t"b" : { } } ',
    {a = {1, 2.5, -300.0}, b = {}})
  test.equal(decoded '[true,false,"",[]]', {true, false, '', {}})
  test.equal(decoded('[null]')[1] == json.null, true)
  test.equal(math.type(decoded '3'), 'integer')
  test.equal(math.type(decoded '3.0'), 'float')
  test.equal(decoded '-0', 0)
  test.equal(decoded '1E+2', 100.0)
  test.equal(decoded '123456789012345678901', 123456789012345678901.0)
end)

test.case('escapes', function()
  test.equal(decoded [["\b\f\n\r\t\"\\\/"]], '\b\f\n\r\t"\\/')
  test.equal(decoded [["\u0041\u00e9\u20AC"]], 'Aé€')
  test.equal(decoded [["\ud83D\uDE00"]], '😀')
  test.equal(decoded '"\127"', '\127')
end)

test.case('what is no value', function()
  refused('', 1, 'not a value')
  refused('  ', 3, 'not a value')
  refused('nul', 1, "'null' expected")
  refused('tru', 1, "'true' expected")
  for _, text in ipairs {'+1', '.5', '01', '-01', '1.', '1.e5', '1e', '1e+', '-', 'NaN', "'a'"} do
    refused(text, 1, 'not a value')
  end
  refused('1 2', 3, 'more text after the value')
  refused('0x10', 2, 'more text after the value')
end)

test.case('broken lists and objects', function()
  refused('[1', 3, "',' expected")
  refused('[1,]', 4, 'not a value')
  refused('[1,-2e308]', 4, 'a number that is too large')
  refused('[1 2]', 4, "',' expected")
  refused('{"a" 1}', 6, "':' expected")
  refused('{"a":1,}', 8, 'a key expected')
  refused('{a:1}', 2, 'a key expected')
  refused('{"a":1 "b":2}', 8, "',' expected")
  refused('{"a":false,"a":2}', 15, 'key "a" twice')
  refused('{"a\\nb":false,"a\\nb":2}', 21, [[key "a\nb" twice]])
end)

test.case('broken strings', function()
  refused('"abc', 2, 'a string without end')
  refused('"a\nb"', 4, 'a control character in a string')
  refused([["\x"]], 4, 'an unknown escape')
  refused([["\u12g4"]], 4, 'four hexadecimal digits expected')
  refused([["\ud83d"]], 8, 'half a surrogate pair')
  refused([["\ud83d\u0041"]], 8, 'half a surrogate pair')
  refused([["\ude00"]], 8, 'half a surrogate pair')
end)

test.case('depth is limited both ways', function()
  local text = ('['):rep(100) .. (']'):rep(100)
  test.equal(json.encode(decoded(text)), text)
  refused('[' .. text .. ']', 101, 'nested more than 100 deep')
  refused(('['):rep(1000000), 101, 'nested more than 100 deep')
  local endless = {}
  endless[1] = endless
  test.fails(function() json.encode(endless) end, 'nested more than 100 deep')
end)

test.case('what cannot be written', function()
  test.fails(function() json.encode(print) end, 'json: a function cannot be written')
  test.fails(function() json.encode {a = {torch.Tensor(1)}} end,
    'json: a userdata cannot be written')
  test.fails(function() json.encode {[2] = 1} end, 'json: a key is a number, not a string')
  test.fails(function() json.encode {1, 2, a = 3} end, 'json: a list with the key a')
end)
