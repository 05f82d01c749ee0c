/* ParallelTable.c - each tensor of a table to a child of its own, a table of what they give. */
#include "layer/layer.h"

const ae_layer ae_layer_ParallelTable = {
    .name = "ParallelTable",
    .doc = "{x_1, x_2, ...} -> {f_1(x_1), f_2(x_2), ...}  child i has the i-th tensor as input",
    .container = true,
    .forward = aei_parallel_forward,
    .backward = aei_parallel_backward,
    .accumulate = aei_parallel_accumulate,
};
