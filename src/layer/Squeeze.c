/* Squeeze.c - drops a dimension of size 1, or all of them; of a batch of one, when the rank of a
 * sample is known, the batch stays. */
#include "layer/layer.h"

enum { DIM, SAMPLE_DIMS };

static const ae_option options[] = {
    AEI_DIM_OPTION("dim", 0, "to drop if its size is 1; 0: all of size 1"),
    AEI_SAMPLE_DIMS_OPTION("numInputDims"),
    {0},
};

static ae_status forward(ae_module *m, ae_tensor *x) {
  int64_t size[AE_MAXDIM];
  int which = (int)m->option[DIM].number, sample_dims = (int)m->option[SAMPLE_DIMS].number;
  int n = 0, dim = -1;
  AEI_TRY(aei_check_input(m, x));
  if (which != 0) AEI_TRY(aei_find_dim(&dim, m, x, which, sample_dims, x->ndim));
  bool batch = sample_dims > 0 && x->ndim == sample_dims + 1;
  for (int d = 0; d < x->ndim; d++) {
    bool chosen = which != 0 ? d == dim : !(batch && d == 0);
    if (x->size[d] != 1 || !chosen) size[n++] = x->size[d];
  }
  if (n == 0) size[n++] = 1; /* a single element keeps one dimension */
  return aei_reshape_forward(m, x, n, size);
}

const ae_layer ae_layer_Squeeze = {
    .name = "Squeeze",
    .doc = "(any) -> without dimensions of size 1  the same elements",
    .options = options,
    .buffers = aei_reshape_buffers,
    .forward = forward,
    .backward = aei_reshape_backward,
    .describe = aei_describe_numbers,
};
