/* Sigmoid.c - the logistic function. */
#include "layer/layer.h"

static const aei_activation work = {AE_SIGMOID, AE_SIGMOID_BACKWARD, -1, -1};

const ae_layer ae_layer_Sigmoid = {
    .name = "Sigmoid",
    .doc = "(any) -> same  y = 1 / (1 + e^-x)",
    AEI_ACTIVATION(&work),
};
