/* LeakyReLU.c - the rectifier that lets a little of the negative through. */
#include "layer/layer.h"

enum { NEGVAL, INPLACE };

static const ae_option options[] = {
    {"negval", AE_NUMBER, 0.01, 0, AE_FINITE, "slope below zero"},
    {"inplace", AE_BOOL, false, 0, 1, "write the output over the input"},
    {0},
};

/* The output has the input's sign, as negval is not negative. */
static const aei_activation work = {AE_LEAKY_RELU, AE_LEAKY_RELU_BACKWARD, NEGVAL, INPLACE};

const ae_layer ae_layer_LeakyReLU = {
    .name = "LeakyReLU",
    .doc = "(any) -> same  y = x if x > 0, else negval * x",
    .options = options,
    AEI_ACTIVATION(&work),
    .describe = aei_describe_numbers,
};
