/* AdamW.c - Adam with the weight decay taken out of the gradient.
 *
 * Options: learningRate, learningRateDecay, beta1, beta2, epsilon, weightDecay.
 * The step after t earlier ones, for a parameter x with gradient g and states m, v (zero at first):
 *
 *   1.  r <- learningRate / (1 + t * learningRateDecay)
 *   2.  x <- x - r * weightDecay * x
 *   3.  m <- beta1 * m + (1 - beta1) * g
 *   4.  v <- beta2 * v + (1 - beta2) * g^2
 *   5.  x <- x - r * sqrt(1 - beta2^(t+1)) / (1 - beta1^(t+1)) * m / (sqrt(v) + epsilon)
 *
 * Loshchilov, Hutter: Decoupled weight decay regularization, ICLR 2019; epsilon has its place as in
 * Adam. Not in Torch. */
#include "optim/step.h"

#include <math.h>

enum { LEARNING_RATE, LEARNING_RATE_DECAY, BETA1, BETA2, EPSILON, WEIGHT_DECAY };

static const ae_option options[] = {
    {"learningRate", AE_NUMBER, 1e-3, 0, AE_FINITE, "step size"},
    {"learningRateDecay", AE_NUMBER, 0, 0, AE_FINITE, "learningRate / (1 + t * this)"},
    {"beta1", AE_NUMBER, 0.9, 0, 1, "memory of the mean, below 1"},
    {"beta2", AE_NUMBER, 0.999, 0, 1, "memory of the mean square, below 1"},
    {"epsilon", AE_NUMBER, 1e-8, 0, AE_FINITE, "added to the root mean square"},
    {"weightDecay", AE_NUMBER, 1e-2, 0, AE_FINITE, "share of x that a step of rate 1 takes away"},
    {0},
};

static const char *const state_names[] = {"m", "v", NULL};

static ae_status check(const ae_value *option) {
  if (option[BETA1].number < 1 && option[BETA2].number < 1) return AE_OK;
  return aei_fail(AE_EARG, "optim.AdamW: beta1 is %g and beta2 is %g, should be below 1",
                  option[BETA1].number, option[BETA2].number);
}

typedef struct rule {
  double keep, rate, beta1, beta2, epsilon;
} rule;

static void apply(const void *context, const aei_type_kernels *k, int64_t n, void *const *ptr) {
  _Alignas(AEI_ALIGN) double root[AEI_BLOCK];
  const rule *r = context;
  void *x = ptr[0], *m = ptr[1], *v = ptr[2];
  const void *g = ptr[3];
  k->map1[AE_MUL_SCALAR](n, x, x, r->keep, 0);
  k->map1[AE_MUL_SCALAR](n, m, m, r->beta1, 0);
  k->map2[AE_ADD](n, m, m, g, 1 - r->beta1);
  k->map1[AE_MUL_SCALAR](n, v, v, r->beta2, 0);
  k->addcmul(n, v, v, g, g, 1 - r->beta2);
  k->map1[AE_SQRT](n, root, v, 0, 0);
  k->map1[AE_ADD_SCALAR](n, root, root, r->epsilon, 0);
  k->addcdiv(n, x, x, m, root, -r->rate);
}

static ae_status update(const ae_value *option, int64_t t, ae_tensor *x, const ae_tensor *g,
                        ae_tensor **state) {
  double beta1 = option[BETA1].number, beta2 = option[BETA2].number;
  double rate = aei_annealed(option[LEARNING_RATE].number, option[LEARNING_RATE_DECAY].number, t);
  AEI_TRY(aei_prepare_state("AdamW", x, g, state, 2));
  rule r = {
      .keep = 1 - rate * option[WEIGHT_DECAY].number,
      .rate = rate * sqrt(1 - aei_power(beta2, t + 1)) / (1 - aei_power(beta1, t + 1)),
      .beta1 = beta1,
      .beta2 = beta2,
      .epsilon = option[EPSILON].number,
  };
  aei_step(3, 4, (const ae_tensor *[]){x, state[0], state[1], g}, apply, &r);
  return AE_OK;
}

const ae_optim ae_optim_AdamW = {
    .name = "AdamW",
    .function = "adamw",
    .doc = "Adam without weight decay in the gradient, after x = x - learningRate weightDecay x",
    .options = options,
    .state = state_names,
    .check = check,
    .update = update,
};
