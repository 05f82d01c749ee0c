/* CrossEntropyCriterion.c - LogSoftMax and ClassNLLCriterion in one: takes scores. */
#include "layer/layer.h"

enum { WEIGHTS, SIZE_AVERAGE };
enum { BLOCK = 256 };

static const ae_option options[] = {
    {"weights", AE_TENSOR, 0, 0, 0, "(C), of each class"},
    {"sizeAverage", AE_BOOL, true, 0, 1, "divide by the sum of the labels' weights"},
    {0},
};

typedef struct job {
  aei_classes classes;
  double divisor;
  double *term; /* of each sample, in forward */
} job;

static void forward_row(void *context, int64_t sample, int64_t n, const aei_line *line) {
  const job *j = context;
  int64_t label = aei_class_of(&j->classes, sample);
  double score;
  aei_line_load(&score, &line[0], label, 1);
  j->term[sample] = aei_class_weight(&j->classes, label) * (aei_log_sum_exp(&line[0], n) - score);
}

static ae_status forward(ae_criterion *c, const ae_tensor *x, const ae_tensor *target,
                         double *loss) {
  job j;
  double sum = 0;
  AEI_TRY(aei_classes_of(&j.classes, c, x, target, c->option[WEIGHTS].tensor));
  AEI_TRY(ae_resize(c->scratch[0], 1, &j.classes.batch));
  j.term = ae_data(c->scratch[0]);
  aei_each_line(1, (const ae_tensor *[]){x}, x->ndim - 1, forward_row, &j);
  for (int64_t i = 0; i < j.classes.batch; i++) sum += j.term[i];
  *loss = sum / aei_class_divisor(&j.classes, c->option[SIZE_AVERAGE].number != 0);
  return AE_OK;
}

/* gx = w_t (softmax(x) - [c = t]) / divisor */
static void backward_row(void *context, int64_t sample, int64_t n, const aei_line *line) {
  const job *j = context;
  const aei_type_kernels *k = aei_kernels_of(AE_DOUBLE);
  int64_t label = aei_class_of(&j->classes, sample);
  double weight = aei_class_weight(&j->classes, label) / j->divisor;
  double block[BLOCK], shift = aei_log_sum_exp(&line[1], n);
  for (int64_t first = 0; first < n; first += BLOCK) {
    int64_t count = n - first < BLOCK ? n - first : BLOCK;
    aei_line_load(block, &line[1], first, count);
    k->map1[AE_SUB_SCALAR](count, block, block, shift, 0);
    k->map1[AE_EXP](count, block, block, 0, 0);
    if (label >= first && label < first + count) block[label - first] -= 1;
    k->map1[AE_MUL_SCALAR](count, block, block, weight, 0);
    aei_line_store(&line[0], first, count, block);
  }
}

static ae_status backward(ae_criterion *c, const ae_tensor *x, const ae_tensor *target) {
  job j;
  AEI_TRY(aei_classes_of(&j.classes, c, x, target, c->option[WEIGHTS].tensor));
  AEI_TRY(ae_resize_as(c->grad_input, x));
  j.divisor = aei_class_divisor(&j.classes, c->option[SIZE_AVERAGE].number != 0);
  aei_each_line(2, (const ae_tensor *[]){c->grad_input, x}, x->ndim - 1, backward_row, &j);
  return AE_OK;
}

const ae_loss ae_loss_CrossEntropyCriterion = {
    .name = "CrossEntropyCriterion",
    .doc =
        "(B,C) scores, target (B) labels; or (C) and one label  "
        "loss = sum_b w_t (log sum_c e^x_bc - x_bt) / sum_b w_t, t = target_b",
    .options = options,
    .forward = forward,
    .backward = backward,
};
