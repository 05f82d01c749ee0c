/* Mean.c - means along a dimension. */
#include "layer/layer.h"

static const ae_option options[] = {
    AEI_DIM_OPTION("dimension", 1, "the one that goes"),
    AEI_SAMPLE_DIMS_OPTION("nInputDims"),
    {0},
};

static ae_status forward(ae_module *m, ae_tensor *x) { return aei_sum_forward(m, x, true, true); }

static ae_status backward(ae_module *m, ae_tensor *x, ae_tensor *gy) {
  return aei_sum_backward(m, x, gy, true, true);
}

const ae_layer ae_layer_Mean = {
    .name = "Mean",
    .doc = "(any) -> without the dimension  y = (1/n) sum_k x_k",
    .options = options,
    .forward = forward,
    .backward = backward,
    .describe = aei_describe_first,
};
