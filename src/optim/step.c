/* step.c - what the rules of optimizers share. */
#include "optim/step.h"

typedef struct walk {
  aei_step_rule *apply;
  const void *rule;
  const aei_type_kernels *kernels;
  size_t size; /* of an element */
  int n;       /* tensors */
} walk;

static void walk_piece(void *context, int64_t first, int64_t count, void *const *ptr) {
  (void)first;
  const walk *w = context;
  void *at[AEI_MAXOPERANDS];
  for (int64_t i = 0; i < count; i += AEI_BLOCK) {
    for (int k = 0; k < w->n; k++) at[k] = (char *)ptr[k] + (size_t)i * w->size;
    w->apply(w->rule, w->kernels, count - i < AEI_BLOCK ? count - i : AEI_BLOCK, at);
  }
}

void aei_step(int noutputs, int ntensors, const ae_tensor *const *tensor, aei_step_rule *apply,
              const void *rule) {
  walk w = {.apply = apply,
            .rule = rule,
            .kernels = aei_kernels_of(tensor[0]->type),
            .size = ae_type_size(tensor[0]->type),
            .n = ntensors};
  aei_iterate(noutputs, ntensors, tensor, walk_piece, &w);
}

const void *aei_decayed(const aei_type_kernels *k, int64_t n, double *buffer, const void *g,
                        const void *x, double decay) {
  if (decay == 0) return g;
  k->map2[AE_ADD](n, buffer, g, x, decay);
  return buffer;
}

double aei_annealed(double rate, double decay, int64_t t) { return rate / (1 + (double)t * decay); }

double aei_power(double base, int64_t n) {
  double result = 1;
  for (; n > 0; n /= 2) {
    if (n % 2 == 1) result *= base;
    base *= base;
  }
  return result;
}

double aei_real_power(double base, double exponent) {
  const aei_type_kernels *k = aei_kernels_of(AE_DOUBLE);
  double value;
  k->map1[AE_LOG](1, &value, &base, 0, 0);
  value *= exponent;
  k->map1[AE_EXP](1, &value, &value, 0, 0);
  return value;
}
