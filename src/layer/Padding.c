/* Padding.c - a constant put before, after or inside a dimension:
 *
 *   pad < 0:  -pad slices before slice number index, counted from the first
 *   pad > 0:  pad slices after slice number index, counted from the last */
#include "layer/layer.h"

enum { DIM, PAD, SAMPLE_DIMS, VALUE, INDEX };

static const ae_option options[] = {
    AEI_DIM_OPTION("dim", AE_REQUIRED, "the one that grows"),
    {"pad", AE_INT, AE_REQUIRED, -INT32_MAX, INT32_MAX, "slices to add; negative: in front"},
    AEI_SAMPLE_DIMS_OPTION("nInputDim"),
    {"value", AE_NUMBER, 0, -AE_REQUIRED, AE_REQUIRED, "of the new elements"},
    {"index", AE_INT, 1, 1, INT32_MAX, "where: 1 is the very front, or end"},
    {0},
};

typedef struct padding {
  int dim;
  int64_t count, head, tail; /* new slices; old ones before and after them */
} padding;

static ae_status padding_of(padding *p, const ae_module *m, const ae_tensor *x) {
  int64_t pad = (int64_t)m->option[PAD].number, index = (int64_t)m->option[INDEX].number;
  AEI_TRY(
      aei_find_dim(&p->dim, m, x, m->option[DIM].number, m->option[SAMPLE_DIMS].number, x->ndim));
  int64_t size = x->size[p->dim];
  if (index > size + 1)
    return aei_fail(AE_ESHAPE, "%s: input is %s, index %lld is beyond dimension %d", AEI_NAME(m),
                    AEI_SHAPE(x), (long long)index, p->dim + 1);
  p->count = pad < 0 ? -pad : pad;
  p->head = pad > 0 ? size + 1 - index : index - 1;
  p->tail = size - p->head;
  return AE_OK;
}

/* to[first..] = from[start..], count slices of dimension dim. */
static ae_status copy_slices(ae_tensor *to, int64_t first, const ae_tensor *from, int64_t start,
                             int64_t count, int dim) {
  if (count == 0) return AE_OK;
  ae_tensor target = ae_tensor_local(to->type), source = ae_tensor_local(from->type);
  ae_status status = ae_narrow(&target, to, dim, first, count);
  if (status == AE_OK) status = ae_narrow(&source, from, dim, start, count);
  if (status == AE_OK) status = ae_copy(&target, &source);
  ae_tensor_clear(&target);
  ae_tensor_clear(&source);
  return status;
}

static ae_status forward(ae_module *m, ae_tensor *x) {
  padding p;
  int64_t size[AE_MAXDIM];
  ae_tensor *y = m->output;
  AEI_TRY(padding_of(&p, m, x));
  for (int d = 0; d < x->ndim; d++) size[d] = x->size[d] + (d == p.dim ? p.count : 0);
  AEI_TRY(ae_resize(y, x->ndim, size));
  AEI_TRY(ae_fill(y, ae_from_double(m->option[VALUE].number)));
  AEI_TRY(copy_slices(y, 0, x, 0, p.head, p.dim));
  return copy_slices(y, p.head + p.count, x, p.head, p.tail, p.dim);
}

static ae_status backward(ae_module *m, ae_tensor *x, ae_tensor *gy) {
  padding p;
  AEI_TRY(padding_of(&p, m, x));
  bool fits = x->ndim == gy->ndim;
  for (int d = 0; d < x->ndim && fits; d++)
    fits = x->size[d] + (d == p.dim ? p.count : 0) == gy->size[d];
  if (!fits) return aei_fail_again(m, x);
  AEI_TRY(ae_resize_as(m->grad_input, x));
  AEI_TRY(copy_slices(m->grad_input, 0, gy, 0, p.head, p.dim));
  return copy_slices(m->grad_input, p.head, gy, p.head + p.count, p.tail, p.dim);
}

const ae_layer ae_layer_Padding = {
    .name = "Padding",
    .doc = "(any) -> |pad| more slices in a dimension  y = x, value in the new ones",
    .options = options,
    .forward = forward,
    .backward = backward,
    .describe = aei_describe_numbers,
};
