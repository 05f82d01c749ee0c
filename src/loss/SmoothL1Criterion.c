/* SmoothL1Criterion.c - squared error near zero, absolute error far out: outliers count less
 * (Girshick: Fast R-CNN, ICCV 2015). */
#include "layer/layer.h"

#include <math.h>

enum { SIZE_AVERAGE };

static const ae_option options[] = {
    {"sizeAverage", AE_BOOL, true, 0, 1, "mean over all elements, else sum"},
    {0},
};

static void value(const ae_criterion *c, int64_t n, double *result, const double *x,
                  const double *t) {
  (void)c;
  for (int64_t i = 0; i < n; i++) {
    double d = fabs(x[i] - t[i]);
    result[i] = d < 1 ? 0.5 * d * d : d - 0.5;
  }
}

static void slope(const ae_criterion *c, int64_t n, double *result, const double *x,
                  const double *t) {
  (void)c;
  for (int64_t i = 0; i < n; i++) {
    double d = x[i] - t[i];
    result[i] = d < -1 ? -1 : d > 1 ? 1 : d;
  }
}

static ae_status forward(ae_criterion *c, const ae_tensor *x, const ae_tensor *target,
                         double *loss) {
  return aei_point_loss_forward(loss, c, x, target, NULL, SIZE_AVERAGE, value);
}

static ae_status backward(ae_criterion *c, const ae_tensor *x, const ae_tensor *target) {
  return aei_point_loss_backward(c, x, target, NULL, SIZE_AVERAGE, slope);
}

const ae_loss ae_loss_SmoothL1Criterion = {
    .name = "SmoothL1Criterion",
    .doc = "(any), target (same)  loss = mean of d^2 / 2 where d = |x - t| < 1, else d - 1/2",
    .options = options,
    .forward = forward,
    .backward = backward,
};
