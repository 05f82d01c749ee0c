-- A layer added as one C file and one test appears in Lua, in the reference and in `make check`'s
-- list, without another edit: done on a copy of the project and of its build.
local test = require 'harness'
local write = test.write

local layer = [[
/* Cube.c - the third power. */
#include "layer/layer.h"

static ae_status forward(ae_module *m, ae_tensor *x) {
  AEI_TRY(aei_check_input(m, x));
  AEI_TRY(ae_map1(AE_SQUARE, m->output, x, 0, 0));
  return ae_map2(AE_MUL, m->output, m->output, x, 0);
}

static ae_status backward(ae_module *m, ae_tensor *x, ae_tensor *gy) {
  AEI_TRY(ae_map1(AE_SQUARE, m->grad_input, x, 0, 0));
  AEI_TRY(ae_map2(AE_MUL, m->grad_input, m->grad_input, gy, 0));
  return ae_map1(AE_MUL_SCALAR, m->grad_input, m->grad_input, 3, 0);
}

const ae_layer ae_layer_Cube = {
    .name = "Cube", .doc = "any size  y = x^3", .forward = forward, .backward = backward};
]]

local layerTest = [[
local test = require 'harness'
local nn = require 'nn'
test.case('values and gradients', function()
  test.equal(nn.Cube():forward(torch.Tensor{1, -2, 3}):totable(), {1, -8, 27})
  test.gradients(nn.Cube(), torch.rand(3, 4))
end)
]]

local function run(command)
  local pipe = assert(io.popen(command .. ' 2>&1'))
  local output = pipe:read('a')
  local ok = pipe:close()
  return output, ok
end

test.case('one C file and one test are enough', function()
  local build = test.aelua:match '^(.*)/[^/]*$'
  local folder = test.folder()
  local here = test.quoted(folder)
  local output, ok = run(('cp -a Makefile src lua tools tests experiments %s/ && cp -a %s %s/build')
    :format(here, test.quoted(build), here))
  test.check(ok, output)
  write(folder .. '/src/layer/Cube.c', layer)
  write(folder .. '/tests/layer/Cube.lua', layerTest)
  output, ok = run(('cd %s && make -s BUILD=build WERROR=1 all reference'):format(here))
  test.check(ok, output)
  output, ok = run(('cd %s && build/aelua tests/run.lua build layer/Cube.lua'):format(here))
  test.check(ok and output:find('0 failed', 1, true), output)
  output = run(('grep -n "^### nn.Cube()" %s/build/reference.md'):format(here))
  test.check(output:find 'nn.Cube', 'Cube is not in the reference')
end)
