/* Reshape.c - other sizes for each sample, the number of elements unchanged. */
#include "layer/layer.h"

#include <string.h>

enum { SIZES, BATCH_MODE };
enum { DECIDED_BY_INPUT = -1 };

static const ae_option options[] = {
    {"sizes", AE_SIZES, AE_REQUIRED, 1, INT32_MAX, "of a sample"},
    {"batchMode", AE_BOOL, DECIDED_BY_INPUT, 0, 1,
     "whether the first dimension is the batch; by default: unless the input has as many elements "
     "as the sizes and is no batch of one"},
    {0},
};

static ae_status check(const ae_module *m) {
  int64_t n;
  if (m->option[SIZES].count == AE_MAXDIM)
    return aei_fail(AE_EARG, "nn.Reshape: at most %d sizes are allowed", AE_MAXDIM - 1);
  return aei_count(&n, m->option[SIZES].count, m->option[SIZES].size);
}

static ae_status forward(ae_module *m, ae_tensor *x) {
  const ae_value *sizes = &m->option[SIZES];
  int64_t n, size[AE_MAXDIM];
  AEI_TRY(aei_check_input(m, x));
  AEI_TRY(aei_count(&n, sizes->count, sizes->size));
  bool batch = m->option[BATCH_MODE].number > 0;
  if (m->option[BATCH_MODE].number == DECIDED_BY_INPUT)
    batch = ae_nelement(x) != n || x->size[0] == 1;
  if (ae_nelement(x) != (batch ? x->size[0] * n : n))
    return aei_fail(AE_ESHAPE, "%s: input is %s, want %lld elements%s", AEI_NAME(m), AEI_SHAPE(x),
                    (long long)n, batch ? " in each sample of the batch" : "");
  size[0] = x->size[0];
  memcpy(size + batch, sizes->size, (size_t)sizes->count * sizeof *size);
  return aei_reshape_forward(m, x, sizes->count + batch, size);
}

const ae_layer ae_layer_Reshape = {
    .name = "Reshape",
    .doc = "(B, any) -> (B, sizes), or (any) -> (sizes)  the same elements",
    .options = options,
    .buffers = aei_reshape_buffers,
    .check = check,
    .forward = forward,
    .backward = aei_reshape_backward,
    .describe = aei_reshape_describe,
};
