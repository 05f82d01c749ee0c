/* Copy.c - a copy of the input in the module's type, which the input need not have; gradInput has
 * the input's. */
#include "layer/layer.h"

static ae_status forward(ae_module *m, ae_tensor *x) {
  if (ae_nelement(x) == 0) return aei_fail(AE_ESHAPE, "%s: input is empty", AEI_NAME(m));
  return ae_convert(m->output, x);
}

static ae_status backward(ae_module *m, ae_tensor *x, ae_tensor *gy) {
  if (!ae_same_size(x, gy)) return aei_fail_again(m, x);
  if (m->grad_input->type != x->type) {
    ae_tensor *fresh;
    AEI_TRY(ae_tensor_new(&fresh, x->type));
    aei_set_grad_input(m, fresh);
    ae_tensor_release(fresh);
  }
  return ae_convert(m->grad_input, gy);
}

const ae_layer ae_layer_Copy = {
    .name = "Copy",
    .doc = "(any), of any type -> same, of the module's type  y = x",
    .forward = forward,
    .backward = backward,
};
