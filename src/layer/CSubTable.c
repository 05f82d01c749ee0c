/* CSubTable.c - the difference of two tensors. */
#include "layer/layer.h"

static ae_status forward(ae_module *m, ae_tensor *x) {
  AEI_TRY(aei_check_pair(m, x));
  return ae_map2(AE_ADD, m->output, x->part[0], x->part[1], -1);
}

static ae_status backward(ae_module *m, ae_tensor *x, ae_tensor *gy) {
  AEI_TRY(aei_check_pair(m, x));
  AEI_TRY(aei_begin_alike(m, x));
  AEI_TRY(ae_copy(m->grad_input->part[0], gy));
  return ae_map1(AE_NEG, m->grad_input->part[1], gy, 0, 0);
}

const ae_layer ae_layer_CSubTable = {
    .name = "CSubTable",
    .doc = "{(any), (same)} -> (same)  y = x_1 - x_2",
    .forward = forward,
    .backward = backward,
};
