/* HardTanh.c - the identity, cut off at both ends. In place too the gradient is known: at the ends
 * it is zero. */
#include "layer/layer.h"

enum { MIN_VAL, MAX_VAL, INPLACE };

static const ae_option options[] = {
    {"min_val", AE_NUMBER, -1, -AE_REQUIRED, AE_REQUIRED, "smallest output"},
    {"max_val", AE_NUMBER, 1, -AE_REQUIRED, AE_REQUIRED, "largest output"},
    {"inplace", AE_BOOL, false, 0, 1, "write the output over the input"},
    {0},
};

static ae_status check(const ae_module *m) {
  double min = m->option[MIN_VAL].number, max = m->option[MAX_VAL].number;
  if (max > min) return AE_OK;
  return aei_fail(AE_EARG, "nn.%s: max_val is %g, should be larger than min_val, %g",
                  m->layer->name, max, min);
}

static ae_status forward(ae_module *m, ae_tensor *x) {
  AEI_TRY(aei_check_input(m, x));
  if (m->option[INPLACE].number != 0) aei_set_output(m, x);
  return ae_map1(AE_CLAMP, m->output, x, m->option[MIN_VAL].number, m->option[MAX_VAL].number);
}

static void slope(const ae_module *m, int64_t n, double *result, const double *x) {
  double min = aei_rounded_option(m, MIN_VAL), max = aei_rounded_option(m, MAX_VAL);
  for (int64_t i = 0; i < n; i++) result[i] = (double)((x[i] > min) & (x[i] < max));
}

static ae_status backward(ae_module *m, ae_tensor *x, ae_tensor *gy) {
  if (m->option[INPLACE].number != 0) aei_set_grad_input(m, gy);
  return aei_point_backward(m, x, gy, slope);
}

const ae_layer ae_layer_HardTanh = {
    .name = "HardTanh",
    .doc = "(any) -> same  y = min(max(x, min_val), max_val)",
    .options = options,
    .check = check,
    .forward = forward,
    .backward = backward,
    .describe = aei_describe_numbers,
};
