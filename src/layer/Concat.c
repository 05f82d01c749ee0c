/* Concat.c - the same input for each child, their outputs joined along a dimension. */
#include "layer/layer.h"

static const ae_option options[] = {
    AEI_DIM_OPTION("dimension", AE_REQUIRED, "along which the outputs are joined"),
    {0},
};

static ae_status forward(ae_module *m, ae_tensor *x) { return aei_concat_forward(m, x, false); }

const ae_layer ae_layer_Concat = {
    .name = "Concat",
    .doc = "x -> f_1(x), f_2(x), ... joined along the dimension, where sizes may differ",
    .options = options,
    .buffers = aei_concat_buffers,
    .container = true,
    .forward = forward,
    .backward = aei_concat_backward,
    .accumulate = aei_concat_accumulate,
    .describe = aei_describe_numbers,
};
