/* bias.c - what Add and CAdd share: a trained tensor added to each sample. */
#include "layer/layer.h"

enum { BIAS };

void aei_bias_reset(ae_module *m, double stdv, ae_generator *g) {
  aei_reset_spread(m->param[BIAS], g, stdv);
}

ae_status aei_bias_forward(ae_module *m, ae_tensor *x) {
  ae_tensor view = ae_tensor_local(m->type);
  AEI_TRY(aei_check_input(m, x));
  ae_status status = aei_spread(&view, m, m->param[BIAS], x);
  if (status == AE_OK) status = ae_map2(AE_ADD, m->output, x, &view, 1);
  ae_tensor_clear(&view);
  return status;
}

ae_status aei_bias_backward(ae_module *m, ae_tensor *x, ae_tensor *gy) {
  AEI_TRY(aei_check_again(m, x));
  return ae_convert(m->grad_input, gy);
}

ae_status aei_bias_accumulate(ae_module *m, ae_tensor *x, ae_tensor *gy, double scale) {
  ae_tensor view = ae_tensor_local(m->type);
  AEI_TRY(aei_check_again(m, x));
  ae_status status = aei_spread(&view, m, m->grad[BIAS], gy);
  if (status == AE_OK) aei_sum_spread(&view, gy, NULL, scale);
  ae_tensor_clear(&view);
  return status;
}
