/* Sigmoid.c - the logistic function. */
#include "layer/layer.h"

static ae_status forward(ae_module *m, ae_tensor *x) {
  AEI_TRY(aei_check_input(m, x));
  return ae_map1(AE_SIGMOID, m->output, x, 0, 0);
}

static ae_status backward(ae_module *m, ae_tensor *x, ae_tensor *gy) {
  (void)x;
  return ae_map2(AE_SIGMOID_BACKWARD, m->grad_input, gy, m->output, 0);
}

const ae_layer ae_layer_Sigmoid = {
    .name = "Sigmoid",
    .doc = "(any) -> same  y = 1 / (1 + e^-x)",
    .forward = forward,
    .backward = backward,
};
