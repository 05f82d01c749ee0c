/* Square.c - the square. */
#include "layer/layer.h"

static ae_status forward(ae_module *m, ae_tensor *x) {
  AEI_TRY(aei_check_input(m, x));
  return ae_map1(AE_SQUARE, m->output, x, 0, 0);
}

static void slope(const ae_module *m, int64_t n, double *result, const double *x) {
  (void)m;
  for (int64_t i = 0; i < n; i++) result[i] = 2 * x[i];
}

static ae_status backward(ae_module *m, ae_tensor *x, ae_tensor *gy) {
  return aei_point_backward(m, x, gy, slope);
}

const ae_layer ae_layer_Square = {
    .name = "Square",
    .doc = "(any) -> same  y = x^2",
    .forward = forward,
    .backward = backward,
};
