/* View.c - a view with other sizes. What the sizes leave over is the batch:
 *
 *   View(784):      (28,28) -> (784)       (1000,28,28) -> (1000,784)
 *   View(-1, 784):  (28,28) -> (1,784)     (1000,28,28) -> (1000,784)
 *
 * With numInputDims the dimensions before the last numInputDims are the batch in any case. */
#include "layer/layer.h"

#include <string.h>

enum { SIZES, NUM_INPUT_DIMS };

static const ae_option options[] = {
    {"sizes", AE_SIZES, AE_REQUIRED, -1, INT32_MAX, "of a sample; one may be -1: what is left"},
    {"numInputDims", AE_INT, 0, 0, AE_MAXDIM, "dimensions of an input sample, 0: not said"},
    {0},
};

/* Elements the sizes ask for, -1 apart, and the place of the -1 or -1. */
static ae_status read_sizes(const ae_module *m, int64_t *elements, int *open) {
  int64_t size[AE_MAXDIM];
  const ae_value *sizes = &m->option[SIZES];
  *open = -1;
  for (int i = 0; i < sizes->count; i++) {
    size[i] = sizes->size[i] == -1 ? 1 : sizes->size[i];
    if (size[i] == 0 || (sizes->size[i] == -1 && *open >= 0))
      return aei_fail(AE_EARG, "nn.View: sizes are positive, and one may be -1");
    if (sizes->size[i] == -1) *open = i;
  }
  return aei_count(elements, sizes->count, size);
}

static ae_status check(const ae_module *m) {
  int64_t elements;
  int open;
  if (m->option[SIZES].count == AE_MAXDIM)
    return aei_fail(AE_EARG, "nn.View: at most %d sizes are allowed", AE_MAXDIM - 1);
  return read_sizes(m, &elements, &open);
}

static ae_status forward(ae_module *m, ae_tensor *x) {
  const ae_value *sizes = &m->option[SIZES];
  int64_t elements, size[AE_MAXDIM], sample = 1, batch = 1;
  int open, sample_dims = (int)m->option[NUM_INPUT_DIMS].number;
  AEI_TRY(aei_check_input(m, x));
  AEI_TRY(read_sizes(m, &elements, &open));
  if (sample_dims == 0) sample_dims = x->ndim;
  for (int d = 0; d < x->ndim; d++) *(d < x->ndim - sample_dims ? &batch : &sample) *= x->size[d];
  if (sample % elements != 0)
    return aei_fail(AE_ESHAPE, "%s: input is %s: %lld elements are no multiple of %lld",
                    AEI_NAME(m), AEI_SHAPE(x), (long long)sample, (long long)elements);
  memcpy(size + 1, sizes->size, (size_t)sizes->count * sizeof *size);
  if (open >= 0)
    size[open + 1] = sample / elements;
  else
    batch *= sample / elements;
  bool plain = batch == 1 && x->ndim <= sample_dims;
  size[0] = batch;
  return aei_reshape_forward(m, x, sizes->count + !plain, size + plain);
}

const ae_layer ae_layer_View = {
    .name = "View",
    .doc = "(B, any) -> (B, sizes), or (any) -> (sizes)  the same elements",
    .options = options,
    .buffers = aei_reshape_buffers,
    .check = check,
    .forward = forward,
    .backward = aei_reshape_backward,
    .describe = aei_reshape_describe,
};
