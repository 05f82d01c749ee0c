/* Tanh.c - the hyperbolic tangent. */
#include "layer/layer.h"

static ae_status forward(ae_module *m, ae_tensor *x) {
  AEI_TRY(aei_check_input(m, x));
  return ae_map1(AE_TANH, m->output, x, 0, 0);
}

static ae_status backward(ae_module *m, ae_tensor *x, ae_tensor *gy) {
  (void)x;
  return ae_map2(AE_TANH_BACKWARD, m->grad_input, gy, m->output, 0);
}

const ae_layer ae_layer_Tanh = {
    .name = "Tanh",
    .doc = "(any) -> same  y = tanh(x)",
    .forward = forward,
    .backward = backward,
};
