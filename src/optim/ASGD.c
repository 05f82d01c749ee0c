/* ASGD.c - stochastic gradient descent that also keeps the average of its points.
 *
 * Options: learningRate, eta0, lambda, alpha, t0.
 * The step after t earlier ones, for a parameter x with gradient g and state a ("ax"):
 *
 *   1.  eta <- learningRate * eta0 / (1 + lambda * eta0 * t)^alpha
 *   2.  x <- (1 - lambda * eta) * x - eta * g
 *   3.  mu <- 1 / max(1, t - t0)
 *   4.  a <- a + mu * (x - a)
 *
 * Polyak, Juditsky: Acceleration of stochastic approximation by averaging, 1992; the schedule is
 * Bottou's (sgd-2.0). Torch has no learningRate here; 1, its default, is Torch's rule. The averages
 * are in optimizer:state(); the function optim.asgd returns them third. */
#include "optim/step.h"

#include <math.h>

enum { LEARNING_RATE, ETA0, LAMBDA, ALPHA, T0 };

static const ae_option options[] = {
    {"learningRate", AE_NUMBER, 1, 0, AE_FINITE, "multiplies every step"},
    {"eta0", AE_NUMBER, 1e-4, 0, AE_FINITE, "step size at first"},
    {"lambda", AE_NUMBER, 1e-4, 0, AE_FINITE, "decay of the parameters and of the step size"},
    {"alpha", AE_NUMBER, 0.75, 0, AE_FINITE, "power of the step size's decay"},
    {"t0", AE_NUMBER, 1e6, 0, AE_FINITE, "step at which averaging starts"},
    {0},
};

static const char *const state_names[] = {"ax", NULL};

typedef struct rule {
  double keep, eta, mu;
} rule;

static void apply(const void *context, const aei_type_kernels *k, int64_t n, void *const *ptr) {
  _Alignas(AEI_ALIGN) double distance[AEI_BLOCK];
  const rule *r = context;
  void *x = ptr[0], *a = ptr[1];
  k->map1[AE_MUL_SCALAR](n, x, x, r->keep, 0);
  k->map2[AE_ADD](n, x, x, ptr[2], -r->eta);
  if (r->mu == 1) {
    k->map1[AE_MUL_SCALAR](n, a, x, 1, 0);
  } else {
    k->map2[AE_ADD](n, distance, x, a, -1);
    k->map2[AE_ADD](n, a, a, distance, r->mu);
  }
}

static ae_status update(const ae_value *option, int64_t t, ae_tensor *x, const ae_tensor *g,
                        ae_tensor **state) {
  double eta0 = option[ETA0].number, lambda = option[LAMBDA].number;
  double slowed = aei_real_power(1 + lambda * eta0 * (double)t, option[ALPHA].number);
  double eta = option[LEARNING_RATE].number * eta0 / slowed;
  rule r = {.keep = 1 - lambda * eta, .eta = eta, .mu = 1 / fmax(1, (double)t - option[T0].number)};
  AEI_TRY(aei_prepare_state("ASGD", x, g, state, 1));
  aei_step(2, 3, (const ae_tensor *[]){x, state[0], g}, apply, &r);
  return AE_OK;
}

const ae_optim ae_optim_ASGD = {
    .name = "ASGD",
    .function = "asgd",
    .doc =
        "eta = learningRate eta0 / (1 + lambda eta0 t)^alpha;  "
        "x = (1 - lambda eta) x - eta g;  a = a + (x - a) / max(1, t - t0)",
    .options = options,
    .state = state_names,
    .update = update,
};
