/* Replicate.c - the input several times, as a new dimension: a view of it, nothing is copied. */
#include "layer/layer.h"

enum { NFEATURES, DIM, NDIM };

static const ae_option options[] = {
    {"nfeatures", AE_INT, AE_REQUIRED, 1, INT32_MAX, "how many times"},
    AEI_DIM_OPTION("dim", 1, "the new one"),
    AEI_SAMPLE_DIMS_OPTION("ndim"),
    {0},
};

/* x, or gradInput, with the new dimension of stride 0. */
static ae_status repeated(ae_tensor *view, const ae_module *m, const ae_tensor *x) {
  int64_t size[AE_MAXDIM + 1];
  int dim;
  AEI_TRY(aei_find_dim(&dim, m, x, m->option[DIM].number, m->option[NDIM].number, x->ndim + 1));
  for (int d = 0; d <= x->ndim; d++)
    size[d] = d == dim ? (int64_t)m->option[NFEATURES].number : x->size[d - (d > dim)];
  int ndim = x->ndim + 1;
  AEI_TRY(ae_unsqueeze(view, x, dim));
  return ae_expand(view, view, ndim, size);
}

static ae_status forward(ae_module *m, ae_tensor *x) { return repeated(m->output, m, x); }

static ae_status backward(ae_module *m, ae_tensor *x, ae_tensor *gy) {
  ae_tensor view = ae_tensor_local(m->type);
  AEI_TRY(aei_check_input(m, x));
  AEI_TRY(ae_resize_as(m->grad_input, x));
  AEI_TRY(ae_fill(m->grad_input, ae_from_int(0)));
  ae_status status = repeated(&view, m, m->grad_input);
  if (status == AE_OK && !ae_same_size(&view, gy)) status = aei_fail_again(m, x);
  if (status == AE_OK) aei_sum_view(&view, gy, NULL, 1);
  ae_tensor_clear(&view);
  return status;
}

const ae_layer ae_layer_Replicate = {
    .name = "Replicate",
    .doc = "(any) -> one dimension more  y_k = x, k = 1..nfeatures",
    .options = options,
    .forward = forward,
    .backward = backward,
    .describe = aei_describe_numbers,
};
