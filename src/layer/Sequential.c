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

/* The first child that has anything to learn; *whole [out]: whether backward leads on from there to
 * m's own gradInput. It does not when that is nil, or that of a child on the way. */
static int first_to_learn(const ae_module *m, bool *whole) {
  int first = 0;
  while (first < m->nchildren && !aei_learns(m->child[first].module)) first++;
  *whole = m->grad_input != NULL;
  for (int i = 0; i <= first && i < m->nchildren; i++)
    if (!m->child[i].module->grad_input) *whole = false;
  return first;
}

/* Through the children, the last one first, down to the first one that learns, of which nobody
 * wants gradInput; or, when the whole way is to be gone, to that of child 1. A child before the
 * first to learn may find that there is no gradient any more. */
static ae_status backward_to(ae_module *m, int first, bool whole, ae_tensor *x, ae_tensor *gy) {
  const int n = m->nchildren, last = whole ? 0 : first;
  for (int i = n - 1; i >= last; i--) {
    ae_tensor *child_gy;
    int by_rows;
    if (i < first && i + 1 < n && !m->child[i + 1].module->grad_input) break;
    AEI_TRY(grad_output_of(&child_gy, m, i, gy));
    ae_status status = aei_backward_rows(&by_rows, m, i, whole ? 0 : first + 1, x, child_gy);
    i -= by_rows;
    AEI_TRY(aei_child_ran(status, m, i, n));
    if (i < last) break;
    AEI_TRY(grad_output_of(&child_gy, m, i, gy));
    AEI_TRY(aei_child_backward(m, i, input_of(m, i, x), child_gy, whole || i > first));
  }
  return AE_OK;
}

static ae_status backward(ae_module *m, ae_tensor *x, ae_tensor *gy) {
  bool whole;
  int first = first_to_learn(m, &whole);
  AEI_TRY(backward_to(m, first, whole, x, gy));
  if (whole) first_to_learn(m, &whole); /* a container on the way may have ended before its own */
  aei_set_grad_input(m, !whole ? NULL : m->nchildren > 0 ? m->child[0].module->grad_input : gy);
  return AE_OK;
}

static ae_status accumulate(ae_module *m, ae_tensor *x, ae_tensor *gy, double scale) {
  bool whole;
  int first = first_to_learn(m, &whole);
  for (int i = m->nchildren - 1; i >= first; i--) {
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
