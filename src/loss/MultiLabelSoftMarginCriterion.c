/* MultiLabelSoftMarginCriterion.c - binary cross-entropy of the logistic function of scores: each
 * element is a yes-or-no of its own. From the scores, so that no logarithm needs an epsilon. */
#include "layer/layer.h"

enum { WEIGHTS, SIZE_AVERAGE };

static const ae_option options[] = {
    {"weights", AE_TENSOR, 0, 0, 0, "of each element of a sample"},
    {"sizeAverage", AE_BOOL, true, 0, 1, "mean over all elements, else sum"},
    {0},
};

static void value(const ae_criterion *c, int64_t n, double *result, const double *x,
                  const double *t) {
  (void)c;
  aei_softplus(n, result, x, 1);
  for (int64_t i = 0; i < n; i++) result[i] -= t[i] * x[i];
}

static void slope(const ae_criterion *c, int64_t n, double *result, const double *x,
                  const double *t) {
  (void)c;
  aei_kernels_of(AE_DOUBLE)->map1[AE_SIGMOID](n, result, x, 0, 0);
  for (int64_t i = 0; i < n; i++) result[i] -= t[i];
}

static ae_status forward(ae_criterion *c, const ae_tensor *x, const ae_tensor *target,
                         double *loss) {
  return aei_point_loss_forward(loss, c, x, target, c->option[WEIGHTS].tensor, SIZE_AVERAGE, value);
}

static ae_status backward(ae_criterion *c, const ae_tensor *x, const ae_tensor *target) {
  return aei_point_loss_backward(c, x, target, c->option[WEIGHTS].tensor, SIZE_AVERAGE, slope);
}

const ae_loss ae_loss_MultiLabelSoftMarginCriterion = {
    .name = "MultiLabelSoftMarginCriterion",
    .doc =
        "(any) scores, target (same) in 0..1  loss = -mean w (t log s + (1 - t) log(1 - s)), s = 1 "
        "/ (1 + e^-x)",
    .options = options,
    .forward = forward,
    .backward = backward,
};
