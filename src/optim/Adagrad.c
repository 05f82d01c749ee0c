/* Adagrad.c - the gradient divided by the root of the sum of all its squares.
 *
 * Options: learningRate, learningRateDecay, weightDecay.
 * The step after t earlier ones, for a parameter x with gradient g and state v ("paramVariance"):
 *
 *   1.  g <- g + weightDecay * x
 *   2.  v <- v + g^2
 *   3.  x <- x - learningRate / (1 + t * learningRateDecay) * g / (sqrt(v) + 1e-10)
 *
 * Duchi, Hazan, Singer: Adaptive subgradient methods for online learning and stochastic
 * optimization, JMLR 2011. */
#include "optim/step.h"

enum { LEARNING_RATE, LEARNING_RATE_DECAY, WEIGHT_DECAY };
#define EPSILON 1e-10

static const ae_option options[] = {
    {"learningRate", AE_NUMBER, 1e-3, 0, AE_FINITE, "step size"},
    {"learningRateDecay", AE_NUMBER, 0, 0, AE_FINITE, "learningRate / (1 + t * this)"},
    {"weightDecay", AE_NUMBER, 0, 0, AE_FINITE, "L2 penalty"},
    {0},
};

static const char *const state_names[] = {"paramVariance", NULL};

typedef struct rule {
  double rate, weight_decay;
} rule;

static void apply(const void *context, const aei_type_kernels *k, int64_t n, void *const *ptr) {
  _Alignas(AEI_ALIGN) double decayed[AEI_BLOCK], root[AEI_BLOCK];
  const rule *r = context;
  void *x = ptr[0], *v = ptr[1];
  const void *g = aei_decayed(k, n, decayed, ptr[2], x, r->weight_decay);
  k->addcmul(n, v, v, g, g, 1);
  k->map1[AE_SQRT](n, root, v, 0, 0);
  k->map1[AE_ADD_SCALAR](n, root, root, EPSILON, 0);
  k->addcdiv(n, x, x, g, root, -r->rate);
}

static ae_status update(const ae_value *option, int64_t t, ae_tensor *x, const ae_tensor *g,
                        ae_tensor **state) {
  rule r = {
      .rate = aei_annealed(option[LEARNING_RATE].number, option[LEARNING_RATE_DECAY].number, t),
      .weight_decay = option[WEIGHT_DECAY].number,
  };
  AEI_TRY(aei_prepare_state("Adagrad", x, g, state, 1));
  aei_step(2, 3, (const ae_tensor *[]){x, state[0], g}, apply, &r);
  return AE_OK;
}

const ae_optim ae_optim_Adagrad = {
    .name = "Adagrad",
    .function = "adagrad",
    .doc = "v = v + g^2;  x = x - learningRate g / (sqrt(v) + 1e-10)",
    .options = options,
    .state = state_names,
    .update = update,
};
