/* CMulTable.c - the product of the tensors in a table, element by element. */
#include "layer/layer.h"

enum { BEHIND };
static const ae_buffer buffers[] = {{"behind", NULL}, {0}};

static ae_status forward(ae_module *m, ae_tensor *x) { return aei_table_fold(m, x, AE_MUL, 0); }

/* gx_i = gy x_1 ... x_{i-1}, then times x_{i+1} ... x_n: without dividing by what may be zero. */
static ae_status backward(ae_module *m, ae_tensor *x, ae_tensor *gy) {
  const int n = x->nparts;
  AEI_TRY(aei_begin_alike(m, x));
  ae_tensor **gx = m->grad_input->part, *behind = m->buffer[BEHIND];
  AEI_TRY(ae_copy(gx[0], gy));
  for (int i = 1; i < n; i++) AEI_TRY(ae_map2(AE_MUL, gx[i], gx[i - 1], x->part[i - 1], 0));
  const ae_tensor *product = x->part[n - 1];
  for (int i = n - 2; i >= 0; i--) {
    AEI_TRY(ae_map2(AE_MUL, gx[i], gx[i], product, 0));
    if (i > 0) AEI_TRY(ae_map2(AE_MUL, behind, product, x->part[i], 0));
    product = behind;
  }
  return AE_OK;
}

const ae_layer ae_layer_CMulTable = {
    .name = "CMulTable",
    .doc = "{(any), (same), ...} -> (same)  y = x_1 x_2 ..., element by element",
    .buffers = buffers,
    .forward = forward,
    .backward = backward,
};
