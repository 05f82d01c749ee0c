/* Threshold.c - replaces what is not above a threshold. */
#include "layer/layer.h"

enum { THRESHOLD, VAL, INPLACE };

static const ae_option options[] = {
    {"threshold", AE_NUMBER, 1e-6, -AE_REQUIRED, AE_REQUIRED, "what is larger passes"},
    {"val", AE_NUMBER, 0, -AE_REQUIRED, AE_REQUIRED, "in place of the rest"},
    {"inplace", AE_BOOL, false, 0, 1, "write the output over the input"},
    {0},
};

/* In place, the output must tell which elements passed. */
static ae_status check(const ae_module *m) {
  double threshold = m->option[THRESHOLD].number, val = m->option[VAL].number;
  if (m->option[INPLACE].number == 0 || val <= threshold) return AE_OK;
  return aei_fail(AE_EARG, "nn.Threshold: in place, val (%g) must not be above threshold (%g)", val,
                  threshold);
}

static ae_status forward(ae_module *m, ae_tensor *x) {
  AEI_TRY(aei_check_input(m, x));
  if (m->option[INPLACE].number != 0) aei_set_output(m, x);
  return ae_map1(AE_THRESHOLD, m->output, x, m->option[THRESHOLD].number, m->option[VAL].number);
}

static void slope(const ae_module *m, int64_t n, double *result, const double *x) {
  double threshold = aei_rounded_option(m, THRESHOLD);
  for (int64_t i = 0; i < n; i++) result[i] = x[i] <= threshold ? 0 : 1;
}

static ae_status backward(ae_module *m, ae_tensor *x, ae_tensor *gy) {
  if (m->option[INPLACE].number != 0) aei_set_grad_input(m, gy);
  return aei_point_backward(m, x, gy, slope);
}

const ae_layer ae_layer_Threshold = {
    .name = "Threshold",
    .doc = "(any) -> same  y = x if x > threshold, else val",
    .options = options,
    .check = check,
    .forward = forward,
    .backward = backward,
    .describe = aei_describe_numbers,
};
