/* line.c - walking over the lines of tensors, block by block as doubles; and what SoftMax,
 * LogSoftMax and cross-entropy have in common. */
#include "layer/layer.h"

#include <math.h>

enum { BLOCK = 256 };

/* ---- lines ---- */

typedef struct line_job {
  int ntensors;
  const ae_tensor *const *tensor;
  aei_lines lines[AEI_MAXLINES];
  aei_line_body *body;
  void *context;
} line_job;

static void run_lines(void *context, int64_t begin, int64_t end) {
  const line_job *j = context;
  for (int64_t number = begin; number < end; number++) {
    aei_line line[AEI_MAXLINES];
    for (int i = 0; i < j->ntensors; i++)
      line[i] = (aei_line){j->tensor[i], aei_line_start(&j->lines[i], number), j->lines[i].stride};
    j->body(j->context, number, j->lines[0].length, line);
  }
}

void aei_each_line(int ntensors, const ae_tensor *const *tensor, int dim, aei_line_body *body,
                   void *context) {
  line_job j = {.ntensors = ntensors, .tensor = tensor, .body = body, .context = context};
  for (int i = 0; i < ntensors; i++) j.lines[i] = aei_lines_of(tensor[i], dim);
  int64_t length = j.lines[0].length;
  aei_parallel(j.lines[0].count, length > 0 && length < AEI_GRAIN ? AEI_GRAIN / length : 1,
               run_lines, &j);
}

void aei_line_load(double *to, const aei_line *line, int64_t first, int64_t n) {
  int64_t at = line->at + first * line->stride, stride = line->stride;
  if (line->t->type == AE_FLOAT) {
    const float *from = (const float *)line->t->storage->data + at;
    for (int64_t i = 0; i < n; i++) to[i] = (double)from[i * stride];
  } else {
    const double *from = (const double *)line->t->storage->data + at;
    for (int64_t i = 0; i < n; i++) to[i] = from[i * stride];
  }
}

void aei_line_store(const aei_line *line, int64_t first, int64_t n, const double *from) {
  int64_t at = line->at + first * line->stride, stride = line->stride;
  if (line->t->type == AE_FLOAT) {
    float *to = (float *)line->t->storage->data + at;
    for (int64_t i = 0; i < n; i++) to[i * stride] = (float)from[i];
  } else {
    double *to = (double *)line->t->storage->data + at;
    for (int64_t i = 0; i < n; i++) to[i * stride] = from[i];
  }
}

static int64_t block_size(int64_t left) { return left < BLOCK ? left : BLOCK; }

/* ---- powers ---- */

double aei_power_sum(double *x, int64_t n, double p) {
  const aei_type_kernels *k = aei_kernels_of(AE_DOUBLE);
  if (p == 1) return ae_to_double(k->sum_abs(n, x, 0));
  if (p == 2) return ae_to_double(k->sum_squares(n, x, 0));
  for (int64_t i = 0; i < n; i++) x[i] = pow(fabs(x[i]), p);
  return ae_to_double(k->sum(n, x, 0));
}

double aei_line_power_sum(const aei_line *x, int64_t n, double p) {
  double block[BLOCK], sum = 0;
  for (int64_t first = 0; first < n; first += BLOCK) {
    int64_t count = block_size(n - first);
    aei_line_load(block, x, first, count);
    sum += aei_power_sum(block, count, p);
  }
  return sum;
}

/* ---- exponentials ---- */

static double line_max(const aei_line *x, int64_t n) {
  double block[BLOCK], max = -INFINITY;
  for (int64_t first = 0; first < n; first += BLOCK) {
    int64_t count = block_size(n - first);
    aei_line_load(block, x, first, count);
    for (int64_t i = 0; i < count; i++)
      if (block[i] > max) max = block[i];
  }
  return max;
}

double aei_log_sum_exp(const aei_line *x, int64_t n) {
  const aei_type_kernels *k = aei_kernels_of(AE_DOUBLE);
  double block[BLOCK], sum = 0, log_sum;
  double max = line_max(x, n);
  for (int64_t first = 0; first < n; first += BLOCK) {
    int64_t count = block_size(n - first);
    aei_line_load(block, x, first, count);
    k->map1[AE_SUB_SCALAR](count, block, block, max, 0);
    k->map1[AE_EXP](count, block, block, 0, 0);
    sum += ae_to_double(k->sum(count, block, 0));
  }
  k->map1[AE_LOG](1, &log_sum, &sum, 0, 0);
  return max + log_sum;
}

ae_status aei_softmax_dim(int *dim, const ae_module *m, const ae_tensor *x) {
  AEI_TRY(aei_check_input(m, x));
  if (x->ndim > 4)
    return aei_fail(AE_ESHAPE, "%s: input is %s, want 1 to 4 dimensions", AEI_NAME(m),
                    AEI_SHAPE(x));
  *dim = x->ndim % 2 == 0;
  return AE_OK;
}
