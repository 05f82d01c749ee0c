/* CAddTable.c - the sum of the tensors in a table. */
#include "layer/layer.h"

enum { INPLACE };

static const ae_option options[] = {
    {"inplace", AE_BOOL, false, 0, 1,
     "the sum is written over the first input; all have gradOutput as gradInput"},
    {0},
};

static ae_status forward(ae_module *m, ae_tensor *x) {
  if (m->option[INPLACE].number != 0) {
    AEI_TRY(aei_check_alike(m, x));
    aei_set_output(m, x->part[0]);
  }
  return aei_table_fold(m, x, AE_ADD, 1);
}

static ae_status backward(ae_module *m, ae_tensor *x, ae_tensor *gy) {
  ae_tensor *gx = m->grad_input;
  if (m->option[INPLACE].number != 0) {
    AEI_TRY(aei_check_alike(m, x));
    AEI_TRY(ae_table_resize(gx, x->nparts));
    for (int i = 0; i < x->nparts; i++) AEI_TRY(ae_table_set(gx, i, gy));
    return AE_OK;
  }
  AEI_TRY(aei_begin_alike(m, x));
  for (int i = 0; i < x->nparts; i++) AEI_TRY(ae_copy(gx->part[i], gy));
  return AE_OK;
}

const ae_layer ae_layer_CAddTable = {
    .name = "CAddTable",
    .doc = "{(any), (same), ...} -> (same)  y = x_1 + x_2 + ...",
    .options = options,
    .forward = forward,
    .backward = backward,
};
