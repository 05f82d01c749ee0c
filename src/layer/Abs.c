/* Abs.c - the absolute value. */
#include "layer/layer.h"

static ae_status forward(ae_module *m, ae_tensor *x) {
  AEI_TRY(aei_check_input(m, x));
  return ae_map1(AE_ABS, m->output, x, 0, 0);
}

static void slope(const ae_module *m, int64_t n, double *result, const double *x) {
  (void)m;
  for (int64_t i = 0; i < n; i++) result[i] = (double)((x[i] > 0) - (x[i] < 0));
}

static ae_status backward(ae_module *m, ae_tensor *x, ae_tensor *gy) {
  return aei_point_backward(m, x, gy, slope);
}

const ae_layer ae_layer_Abs = {
    .name = "Abs",
    .doc = "(any) -> same  y = |x|",
    .forward = forward,
    .backward = backward,
};
