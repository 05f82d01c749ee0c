/* Normalize.c - gives each sample Lp norm 1. With s = sum |x_i|^p + eps and norm = s^(1/p):
 *
 *   y = x / norm     gx = gy / norm - sign(x) |x|^(p-1) <x, gy> / (s norm)
 *
 * and for p infinite norm = max |x_i| + eps, whose gradient the first largest element gets. */
#include "layer/layer.h"

#include <math.h>

enum { P, EPS };
enum { BLOCK = 256 };

static const ae_option options[] = {
    {"p", AE_NUMBER, 2, 1e-6, AE_REQUIRED, "of the norm; may be infinite"},
    {"eps", AE_NUMBER, 1e-10, 0, AE_FINITE, "added, so that zero stays zero"},
    {0},
};

typedef struct norm {
  double value, sum; /* norm and s */
  int64_t largest;   /* place of the largest |x_i| */
} norm;

static int64_t block_size(int64_t left) { return left < BLOCK ? left : BLOCK; }

/* The slope of |x|^p / p, exact where it can be. */
static double slope(double x, double p) {
  if (p == 2 || x == 0) return x;
  return copysign(pow(fabs(x), p - 1), x);
}

static norm max_norm(const aei_line *x, int64_t n, double eps) {
  double block[BLOCK];
  norm result = {.value = -1};
  for (int64_t first = 0; first < n; first += BLOCK) {
    int64_t count = block_size(n - first);
    aei_line_load(block, x, first, count);
    for (int64_t i = 0; i < count; i++) {
      if (fabs(block[i]) <= result.value) continue;
      result.value = fabs(block[i]);
      result.largest = first + i;
    }
  }
  result.value += eps;
  return result;
}

static norm norm_of(const ae_module *m, const aei_line *x, int64_t n) {
  double p = m->option[P].number, eps = m->option[EPS].number;
  if (isinf(p)) return max_norm(x, n, eps);
  double sum = aei_line_power_sum(x, n, p) + eps;
  return (norm){.value = p == 2 ? sqrt(sum) : pow(sum, 1 / p), .sum = sum};
}

/* line: x, y */
static void forward_line(void *context, int64_t number, int64_t n, const aei_line *line) {
  double block[BLOCK];
  norm s = norm_of(context, &line[0], n);
  (void)number;
  for (int64_t first = 0; first < n; first += BLOCK) {
    int64_t count = block_size(n - first);
    aei_line_load(block, &line[0], first, count);
    for (int64_t i = 0; i < count; i++) block[i] /= s.value;
    aei_line_store(&line[1], first, count, block);
  }
}

static double dot(const aei_line *a, const aei_line *b, int64_t n) {
  double block_a[BLOCK], block_b[BLOCK], sum = 0;
  for (int64_t first = 0; first < n; first += BLOCK) {
    int64_t count = block_size(n - first);
    aei_line_load(block_a, a, first, count);
    aei_line_load(block_b, b, first, count);
    sum += ae_to_double(aei_kernels_of(AE_DOUBLE)->dot(count, block_a, block_b));
  }
  return sum;
}

/* line: x, gy, gx */
static void backward_line(void *context, int64_t number, int64_t n, const aei_line *line) {
  const ae_module *m = context;
  double x[BLOCK], gy[BLOCK], p = m->option[P].number;
  norm s = norm_of(m, &line[0], n);
  double cross = dot(&line[0], &line[1], n) / (isinf(p) ? s.value * s.value : s.sum * s.value);
  (void)number;
  for (int64_t first = 0; first < n; first += BLOCK) {
    int64_t count = block_size(n - first);
    aei_line_load(x, &line[0], first, count);
    aei_line_load(gy, &line[1], first, count);
    for (int64_t i = 0; i < count; i++) {
      double along = isinf(p) ? (first + i == s.largest ? copysign(1, x[i]) : 0) : slope(x[i], p);
      gy[i] = gy[i] / s.value - along * cross;
    }
    aei_line_store(&line[2], first, count, gy);
  }
}

static ae_status check(const ae_module *m, const ae_tensor *x) {
  AEI_TRY(aei_check_input(m, x));
  if (x->ndim <= 2) return AE_OK;
  return aei_fail(AE_ESHAPE, "%s: input is %s, want a vector or a matrix", AEI_NAME(m),
                  AEI_SHAPE(x));
}

static ae_status forward(ae_module *m, ae_tensor *x) {
  AEI_TRY(check(m, x));
  AEI_TRY(ae_resize_as(m->output, x));
  aei_each_line(2, (const ae_tensor *[]){x, m->output}, x->ndim - 1, forward_line, m);
  return AE_OK;
}

static ae_status backward(ae_module *m, ae_tensor *x, ae_tensor *gy) {
  AEI_TRY(aei_check_again(m, x));
  AEI_TRY(ae_resize_as(m->grad_input, x));
  aei_each_line(3, (const ae_tensor *[]){x, gy, m->grad_input}, x->ndim - 1, backward_line, m);
  return AE_OK;
}

const ae_layer ae_layer_Normalize = {
    .name = "Normalize",
    .doc = "(C) or (B,C) -> same  y = x / (sum_c |x_c|^p + eps)^(1/p)",
    .options = options,
    .forward = forward,
    .backward = backward,
    .describe = aei_describe_first,
};
