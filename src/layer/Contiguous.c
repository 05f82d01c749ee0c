/* Contiguous.c - its input itself where that is contiguous, else a copy; likewise backward. */
#include "layer/layer.h"

enum { OUTPUT, GRAD_INPUT };

static const ae_buffer buffers[] = {{"copy", NULL}, {"gradCopy", NULL}, {0}};

static ae_status forward(ae_module *m, ae_tensor *x) {
  const ae_tensor *source;
  AEI_TRY(aei_check_input(m, x));
  AEI_TRY(aei_contiguous(&source, x, m->buffer[OUTPUT]));
  aei_set_output(m, source == x ? x : m->buffer[OUTPUT]);
  return AE_OK;
}

static ae_status backward(ae_module *m, ae_tensor *x, ae_tensor *gy) {
  const ae_tensor *source;
  AEI_TRY(aei_check_again(m, x));
  AEI_TRY(aei_contiguous(&source, gy, m->buffer[GRAD_INPUT]));
  aei_set_grad_input(m, source == gy ? gy : m->buffer[GRAD_INPUT]);
  return AE_OK;
}

const ae_layer ae_layer_Contiguous = {
    .name = "Contiguous",
    .doc = "(any) -> same  y = x, contiguous",
    .buffers = buffers,
    .forward = forward,
    .backward = backward,
};
