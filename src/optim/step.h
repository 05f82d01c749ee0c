/* step.h - what the rules of optimizers share: walking tensors in blocks, weight decay, and numbers
 * that are the same on every machine. */
#ifndef AEI_STEP_H
#define AEI_STEP_H

#include "layer/layer.h"

/* A rule for n <= AEI_BLOCK elements of each tensor, k being the kernels of their type. */
typedef void aei_step_rule(const void *rule, const aei_type_kernels *k, int64_t n,
                           void *const *ptr);
/* Applies it to all elements of tensors of one type and number of elements, in parallel; the first
 * `noutputs` are updated. */
void aei_step(int noutputs, int ntensors, const ae_tensor *const *tensor, aei_step_rule *apply,
              const void *rule);

/* g + decay * x in buffer, or g itself when decay is 0. */
const void *aei_decayed(const aei_type_kernels *k, int64_t n, double *buffer, const void *g,
                        const void *x, double decay);

/* rate / (1 + t * decay) */
double aei_annealed(double rate, double decay, int64_t t);
/* base^n by repeated squaring. */
double aei_power(double base, int64_t n);
/* base^exponent, base > 0, by the engine's own exp and log. */
double aei_real_power(double base, double exponent);

#endif
