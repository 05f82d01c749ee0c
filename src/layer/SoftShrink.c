/* SoftShrink.c - moved towards zero, as sparse coding does. */
#include "layer/layer.h"

#include <math.h>

enum { LAMBDA };

static const ae_option options[] = {
    {"lambda", AE_NUMBER, 0.5, 0, AE_FINITE, "distance moved"},
    {0},
};

static void value(const ae_module *m, int64_t n, double *result, const double *x) {
  double by = aei_rounded_option(m, LAMBDA);
  for (int64_t i = 0; i < n; i++)
    result[i] = fabs(x[i]) <= by ? 0 : x[i] > 0 ? x[i] - by : x[i] + by;
}

static ae_status forward(ae_module *m, ae_tensor *x) { return aei_point_forward(m, x, value); }

static void slope(const ae_module *m, int64_t n, double *result, const double *x) {
  double by = aei_rounded_option(m, LAMBDA);
  for (int64_t i = 0; i < n; i++) result[i] = fabs(x[i]) <= by ? 0 : 1;
}

static ae_status backward(ae_module *m, ae_tensor *x, ae_tensor *gy) {
  return aei_point_backward(m, x, gy, slope);
}

const ae_layer ae_layer_SoftShrink = {
    .name = "SoftShrink",
    .doc = "(any) -> same  y = x - lambda if x > lambda, x + lambda if x < -lambda, else 0",
    .options = options,
    .forward = forward,
    .backward = backward,
    .describe = aei_describe_numbers,
};
