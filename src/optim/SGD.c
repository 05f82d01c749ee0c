/* SGD.c - stochastic gradient descent with momentum.
 *
 * Options: learningRate, learningRateDecay, weightDecay, momentum, dampening, nesterov.
 * The step after t earlier ones, for a parameter x with gradient g and state v ("dfdx"):
 *
 *   1.  g <- g + weightDecay * x
 *   2.  v <- g                                            in the first step,
 *       v <- momentum * v + (1 - dampening) * g           in later ones    (2, 3: if momentum > 0)
 *   3.  g <- g + momentum * v   if nesterov,   g <- v   else
 *   4.  x <- x - learningRate / (1 + t * learningRateDecay) * g
 *
 * Polyak: Some methods of speeding up the convergence of iteration methods, 1964; Sutskever,
 * Martens, Dahl, Hinton: On the importance of initialization and momentum in deep learning, ICML
 * 2013, for step 3. */
#include "layer/layer.h"

enum { LEARNING_RATE, LEARNING_RATE_DECAY, WEIGHT_DECAY, MOMENTUM, DAMPENING, NESTEROV };

static const ae_option options[] = {
    {"learningRate", AE_NUMBER, 1e-3, 0, AE_FINITE, "step size"},
    {"learningRateDecay", AE_NUMBER, 0, 0, AE_FINITE, "learningRate / (1 + t * this)"},
    {"weightDecay", AE_NUMBER, 0, 0, AE_FINITE, "L2 penalty"},
    {"momentum", AE_NUMBER, 0, 0, AE_FINITE, "of the running gradient, 0: none"},
    {"dampening", AE_NUMBER, 0, 0, 1, "of the gradient that enters it"},
    {"nesterov", AE_BOOL, false, 0, 1, "look ahead; needs momentum and no dampening"},
    {0},
};

static const char *const state_names[] = {"dfdx", NULL};

static void torch_defaults(ae_value *option, const bool *given) {
  if (!given[DAMPENING]) option[DAMPENING].number = option[MOMENTUM].number;
}

static ae_status check(const ae_value *option) {
  if (option[NESTEROV].number == 0) return AE_OK;
  if (option[MOMENTUM].number > 0 && option[DAMPENING].number == 0) return AE_OK;
  return aei_fail(AE_EARG,
                  "optim.SGD: nesterov needs a momentum and no dampening (momentum %g, "
                  "dampening %g)",
                  option[MOMENTUM].number, option[DAMPENING].number);
}

typedef struct rule {
  const aei_type_kernels *kernels;
  size_t size; /* of an element */
  double rate, weight_decay, momentum, dampening;
  bool nesterov, first;
} rule;

/* Steps 1 to 4 for n <= AEI_BLOCK elements; v is NULL without momentum. */
static void update_block(const rule *r, int64_t n, void *x, void *v, const void *g) {
  _Alignas(AEI_ALIGN) double buffer[AEI_BLOCK];
  const aei_type_kernels *k = r->kernels;
  if (r->weight_decay != 0) {
    k->map2[AE_ADD](n, buffer, g, x, r->weight_decay);
    g = buffer;
  }
  if (v && r->first) {
    k->map1[AE_MUL_SCALAR](n, v, g, 1, 0);
  } else if (v) {
    k->map1[AE_MUL_SCALAR](n, v, v, r->momentum, 0);
    k->map2[AE_ADD](n, v, v, g, 1 - r->dampening);
  }
  if (v && r->nesterov) {
    k->map2[AE_ADD](n, buffer, g, v, r->momentum);
    g = buffer;
  } else if (v) {
    g = v;
  }
  k->map2[AE_ADD](n, x, x, g, -r->rate);
}

static void update_piece(void *context, int64_t first, int64_t count, void *const *ptr) {
  (void)first;
  const rule *r = context;
  for (int64_t i = 0; i < count; i += AEI_BLOCK) {
    int64_t n = count - i < AEI_BLOCK ? count - i : AEI_BLOCK;
    size_t at = (size_t)i * r->size;
    void *v = r->momentum != 0 ? (char *)ptr[1] + at : NULL;
    const char *g = r->momentum != 0 ? ptr[2] : ptr[1];
    update_block(r, n, (char *)ptr[0] + at, v, g + at);
  }
}

static ae_status update(const ae_value *option, int64_t t, ae_tensor *x, const ae_tensor *g,
                        ae_tensor **state) {
  rule r = {
      .kernels = aei_kernels_of(x->type),
      .size = ae_type_size(x->type),
      .rate = option[LEARNING_RATE].number / (1 + (double)t * option[LEARNING_RATE_DECAY].number),
      .weight_decay = option[WEIGHT_DECAY].number,
      .momentum = option[MOMENTUM].number,
      .dampening = option[DAMPENING].number,
      .nesterov = option[NESTEROV].number != 0,
      .first = state[0]->ndim == 0,
  };
  bool momentum = r.momentum != 0;
  AEI_TRY(aei_prepare_state("SGD", x, g, state, momentum));
  const ae_tensor *plain[] = {x, g}, *with_state[] = {x, state[0], g};
  if (momentum)
    aei_iterate(2, 3, with_state, update_piece, &r);
  else
    aei_iterate(1, 2, plain, update_piece, &r);
  return AE_OK;
}

static int states(const ae_value *option) { return option[MOMENTUM].number != 0; }

const ae_optim ae_optim_SGD = {
    .name = "SGD",
    .function = "sgd",
    .doc = "v = momentum v + (1 - dampening) (g + weightDecay x);  x = x - learningRate v",
    .options = options,
    .state = state_names,
    .torch_defaults = torch_defaults,
    .check = check,
    .update = update,
    .states = states,
};
