/* MultiMarginCriterion.c - hinge loss of several classes: the right class's score should be above
 * every other by a margin. */
#include "layer/layer.h"

enum { P, WEIGHTS, MARGIN, SIZE_AVERAGE };

static const ae_option options[] = {
    {"p", AE_INT, 1, 1, 2, "power of what is missing to the margin"},
    {"weights", AE_TENSOR, 0, 0, 0, "(C), of each class"},
    {"margin", AE_NUMBER, 1, -AE_FINITE, AE_FINITE, "wanted"},
    {"sizeAverage", AE_BOOL, true, 0, 1, "mean over the batch, else sum"},
    {0},
};

/* w_t / C, and the batch's mean; the weight is the right class's, t. */
static double factor(const ae_criterion *c, const aei_classes *k, int64_t label) {
  double samples = c->option[SIZE_AVERAGE].number != 0 ? (double)k->batch : 1;
  return aei_class_weight(k, label) / ((double)k->classes * samples);
}

/* What score j lacks: margin - x_t + x_j where that is positive. */
static double lack(const ae_criterion *c, const aei_line *row, double right, int64_t j) {
  double score;
  aei_line_load(&score, row, j, 1);
  double z = c->option[MARGIN].number - right + score;
  return z <= 0 ? 0 : z;
}

static ae_status forward(ae_criterion *c, const ae_tensor *x, const ae_tensor *target,
                         double *loss) {
  aei_classes k;
  double sum = 0, right;
  AEI_TRY(aei_classes_of(&k, c, x, target, c->option[WEIGHTS].tensor));
  for (int64_t i = 0; i < k.batch; i++) {
    int64_t label = aei_class_of(&k, i);
    aei_line row = aei_class_row(x, i);
    double of_sample = 0;
    aei_line_load(&right, &row, label, 1);
    for (int64_t j = 0; j < k.classes; j++) {
      if (j == label) continue;
      double z = lack(c, &row, right, j);
      of_sample += c->option[P].number == 2 ? z * z : z;
    }
    sum += of_sample * factor(c, &k, label);
  }
  *loss = sum;
  return AE_OK;
}

static ae_status backward(ae_criterion *c, const ae_tensor *x, const ae_tensor *target) {
  aei_classes k;
  double right;
  AEI_TRY(aei_classes_of(&k, c, x, target, c->option[WEIGHTS].tensor));
  AEI_TRY(ae_resize_as(c->grad_input, x));
  for (int64_t i = 0; i < k.batch; i++) {
    int64_t label = aei_class_of(&k, i);
    aei_line row = aei_class_row(x, i), gradient = aei_class_row(c->grad_input, i);
    double total = 0, scale = factor(c, &k, label);
    aei_line_load(&right, &row, label, 1);
    for (int64_t j = 0; j < k.classes; j++) {
      double z = j == label ? 0 : lack(c, &row, right, j);
      double slope = scale * (c->option[P].number == 2 ? 2 * z : z > 0 ? 1 : 0);
      total += slope;
      aei_line_store(&gradient, j, 1, &slope);
    }
    total = -total;
    aei_line_store(&gradient, label, 1, &total);
  }
  return AE_OK;
}

const ae_loss ae_loss_MultiMarginCriterion = {
    .name = "MultiMarginCriterion",
    .doc =
        "(B,C) scores, target (B) labels; or (C) and one label  "
        "loss = mean_b (1/C) sum_{j != t} w_t max(0, margin - x_t + x_j)^p",
    .options = options,
    .forward = forward,
    .backward = backward,
};
