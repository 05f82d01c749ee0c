/* ReLU.c - the rectifier. */
#include "layer/layer.h"

enum { INPLACE };

static const ae_option options[] = {
    {"inplace", AE_BOOL, false, 0, 1, "write the output over the input"},
    {0},
};

/* The output tells as well as the input which elements passed. */
static const aei_activation work = {AE_THRESHOLD, AE_RELU_BACKWARD, -1, INPLACE};

const ae_layer ae_layer_ReLU = {
    .name = "ReLU",
    .doc = "(any) -> same  y = max(0, x)",
    .options = options,
    AEI_ACTIVATION(&work),
};
