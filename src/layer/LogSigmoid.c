/* LogSigmoid.c - the logarithm of the logistic function. */
#include "layer/layer.h"

/* -log(1 + e^-x) */
static void value(const ae_module *m, int64_t n, double *result, const double *x) {
  (void)m;
  aei_softplus(n, result, x, -1);
  for (int64_t i = 0; i < n; i++) result[i] = -result[i];
}

static ae_status forward(ae_module *m, ae_tensor *x) { return aei_point_forward(m, x, value); }

/* sigmoid(-x) */
static void slope(const ae_module *m, int64_t n, double *result, const double *x) {
  const aei_type_kernels *k = aei_kernels_of(AE_DOUBLE);
  (void)m;
  k->map1[AE_NEG](n, result, x, 0, 0);
  k->map1[AE_SIGMOID](n, result, result, 0, 0);
}

static ae_status backward(ae_module *m, ae_tensor *x, ae_tensor *gy) {
  return aei_point_backward(m, x, gy, slope);
}

const ae_layer ae_layer_LogSigmoid = {
    .name = "LogSigmoid",
    .doc = "(any) -> same  y = log(1 / (1 + e^-x))",
    .forward = forward,
    .backward = backward,
};
