/* Sequential.c - one module after another. Its output is the last one's, its gradInput the first
 * one's: no tensor of its own is ever written. */
#include "layer/layer.h"

#include <stdio.h>
#include <string.h>

/* "encoder", or its place counted from 1 as the user does. */
static void child_label(const ae_module *m, int i, char *label, size_t capacity) {
  if (m->child[i].name)
    snprintf(label, capacity, "%s", m->child[i].name);
  else
    snprintf(label, capacity, "%d", i + 1);
}

/* Whether the last error's message begins with the label of one of m's children. */
static bool names_inner_child(const ae_module *m) {
  char label[AEI_NAME_CAPACITY];
  for (int i = 0; i < m->nchildren; i++) {
    child_label(m, i, label, sizeof label);
    size_t n = strlen(label);
    if (strncmp(ae_error(), label, n) == 0 && (ae_error()[n] == ':' || ae_error()[n] == '.'))
      return true;
  }
  return false;
}

/* Puts the child's place in front: "2: nn.Linear(...)...", "encoder.2: nn.Linear(...)...". */
static ae_status located(ae_status status, const ae_module *m, int i) {
  char label[AEI_NAME_CAPACITY];
  child_label(m, i, label, sizeof label);
  if (!names_inner_child(m->child[i].module)) return aei_prefix(status, "%s", label);
  char inner[1024];
  snprintf(inner, sizeof inner, "%s", ae_error());
  return aei_fail(status, "%s.%s", label, inner);
}

/* After child i ran. A class written in the host language may have done anything meanwhile. */
static ae_status ran(ae_status status, const ae_module *m, int i, int n) {
  if (m->nchildren != n)
    return status != AE_OK
               ? status
               : aei_fail(AE_EARG, "%s: its children changed while it ran", AEI_NAME(m));
  return status == AE_OK ? AE_OK : located(status, m, i);
}

/* What child i was given in forward. */
static ae_tensor *input_of(const ae_module *m, int i, ae_tensor *x) {
  return i > 0 ? m->child[i - 1].module->output : x;
}

static ae_status forward(ae_module *m, ae_tensor *x) {
  int n = m->nchildren, by_rows;
  for (int i = 0; i < n; i++) {
    ae_status status = aei_forward_rows(&by_rows, m, i, input_of(m, i, x));
    i += by_rows;
    AEI_TRY(ran(status, m, i, n));
    if (i == n) break;
    AEI_TRY(ran(ae_module_forward(m->child[i].module, input_of(m, i, x)), m, i, n));
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

/* Down to child `last`; one before `first`, the first to learn, may find that there is no gradient
 * any more. */
static ae_status backward_to(ae_module *m, int last, int first, ae_tensor *x, ae_tensor *gy) {
  int n = m->nchildren, by_rows;
  for (int i = n - 1; i >= last; i--) {
    ae_tensor *child_gy;
    if (i < first && i + 1 < n && !m->child[i + 1].module->grad_input) break;
    AEI_TRY(grad_output_of(&child_gy, m, i, gy));
    ae_status status = aei_backward_rows(&by_rows, m, i, x, child_gy);
    i -= by_rows;
    AEI_TRY(ran(status, m, i, n));
    if (i < last) break;
    AEI_TRY(grad_output_of(&child_gy, m, i, gy));
    status = ae_module_update_grad_input(m->child[i].module, input_of(m, i, x), child_gy);
    AEI_TRY(ran(status, m, i, n));
  }
  return AE_OK;
}

/* Nobody wants the gradInput of the first child: it learns that from its own being NULL. What the
 * host does itself is done as ever. */
static ae_status backward_unwanted(ae_module *m, int first, ae_tensor *x, ae_tensor *gy) {
  ae_module *child = first < m->nchildren ? m->child[first].module : NULL;
  if (!child || ae_module_overrides(child, AE_DO_UPDATE_GRAD_INPUT) ||
      ae_module_overrides(child, AE_DO_BACKWARD))
    return backward_to(m, first, first, x, gy);
  ae_tensor *kept = child->grad_input;
  ae_module_retain(child);
  child->grad_input = NULL;
  ae_status status = backward_to(m, first, first, x, gy);
  if (!child->grad_input)
    child->grad_input = kept;
  else
    ae_tensor_release(kept);
  ae_module_release(child);
  return status;
}

static ae_status backward(ae_module *m, ae_tensor *x, ae_tensor *gy) {
  bool whole;
  int first = first_to_learn(m, &whole);
  AEI_TRY(whole ? backward_to(m, 0, first, x, gy) : backward_unwanted(m, first, x, gy));
  if (whole) first_to_learn(m, &whole); /* a container on the way may have ended before its own */
  aei_set_grad_input(m, !whole ? NULL : m->nchildren > 0 ? m->child[0].module->grad_input : gy);
  return AE_OK;
}

static ae_status accumulate(ae_module *m, ae_tensor *x, ae_tensor *gy, double scale) {
  bool whole;
  int n = m->nchildren, first = first_to_learn(m, &whole);
  for (int i = n - 1; i >= first; i--) {
    ae_tensor *child_gy;
    AEI_TRY(grad_output_of(&child_gy, m, i, gy));
    ae_status status = ae_module_accumulate(m->child[i].module, input_of(m, i, x), child_gy, scale);
    AEI_TRY(ran(status, m, i, n));
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
