-- The generated reference, and the examples in it: those of the Lua library run as they stand.
local test = require 'harness'
require 'nn'

local function generated()
  local lines = {}
  local function print_(line) lines[#lines + 1] = line end
  assert(loadfile('tools/reference.lua', 't', setmetatable({print = print_}, {__index = _G})))()
  return '\n' .. table.concat(lines, '\n') .. '\n'
end

test.case('everything has its place', function()
  local text = generated()
  local function has(line) test.check(text:find('\n' .. line .. '\n', 1, true), line) end
  local reference = require 'aelua.reference'
  for _, list in ipairs {reference.layers, reference.losses} do
    for _, e in ipairs(list) do
      test.check(text:find('\n### nn.' .. e.name .. '(', 1, true), e.name)
    end
  end
  has '### nn.CAddTable(inplace)'
  has '### nn.MultiCriterion'
  has '#### MultiCriterion:add(criterion, weight)'
  has '### nn.ParallelCriterion'
  has '### optim.cg(opfunc, x, config, state)'
  has '### optim.lbfgs(opfunc, x, config, state)'
  has '### optim.nag(opfunc, x, config, state)'
  has '### confusion'
  for _, once in ipairs {'### optim.cg', '### optim.ASGD', '### logger', '#### Logger:zero'} do
    local _, n = text:gsub('\n' .. once:gsub('%p', '%%%0') .. '[\n(]', '')
    test.equal(n, once == '#### Logger:zero' and 0 or 1, once)
  end
end)

test.case('defaults that are other options', function()
  local text = generated()
  test.check(text:find('| `dW` | integer | `kW` | at least 1 |', 1, true))
  test.check(text:find('| `padH` | integer | `padW` | at least 0 |', 1, true))
  test.check(text:find('| `batchMode` | boolean | by the input |', 1, true))
end)
