/* SpatialConvolutionMM.c - SpatialConvolution under its other name, with its weight as a matrix. */
#include "layer/spatial.h"

static const ae_parameter parameters[] = {
    {"weight", "gradWeight", aei_convolution_matrix},
    {"bias", "gradBias", aei_convolution_bias},
    {0},
};

const ae_layer ae_layer_SpatialConvolutionMM = {
    .name = "SpatialConvolutionMM",
    .doc =
        "(B,nIn,H,W) -> (B,nOut,H',W'), or without B  SpatialConvolution with its weight as a "
        "matrix (nOut, nIn*kH*kW)",
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
