/* MarginRankingCriterion.c - of two scores the first should be larger by a margin (label 1), or the
 * second (label -1). */
#include "layer/layer.h"

enum { MARGIN, SIZE_AVERAGE };

static const ae_option options[] = {
    {"margin", AE_NUMBER, 1, -AE_FINITE, AE_FINITE, "between the scores"},
    {"sizeAverage", AE_BOOL, true, 0, 1, "mean over all elements, else sum"},
    {0},
};

typedef struct job {
  const ae_criterion *c;
  double *partial; /* of each block, forward */
  double scale;    /* backward */
} job;

/* max(0, margin - t (x1 - x2)) of n <= AEI_BLOCK elements, added up. */
static double sum_block(const job *j, int64_t n, const double *x1, const double *x2,
                        const double *t) {
  double sum = 0;
  for (int64_t i = 0; i < n; i++) {
    double gap = j->c->option[MARGIN].number - t[i] * (x1[i] - x2[i]);
    sum += gap <= 0 ? 0 : gap;
  }
  return sum;
}

/* df/dx1 into x1, df/dx2 into x2. */
static void slope_block(const job *j, int64_t n, double *x1, double *x2, const double *t) {
  for (int64_t i = 0; i < n; i++) {
    double gap = j->c->option[MARGIN].number - t[i] * (x1[i] - x2[i]);
    x2[i] = gap >= 0 ? j->scale * t[i] : 0;
    x1[i] = -x2[i];
  }
}

/* ptr: the two gradients when going backward, the scores, the labels. */
static void run_blocks(void *context, int64_t first, int64_t count, void *const *ptr) {
  const job *j = context;
  const ae_type type = j->c->type;
  const int inputs = j->partial ? 0 : 2;
  _Alignas(AEI_ALIGN) double block[3][AEI_BLOCK];
  for (int64_t i = 0; i < count; i += AEI_BLOCK) {
    const int64_t n = count - i < AEI_BLOCK ? count - i : AEI_BLOCK;
    const size_t offset = (size_t)i * ae_type_size(type);
    for (int k = 0; k < 3; k++)
      aei_kernels_now()->convert[AE_DOUBLE][type](n, block[k], (char *)ptr[inputs + k] + offset);
    if (j->partial) {
      j->partial[(first + i) / AEI_BLOCK] = sum_block(j, n, block[0], block[1], block[2]);
      continue;
    }
    slope_block(j, n, block[0], block[1], block[2]);
    for (int k = 0; k < 2; k++)
      aei_kernels_now()->convert[type][AE_DOUBLE](n, (char *)ptr[k] + offset, block[k]);
  }
}

static ae_status check(const ae_criterion *c, const ae_tensor *x, const ae_tensor *target) {
  AEI_TRY(aei_check_loss_pair(c, x));
  return aei_check_target(c, x->part[0], target);
}

static ae_status forward(ae_criterion *c, const ae_tensor *x, const ae_tensor *target,
                         double *loss) {
  AEI_TRY(check(c, x, target));
  int64_t nblocks = (ae_nelement(target) + AEI_BLOCK - 1) / AEI_BLOCK;
  AEI_TRY(aei_prepare(c->scratch[0], AE_DOUBLE, 1, &nblocks));
  job j = {.c = c, .partial = ae_data(c->scratch[0])};
  aei_iterate(0, 3, (const ae_tensor *[]){x->part[0], x->part[1], target}, run_blocks, &j);
  double sum = 0;
  for (int64_t i = 0; i < nblocks; i++) sum += j.partial[i];
  *loss = sum * aei_mean_factor(c, SIZE_AVERAGE, x->part[0]);
  return AE_OK;
}

static ae_status backward(ae_criterion *c, const ae_tensor *x, const ae_tensor *target) {
  AEI_TRY(check(c, x, target));
  AEI_TRY(aei_resize_parts(c->grad_input, x));
  ae_tensor **gx = c->grad_input->part;
  job j = {.c = c, .scale = aei_mean_factor(c, SIZE_AVERAGE, x->part[0])};
  aei_iterate(2, 5, (const ae_tensor *[]){gx[0], gx[1], x->part[0], x->part[1], target}, run_blocks,
              &j);
  return AE_OK;
}

const ae_loss ae_loss_MarginRankingCriterion = {
    .name = "MarginRankingCriterion",
    .doc = "{(any), (same)}, target (same) of 1 and -1  loss = mean max(0, margin - t (x_1 - x_2))",
    .options = options,
    .forward = forward,
    .backward = backward,
    .inputs = 2,
};
