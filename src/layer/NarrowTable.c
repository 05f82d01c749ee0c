/* NarrowTable.c - some consecutive tensors of a table. */
#include "layer/layer.h"

enum { OFFSET, LENGTH };

static const ae_option options[] = {
    {"offset", AE_INT, AE_REQUIRED, 1, INT32_MAX, "the first, counted from 1"},
    {"length", AE_INT, 1, -INT32_MAX, INT32_MAX, "how many; -1: up to the last, -2: but one, ..."},
    {0},
};

static ae_status find(int *first, int *count, const ae_module *m, const ae_tensor *x) {
  AEI_TRY(aei_check_table(m, x, 0));
  int64_t offset = (int64_t)m->option[OFFSET].number, length = (int64_t)m->option[LENGTH].number;
  if (length < 0) length += x->nparts - offset + 2;
  if (length < 1 || offset - 1 + length > x->nparts)
    return aei_fail(AE_ESHAPE, "%s: input is %s, there are none %lld..%lld", AEI_NAME(m),
                    AEI_SHAPE(x), (long long)offset, (long long)(offset + length - 1));
  *first = (int)offset - 1;
  *count = (int)length;
  return AE_OK;
}

static ae_status forward(ae_module *m, ae_tensor *x) {
  int first, count;
  AEI_TRY(find(&first, &count, m, x));
  AEI_TRY(ae_table_resize(m->output, count));
  for (int i = 0; i < count; i++) AEI_TRY(ae_table_set(m->output, i, x->part[first + i]));
  return AE_OK;
}

static ae_status backward(ae_module *m, ae_tensor *x, ae_tensor *gy) {
  int first, count;
  AEI_TRY(find(&first, &count, m, x));
  if (gy->nparts != count) return aei_fail_again(m, x);
  return aei_zero_but(m, x, first, count, gy->part);
}

const ae_layer ae_layer_NarrowTable = {
    .name = "NarrowTable",
    .doc = "{x_1, x_2, ...} -> {x_offset, ...}  length of them",
    .options = options,
    .buffers = aei_zeros_buffers,
    .forward = forward,
    .backward = backward,
    .describe = aei_describe_numbers,
};
