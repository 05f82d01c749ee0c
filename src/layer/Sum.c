/* Sum.c - sums along a dimension. */
#include "layer/layer.h"

enum { DIMENSION, SAMPLE_DIMS, SIZE_AVERAGE, SQUEEZE };

static const ae_option options[] = {
    AEI_DIM_OPTION("dimension", 1, "the one that goes"),
    AEI_SAMPLE_DIMS_OPTION("nInputDims"),
    {"sizeAverage", AE_BOOL, false, 0, 1, "the mean instead"},
    {"squeeze", AE_BOOL, true, 0, 1, "drop the dimension, else its size is 1"},
    {0},
};

static bool is_set(const ae_module *m, int i) { return m->option[i].number != 0; }

static ae_status forward(ae_module *m, ae_tensor *x) {
  return aei_sum_forward(m, x, is_set(m, SIZE_AVERAGE), is_set(m, SQUEEZE));
}

static ae_status backward(ae_module *m, ae_tensor *x, ae_tensor *gy) {
  return aei_sum_backward(m, x, gy, is_set(m, SIZE_AVERAGE), is_set(m, SQUEEZE));
}

const ae_layer ae_layer_Sum = {
    .name = "Sum",
    .doc = "(any) -> without the dimension  y = sum_k x_k",
    .options = options,
    .forward = forward,
    .backward = backward,
    .describe = aei_describe_first,
};
