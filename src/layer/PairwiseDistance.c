/* PairwiseDistance.c - the distance of two vectors, or of each row of two matrices. */
#include "layer/layer.h"

#include <math.h>

enum { NORM, BLOCK = 256 };

static const ae_option options[] = {
    {"norm", AE_NUMBER, 2, 1, AE_FINITE, "p of the p-norm"},
    {0},
};

/* Elements first .. first + n - 1 of a - b. */
static void load_difference(double *to, const aei_line *a, const aei_line *b, int64_t first,
                            int64_t n) {
  double block[BLOCK];
  aei_line_load(to, a, first, n);
  aei_line_load(block, b, first, n);
  for (int64_t i = 0; i < n; i++) to[i] -= block[i];
}

static double distance(const aei_line *a, const aei_line *b, int64_t n, double p) {
  double block[BLOCK], sum = 0;
  for (int64_t first = 0; first < n; first += BLOCK) {
    int64_t count = n - first < BLOCK ? n - first : BLOCK;
    load_difference(block, a, b, first, count);
    sum += aei_power_sum(block, count, p);
  }
  return p == 2 ? sqrt(sum) : p == 1 ? sum : pow(sum, 1 / p);
}

typedef struct job {
  double p;
  const ae_tensor *y, *gy;
} job;

static void forward_row(void *context, int64_t row, int64_t n, const aei_line *line) {
  const job *j = context;
  const aei_line y = aei_vector(j->y);
  const double value = distance(&line[0], &line[1], n, j->p);
  aei_line_store(&y, row, 1, &value);
}

static ae_status forward(ae_module *m, ae_tensor *x) {
  AEI_TRY(aei_check_rows(m, x));
  int64_t rows = aei_pair_rows(x);
  AEI_TRY(ae_resize(m->output, 1, &rows));
  job j = {.p = m->option[NORM].number, .y = m->output};
  aei_each_row(NULL, x->part[0], x->part[1], forward_row, &j);
  return AE_OK;
}

/* gx_1 = gy sign(d) |d / y|^(p-1), where d = x_1 - x_2; 0 for a distance of 0. */
static double slope(double d, double y, double p) {
  if (d == 0) return 0;
  if (p == 2) return d / y;
  return copysign(p == 1 ? 1 : pow(fabs(d) / y, p - 1), d);
}

static void backward_row(void *context, int64_t row, int64_t n, const aei_line *line) {
  const job *j = context;
  const aei_line gy = aei_vector(j->gy);
  const double y = distance(&line[1], &line[2], n, j->p);
  double block[BLOCK], scale;
  aei_line_load(&scale, &gy, row, 1);
  for (int64_t first = 0; first < n; first += BLOCK) {
    int64_t count = n - first < BLOCK ? n - first : BLOCK;
    load_difference(block, &line[1], &line[2], first, count);
    for (int64_t i = 0; i < count; i++) block[i] = scale * slope(block[i], y, j->p);
    aei_line_store(&line[0], first, count, block);
  }
}

static ae_status backward(ae_module *m, ae_tensor *x, ae_tensor *gy) {
  ae_tensor *gx = m->grad_input;
  AEI_TRY(aei_check_rows(m, x));
  if (gy->size[0] != aei_pair_rows(x)) return aei_fail_again(m, x);
  AEI_TRY(aei_resize_parts(gx, x));
  job j = {.p = m->option[NORM].number, .gy = gy};
  aei_each_row(gx->part[0], x->part[0], x->part[1], backward_row, &j);
  return ae_map1(AE_NEG, gx->part[1], gx->part[0], 0, 0);
}

const ae_layer ae_layer_PairwiseDistance = {
    .name = "PairwiseDistance",
    .doc = "{(B,D), (B,D)} -> (B), or {(D), (D)} -> (1)  y = (sum |x_1 - x_2|^p)^(1/p) of each row",
    .options = options,
    .forward = forward,
    .backward = backward,
    .describe = aei_describe_numbers,
};
