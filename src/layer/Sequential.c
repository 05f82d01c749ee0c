/* Sequential.c - one module after another. Its output is the last one's, its gradInput the first
 * one's: no tensor of its own is ever written. */
#include "layer/layer.h"

/* What child i was given in forward. */
static ae_tensor *input_of(const ae_module *m, int i, ae_tensor *x) {
  return i > 0 ? m->child[i - 1].module->output : x;
}

static ae_status forward(ae_module *m, ae_tensor *x) {
  int n = m->nchildren, by_rows;
  for (int i = 0; i < n; i++) {
    ae_status status = aei_forward_rows(&by_rows, m, i, input_of(m, i, x));
    i += by_rows;
    AEI_TRY(aei_child_ran(status, m, i, n));
    if (i == n) break;
    AEI_TRY(aei_child_forward(m, i, input_of(m, i, x)));
  }
  aei_set_output(m, n > 0 ? m->child[n - 1].module->output : x);
  return AE_OK;
}

/* The gradient of what child i gave. */
static ae_status grad_output_of(ae_tensor **out, const ae_module *m, int i, ae_tensor *gy) {
  bool last = i == m->nchildren - 1;
  *out = last ? gy : m->child[i + 1].module->grad_input;
  if (*out) return AE_OK;
  return aei_fail(AE_EARG, "%s: gradInput of child %d is nil, but child %d needs it", AEI_NAME(m),
                  i + 2, i + 1);
}

static ae_status backward(ae_module *m, ae_tensor *x, ae_tensor *gy) {
  int n = m->nchildren, by_rows;
  for (int i = n - 1; i >= 0; i--) {
    ae_tensor *child_gy;
    AEI_TRY(grad_output_of(&child_gy, m, i, gy));
    ae_status status = aei_backward_rows(&by_rows, m, i, x, child_gy);
    i -= by_rows;
    AEI_TRY(aei_child_ran(status, m, i, n));
    if (i < 0) break;
    AEI_TRY(grad_output_of(&child_gy, m, i, gy));
    AEI_TRY(aei_child_backward(m, i, input_of(m, i, x), child_gy, i > 0 || m->grad_input));
  }
  if (m->grad_input) aei_set_grad_input(m, n > 0 ? m->child[0].module->grad_input : gy);
  return AE_OK;
}

static ae_status accumulate(ae_module *m, ae_tensor *x, ae_tensor *gy, double scale) {
  for (int i = m->nchildren - 1; i >= 0; i--) {
    ae_tensor *child_gy;
    AEI_TRY(grad_output_of(&child_gy, m, i, gy));
    AEI_TRY(aei_child_accumulate(m, i, input_of(m, i, x), child_gy, scale));
  }
  return AE_OK;
}

const ae_layer ae_layer_Sequential = {
    .name = "Sequential",
    .doc = "x -> its children one after another: y = f_n(...f_2(f_1(x)))",
    .container = true,
    .forward = forward,
    .backward = backward,
    .accumulate = accumulate,
};
