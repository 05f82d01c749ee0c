/* RMSprop.c - the gradient divided by a running root mean square of itself.
 *
 * Options: learningRate, alpha, epsilon, initialMean, weightDecay.
 * The step for a parameter x with gradient g and state m (initialMean at first):
 *
 *   1.  g <- g + weightDecay * x
 *   2.  m <- alpha * m + (1 - alpha) * g^2
 *   3.  x <- x - learningRate * g / (sqrt(m) + epsilon)
 *
 * Tieleman, Hinton: Lecture 6.5 of Neural networks for machine learning, 2012. */
#include "optim/step.h"

enum { LEARNING_RATE, ALPHA, EPSILON, INITIAL_MEAN, WEIGHT_DECAY };

static const ae_option options[] = {
    {"learningRate", AE_NUMBER, 1e-2, 0, AE_FINITE, "step size"},
    {"alpha", AE_NUMBER, 0.99, 0, 1, "memory of the mean square"},
    {"epsilon", AE_NUMBER, 1e-8, 0, AE_FINITE, "added to the root mean square"},
    {"initialMean", AE_NUMBER, 0, 0, AE_FINITE, "mean square before the first step"},
    {"weightDecay", AE_NUMBER, 0, 0, AE_FINITE, "L2 penalty"},
    {0},
};

static const char *const state_names[] = {"m", NULL};

static void apply(const void *rule, const aei_type_kernels *k, int64_t n, void *const *ptr) {
  _Alignas(AEI_ALIGN) double decayed[AEI_BLOCK], root[AEI_BLOCK];
  const ae_value *option = rule;
  void *x = ptr[0], *m = ptr[1];
  const void *g = aei_decayed(k, n, decayed, ptr[2], x, option[WEIGHT_DECAY].number);
  k->map1[AE_MUL_SCALAR](n, m, m, option[ALPHA].number, 0);
  k->addcmul(n, m, m, g, g, 1 - option[ALPHA].number);
  k->map1[AE_SQRT](n, root, m, 0, 0);
  k->map1[AE_ADD_SCALAR](n, root, root, option[EPSILON].number, 0);
  k->addcdiv(n, x, x, g, root, -option[LEARNING_RATE].number);
}

static ae_status update(const ae_value *option, int64_t t, ae_tensor *x, const ae_tensor *g,
                        ae_tensor **state) {
  (void)t;
  bool first = state[0]->ndim == 0;
  AEI_TRY(aei_prepare_state("RMSprop", x, g, state, 1));
  if (first) AEI_TRY(ae_fill(state[0], ae_from_double(option[INITIAL_MEAN].number)));
  aei_step(2, 3, (const ae_tensor *[]){x, state[0], g}, apply, option);
  return AE_OK;
}

const ae_optim ae_optim_RMSprop = {
    .name = "RMSprop",
    .function = "rmsprop",
    .doc = "m = alpha m + (1 - alpha) g^2;  x = x - learningRate g / (sqrt(m) + epsilon)",
    .options = options,
    .state = state_names,
    .update = update,
};
