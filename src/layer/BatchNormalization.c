/* BatchNormalization.c - batch normalization of features. */
#include "layer/layer.h"

static ae_status forward(ae_module *m, ae_tensor *x) { return aei_batchnorm_forward(m, x, 2); }

const ae_layer ae_layer_BatchNormalization = {
    .name = "BatchNormalization",
    .doc =
        "(B,C) -> same  y = (x - mean) / sqrt(variance + eps) * w + b, mean and variance of each "
        "column in training, running ones in evaluation",
    .options = aei_batchnorm_options,
    .parameters = aei_batchnorm_parameters,
    .buffers = aei_batchnorm_buffers,
    .reset = aei_batchnorm_reset,
    .forward = forward,
    .backward = aei_batchnorm_backward,
    .accumulate = aei_batchnorm_accumulate,
    .describe = aei_describe_first,
};
