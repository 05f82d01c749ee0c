/* Exp.c - the exponential. */
#include "layer/layer.h"

static ae_status forward(ae_module *m, ae_tensor *x) {
  AEI_TRY(aei_check_input(m, x));
  return ae_map1(AE_EXP, m->output, x, 0, 0);
}

static ae_status backward(ae_module *m, ae_tensor *x, ae_tensor *gy) {
  AEI_TRY(aei_check_again(m, x));
  return ae_map2(AE_MUL, m->grad_input, gy, m->output, 0);
}

const ae_layer ae_layer_Exp = {
    .name = "Exp",
    .doc = "(any) -> same  y = e^x",
    .forward = forward,
    .backward = backward,
};
