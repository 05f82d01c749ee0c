/* ClassNLLCriterion.c - negative log likelihood of the right classes, given log-probabilities. */
#include "layer/layer.h"

enum { WEIGHTS, SIZE_AVERAGE };

static const ae_option options[] = {
    {"weights", AE_TENSOR, 0, 0, 0, "(C), of each class"},
    {"sizeAverage", AE_BOOL, true, 0, 1, "divide by the sum of the labels' weights"},
    {0},
};

static ae_status forward(ae_criterion *c, const ae_tensor *x, const ae_tensor *target,
                         double *loss) {
  aei_classes k;
  double sum = 0;
  AEI_TRY(aei_classes_of(&k, c, x, target, c->option[WEIGHTS].tensor));
  for (int64_t i = 0; i < k.batch; i++) {
    int64_t label = aei_class_of(&k, i);
    aei_line row = aei_class_row(x, i);
    double log_p;
    aei_line_load(&log_p, &row, label, 1);
    sum -= aei_class_weight(&k, label) * log_p;
  }
  *loss = sum / aei_class_divisor(&k, c->option[SIZE_AVERAGE].number != 0);
  return AE_OK;
}

static ae_status backward(ae_criterion *c, const ae_tensor *x, const ae_tensor *target) {
  aei_classes k;
  AEI_TRY(aei_classes_of(&k, c, x, target, c->option[WEIGHTS].tensor));
  AEI_TRY(ae_resize_as(c->grad_input, x));
  AEI_TRY(ae_fill(c->grad_input, ae_from_int(0)));
  double divisor = aei_class_divisor(&k, c->option[SIZE_AVERAGE].number != 0);
  for (int64_t i = 0; i < k.batch; i++) {
    int64_t label = aei_class_of(&k, i);
    aei_line row = aei_class_row(c->grad_input, i);
    double slope = -aei_class_weight(&k, label) / divisor;
    aei_line_store(&row, label, 1, &slope);
  }
  return AE_OK;
}

const ae_loss ae_loss_ClassNLLCriterion = {
    .name = "ClassNLLCriterion",
    .doc =
        "(B,C) log-probabilities, target (B) labels; or (C) and one label  "
        "loss = -sum_b w_t x_bt / sum_b w_t, t = target_b",
    .options = options,
    .forward = forward,
    .backward = backward,
};
