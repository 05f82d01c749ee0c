/* NAG.c - Nesterov's accelerated gradient: the gradient is taken where the momentum leads.
 *
 * Options: learningRate, learningRateDecay, weightDecay, momentum.
 * The network holds y = x + momentum * v, the point where its gradient is wanted; x is Torch's
 * parameter. The step after t earlier ones, for y with gradient g and state v ("dfdx", zero at
 * first):
 *
 *   1.  g <- g + weightDecay * y
 *   2.  r <- learningRate / (1 + t * learningRateDecay) * g
 *   3.  v <- momentum * v - r                  so that  x <- x + v
 *   4.  y <- y - r + momentum * v
 *
 * Torch's function optim.nag, which may evaluate the network where it wants, is in lua/nag.lua: it
 * takes x and returns x, and its gradients are those of this rule.
 *
 * Sutskever, Martens, Dahl, Hinton: On the importance of initialization and momentum in deep
 * learning, ICML 2013. */
#include "optim/step.h"

enum { LEARNING_RATE, LEARNING_RATE_DECAY, WEIGHT_DECAY, MOMENTUM };

static const ae_option options[] = {
    {"learningRate", AE_NUMBER, 1e-3, 0, AE_FINITE, "step size"},
    {"learningRateDecay", AE_NUMBER, 0, 0, AE_FINITE, "learningRate / (1 + t * this)"},
    {"weightDecay", AE_NUMBER, 0, 0, AE_FINITE, "L2 penalty"},
    {"momentum", AE_NUMBER, 0.9, 0, AE_FINITE, "of the running step, above 0"},
    {0},
};

static const char *const state_names[] = {"dfdx", NULL};

static ae_status check(const ae_value *option) {
  if (option[MOMENTUM].number > 0) return AE_OK;
  return aei_fail(AE_EARG, "optim.NAG: momentum is %g, should be above 0", option[MOMENTUM].number);
}

typedef struct rule {
  double rate, weight_decay, momentum;
} rule;

static void apply(const void *context, const aei_type_kernels *k, int64_t n, void *const *ptr) {
  _Alignas(AEI_ALIGN) double decayed[AEI_BLOCK];
  const rule *r = context;
  void *y = ptr[0], *v = ptr[1];
  const void *g = aei_decayed(k, n, decayed, ptr[2], y, r->weight_decay);
  k->map1[AE_MUL_SCALAR](n, v, v, r->momentum, 0);
  k->map2[AE_ADD](n, v, v, g, -r->rate);
  k->map2[AE_ADD](n, y, y, g, -r->rate);
  k->map2[AE_ADD](n, y, y, v, r->momentum);
}

static ae_status update(const ae_value *option, int64_t t, ae_tensor *x, const ae_tensor *g,
                        ae_tensor **state) {
  rule r = {
      .rate = aei_annealed(option[LEARNING_RATE].number, option[LEARNING_RATE_DECAY].number, t),
      .weight_decay = option[WEIGHT_DECAY].number,
      .momentum = option[MOMENTUM].number,
  };
  AEI_TRY(aei_prepare_state("NAG", x, g, state, 1));
  aei_step(2, 3, (const ae_tensor *[]){x, state[0], g}, apply, &r);
  return AE_OK;
}

const ae_optim ae_optim_NAG = {
    .name = "NAG",
    .function = "nag",
    .doc =
        "v = momentum v - learningRate g;  x = x - learningRate g + momentum v;  "
        "the function optim.nag gives x without the last momentum v",
    .options = options,
    .state = state_names,
    .check = check,
    .update = update,
};
