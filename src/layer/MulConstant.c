/* MulConstant.c - a fixed factor. In place, backward gives the input its old values back, for the
 * layer that made it may need them; a factor of 0 leaves none. */
#include "layer/layer.h"

enum { CONSTANT, INPLACE };

static const ae_option options[] = {
    {"constant_scalar", AE_NUMBER, AE_REQUIRED, -AE_FINITE, AE_FINITE, "the factor"},
    {"inplace", AE_BOOL, false, 0, 1, "write the output over the input"},
    {0},
};

static ae_status forward(ae_module *m, ae_tensor *x) {
  AEI_TRY(aei_check_input(m, x));
  if (m->option[INPLACE].number != 0) aei_set_output(m, x);
  return ae_map1(AE_MUL_SCALAR, m->output, x, m->option[CONSTANT].number, 0);
}

static ae_status backward(ae_module *m, ae_tensor *x, ae_tensor *gy) {
  AEI_TRY(aei_check_again(m, x));
  double constant = m->option[CONSTANT].number;
  if (m->option[INPLACE].number != 0) {
    aei_set_grad_input(m, gy);
    if (constant != 0) AEI_TRY(ae_map1(AE_DIV_SCALAR, x, x, constant, 0));
  }
  return ae_map1(AE_MUL_SCALAR, m->grad_input, gy, constant, 0);
}

const ae_layer ae_layer_MulConstant = {
    .name = "MulConstant",
    .doc = "(any) -> same  y = constant_scalar * x",
    .options = options,
    .forward = forward,
    .backward = backward,
    .describe = aei_describe_numbers,
};
