/* Tanh.c - the hyperbolic tangent. */
#include "layer/layer.h"

static const aei_activation work = {AE_TANH, AE_TANH_BACKWARD, -1, -1};

const ae_layer ae_layer_Tanh = {
    .name = "Tanh",
    .doc = "(any) -> same  y = tanh(x)",
    AEI_ACTIVATION(&work),
};
