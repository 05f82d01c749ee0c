/* ELU.c - exponential linear unit (Clevert, Unterthiner, Hochreiter: Fast and accurate deep network
 * learning by exponential linear units, ICLR 2016). */
#include "layer/layer.h"

enum { ALPHA, INPLACE };

static const ae_option options[] = {
    {"alpha", AE_NUMBER, 1, 0, AE_REQUIRED, "-alpha is the limit for small x"},
    {"inplace", AE_BOOL, false, 0, 1, "write the output over the input"},
    {0},
};

static ae_status forward(ae_module *m, ae_tensor *x) {
  AEI_TRY(aei_check_input(m, x));
  if (m->option[INPLACE].number != 0) aei_set_output(m, x);
  return ae_map1(AE_ELU, m->output, x, m->option[ALPHA].number, 0);
}

/* Below zero dy/dx = alpha e^x = y + alpha. */
static ae_status backward(ae_module *m, ae_tensor *x, ae_tensor *gy) {
  (void)x;
  if (m->option[INPLACE].number != 0) aei_set_grad_input(m, gy);
  return ae_map2(AE_ELU_BACKWARD, m->grad_input, gy, m->output, m->option[ALPHA].number);
}

const ae_layer ae_layer_ELU = {
    .name = "ELU",
    .doc = "(any) -> same  y = x if x > 0, else alpha * (e^x - 1)",
    .options = options,
    .forward = forward,
    .backward = backward,
    .describe = aei_describe_numbers,
};
