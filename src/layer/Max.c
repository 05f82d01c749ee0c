/* Max.c - the largest along a dimension; the first of several gets the gradient. */
#include "layer/layer.h"

static const ae_option options[] = {
    AEI_DIM_OPTION("dimension", 1, "the one that goes"),
    AEI_SAMPLE_DIMS_OPTION("nInputDims"),
    {0},
};

static ae_status forward(ae_module *m, ae_tensor *x) { return aei_extreme_forward(m, x, true); }

static ae_status backward(ae_module *m, ae_tensor *x, ae_tensor *gy) {
  return aei_extreme_backward(m, x, gy, true);
}

const ae_layer ae_layer_Max = {
    .name = "Max",
    .doc = "(any) -> without the dimension  y = max_k x_k",
    .options = options,
    .forward = forward,
    .backward = backward,
    .describe = aei_describe_first,
};
