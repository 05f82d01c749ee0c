/* MarginCriterion.c - hinge loss of a two-class problem: x and its label, 1 or -1, should agree by
 * a margin. */
#include "layer/layer.h"

enum { MARGIN, SIZE_AVERAGE };

static const ae_option options[] = {
    {"margin", AE_NUMBER, 1, -AE_FINITE, AE_FINITE, "of agreement"},
    {"sizeAverage", AE_BOOL, true, 0, 1, "mean over all elements, else sum"},
    {0},
};

static void value(const ae_criterion *c, int64_t n, double *result, const double *x,
                  const double *t) {
  double margin = c->option[MARGIN].number;
  for (int64_t i = 0; i < n; i++) {
    double z = margin - x[i] * t[i];
    result[i] = z <= 0 ? 0 : z;
  }
}

static void slope(const ae_criterion *c, int64_t n, double *result, const double *x,
                  const double *t) {
  double margin = c->option[MARGIN].number;
  for (int64_t i = 0; i < n; i++) result[i] = x[i] * t[i] < margin ? -t[i] : 0;
}

static ae_status forward(ae_criterion *c, const ae_tensor *x, const ae_tensor *target,
                         double *loss) {
  return aei_point_loss_forward(loss, c, x, target, NULL, SIZE_AVERAGE, value);
}

static ae_status backward(ae_criterion *c, const ae_tensor *x, const ae_tensor *target) {
  return aei_point_loss_backward(c, x, target, NULL, SIZE_AVERAGE, slope);
}

const ae_loss ae_loss_MarginCriterion = {
    .name = "MarginCriterion",
    .doc = "(any), target (same) of 1 and -1  loss = mean max(0, margin - t x)",
    .options = options,
    .forward = forward,
    .backward = backward,
};
