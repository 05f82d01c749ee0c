/* distribution.c - random numbers that are functions of uniform or normal ones.
 *
 * All are computed in double and then converted. A fill takes two elements from each block of the
 * generator, as Double's uniform and normal do (see core/random.c), u being in [0, 1):
 *
 *     exponential(lambda)     -log(1 - u) / lambda
 *     cauchy(median, sigma)   median + sigma tan(pi (u - 1/2))
 *     geometric(p)            1 + floor(log(1 - u) / log(p)):  P(i) = (1 - p) p^(i-1), i >= 1
 *     logNormal(mean, std)    exp of a normal variate with these */
#include <math.h>

#include "math/math.h"

enum { STEP = 256, PER_BLOCK = 2 };

typedef struct job {
  ae_distribution kind;
  ae_type type;
  uint64_t seed, position;
  double a, b;
} job;

static void apply(ae_map1_op op, int64_t n, double *v, double a) {
  aei_kernels_of(AE_DOUBLE)->map1[op](n, v, v, a, 0);
}

static double log_of(double x) {
  apply(AE_LOG, 1, &x, 0);
  return x;
}

/* Elements first.. of the fill. */
static void draw(const job *j, int64_t first, int64_t n, double *v) {
  const aei_type_kernels *k = aei_kernels_of(AE_DOUBLE);
  if (j->kind == AE_LOG_NORMAL) {
    k->normal(n, v, j->seed, j->position, first, j->a, j->b);
    apply(AE_EXP, n, v, 0);
    return;
  }
  k->uniform(n, v, j->seed, j->position, first, 0, 1);
  if (j->kind == AE_CAUCHY) {
    apply(AE_SUB_SCALAR, n, v, 0.5);
    apply(AE_MUL_SCALAR, n, v, 3.14159265358979323846);
    apply(AE_TAN, n, v, 0);
    apply(AE_MUL_SCALAR, n, v, j->b);
    apply(AE_ADD_SCALAR, n, v, j->a);
    return;
  }
  apply(AE_RSUB_SCALAR, n, v, 1);
  apply(AE_LOG, n, v, 0);
  apply(AE_DIV_SCALAR, n, v, j->kind == AE_GEOMETRIC ? log_of(j->a) : -j->a);
  if (j->kind == AE_EXPONENTIAL) return;
  apply(AE_FLOOR, n, v, 0);
  apply(AE_ADD_SCALAR, n, v, 1);
}

static void draw_block(void *context, int64_t first, int64_t count, void *const *ptr) {
  const job *j = context;
  char *y = ptr[0];
  for (int64_t i = 0; i < count; i += STEP) {
    double v[STEP];
    const int64_t n = count - i < STEP ? count - i : STEP;
    draw(j, first + i, n, v);
    aei_kernels_now()->convert[j->type][AE_DOUBLE](n, y + (size_t)i * ae_type_size(j->type), v);
  }
}

static ae_status check(ae_distribution kind, double a, double b) {
  if (kind == AE_EXPONENTIAL && !(a > 0))
    return aei_fail(AE_EARG, "exponential: lambda is %g, want > 0", a);
  if (kind == AE_GEOMETRIC && !(a > 0 && a < 1))
    return aei_fail(AE_EARG, "geometric: p is %g, want 0 < p < 1", a);
  if (kind == AE_CAUCHY && !(isfinite(a) && b > 0 && isfinite(b)))
    return aei_fail(AE_EARG, "cauchy: median %g, sigma %g, want a sigma > 0", a, b);
  if (kind == AE_LOG_NORMAL && !(isfinite(a) && b > 0 && isfinite(b)))
    return aei_fail(AE_EARG, "logNormal: mean %g, standard deviation %g, want one > 0", a, b);
  return AE_OK;
}

ae_status ae_draw(ae_tensor *t, ae_generator *g, ae_distribution kind, double a, double b) {
  static const char *const names[] = {"exponential", "cauchy", "geometric", "logNormal"};
  AEI_TRY(check(kind, a, b));
  if (kind != AE_GEOMETRIC && !ae_type_is_real(t->type))
    return aei_fail(AE_ETYPE, "%s: a %sTensor; want a FloatTensor or a DoubleTensor", names[kind],
                    ae_type_name(t->type));
  job j = {kind, t->type, g->seed, g->position, a, b};
  aei_iterate(1, 1, (const ae_tensor *const[]){t}, draw_block, &j);
  g->position += (uint64_t)((ae_nelement(t) + PER_BLOCK - 1) / PER_BLOCK);
  return AE_OK;
}

ae_status ae_draw_one(double *out, ae_generator *g, ae_distribution kind, double a, double b) {
  AEI_TRY(check(kind, a, b));
  const job j = {kind, AE_DOUBLE, g->seed, g->position++, a, b};
  draw(&j, 0, 1, out);
  return AE_OK;
}
