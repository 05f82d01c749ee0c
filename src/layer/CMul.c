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

static ae_status multiply(ae_module *m, ae_tensor *to, const ae_tensor *x) {
  ae_tensor view = ae_tensor_local(m->type);
  ae_status status = aei_spread(&view, m, m->param[WEIGHT], x);
  if (status == AE_OK) status = ae_map2(AE_MUL, to, x, &view, 0);
  ae_tensor_clear(&view);
  return status;
}

static ae_status forward(ae_module *m, ae_tensor *x) {
  AEI_TRY(aei_check_input(m, x));
  return multiply(m, m->output, x);
}

static ae_status backward(ae_module *m, ae_tensor *x, ae_tensor *gy) {
  AEI_TRY(aei_check_again(m, x));
  return multiply(m, m->grad_input, gy);
}

static ae_status accumulate(ae_module *m, ae_tensor *x, ae_tensor *gy, double scale) {
  ae_tensor view = ae_tensor_local(m->type);
  AEI_TRY(aei_check_again(m, x));
  ae_status status = aei_spread(&view, m, m->grad[WEIGHT], x);
  if (status == AE_OK) aei_sum_spread(&view, gy, x, scale);
  ae_tensor_clear(&view);
  return status;
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
