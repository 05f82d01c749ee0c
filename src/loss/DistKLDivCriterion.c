/* DistKLDivCriterion.c - Kullback-Leibler divergence of log-probabilities from a target
 * distribution. The mean is over all elements, as in Torch, not over the batch. */
#include "layer/layer.h"

enum { SIZE_AVERAGE };

static const ae_option options[] = {
    {"sizeAverage", AE_BOOL, true, 0, 1, "mean over all elements, else sum"},
    {0},
};

static void value(const ae_criterion *c, int64_t n, double *result, const double *x,
                  const double *t) {
  (void)c;
  aei_kernels_of(AE_DOUBLE)->map1[AE_LOG](n, result, t, 0, 0);
  for (int64_t i = 0; i < n; i++) result[i] = t[i] <= 0 ? 0 : t[i] * (result[i] - x[i]);
}

static void slope(const ae_criterion *c, int64_t n, double *result, const double *x,
                  const double *t) {
  (void)c, (void)x;
  for (int64_t i = 0; i < n; i++) result[i] = t[i] <= 0 ? 0 : -t[i];
}

static ae_status forward(ae_criterion *c, const ae_tensor *x, const ae_tensor *target,
                         double *loss) {
  return aei_point_loss_forward(loss, c, x, target, NULL, SIZE_AVERAGE, value);
}

static ae_status backward(ae_criterion *c, const ae_tensor *x, const ae_tensor *target) {
  return aei_point_loss_backward(c, x, target, NULL, SIZE_AVERAGE, slope);
}

const ae_loss ae_loss_DistKLDivCriterion = {
    .name = "DistKLDivCriterion",
    .doc = "(any) log-probabilities, target (same) probabilities  loss = mean t (log t - x)",
    .options = options,
    .forward = forward,
    .backward = backward,
};
