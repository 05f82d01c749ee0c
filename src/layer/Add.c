/* Add.c - a trained vector, or one number, added to each sample. */
#include "layer/layer.h"

enum { INPUT_SIZE, SCALAR };

static const ae_option options[] = {
    {"inputSize", AE_INT, AE_REQUIRED, 1, INT32_MAX, "elements of a sample"},
    {"scalar", AE_BOOL, false, 0, 1, "one number for all elements"},
    {0},
};

static int bias_shape(const ae_module *m, int64_t *size) {
  size[0] = m->option[SCALAR].number != 0 ? 1 : (int64_t)m->option[INPUT_SIZE].number;
  return 1;
}

static const ae_parameter parameters[] = {{"bias", "gradBias", bias_shape}, {0}};

const ae_layer ae_layer_Add = {
    .name = "Add",
    .doc = "(B, any) or (any) -> same  y = x + b",
    .options = options,
    .parameters = parameters,
    .reset = aei_bias_reset,
    .forward = aei_bias_forward,
    .backward = aei_bias_backward,
    .accumulate = aei_bias_accumulate,
    .describe = aei_describe_numbers,
};
