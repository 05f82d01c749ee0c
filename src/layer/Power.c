/* Power.c - a fixed power. */
#include "layer/layer.h"

enum { POWER };

static const ae_option options[] = {
    {"pow", AE_NUMBER, AE_REQUIRED, -AE_FINITE, AE_FINITE, "the exponent p"},
    {0},
};

static ae_status forward(ae_module *m, ae_tensor *x) {
  AEI_TRY(aei_check_input(m, x));
  return ae_map1(AE_POW_SCALAR, m->output, x, m->option[POWER].number, 0);
}

/* p x^(p - 1); for squares without the slow power of 1. */
static void slope(const ae_module *m, int64_t n, double *result, const double *x) {
  const aei_type_kernels *k = aei_kernels_of(AE_DOUBLE);
  double p = m->option[POWER].number;
  if (p != 2) k->map1[AE_POW_SCALAR](n, result, x, p - 1, 0);
  k->map1[AE_MUL_SCALAR](n, result, p != 2 ? result : x, p, 0);
}

static ae_status backward(ae_module *m, ae_tensor *x, ae_tensor *gy) {
  return aei_point_backward(m, x, gy, slope);
}

const ae_layer ae_layer_Power = {
    .name = "Power",
    .doc = "(any) -> same  y = x^p",
    .options = options,
    .forward = forward,
    .backward = backward,
    .describe = aei_describe_numbers,
};
