/* JoinTable.c - the tensors of a table joined along a dimension. */
#include "layer/layer.h"

enum { DIMENSION, SAMPLE_DIMS };

static const ae_option options[] = {
    AEI_DIM_OPTION("dimension", AE_REQUIRED, "along which they are joined"),
    AEI_SAMPLE_DIMS_OPTION("nInputDims"),
    {0},
};

static ae_status check(int *dim, const ae_module *m, const ae_tensor *x) {
  AEI_TRY(aei_check_tensors(m, x, 0));
  const ae_tensor *first = x->part[0];
  for (int i = 1; i < x->nparts; i++)
    if (x->part[i]->ndim != first->ndim)
      return aei_fail(AE_ESHAPE, "%s: input[%d] is %s, input[1] is %s", AEI_NAME(m), i + 1,
                      AEI_SHAPE(x->part[i]), AEI_SHAPE(first));
  return aei_find_dim(dim, m, first, m->option[DIMENSION].number, m->option[SAMPLE_DIMS].number,
                      first->ndim);
}

static ae_status forward(ae_module *m, ae_tensor *x) {
  int dim;
  AEI_TRY(check(&dim, m, x));
  ae_status status = ae_cat(m->output, x->nparts, (const ae_tensor *const *)x->part, dim);
  return status == AE_OK ? AE_OK : aei_prefix(status, "%s", AEI_NAME(m));
}

/* Each part of gradOutput to the gradInput it is from. */
static ae_status backward(ae_module *m, ae_tensor *x, ae_tensor *gy) {
  ae_tensor view = ae_tensor_local(m->type), *gx = m->grad_input;
  ae_status status = AE_OK;
  int64_t first = 0;
  int dim;
  AEI_TRY(check(&dim, m, x));
  AEI_TRY(aei_resize_parts(gx, x));
  for (int i = 0; i < x->nparts && status == AE_OK; i++) {
    int64_t count = x->part[i]->size[dim];
    status = ae_narrow(&view, gy, dim, first, count);
    if (status == AE_OK && !ae_same_size(&view, gx->part[i])) status = aei_fail_again(m, x);
    if (status == AE_OK) status = ae_copy(gx->part[i], &view);
    first += count;
  }
  ae_tensor_clear(&view);
  return status;
}

const ae_layer ae_layer_JoinTable = {
    .name = "JoinTable",
    .doc = "{x_1, x_2, ...} -> the tensors joined along the dimension, where sizes may differ",
    .options = options,
    .forward = forward,
    .backward = backward,
    .describe = aei_describe_first,
};
