/* SoftSign.c - a sigmoid with slow tails. */
#include "layer/layer.h"

#include <math.h>

static void value(const ae_module *m, int64_t n, double *result, const double *x) {
  (void)m;
  for (int64_t i = 0; i < n; i++) result[i] = x[i] / (1 + fabs(x[i]));
}

static ae_status forward(ae_module *m, ae_tensor *x) { return aei_point_forward(m, x, value); }

/* 1 / (1 + |x|)^2 */
static void slope(const ae_module *m, int64_t n, double *result, const double *x) {
  (void)m;
  for (int64_t i = 0; i < n; i++) {
    double d = 1 + fabs(x[i]);
    result[i] = 1 / (d * d);
  }
}

static ae_status backward(ae_module *m, ae_tensor *x, ae_tensor *gy) {
  return aei_point_backward(m, x, gy, slope);
}

const ae_layer ae_layer_SoftSign = {
    .name = "SoftSign",
    .doc = "(any) -> same  y = x / (1 + |x|)",
    .forward = forward,
    .backward = backward,
};
