/* DepthConcat.c - as Concat, but outputs may differ in all sizes: smaller ones are in the middle,
 * with zeros around them (Szegedy et al.: Going deeper with convolutions, CVPR 2015). */
#include "layer/layer.h"

static const ae_option options[] = {
    AEI_DIM_OPTION("dimension", AE_REQUIRED, "along which the outputs are joined"),
    {0},
};

static ae_status forward(ae_module *m, ae_tensor *x) { return aei_concat_forward(m, x, true); }

const ae_layer ae_layer_DepthConcat = {
    .name = "DepthConcat",
    .doc =
        "x -> f_1(x), f_2(x), ... joined along the dimension; in the others the largest size is "
        "that of all, smaller outputs have zeros around them",
    .options = options,
    .buffers = aei_concat_buffers,
    .container = true,
    .forward = forward,
    .backward = aei_concat_backward,
    .accumulate = aei_concat_accumulate,
    .describe = aei_describe_numbers,
};
