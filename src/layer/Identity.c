/* Identity.c - passes on what it gets: output is the input itself. */
#include "layer/layer.h"

static ae_status forward(ae_module *m, ae_tensor *x) {
  aei_set_output(m, x);
  return AE_OK;
}

static ae_status backward(ae_module *m, ae_tensor *x, ae_tensor *gy) {
  (void)x;
  aei_set_grad_input(m, gy);
  return AE_OK;
}

const ae_layer ae_layer_Identity = {
    .name = "Identity",
    .doc = "(any) -> same  y = x",
    .forward = forward,
    .backward = backward,
};
