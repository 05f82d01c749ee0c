/* Rprop.c - a step size for each element, led by the sign of its gradient. For whole data sets, not
 * for batches.
 *
 * Options: learningRate, stepsize, etaplus, etaminus, stepsizemax, stepsizemin.
 * The step for an element x with gradient g and states d ("delta", the gradient before, zero at
 * first) and s ("stepsizes", stepsize at first):
 *
 *   1.  s <- s * etaplus when g * d > 0, s * etaminus when g * d < 0
 *   2.  s <- min(max(s, stepsizemin), stepsizemax)
 *   3.  g <- 0 when g * d < 0
 *   4.  x <- x - learningRate * sign(g) * s
 *   5.  d <- g
 *
 * Riedmiller, Braun: A direct adaptive method for faster backpropagation learning: the RPROP
 * algorithm, ICNN 1993. Torch has no learningRate here; 1, its default, is Torch's rule. */
#include "optim/step.h"

enum { LEARNING_RATE, STEPSIZE, ETAPLUS, ETAMINUS, STEPSIZEMAX, STEPSIZEMIN };

static const ae_option options[] = {
    {"learningRate", AE_NUMBER, 1, 0, AE_FINITE, "multiplies every step"},
    {"stepsize", AE_NUMBER, 0.1, 0, AE_FINITE, "of every element at first"},
    {"etaplus", AE_NUMBER, 1.2, 1, AE_FINITE, "growth while the gradient keeps its sign"},
    {"etaminus", AE_NUMBER, 0.5, 0, 1, "shrinkage when it changes its sign"},
    {"stepsizemax", AE_NUMBER, 50, 0, AE_FINITE, "largest step size"},
    {"stepsizemin", AE_NUMBER, 1e-6, 0, AE_FINITE, "smallest step size"},
    {0},
};

static const char *const state_names[] = {"delta", "stepsizes", NULL};

static ae_status check(const ae_value *option) {
  if (option[STEPSIZEMIN].number <= option[STEPSIZEMAX].number) return AE_OK;
  return aei_fail(AE_EARG, "optim.Rprop: stepsizemin %g is above stepsizemax %g",
                  option[STEPSIZEMIN].number, option[STEPSIZEMAX].number);
}

/* Signs are compared, not multiplied with the magnitudes: small gradients must not underflow. */
#define DEFINE_APPLY(name, real)                                                                  \
  static void name(const ae_value *option, int64_t n, real *x, real *d, real *s, const real *g) { \
    real rate = (real)option[LEARNING_RATE].number;                                               \
    real plus = (real)option[ETAPLUS].number, minus = (real)option[ETAMINUS].number;              \
    real high = (real)option[STEPSIZEMAX].number, low = (real)option[STEPSIZEMIN].number;         \
    for (int64_t i = 0; i < n; i++) {                                                             \
      int now = (g[i] > 0) - (g[i] < 0), before = (d[i] > 0) - (d[i] < 0);                        \
      real size = now * before > 0 ? s[i] * plus : now * before < 0 ? s[i] * minus : s[i];        \
      size = size < low ? low : size > high ? high : size;                                        \
      if (now * before < 0) now = 0;                                                              \
      s[i] = size;                                                                                \
      d[i] = now == 0 ? 0 : g[i];                                                                 \
      x[i] = g[i] == g[i] ? x[i] - rate * (real)now * size : g[i];                                \
    }                                                                                             \
  }
DEFINE_APPLY(apply_float, float)
DEFINE_APPLY(apply_double, double)

static void apply(const void *rule, const aei_type_kernels *k, int64_t n, void *const *ptr) {
  if (k == aei_kernels_of(AE_FLOAT))
    apply_float(rule, n, ptr[0], ptr[1], ptr[2], ptr[3]);
  else
    apply_double(rule, n, ptr[0], ptr[1], ptr[2], ptr[3]);
}

static ae_status update(const ae_value *option, int64_t t, ae_tensor *x, const ae_tensor *g,
                        ae_tensor **state) {
  (void)t;
  bool first = state[1]->ndim == 0;
  AEI_TRY(aei_prepare_state("Rprop", x, g, state, 2));
  if (first) AEI_TRY(ae_fill(state[1], ae_from_double(option[STEPSIZE].number)));
  aei_step(3, 4, (const ae_tensor *[]){x, state[0], state[1], g}, apply, option);
  return AE_OK;
}

const ae_optim ae_optim_Rprop = {
    .name = "Rprop",
    .function = "rprop",
    .doc =
        "s = s etaplus while g keeps its sign, s etaminus when it changes;  "
        "x = x - learningRate sign(g) s",
    .options = options,
    .state = state_names,
    .check = check,
    .update = update,
};
