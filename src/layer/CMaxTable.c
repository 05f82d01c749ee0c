/* CMaxTable.c - the largest element at each place of the tensors in a table. */
#include "layer/layer.h"

static ae_status forward(ae_module *m, ae_tensor *x) {
  return aei_table_extreme_forward(m, x, true);
}

const ae_layer ae_layer_CMaxTable = {
    .name = "CMaxTable",
    .doc =
        "{(any), (same), ...} -> (same)  y = max(x_1, x_2, ...), element by element; the "
        "gradient goes to the first that has it",
    .buffers = aei_table_extreme_buffers,
    .forward = forward,
    .backward = aei_table_extreme_backward,
};
