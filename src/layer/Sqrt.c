/* Sqrt.c - the square root. Its gradient at zero counts as zero, as in Torch. */
#include "layer/layer.h"

#include <math.h>

static ae_status forward(ae_module *m, ae_tensor *x) {
  AEI_TRY(aei_check_input(m, x));
  return ae_map1(AE_SQRT, m->output, x, 0, 0);
}

static void slope(const ae_module *m, int64_t n, double *result, const double *x) {
  (void)m;
  for (int64_t i = 0; i < n; i++) result[i] = x[i] == 0 ? 0 : 0.5 / sqrt(x[i]);
}

static ae_status backward(ae_module *m, ae_tensor *x, ae_tensor *gy) {
  return aei_point_backward(m, x, gy, slope);
}

const ae_layer ae_layer_Sqrt = {
    .name = "Sqrt",
    .doc = "(any) -> same  y = sqrt(x)",
    .forward = forward,
    .backward = backward,
};
