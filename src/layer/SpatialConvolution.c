/* SpatialConvolution.c - two-dimensional convolution (a correlation, as everywhere in
 * this field). */
#include "layer/spatial.h"

static const ae_parameter parameters[] = {
    {"weight", "gradWeight", aei_convolution_weight},
    {"bias", "gradBias", aei_convolution_bias},
    {0},
};

const ae_layer ae_layer_SpatialConvolution = {
    .name = "SpatialConvolution",
    .doc =
        "(B,nIn,H,W) -> (B,nOut,H',W'), or without B  y[o] = b[o] + sum over i, kH, kW of w[o][i] "
        "* the window of x[i];  H' = floor((H + 2 padH - kH) / dH) + 1",
    .options = aei_convolution_options,
    .parameters = parameters,
    .buffers = aei_convolution_buffers,
    .check = aei_convolution_check,
    .reset = aei_convolution_reset,
    .forward = aei_convolution_forward,
    .backward = aei_convolution_backward,
    .accumulate = aei_convolution_accumulate,
    .describe = aei_convolution_describe,
};
