/* CMul.c - a trained factor for each element of a sample. */
#include "layer/layer.h"

enum { WEIGHT };

static const ae_option options[] = {
    {"size", AE_SIZES, AE_REQUIRED, 1, INT32_MAX, "of the weight: a sample's, or some of them 1"},
    {0},
};

static const ae_parameter parameters[] = {{"weight", "gradWeight", aei_size_of_option}, {0}};

static void reset(ae_module *m, double stdv, ae_generator *g) {
  aei_reset_spread(m->param[WEIGHT], g, stdv);
}

static ae_status forward(ae_module *m, ae_tensor *x) {
  AEI_TRY(aei_check_input(m, x));
  return aei_spread_map2(AE_MUL, m->output, m, x, m->param[WEIGHT], AEI_AS_IT_FITS, 0);
}

static ae_status backward(ae_module *m, ae_tensor *x, ae_tensor *gy) {
  AEI_TRY(aei_check_again(m, x));
  return aei_spread_map2(AE_MUL, m->grad_input, m, gy, m->param[WEIGHT], AEI_AS_IT_FITS, 0);
}

static ae_status accumulate(ae_module *m, ae_tensor *x, ae_tensor *gy, double scale) {
  AEI_TRY(aei_check_again(m, x));
  return aei_spread_sum(m->grad[WEIGHT], m, gy, x, AEI_AS_IT_FITS, scale);
}

const ae_layer ae_layer_CMul = {
    .name = "CMul",
    .doc = "(B, size) or (size) -> same  y = w * x, element by element",
    .options = options,
    .parameters = parameters,
    .reset = reset,
    .forward = forward,
    .backward = backward,
    .accumulate = accumulate,
    .describe = aei_reshape_describe,
};
