/* bias.c - what Add and CAdd share: a trained tensor added to each sample. */
#include "layer/layer.h"

enum { BIAS };

void aei_bias_reset(ae_module *m, double stdv, ae_generator *g) {
  aei_reset_spread(m->param[BIAS], g, stdv);
}

ae_status aei_bias_forward(ae_module *m, ae_tensor *x) {
  AEI_TRY(aei_check_input(m, x));
  return aei_spread_map2(AE_ADD, m->output, m, x, m->param[BIAS], AEI_AS_IT_FITS, 1);
}

ae_status aei_bias_backward(ae_module *m, ae_tensor *x, ae_tensor *gy) {
  AEI_TRY(aei_check_again(m, x));
  return ae_convert(m->grad_input, gy);
}

ae_status aei_bias_accumulate(ae_module *m, ae_tensor *x, ae_tensor *gy, double scale) {
  AEI_TRY(aei_check_again(m, x));
  return aei_spread_sum(m->grad[BIAS], m, gy, NULL, AEI_AS_IT_FITS, scale);
}
