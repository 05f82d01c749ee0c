/* ELU.c - exponential linear unit (Clevert, Unterthiner, Hochreiter: Fast and accurate deep network
 * learning by exponential linear units, ICLR 2016). */
#include "layer/layer.h"

enum { ALPHA, INPLACE };

static const ae_option options[] = {
    {"alpha", AE_NUMBER, 1, 0, AE_FINITE, "-alpha is the limit for small x"},
    {"inplace", AE_BOOL, false, 0, 1, "write the output over the input"},
    {0},
};

/* Below zero dy/dx = alpha e^x = y + alpha. */
static const aei_activation work = {AE_ELU, AE_ELU_BACKWARD, ALPHA, INPLACE};

const ae_layer ae_layer_ELU = {
    .name = "ELU",
    .doc = "(any) -> same  y = x if x > 0, else alpha * (e^x - 1)",
    .options = options,
    AEI_ACTIVATION(&work),
    .describe = aei_describe_numbers,
};
