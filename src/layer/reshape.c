/* reshape.c - what Reshape and View share: output and gradInput are views, of the input where it is
 * contiguous, else of a copy in a scratch tensor. */
#include "layer/layer.h"

#include <stdio.h>

enum { INPUT_COPY, GRAD_OUTPUT_COPY };

const ae_buffer aei_reshape_buffers[] = {{"input", NULL}, {"gradOutput", NULL}, {0}};

ae_status aei_reshape_forward(ae_module *m, ae_tensor *x, int ndim, const int64_t *size) {
  const ae_tensor *source;
  AEI_TRY(aei_contiguous(&source, x, m->buffer[INPUT_COPY]));
  return ae_view(m->output, source, ndim, size);
}

ae_status aei_reshape_backward(ae_module *m, ae_tensor *x, ae_tensor *gy) {
  const ae_tensor *source;
  if (ae_nelement(x) != ae_nelement(gy)) return aei_fail_again(m, x);
  AEI_TRY(aei_contiguous(&source, gy, m->buffer[GRAD_OUTPUT_COPY]));
  return ae_view(m->grad_input, source, x->ndim, x->size);
}

void aei_reshape_describe(const ae_module *m, char *buffer, size_t capacity) {
  const ae_value *sizes = &m->option[0];
  char text[AEI_SHAPE_CAPACITY];
  snprintf(buffer, capacity, "(%s)", ae_shape_string(text, sizeof text, sizes->count, sizes->size));
}
