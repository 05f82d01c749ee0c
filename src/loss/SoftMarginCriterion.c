/* SoftMarginCriterion.c - logistic loss of a two-class problem, labels 1 and -1. */
#include "layer/layer.h"

enum { SIZE_AVERAGE };

static const ae_option options[] = {
    {"sizeAverage", AE_BOOL, true, 0, 1, "mean over all elements, else sum"},
    {0},
};

static void value(const ae_criterion *c, int64_t n, double *result, const double *x,
                  const double *t) {
  double z[AEI_BLOCK];
  (void)c;
  aei_kernels_of(AE_DOUBLE)->map2[AE_MUL](n, z, x, t, 0);
  aei_softplus(n, result, z, -1);
}

static void slope(const ae_criterion *c, int64_t n, double *result, const double *x,
                  const double *t) {
  const aei_type_kernels *k = aei_kernels_of(AE_DOUBLE);
  (void)c;
  for (int64_t i = 0; i < n; i++) result[i] = -x[i] * t[i];
  k->map1[AE_SIGMOID](n, result, result, 0, 0);
  for (int64_t i = 0; i < n; i++) result[i] *= -t[i];
}

static ae_status forward(ae_criterion *c, const ae_tensor *x, const ae_tensor *target,
                         double *loss) {
  return aei_point_loss_forward(loss, c, x, target, NULL, SIZE_AVERAGE, value);
}

static ae_status backward(ae_criterion *c, const ae_tensor *x, const ae_tensor *target) {
  return aei_point_loss_backward(c, x, target, NULL, SIZE_AVERAGE, slope);
}

const ae_loss ae_loss_SoftMarginCriterion = {
    .name = "SoftMarginCriterion",
    .doc = "(any), target (same) of 1 and -1  loss = mean log(1 + e^(-t x))",
    .options = options,
    .forward = forward,
    .backward = backward,
};
