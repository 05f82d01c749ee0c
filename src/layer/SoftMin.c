/* SoftMin.c - SoftMax of the negated input. */
#include "layer/layer.h"

enum { NEGATED };

static const ae_buffer buffers[] = {{"negated", NULL}, {0}};

static ae_status forward(ae_module *m, ae_tensor *x) {
  AEI_TRY(aei_check_input(m, x));
  AEI_TRY(ae_map1(AE_NEG, m->buffer[NEGATED], x, 0, 0));
  return ae_layer_SoftMax.forward(m, m->buffer[NEGATED]);
}

/* SoftMax's gradient needs the output only. */
static ae_status backward(ae_module *m, ae_tensor *x, ae_tensor *gy) {
  AEI_TRY(aei_check_again(m, x));
  AEI_TRY(ae_layer_SoftMax.backward(m, x, gy));
  return ae_map1(AE_NEG, m->grad_input, m->grad_input, 0, 0);
}

const ae_layer ae_layer_SoftMin = {
    .name = "SoftMin",
    .doc = "(C), (B,C), (C,H,W) or (B,C,H,W) -> same  y_c = e^-x_c / sum_k e^-x_k",
    .buffers = buffers,
    .forward = forward,
    .backward = backward,
};
