/* CosineEmbeddingCriterion.c - the angle between two vectors, or each row of two matrices: small
 * where they are alike (label 1), its cosine at most the margin where they are not (label -1). */
#include "layer/layer.h"

enum { MARGIN, SIZE_AVERAGE };

static const ae_option options[] = {
    {"margin", AE_NUMBER, 0, -1, 1, "of the cosine of vectors that are not alike"},
    {"sizeAverage", AE_BOOL, true, 0, 1, "mean over the rows, else sum"},
    {0},
};

typedef struct job {
  const ae_criterion *c;
  const ae_tensor *target;
  double *partial; /* of each row */
  double scale;
} job;

static ae_status begin(job *j, const ae_criterion *c, const ae_tensor *x, const ae_tensor *target) {
  AEI_TRY(aei_check_loss_pair(c, x));
  if (x->part[0]->ndim > 2)
    return aei_fail(AE_ESHAPE, "nn.%s: input[1] is %s, want 1 or 2 dimensions", c->loss->name,
                    AEI_SHAPE(x->part[0]));
  const int64_t rows = aei_pair_rows(x);
  AEI_TRY(aei_check_pair_labels(c, target, rows));
  *j = (job){.c = c, .target = target};
  j->scale = c->option[SIZE_AVERAGE].number != 0 ? 1 / (double)rows : 1;
  return AE_OK;
}

static void forward_row(void *context, int64_t row, int64_t n, const aei_line *line) {
  const job *j = context;
  const double cosine = aei_cosine(&line[0], &line[1], n);
  const double beyond = cosine - j->c->option[MARGIN].number;
  j->partial[row] = aei_pair_label(j->target, row) > 0 ? 1 - cosine : beyond <= 0 ? 0 : beyond;
}

static ae_status forward(ae_criterion *c, const ae_tensor *x, const ae_tensor *target,
                         double *loss) {
  job j;
  AEI_TRY(begin(&j, c, x, target));
  int64_t rows = aei_pair_rows(x);
  AEI_TRY(aei_prepare(c->scratch[0], AE_DOUBLE, 1, &rows));
  j.partial = ae_data(c->scratch[0]);
  aei_each_row(NULL, x->part[0], x->part[1], forward_row, &j);
  double sum = 0;
  for (int64_t i = 0; i < rows; i++) sum += j.partial[i];
  *loss = sum * j.scale;
  return AE_OK;
}

static void backward_row(void *context, int64_t row, int64_t n, const aei_line *line) {
  const job *j = context;
  double scale = -j->scale;
  if (aei_pair_label(j->target, row) < 0) {
    const bool beyond = aei_cosine(&line[1], &line[2], n) > j->c->option[MARGIN].number;
    scale = beyond ? j->scale : 0;
  }
  aei_cosine_slope(&line[0], &line[1], &line[2], n, scale);
}

static ae_status backward(ae_criterion *c, const ae_tensor *x, const ae_tensor *target) {
  job j;
  AEI_TRY(begin(&j, c, x, target));
  AEI_TRY(aei_resize_parts(c->grad_input, x));
  for (int i = 0; i < 2; i++)
    aei_each_row(c->grad_input->part[i], x->part[i], x->part[1 - i], backward_row, &j);
  return AE_OK;
}

const ae_loss ae_loss_CosineEmbeddingCriterion = {
    .name = "CosineEmbeddingCriterion",
    .doc =
        "{(B,D), (B,D)}, target (B) of 1 and -1; or {(D), (D)}, target 1 or -1  loss = mean of "
        "1 - cos(x_1, x_2) where t = 1, of max(0, cos(x_1, x_2) - margin) where t = -1",
    .options = options,
    .forward = forward,
    .backward = backward,
    .inputs = 2,
};
