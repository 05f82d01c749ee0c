/* BatchNormalization.c - batch normalization of features. */
#include "layer/layer.h"

static ae_status forward(ae_module *m, ae_tensor *x) { return aei_batchnorm_forward(m, x, 2); }

static ae_status backward(ae_module *m, ae_tensor *x, ae_tensor *gy) {
  return aei_batchnorm_backward(m, x, gy, 2);
}

static ae_status accumulate(ae_module *m, ae_tensor *x, ae_tensor *gy, double scale) {
  return aei_batchnorm_accumulate(m, x, gy, scale, 2);
}

const ae_layer ae_layer_BatchNormalization = {
    .name = "BatchNormalization",
    .doc =
        "(B,C) -> same  y = (x - mean) / sqrt(variance + eps) * w + b, mean and variance of each "
        "column in training, running ones in evaluation; there (C) is one sample",
    .options = aei_batchnorm_options,
    .parameters = aei_batchnorm_parameters,
    .buffers = aei_batchnorm_buffers,
    .reset = aei_batchnorm_reset,
    .forward = forward,
    .backward = backward,
    .accumulate = accumulate,
    .describe = aei_describe_first,
};
