/* ConcatTable.c - the same input for each child, a table of what they give. */
#include "layer/layer.h"

static ae_status forward(ae_module *m, ae_tensor *x) {
  int n = m->nchildren;
  if (n == 0) return aei_fail(AE_EARG, "%s has no children", AEI_NAME(m));
  for (int i = 0; i < n; i++) AEI_TRY(aei_child_forward(m, i, x));
  return aei_gather_outputs(m);
}

static ae_status backward(ae_module *m, ae_tensor *x, ae_tensor *gy) {
  int n = m->nchildren;
  for (int i = 0; i < n; i++) {
    ae_tensor *part;
    AEI_TRY(aei_child_part(&part, m, "gradOutput", gy, i));
    AEI_TRY(aei_child_backward(m, i, x, part, m->grad_input));
  }
  return aei_sum_child_grads(m);
}

static ae_status accumulate(ae_module *m, ae_tensor *x, ae_tensor *gy, double scale) {
  int n = m->nchildren;
  for (int i = 0; i < n; i++) {
    ae_tensor *part;
    AEI_TRY(aei_child_part(&part, m, "gradOutput", gy, i));
    AEI_TRY(aei_child_accumulate(m, i, x, part, scale));
  }
  return AE_OK;
}

const ae_layer ae_layer_ConcatTable = {
    .name = "ConcatTable",
    .doc = "x -> {f_1(x), f_2(x), ...}  the outputs of its children, each for the same input",
    .container = true,
    .forward = forward,
    .backward = backward,
    .accumulate = accumulate,
};
