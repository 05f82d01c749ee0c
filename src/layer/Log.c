/* Log.c - the natural logarithm. */
#include "layer/layer.h"

static ae_status forward(ae_module *m, ae_tensor *x) {
  AEI_TRY(aei_check_input(m, x));
  return ae_map1(AE_LOG, m->output, x, 0, 0);
}

static ae_status backward(ae_module *m, ae_tensor *x, ae_tensor *gy) {
  AEI_TRY(aei_check_again(m, x));
  return ae_map2(AE_DIV, m->grad_input, gy, x, 0);
}

const ae_layer ae_layer_Log = {
    .name = "Log",
    .doc = "(any) -> same  y = log(x)",
    .forward = forward,
    .backward = backward,
};
