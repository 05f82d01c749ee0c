/* Adamax.c - Adam with the largest magnitude in place of the mean square.
 *
 * Options: learningRate, beta1, beta2, epsilon, weightDecay.
 * The step after t earlier ones, for a parameter x with gradient g and states m, u (zero at first):
 *
 *   1.  g <- g + weightDecay * x
 *   2.  m <- beta1 * m + (1 - beta1) * g
 *   3.  u <- max(beta2 * u, |g| + epsilon)
 *   4.  x <- x - learningRate / (1 - beta1^(t+1)) * m / u
 *
 * Kingma, Ba: Adam: a method for stochastic optimization, ICLR 2015, section 7.1. Torch's epsilon
 * of 1e-38 is below the smallest normal float and would be flushed to zero, and a gradient that is
 * always 0 give 0/0: the smallest normal number of the type takes its place. */
#include "optim/step.h"

#include <float.h>
#include <math.h>

enum { LEARNING_RATE, BETA1, BETA2, EPSILON, WEIGHT_DECAY };

static const ae_option options[] = {
    {"learningRate", AE_NUMBER, 2e-3, 0, AE_FINITE, "step size"},
    {"beta1", AE_NUMBER, 0.9, 0, 1, "memory of the mean, below 1"},
    {"beta2", AE_NUMBER, 0.999, 0, 1, "memory of the largest magnitude"},
    {"epsilon", AE_NUMBER, 1e-38, 0, AE_FINITE, "added to the magnitude"},
    {"weightDecay", AE_NUMBER, 0, 0, AE_FINITE, "L2 penalty"},
    {0},
};

static const char *const state_names[] = {"m", "u", NULL};

static ae_status check(const ae_value *option) {
  if (option[BETA1].number < 1) return AE_OK;
  return aei_fail(AE_EARG, "optim.Adamax: beta1 is %g, should be below 1", option[BETA1].number);
}

typedef struct rule {
  double rate, beta1, beta2, epsilon, weight_decay;
} rule;

static void apply(const void *context, const aei_type_kernels *k, int64_t n, void *const *ptr) {
  _Alignas(AEI_ALIGN) double decayed[AEI_BLOCK], magnitude[AEI_BLOCK];
  const rule *r = context;
  void *x = ptr[0], *m = ptr[1], *u = ptr[2];
  const void *g = aei_decayed(k, n, decayed, ptr[3], x, r->weight_decay);
  k->map1[AE_MUL_SCALAR](n, m, m, r->beta1, 0);
  k->map2[AE_ADD](n, m, m, g, 1 - r->beta1);
  k->map1[AE_ABS](n, magnitude, g, 0, 0);
  k->map1[AE_ADD_SCALAR](n, magnitude, magnitude, r->epsilon, 0);
  k->map1[AE_MUL_SCALAR](n, u, u, r->beta2, 0);
  k->map2[AE_CMAX](n, u, u, magnitude, 0);
  k->addcdiv(n, x, x, m, u, -r->rate);
}

static ae_status update(const ae_value *option, int64_t t, ae_tensor *x, const ae_tensor *g,
                        ae_tensor **state) {
  AEI_TRY(aei_prepare_state("Adamax", x, g, state, 2));
  rule r = {
      .rate = option[LEARNING_RATE].number / (1 - aei_power(option[BETA1].number, t + 1)),
      .beta1 = option[BETA1].number,
      .beta2 = option[BETA2].number,
      .epsilon = fmax(option[EPSILON].number, x->type == AE_FLOAT ? FLT_MIN : DBL_MIN),
      .weight_decay = option[WEIGHT_DECAY].number,
  };
  aei_step(3, 4, (const ae_tensor *[]){x, state[0], state[1], g}, apply, &r);
  return AE_OK;
}

const ae_optim ae_optim_Adamax = {
    .name = "Adamax",
    .function = "adamax",
    .doc =
        "m = beta1 m + (1 - beta1) g;  u = max(beta2 u, |g| + epsilon);  "
        "x = x - learningRate / (1 - beta1^t) m / u",
    .options = options,
    .state = state_names,
    .check = check,
    .update = update,
};
