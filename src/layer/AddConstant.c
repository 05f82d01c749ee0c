/* AddConstant.c - a fixed number added. In place, backward gives the input its old values back, for
 * the layer that made it may need them. */
#include "layer/layer.h"

enum { CONSTANT, INPLACE };

static const ae_option options[] = {
    {"constant_scalar", AE_NUMBER, AE_REQUIRED, -AE_FINITE, AE_FINITE, "added"},
    {"inplace", AE_BOOL, false, 0, 1, "write the output over the input"},
    {0},
};

static ae_status forward(ae_module *m, ae_tensor *x) {
  AEI_TRY(aei_check_input(m, x));
  if (m->option[INPLACE].number != 0) aei_set_output(m, x);
  return ae_map1(AE_ADD_SCALAR, m->output, x, m->option[CONSTANT].number, 0);
}

static ae_status backward(ae_module *m, ae_tensor *x, ae_tensor *gy) {
  AEI_TRY(aei_check_again(m, x));
  if (m->option[INPLACE].number == 0) return ae_convert(m->grad_input, gy);
  aei_set_grad_input(m, gy);
  return ae_map1(AE_SUB_SCALAR, x, x, m->option[CONSTANT].number, 0);
}

const ae_layer ae_layer_AddConstant = {
    .name = "AddConstant",
    .doc = "(any) -> same  y = x + constant_scalar",
    .options = options,
    .forward = forward,
    .backward = backward,
    .describe = aei_describe_numbers,
};
