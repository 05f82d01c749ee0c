/* HingeEmbeddingCriterion.c - x is a distance: of things that are alike (label 1), it should be
 * small; of others (label -1), at least the margin. */
#include "layer/layer.h"

#include <math.h>

enum { MARGIN, SIZE_AVERAGE };

static const ae_option options[] = {
    {"margin", AE_NUMBER, 1, -AE_FINITE, AE_FINITE, "of things that are not alike"},
    {"sizeAverage", AE_BOOL, true, 0, 1, "mean over all elements, else sum"},
    {0},
};

static void value(const ae_criterion *c, int64_t n, double *result, const double *x,
                  const double *t) {
  const double margin = c->option[MARGIN].number;
  for (int64_t i = 0; i < n; i++) {
    double gap = margin - x[i];
    const double alike = isnan(t[i]) ? t[i] : x[i];
    result[i] = t[i] != -1 ? alike : gap <= 0 ? 0 : gap;
  }
}

static void slope(const ae_criterion *c, int64_t n, double *result, const double *x,
                  const double *t) {
  const double margin = c->option[MARGIN].number;
  for (int64_t i = 0; i < n; i++) result[i] = t[i] != -1 ? 1 : x[i] < margin ? -1 : 0;
}

static ae_status forward(ae_criterion *c, const ae_tensor *x, const ae_tensor *target,
                         double *loss) {
  return aei_point_loss_forward(loss, c, x, target, NULL, SIZE_AVERAGE, value);
}

static ae_status backward(ae_criterion *c, const ae_tensor *x, const ae_tensor *target) {
  return aei_point_loss_backward(c, x, target, NULL, SIZE_AVERAGE, slope);
}

const ae_loss ae_loss_HingeEmbeddingCriterion = {
    .name = "HingeEmbeddingCriterion",
    .doc =
        "(any), target (same) of 1 and -1  loss = mean of x where t = 1, of "
        "max(0, margin - x) where t = -1",
    .options = options,
    .forward = forward,
    .backward = backward,
};
