/* children.c - containers running their children: where a failure was, and gradInputs nobody wants.
 */
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
ae_status aei_child_ran(ae_status status, const ae_module *m, int i, int n) {
  if (m->nchildren != n)
    return status != AE_OK
               ? status
               : aei_fail(AE_EARG, "%s: its children changed while it ran", AEI_NAME(m));
  return status == AE_OK ? AE_OK : located(status, m, i);
}

ae_status aei_child_forward(ae_module *m, int i, ae_tensor *x) {
  int n = m->nchildren;
  return aei_child_ran(ae_module_forward(m->child[i].module, x), m, i, n);
}

/* Nobody wants the child's gradInput: a container learns it from its own being NULL. What the host
 * does itself is done as ever. */
static ae_status backward_unwanted(ae_module *child, ae_tensor *x, ae_tensor *gy) {
  if (ae_module_overrides(child, AE_DO_UPDATE_GRAD_INPUT) ||
      ae_module_overrides(child, AE_DO_BACKWARD))
    return ae_module_update_grad_input(child, x, gy);
  if (!child->layer->container) return AE_OK;
  ae_tensor *kept = child->grad_input;
  ae_module_retain(child);
  child->grad_input = NULL;
  ae_status status = ae_module_update_grad_input(child, x, gy);
  if (!child->grad_input)
    child->grad_input = kept;
  else
    ae_tensor_release(kept);
  ae_module_release(child);
  return status;
}

ae_status aei_child_backward(ae_module *m, int i, ae_tensor *x, ae_tensor *gy, bool wanted) {
  ae_module *child = m->child[i].module;
  int n = m->nchildren;
  return aei_child_ran(
      wanted ? ae_module_update_grad_input(child, x, gy) : backward_unwanted(child, x, gy), m, i,
      n);
}

ae_status aei_child_accumulate(ae_module *m, int i, ae_tensor *x, ae_tensor *gy, double scale) {
  int n = m->nchildren;
  return aei_child_ran(ae_module_accumulate(m->child[i].module, x, gy, scale), m, i, n);
}

ae_status aei_child_grad(ae_tensor **out, const ae_module *m, int i) {
  *out = m->child[i].module->grad_input;
  if (*out) return AE_OK;
  return aei_fail(AE_EARG, "%s: gradInput of child %d is nil", AEI_NAME(m), i + 1);
}

ae_status aei_child_part(ae_tensor **out, const ae_module *m, const char *what, const ae_tensor *t,
                         int i) {
  if (i >= t->nparts)
    return aei_fail(AE_ESHAPE, "%s: %s is %s, child %d should get one too", AEI_NAME(m), what,
                    AEI_SHAPE(t), i + 1);
  *out = t->part[i];
  return AE_OK;
}
