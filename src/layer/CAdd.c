/* CAdd.c - a trained number added to each element of a sample. */
#include "layer/layer.h"

static const ae_option options[] = {
    {"size", AE_SIZES, AE_REQUIRED, 1, INT32_MAX, "of the bias: a sample's, or some of them 1"},
    {0},
};

static const ae_parameter parameters[] = {{"bias", "gradBias", aei_size_of_option}, {0}};

const ae_layer ae_layer_CAdd = {
    .name = "CAdd",
    .doc = "(B, size) or (size) -> same  y = x + b, element by element",
    .options = options,
    .parameters = parameters,
    .reset = aei_bias_reset,
    .forward = aei_bias_forward,
    .backward = aei_bias_backward,
    .accumulate = aei_bias_accumulate,
    .describe = aei_reshape_describe,
};
