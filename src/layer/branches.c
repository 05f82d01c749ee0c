/* branches.c - what containers whose children run side by side do with outputs and gradInputs:
 * gather them in a table, add them, or join them in one tensor.
 *
 *     joined along dimension 2, centred:       0 0 | b b b
 *     a (1x2) and b (3x3)                      a a | b b b
 *                                              0 0 | b b b
 */
#include "layer/layer.h"

#include <string.h>

/* ---- tables ---- */

ae_status aei_gather_outputs(ae_module *m) {
  AEI_TRY(ae_table_resize(m->output, m->nchildren));
  for (int i = 0; i < m->nchildren; i++)
    AEI_TRY(ae_table_set(m->output, i, m->child[i].module->output));
  return AE_OK;
}

ae_status aei_gather_grads(ae_module *m) {
  if (!m->grad_input) return AE_OK;
  AEI_TRY(ae_table_resize(m->grad_input, m->nchildren));
  for (int i = 0; i < m->nchildren; i++) {
    ae_tensor *grad;
    AEI_TRY(aei_child_grad(&grad, m, i));
    AEI_TRY(ae_table_set(m->grad_input, i, grad));
  }
  return AE_OK;
}

/* ---- sums ---- */

static ae_status check_addend(const ae_module *m, const ae_tensor *first, const ae_tensor *grad,
                              int i) {
  if (aei_same_parts(first, grad)) return AE_OK;
  return aei_fail(AE_ESHAPE, "%s: gradInput of child %d is %s, of child 1 %s", AEI_NAME(m), i + 1,
                  AEI_SHAPE(grad), AEI_SHAPE(first));
}

ae_status aei_sum_child_grads(ae_module *m) {
  ae_tensor *first, *grad, *sum = m->grad_input;
  if (!sum) return AE_OK;
  AEI_TRY(aei_child_grad(&first, m, 0));
  for (int i = 1; i < m->nchildren; i++) {
    AEI_TRY(aei_child_grad(&grad, m, i));
    AEI_TRY(check_addend(m, first, grad, i));
    AEI_TRY(aei_sum_parts(sum, i == 1 ? first : sum, grad));
  }
  if (m->nchildren > 1) return AE_OK;
  AEI_TRY(aei_resize_parts(sum, first));
  return aei_copy_parts(sum, first);
}

/* ---- joined outputs ---- */

const ae_buffer aei_concat_buffers[] = {{"gradOutputs", NULL}, {0}};

static const ae_tensor *output_of(const ae_module *m, int i) { return m->child[i].module->output; }

/* The dimension, 0-based, in outputs like y. */
static ae_status find_dim(int *dim, const ae_module *m, const ae_tensor *y, double dimension) {
  int d = (int)dimension < 0 ? y->ndim + (int)dimension : (int)dimension - 1;
  if (dimension == 0 || d < 0 || d >= y->ndim)
    return aei_fail(AE_ESHAPE, "%s: output of child 1 is %s, there is no dimension %d", AEI_NAME(m),
                    AEI_SHAPE(y), (int)dimension);
  *dim = d;
  return AE_OK;
}

/* Whether y can be joined with what has the sizes so far; adds it to them. */
static ae_status add_size(int64_t *size, const ae_module *m, int i, int dim, bool centred) {
  const ae_tensor *y = output_of(m, i), *first = output_of(m, 0);
  bool fits = y->type == m->type && y->ndim == first->ndim;
  for (int d = 0; d < first->ndim && fits; d++) {
    if (d == dim)
      size[d] += y->size[d];
    else if (centred)
      size[d] = y->size[d] > size[d] ? y->size[d] : size[d];
    else
      fits = y->size[d] == first->size[d];
  }
  if (fits) return AE_OK;
  return aei_fail(AE_ESHAPE, "%s: output of child %d is %s, it does not fit that of child 1, %s",
                  AEI_NAME(m), i + 1, AEI_SHAPE(y), AEI_SHAPE(first));
}

/* Where the output of child i is in the whole. */
static ae_status window(ae_tensor *view, const ae_module *m, const ae_tensor *whole, int dim,
                        int i) {
  const ae_tensor *y = output_of(m, i);
  int64_t before = 0;
  for (int k = 0; k < i; k++) before += output_of(m, k)->size[dim];
  AEI_TRY(ae_set(view, whole));
  for (int d = 0; d < whole->ndim; d++) {
    int64_t first = d == dim ? before : (whole->size[d] - y->size[d]) / 2;
    AEI_TRY(ae_narrow(view, view, d, first, y->size[d]));
  }
  return AE_OK;
}

ae_status aei_join_outputs(ae_module *m, double dimension, bool centred) {
  ae_tensor view = ae_tensor_local(m->type), *y = m->output;
  const ae_tensor *first = output_of(m, 0);
  int64_t size[AE_MAXDIM];
  int dim = 0;
  AEI_TRY(find_dim(&dim, m, first, dimension));
  memcpy(size, first->size, sizeof size);
  size[dim] = 0;
  for (int i = 0; i < m->nchildren; i++) AEI_TRY(add_size(size, m, i, dim, centred));
  AEI_TRY(ae_resize(y, first->ndim, size));
  ae_status status = centred ? ae_fill(y, ae_from_int(0)) : AE_OK;
  for (int i = 0; i < m->nchildren && status == AE_OK; i++) {
    status = window(&view, m, y, dim, i);
    if (status == AE_OK) status = ae_copy(&view, output_of(m, i));
  }
  ae_tensor_clear(&view);
  return status;
}

ae_status aei_joined_grad(ae_tensor **out, ae_module *m, double dimension, const ae_tensor *gy,
                          int i) {
  int dim = 0;
  AEI_TRY(find_dim(&dim, m, gy, dimension));
  if (output_of(m, i)->ndim != gy->ndim)
    return aei_fail(AE_ESHAPE, "%s: gradOutput is %s, output of child %d is %s", AEI_NAME(m),
                    AEI_SHAPE(gy), i + 1, AEI_SHAPE(output_of(m, i)));
  AEI_TRY(ae_table_resize(m->buffer[0], m->nchildren));
  *out = m->buffer[0]->part[i];
  return window(*out, m, gy, dim, i);
}

ae_status aei_concat_forward(ae_module *m, ae_tensor *x, bool centred) {
  int n = m->nchildren;
  if (n == 0) return aei_fail(AE_EARG, "%s has no children", AEI_NAME(m));
  for (int i = 0; i < n; i++) AEI_TRY(aei_child_forward(m, i, x));
  return aei_join_outputs(m, m->option[0].number, centred);
}

ae_status aei_concat_backward(ae_module *m, ae_tensor *x, ae_tensor *gy) {
  int n = m->nchildren;
  for (int i = 0; i < n; i++) {
    ae_tensor *grad = NULL;
    AEI_TRY(aei_joined_grad(&grad, m, m->option[0].number, gy, i));
    AEI_TRY(aei_child_backward(m, i, x, grad, m->grad_input));
  }
  return aei_sum_child_grads(m);
}

ae_status aei_concat_accumulate(ae_module *m, ae_tensor *x, ae_tensor *gy, double scale) {
  int n = m->nchildren;
  for (int i = 0; i < n; i++) {
    ae_tensor *grad = NULL;
    AEI_TRY(aei_joined_grad(&grad, m, m->option[0].number, gy, i));
    AEI_TRY(aei_child_accumulate(m, i, x, grad, scale));
  }
  return AE_OK;
}

/* ---- a part of a table for each child ---- */

ae_status aei_parallel_forward(ae_module *m, ae_tensor *x) {
  int n = m->nchildren;
  if (n == 0) return aei_fail(AE_EARG, "%s has no children", AEI_NAME(m));
  AEI_TRY(aei_check_table(m, x, n));
  for (int i = 0; i < n; i++) {
    ae_tensor *part;
    AEI_TRY(aei_child_part(&part, m, "input", x, i));
    AEI_TRY(aei_child_forward(m, i, part));
  }
  return aei_gather_outputs(m);
}

ae_status aei_parallel_backward(ae_module *m, ae_tensor *x, ae_tensor *gy) {
  int n = m->nchildren;
  AEI_TRY(aei_check_table(m, x, n));
  for (int i = 0; i < n; i++) {
    ae_tensor *part, *grad;
    AEI_TRY(aei_child_part(&part, m, "input", x, i));
    AEI_TRY(aei_child_part(&grad, m, "gradOutput", gy, i));
    AEI_TRY(aei_child_backward(m, i, part, grad, m->grad_input));
  }
  return aei_gather_grads(m);
}

ae_status aei_parallel_accumulate(ae_module *m, ae_tensor *x, ae_tensor *gy, double scale) {
  int n = m->nchildren;
  for (int i = 0; i < n; i++) {
    ae_tensor *part, *grad;
    AEI_TRY(aei_child_part(&part, m, "input", x, i));
    AEI_TRY(aei_child_part(&grad, m, "gradOutput", gy, i));
    AEI_TRY(aei_child_accumulate(m, i, part, grad, scale));
  }
  return AE_OK;
}
