/* AdaDelta.c - steps in the units of the parameter: the running root mean square of earlier steps
 * over that of the gradients.
 *
 * Options: learningRate, rho, eps, weightDecay.
 * The step for a parameter x with gradient g and states v ("paramVariance") and a ("accDelta"),
 * zero at first:
 *
 *   1.  g <- g + weightDecay * x
 *   2.  v <- rho * v + (1 - rho) * g^2
 *   3.  d <- sqrt(a + eps) / sqrt(v + eps) * g
 *   4.  a <- rho * a + (1 - rho) * d^2
 *   5.  x <- x - learningRate * d
 *
 * Zeiler: ADADELTA: an adaptive learning rate method, 2012. Torch has no learningRate here; 1, its
 * default, is Torch's rule. */
#include "optim/step.h"

enum { LEARNING_RATE, RHO, EPS, WEIGHT_DECAY };

static const ae_option options[] = {
    {"learningRate", AE_NUMBER, 1, 0, AE_FINITE, "multiplies every step"},
    {"rho", AE_NUMBER, 0.9, 0, 1, "memory of both mean squares"},
    {"eps", AE_NUMBER, 1e-6, 0, AE_FINITE, "added to both mean squares"},
    {"weightDecay", AE_NUMBER, 0, 0, AE_FINITE, "L2 penalty"},
    {0},
};

static const char *const state_names[] = {"paramVariance", "accDelta", NULL};

/* root = sqrt(square + eps) */
static void root_of(const aei_type_kernels *k, int64_t n, void *root, const void *square,
                    double eps) {
  k->map1[AE_ADD_SCALAR](n, root, square, eps, 0);
  k->map1[AE_SQRT](n, root, root, 0, 0);
}

static void apply(const void *rule, const aei_type_kernels *k, int64_t n, void *const *ptr) {
  _Alignas(AEI_ALIGN) double decayed[AEI_BLOCK], root[AEI_BLOCK], delta[AEI_BLOCK];
  const ae_value *option = rule;
  double rho = option[RHO].number, eps = option[EPS].number;
  void *x = ptr[0], *v = ptr[1], *a = ptr[2];
  const void *g = aei_decayed(k, n, decayed, ptr[3], x, option[WEIGHT_DECAY].number);
  k->map1[AE_MUL_SCALAR](n, v, v, rho, 0);
  k->addcmul(n, v, v, g, g, 1 - rho);
  root_of(k, n, root, v, eps);
  root_of(k, n, delta, a, eps);
  k->map2[AE_DIV](n, delta, delta, root, 0);
  k->map2[AE_MUL](n, delta, delta, g, 0);
  k->map1[AE_MUL_SCALAR](n, a, a, rho, 0);
  k->addcmul(n, a, a, delta, delta, 1 - rho);
  k->map2[AE_ADD](n, x, x, delta, -option[LEARNING_RATE].number);
}

static ae_status update(const ae_value *option, int64_t t, ae_tensor *x, const ae_tensor *g,
                        ae_tensor **state) {
  (void)t;
  AEI_TRY(aei_prepare_state("AdaDelta", x, g, state, 2));
  aei_step(3, 4, (const ae_tensor *[]){x, state[0], state[1], g}, apply, option);
  return AE_OK;
}

const ae_optim ae_optim_AdaDelta = {
    .name = "AdaDelta",
    .function = "adadelta",
    .doc =
        "v = rho v + (1 - rho) g^2;  d = sqrt(a + eps) / sqrt(v + eps) g;  "
        "a = rho a + (1 - rho) d^2;  x = x - learningRate d",
    .options = options,
    .state = state_names,
    .update = update,
};
