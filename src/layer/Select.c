/* Select.c - one slice of the input. */
#include "layer/layer.h"

enum { DIMENSION, INDEX };

static const ae_option options[] = {
    AEI_DIM_OPTION("dimension", AE_REQUIRED, "the one that goes"),
    {"index", AE_INT, AE_REQUIRED, -INT32_MAX, INT32_MAX, "the slice, from 1, or down from -1"},
    {0},
};

static ae_status slice(ae_tensor *view, const ae_module *m, const ae_tensor *x) {
  int64_t index = (int64_t)m->option[INDEX].number;
  int dim;
  AEI_TRY(aei_find_dim(&dim, m, x, m->option[DIMENSION].number, 0, x->ndim));
  if (x->ndim < 2)
    return aei_fail(AE_ESHAPE, "%s: input is %s, want at least two dimensions", AEI_NAME(m),
                    AEI_SHAPE(x));
  int64_t place = index < 0 ? x->size[dim] + index : index - 1;
  if (index != 0 && place >= 0 && place < x->size[dim]) return ae_select(view, x, dim, place);
  return aei_fail(AE_ESHAPE, "%s: input is %s, there is no slice %lld in dimension %d", AEI_NAME(m),
                  AEI_SHAPE(x), (long long)index, dim + 1);
}

static ae_status forward(ae_module *m, ae_tensor *x) { return aei_part_forward(m, x, slice); }

static ae_status backward(ae_module *m, ae_tensor *x, ae_tensor *gy) {
  return aei_part_backward(m, x, gy, slice);
}

const ae_layer ae_layer_Select = {
    .name = "Select",
    .doc = "(any) -> without the dimension  y = x:select(dimension, index)",
    .options = options,
    .forward = forward,
    .backward = backward,
    .describe = aei_describe_numbers,
};
