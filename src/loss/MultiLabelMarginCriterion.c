/* MultiLabelMarginCriterion.c - hinge loss of samples that belong to several classes: the score of
 * each of them should be above every other class's by 1. A target is a list of labels, ended by one
 * below the first class's (Torch's 0) unless it is full. */
#include "layer/layer.h"

enum { SIZE_AVERAGE };
enum { ROWS = 1 }; /* scratch: (3,C), the scores, slopes and marks of a sample */

static const ae_option options[] = {
    {"sizeAverage", AE_BOOL, true, 0, 1, "mean over the batch, else sum"},
    {0},
};

/* ---- labels ---- */

/* Place k of sample i's list as a 0-based class; -1 ends the list. */
static ae_status read_label(int64_t *class, const ae_criterion *c, const ae_tensor *target,
                            int64_t i, int64_t k) {
  int64_t classes = target->size[target->ndim - 1], base = c->label_base;
  ae_number value;
  AEI_TRY(ae_get(&value, target, target->ndim == 2 ? (int64_t[]){i, k} : &k));
  *class = ae_to_int(value) - base;
  bool whole = (double)ae_to_int(value) == ae_to_double(value);
  if (whole && *class >= -1 && *class < classes) return AE_OK;
  return aei_fail(AE_EARG, "nn.%s: a label is %.17g, want %lld..%lld, or %lld to end a list",
                  c->loss->name, ae_to_double(value), (long long)base,
                  (long long)(base + classes - 1), (long long)base - 1);
}

static ae_status check(const ae_criterion *c, const ae_tensor *x, const ae_tensor *target) {
  int64_t class = 0;
  if (x->ndim > 2 || !ae_same_size(x, target))
    return aei_fail(AE_ESHAPE,
                    "nn.%s: input is %s, target is %s, want both (classes) or (batch, classes)",
                    c->loss->name, AEI_SHAPE(x), AEI_SHAPE(target));
  int64_t classes = x->size[x->ndim - 1];
  for (int64_t i = 0; i < ae_nelement(x) / classes; i++) {
    for (int64_t k = 0; k < classes; k++) {
      AEI_TRY(read_label(&class, c, target, i, k));
      if (class < 0) break;
    }
  }
  return AE_OK;
}

/* ---- one sample ---- */

typedef struct sample {
  int64_t classes;
  double *x, *slope, *mark; /* (C); mark: 1 for the sample's classes */
} sample;

/* sum over the other classes j of max(0, 1 - x_class + x_j); slopes are added up, times scale. */
static double add_class(const sample *s, int64_t class, double scale) {
  double sum = 0;
  for (int64_t j = 0; j < s->classes; j++) {
    double z = 1 - s->x[class] + s->x[j];
    if (s->mark[j] != 0 || z <= 0) continue;
    sum += z;
    s->slope[j] += scale;
    s->slope[class] -= scale;
  }
  return sum;
}

static double add_sample(const sample *s, const ae_criterion *c, const ae_tensor *target, int64_t i,
                         double scale) {
  int64_t n = 0, class = 0;
  double sum = 0;
  for (int64_t j = 0; j < s->classes; j++) s->slope[j] = s->mark[j] = 0;
  for (; n < s->classes; n++) {
    read_label(&class, c, target, i, n);
    if (class < 0) break;
    s->mark[class] = 1;
  }
  for (int64_t k = 0; k < n; k++) {
    read_label(&class, c, target, i, k);
    sum += add_class(s, class, scale);
  }
  return scale * sum;
}

/* ---- the loss; gradient [optional] ---- */

static ae_status run(double *loss, ae_criterion *c, const ae_tensor *x, const ae_tensor *target,
                     const ae_tensor *gradient) {
  int64_t classes = x->size[x->ndim - 1], batch = ae_nelement(x) / classes;
  double scale = 1 / (double)classes, sum = 0;
  if (c->option[SIZE_AVERAGE].number != 0) scale /= (double)batch;
  AEI_TRY(ae_resize(c->scratch[ROWS], 2, (int64_t[]){3, classes}));
  double *rows = ae_data(c->scratch[ROWS]);
  sample s = {classes, rows, rows + classes, rows + 2 * classes};
  for (int64_t i = 0; i < batch; i++) {
    aei_line row = aei_class_row(x, i);
    aei_line_load(s.x, &row, 0, classes);
    sum += add_sample(&s, c, target, i, scale);
    if (!gradient) continue;
    row = aei_class_row(gradient, i);
    aei_line_store(&row, 0, classes, s.slope);
  }
  *loss = sum;
  return AE_OK;
}

static ae_status forward(ae_criterion *c, const ae_tensor *x, const ae_tensor *target,
                         double *loss) {
  AEI_TRY(check(c, x, target));
  return run(loss, c, x, target, NULL);
}

static ae_status backward(ae_criterion *c, const ae_tensor *x, const ae_tensor *target) {
  double loss;
  AEI_TRY(check(c, x, target));
  AEI_TRY(ae_resize_as(c->grad_input, x));
  return run(&loss, c, x, target, c->grad_input);
}

const ae_loss ae_loss_MultiLabelMarginCriterion = {
    .name = "MultiLabelMarginCriterion",
    .doc =
        "(B,C) scores, target (B,C) lists of labels; or (C) and one list  "
        "loss = mean_b (1/C) sum_{t of b's} sum_{j no t} max(0, 1 - x_t + x_j)",
    .options = options,
    .forward = forward,
    .backward = backward,
};
