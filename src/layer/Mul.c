/* Mul.c - one trained factor. */
#include "layer/layer.h"

enum { WEIGHT };

static int weight_shape(const ae_module *m, int64_t *size) {
  (void)m;
  size[0] = 1;
  return 1;
}

static const ae_parameter parameters[] = {{"weight", "gradWeight", weight_shape}, {0}};

static void reset(ae_module *m, double stdv, ae_generator *g) {
  aei_reset_spread(m->param[WEIGHT], g, stdv);
}

static double weight(const ae_module *m) {
  ae_number value = ae_from_double(0);
  ae_get(&value, m->param[WEIGHT], (int64_t[]){0});
  return ae_to_double(value);
}

static ae_status forward(ae_module *m, ae_tensor *x) {
  AEI_TRY(aei_check_input(m, x));
  return ae_map1(AE_MUL_SCALAR, m->output, x, weight(m), 0);
}

static ae_status backward(ae_module *m, ae_tensor *x, ae_tensor *gy) {
  AEI_TRY(aei_check_again(m, x));
  return ae_map1(AE_MUL_SCALAR, m->grad_input, gy, weight(m), 0);
}

static ae_status accumulate(ae_module *m, ae_tensor *x, ae_tensor *gy, double scale) {
  AEI_TRY(aei_check_again(m, x));
  return aei_spread_sum(m->grad[WEIGHT], m, gy, x, AEI_AS_IT_FITS, scale);
}

const ae_layer ae_layer_Mul = {
    .name = "Mul",
    .doc = "(any) -> same  y = w x, w one number",
    .parameters = parameters,
    .reset = reset,
    .forward = forward,
    .backward = backward,
    .accumulate = accumulate,
};
