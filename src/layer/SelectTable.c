/* SelectTable.c - one of the tensors in a table. */
#include "layer/layer.h"

enum { INDEX };

static const ae_option options[] = {
    {"index", AE_INT, AE_REQUIRED, -INT32_MAX, INT32_MAX,
     "which one, counted from 1, or down from -1"},
    {0},
};

static ae_status find(int *at, const ae_module *m, const ae_tensor *x) {
  const int index = (int)m->option[INDEX].number;
  AEI_TRY(aei_check_table(m, x, 0));
  *at = index < 0 ? x->nparts + index : index - 1;
  if (*at >= 0 && *at < x->nparts) return AE_OK;
  return aei_fail(AE_ESHAPE, "%s: input is %s", AEI_NAME(m), AEI_SHAPE(x));
}

static ae_status forward(ae_module *m, ae_tensor *x) {
  int at;
  AEI_TRY(find(&at, m, x));
  aei_set_output(m, x->part[at]);
  return AE_OK;
}

static ae_status backward(ae_module *m, ae_tensor *x, ae_tensor *gy) {
  int at;
  AEI_TRY(find(&at, m, x));
  return aei_zero_but(m, x, at, 1, &gy);
}

const ae_layer ae_layer_SelectTable = {
    .name = "SelectTable",
    .doc = "{x_1, x_2, ...} -> x_index, which may be a table itself",
    .options = options,
    .buffers = aei_zeros_buffers,
    .forward = forward,
    .backward = backward,
    .describe = aei_describe_numbers,
};
