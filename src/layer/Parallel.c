/* Parallel.c - each slice of the input to a child of its own, their outputs joined. */
#include "layer/layer.h"

enum { INPUT_DIMENSION, OUTPUT_DIMENSION };

static const ae_option options[] = {
    AEI_DIM_OPTION("inputDimension", AE_REQUIRED, "whose slices the children have as inputs"),
    AEI_DIM_OPTION("outputDimension", AE_REQUIRED, "along which the outputs are joined"),
    {0},
};

enum { GRAD_OUTPUTS, INPUTS };
static const ae_buffer buffers[] = {
    /* tables of views, one for each child */
    {"gradOutputs", NULL},
    {"inputs", NULL},
    {0},
};

/* The i-th input, a view that lasts: a child may have it as its output. */
static ae_status slice(ae_tensor **out, ae_module *m, int dim, const ae_tensor *x, int i) {
  AEI_TRY(ae_table_resize(m->buffer[INPUTS], m->nchildren));
  *out = m->buffer[INPUTS]->part[i];
  return ae_select(*out, x, dim, i);
}

static ae_status check(int *dim, const ae_module *m, const ae_tensor *x) {
  AEI_TRY(aei_find_dim(dim, m, x, m->option[INPUT_DIMENSION].number, 0, x->ndim));
  if (x->ndim > 1 && x->size[*dim] == m->nchildren) return AE_OK;
  return aei_fail(AE_ESHAPE, "%s: input is %s, want %d slices along dimension %d", AEI_NAME(m),
                  AEI_SHAPE(x), m->nchildren, *dim + 1);
}

static ae_status forward(ae_module *m, ae_tensor *x) {
  int dim, n = m->nchildren;
  if (n == 0) return aei_fail(AE_EARG, "%s has no children", AEI_NAME(m));
  AEI_TRY(check(&dim, m, x));
  for (int i = 0; i < n; i++) {
    ae_tensor *part;
    AEI_TRY(slice(&part, m, dim, x, i));
    AEI_TRY(aei_child_forward(m, i, part));
  }
  return aei_join_outputs(m, m->option[OUTPUT_DIMENSION].number, false);
}

/* The children's gradInputs to their slices. */
static ae_status collect(ae_module *m, const ae_tensor *x, int dim) {
  ae_tensor view = ae_tensor_local(m->type), *gx = m->grad_input;
  ae_status status = ae_resize_as(gx, x);
  for (int i = 0; i < m->nchildren && status == AE_OK; i++) {
    ae_tensor *grad = NULL;
    status = aei_child_grad(&grad, m, i);
    if (status == AE_OK) status = ae_select(&view, gx, dim, i);
    if (status == AE_OK) status = ae_copy(&view, grad);
  }
  ae_tensor_clear(&view);
  return status;
}

static ae_status backward(ae_module *m, ae_tensor *x, ae_tensor *gy) {
  int dim, n = m->nchildren;
  AEI_TRY(check(&dim, m, x));
  for (int i = 0; i < n; i++) {
    ae_tensor *part, *grad = NULL;
    AEI_TRY(slice(&part, m, dim, x, i));
    AEI_TRY(aei_joined_grad(&grad, m, m->option[OUTPUT_DIMENSION].number, gy, i));
    AEI_TRY(aei_child_backward(m, i, part, grad, m->grad_input));
  }
  return m->grad_input ? collect(m, x, dim) : AE_OK;
}

static ae_status accumulate(ae_module *m, ae_tensor *x, ae_tensor *gy, double scale) {
  int dim, n = m->nchildren;
  AEI_TRY(check(&dim, m, x));
  for (int i = 0; i < n; i++) {
    ae_tensor *part, *grad = NULL;
    AEI_TRY(slice(&part, m, dim, x, i));
    AEI_TRY(aei_joined_grad(&grad, m, m->option[OUTPUT_DIMENSION].number, gy, i));
    AEI_TRY(aei_child_accumulate(m, i, part, grad, scale));
  }
  return AE_OK;
}

const ae_layer ae_layer_Parallel = {
    .name = "Parallel",
    .doc =
        "x -> f_1(slice 1), f_2(slice 2), ... joined along a dimension; child i has the i-th "
        "slice x:select(inputDimension, i) as input",
    .options = options,
    .buffers = buffers,
    .container = true,
    .forward = forward,
    .backward = backward,
    .accumulate = accumulate,
    .describe = aei_describe_numbers,
};
