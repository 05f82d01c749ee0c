/* CDivTable.c - the quotient of two tensors. */
#include "layer/layer.h"

static ae_status forward(ae_module *m, ae_tensor *x) {
  AEI_TRY(aei_check_pair(m, x));
  return ae_map2(AE_DIV, m->output, x->part[0], x->part[1], 0);
}

/* gx_1 = gy / x_2, gx_2 = -gx_1 x_1 / x_2 */
static ae_status backward(ae_module *m, ae_tensor *x, ae_tensor *gy) {
  AEI_TRY(aei_check_pair(m, x));
  AEI_TRY(aei_begin_alike(m, x));
  ae_tensor *g1 = m->grad_input->part[0], *g2 = m->grad_input->part[1];
  AEI_TRY(ae_map2(AE_DIV, g1, gy, x->part[1], 0));
  AEI_TRY(ae_map2(AE_MUL, g2, g1, x->part[0], 0));
  AEI_TRY(ae_map2(AE_DIV, g2, g2, x->part[1], 0));
  return ae_map1(AE_NEG, g2, g2, 0, 0);
}

const ae_layer ae_layer_CDivTable = {
    .name = "CDivTable",
    .doc = "{(any), (same)} -> (same)  y = x_1 / x_2",
    .forward = forward,
    .backward = backward,
};
