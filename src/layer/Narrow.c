/* Narrow.c - some consecutive slices of the input. For inputs of unknown size: a negative length
 * counts from the end, -1 for up to the last slice, and a negative index leaves out the last
 * `length` slices, as in Torch. */
#include "layer/layer.h"

enum { DIMENSION, INDEX, LENGTH };

static const ae_option options[] = {
    AEI_DIM_OPTION("dimension", AE_REQUIRED, "the one that gets narrower"),
    {"index", AE_INT, AE_REQUIRED, -INT32_MAX, INT32_MAX, "first slice, from 1"},
    {"length", AE_INT, 1, -INT32_MAX, INT32_MAX, "how many slices"},
    {0},
};

static ae_status slices(ae_tensor *view, const ae_module *m, const ae_tensor *x) {
  int64_t index = (int64_t)m->option[INDEX].number, length = (int64_t)m->option[LENGTH].number;
  int dim;
  AEI_TRY(aei_find_dim(&dim, m, x, m->option[DIMENSION].number, 0, x->ndim));
  int64_t size = x->size[dim];
  if (length < 0) length += size - index + 2;
  if (index < 0) {
    index = 1;
    length = size - length;
  }
  if (index >= 1 && length >= 1 && index - 1 + length <= size)
    return ae_narrow(view, x, dim, index - 1, length);
  return aei_fail(AE_ESHAPE, "%s: input is %s, there are no slices %lld..%lld in dimension %d",
                  AEI_NAME(m), AEI_SHAPE(x), (long long)index, (long long)(index + length - 1),
                  dim + 1);
}

static ae_status forward(ae_module *m, ae_tensor *x) { return aei_part_forward(m, x, slices); }

static ae_status backward(ae_module *m, ae_tensor *x, ae_tensor *gy) {
  return aei_part_backward(m, x, gy, slices);
}

const ae_layer ae_layer_Narrow = {
    .name = "Narrow",
    .doc = "(any) -> length slices of it  y = x:narrow(dimension, index, length)",
    .options = options,
    .forward = forward,
    .backward = backward,
    .describe = aei_describe_numbers,
};
