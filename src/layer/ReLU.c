/* ReLU.c - the rectifier. */
#include "layer/layer.h"

enum { INPLACE };

static const ae_option options[] = {
    {"inplace", AE_BOOL, false, 0, 1, "write the output over the input"},
    {0},
};

static ae_status forward(ae_module *m, ae_tensor *x) {
  AEI_TRY(aei_check_input(m, x));
  if (m->option[INPLACE].number != 0) aei_set_output(m, x);
  return ae_map1(AE_THRESHOLD, m->output, x, 0, 0);
}

/* The output tells as well as the input which elements passed. */
static ae_status backward(ae_module *m, ae_tensor *x, ae_tensor *gy) {
  (void)x;
  if (m->option[INPLACE].number != 0) aei_set_grad_input(m, gy);
  return ae_map2(AE_RELU_BACKWARD, m->grad_input, gy, m->output, 0);
}

const ae_layer ae_layer_ReLU = {
    .name = "ReLU",
    .doc = "(any) -> same  y = max(0, x)",
    .options = options,
    .forward = forward,
    .backward = backward,
};
