/* TanhShrink.c - the input less its hyperbolic tangent. */
#include "layer/layer.h"

static void value(const ae_module *m, int64_t n, double *result, const double *x) {
  (void)m;
  aei_kernels_of(AE_DOUBLE)->map1[AE_TANH](n, result, x, 0, 0);
  for (int64_t i = 0; i < n; i++) result[i] = x[i] - result[i];
}

static ae_status forward(ae_module *m, ae_tensor *x) { return aei_point_forward(m, x, value); }

/* tanh(x)^2 */
static void slope(const ae_module *m, int64_t n, double *result, const double *x) {
  const aei_type_kernels *k = aei_kernels_of(AE_DOUBLE);
  (void)m;
  k->map1[AE_TANH](n, result, x, 0, 0);
  k->map1[AE_SQUARE](n, result, result, 0, 0);
}

static ae_status backward(ae_module *m, ae_tensor *x, ae_tensor *gy) {
  return aei_point_backward(m, x, gy, slope);
}

const ae_layer ae_layer_TanhShrink = {
    .name = "TanhShrink",
    .doc = "(any) -> same  y = x - tanh(x)",
    .forward = forward,
    .backward = backward,
};
