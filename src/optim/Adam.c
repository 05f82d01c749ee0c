/* Adam.c - adaptive moment estimation.
 *
 * Options: learningRate, learningRateDecay, beta1, beta2, epsilon, weightDecay.
 * The step after t earlier ones, for a parameter x with gradient g and states m, v (zero at first):
 *
 *   1.  g <- g + weightDecay * x
 *   2.  m <- beta1 * m + (1 - beta1) * g
 *   3.  v <- beta2 * v + (1 - beta2) * g^2
 *   4.  s <- learningRate / (1 + t * learningRateDecay)
 *            * sqrt(1 - beta2^(t+1)) / (1 - beta1^(t+1))
 *   5.  x <- x - s * m / (sqrt(v) + epsilon)
 *
 * Kingma, Ba: Adam: a method for stochastic optimization, ICLR 2015; the order of computation at
 * the end of its section 2, as in Torch. */
#include "optim/step.h"

#include <math.h>

enum { LEARNING_RATE, LEARNING_RATE_DECAY, BETA1, BETA2, EPSILON, WEIGHT_DECAY };

static const ae_option options[] = {
    {"learningRate", AE_NUMBER, 1e-3, 0, AE_FINITE, "step size"},
    {"learningRateDecay", AE_NUMBER, 0, 0, AE_FINITE, "learningRate / (1 + t * this)"},
    {"beta1", AE_NUMBER, 0.9, 0, 1, "memory of the mean, below 1"},
    {"beta2", AE_NUMBER, 0.999, 0, 1, "memory of the mean square, below 1"},
    {"epsilon", AE_NUMBER, 1e-8, 0, AE_FINITE, "added to the root mean square"},
    {"weightDecay", AE_NUMBER, 0, 0, AE_FINITE, "L2 penalty"},
    {0},
};

static const char *const state_names[] = {"m", "v", NULL};

static ae_status check(const ae_value *option) {
  if (option[BETA1].number < 1 && option[BETA2].number < 1) return AE_OK;
  return aei_fail(AE_EARG, "optim.Adam: beta1 is %g and beta2 is %g, should be below 1",
                  option[BETA1].number, option[BETA2].number);
}

typedef struct rule {
  const aei_type_kernels *kernels;
  size_t size; /* of an element */
  double rate, beta1, beta2, epsilon, weight_decay;
} rule;

/* Steps 1, 2, 3 and 5 for n <= AEI_BLOCK elements. */
static void update_block(const rule *r, int64_t n, void *x, void *m, void *v, const void *g) {
  _Alignas(AEI_ALIGN) double buffer[AEI_BLOCK];
  const aei_type_kernels *k = r->kernels;
  if (r->weight_decay != 0) {
    k->map2[AE_ADD](n, buffer, g, x, r->weight_decay);
    g = buffer;
  }
  k->map1[AE_MUL_SCALAR](n, m, m, r->beta1, 0);
  k->map2[AE_ADD](n, m, m, g, 1 - r->beta1);
  k->map1[AE_MUL_SCALAR](n, v, v, r->beta2, 0);
  k->addcmul(n, v, v, g, g, 1 - r->beta2);
  k->map1[AE_SQRT](n, buffer, v, 0, 0);
  k->map1[AE_ADD_SCALAR](n, buffer, buffer, r->epsilon, 0);
  k->addcdiv(n, x, x, m, buffer, -r->rate);
}

static void update_piece(void *context, int64_t first, int64_t count, void *const *ptr) {
  (void)first;
  const rule *r = context;
  for (int64_t i = 0; i < count; i += AEI_BLOCK) {
    int64_t n = count - i < AEI_BLOCK ? count - i : AEI_BLOCK;
    size_t at = (size_t)i * r->size;
    update_block(r, n, (char *)ptr[0] + at, (char *)ptr[1] + at, (char *)ptr[2] + at,
                 (const char *)ptr[3] + at);
  }
}

static ae_status update(const ae_value *option, int64_t t, ae_tensor *x, const ae_tensor *g,
                        ae_tensor **state) {
  double beta1 = option[BETA1].number, beta2 = option[BETA2].number;
  double rate = option[LEARNING_RATE].number / (1 + (double)t * option[LEARNING_RATE_DECAY].number);
  AEI_TRY(aei_prepare_state("Adam", x, g, state, 2));
  rule r = {
      .kernels = aei_kernels_of(x->type),
      .size = ae_type_size(x->type),
      .rate = rate * sqrt(1 - aei_power(beta2, t + 1)) / (1 - aei_power(beta1, t + 1)),
      .beta1 = beta1,
      .beta2 = beta2,
      .epsilon = option[EPSILON].number,
      .weight_decay = option[WEIGHT_DECAY].number,
  };
  const ae_tensor *tensors[] = {x, state[0], state[1], g};
  aei_iterate(3, 4, tensors, update_piece, &r);
  return AE_OK;
}

const ae_optim ae_optim_Adam = {
    .name = "Adam",
    .function = "adam",
    .doc =
        "m = beta1 m + (1 - beta1) g;  v = beta2 v + (1 - beta2) g^2;  "
        "x = x - learningRate sqrt(1 - beta2^t) / (1 - beta1^t) m / (sqrt(v) + epsilon)",
    .options = options,
    .state = state_names,
    .check = check,
    .update = update,
};
