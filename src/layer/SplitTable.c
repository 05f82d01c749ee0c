/* SplitTable.c - a table of the input's slices: views, nothing is copied. */
#include "layer/layer.h"

enum { DIMENSION, SAMPLE_DIMS };

static const ae_option options[] = {
    AEI_DIM_OPTION("dimension", AE_REQUIRED, "whose slices are the results"),
    AEI_SAMPLE_DIMS_OPTION("nInputDims"),
    {0},
};

static ae_status check(int *dim, const ae_module *m, const ae_tensor *x) {
  AEI_TRY(
      aei_find_dim(dim, m, x, m->option[DIMENSION].number, m->option[SAMPLE_DIMS].number, x->ndim));
  if (x->ndim > 1 && x->size[*dim] > 0 && x->size[*dim] <= INT32_MAX) return AE_OK;
  return aei_fail(AE_ESHAPE, "%s: input is %s, it has no slices along dimension %d", AEI_NAME(m),
                  AEI_SHAPE(x), *dim + 1);
}

static ae_status forward(ae_module *m, ae_tensor *x) {
  int dim;
  AEI_TRY(check(&dim, m, x));
  const int n = (int)x->size[dim];
  AEI_TRY(ae_table_resize(m->output, n));
  for (int i = 0; i < n; i++) AEI_TRY(ae_select(m->output->part[i], x, dim, i));
  return AE_OK;
}

static ae_status backward(ae_module *m, ae_tensor *x, ae_tensor *gy) {
  ae_tensor view = ae_tensor_local(m->type), *gx = m->grad_input;
  int dim;
  AEI_TRY(check(&dim, m, x));
  if (x->size[dim] != gy->nparts) return aei_fail_again(m, x);
  ae_status status = ae_resize_as(gx, x);
  for (int i = 0; i < gy->nparts && status == AE_OK; i++) {
    status = ae_select(&view, gx, dim, i);
    if (status == AE_OK && !ae_same_size(&view, gy->part[i])) status = aei_fail_again(m, x);
    if (status == AE_OK) status = ae_copy(&view, gy->part[i]);
  }
  ae_tensor_clear(&view);
  return status;
}

const ae_layer ae_layer_SplitTable = {
    .name = "SplitTable",
    .doc = "x -> {x:select(dimension, 1), x:select(dimension, 2), ...}",
    .options = options,
    .forward = forward,
    .backward = backward,
    .describe = aei_describe_first,
};
