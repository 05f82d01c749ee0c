/* Unsqueeze.c - a new dimension of size 1. */
#include "layer/layer.h"

enum { POS, SAMPLE_DIMS };

static const ae_option options[] = {
    AEI_DIM_OPTION("pos", AE_REQUIRED, "place of the new dimension"),
    AEI_SAMPLE_DIMS_OPTION("numInputDims"),
    {0},
};

static ae_status forward(ae_module *m, ae_tensor *x) {
  int64_t size[AE_MAXDIM + 1];
  int dim;
  AEI_TRY(
      aei_find_dim(&dim, m, x, m->option[POS].number, m->option[SAMPLE_DIMS].number, x->ndim + 1));
  for (int d = 0; d <= x->ndim; d++) size[d] = d == dim ? 1 : x->size[d - (d > dim)];
  return aei_reshape_forward(m, x, x->ndim + 1, size);
}

const ae_layer ae_layer_Unsqueeze = {
    .name = "Unsqueeze",
    .doc = "(any) -> one dimension more, of size 1  the same elements",
    .options = options,
    .buffers = aei_reshape_buffers,
    .forward = forward,
    .backward = aei_reshape_backward,
    .describe = aei_describe_first,
};
