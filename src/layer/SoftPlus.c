/* SoftPlus.c - a smooth rectifier; the larger beta, the sharper. */
#include "layer/layer.h"

enum { BETA };

static const ae_option options[] = {
    {"beta", AE_NUMBER, 1, 1e-6, AE_FINITE, "sharpness"},
    {0},
};

static void value(const ae_module *m, int64_t n, double *result, const double *x) {
  double beta = m->option[BETA].number;
  aei_softplus(n, result, x, beta);
  for (int64_t i = 0; i < n; i++) result[i] /= beta;
}

static ae_status forward(ae_module *m, ae_tensor *x) { return aei_point_forward(m, x, value); }

/* sigmoid(beta x) */
static void slope(const ae_module *m, int64_t n, double *result, const double *x) {
  const aei_type_kernels *k = aei_kernels_of(AE_DOUBLE);
  k->map1[AE_MUL_SCALAR](n, result, x, m->option[BETA].number, 0);
  k->map1[AE_SIGMOID](n, result, result, 0, 0);
}

static ae_status backward(ae_module *m, ae_tensor *x, ae_tensor *gy) {
  return aei_point_backward(m, x, gy, slope);
}

const ae_layer ae_layer_SoftPlus = {
    .name = "SoftPlus",
    .doc = "(any) -> same  y = log(1 + e^(beta x)) / beta",
    .options = options,
    .forward = forward,
    .backward = backward,
    .describe = aei_describe_numbers,
};
