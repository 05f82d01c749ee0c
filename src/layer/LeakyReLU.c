/* LeakyReLU.c - the rectifier that lets a little of the negative through. */
#include "layer/layer.h"

enum { NEGVAL, INPLACE };

static const ae_option options[] = {
    {"negval", AE_NUMBER, 0.01, 0, AE_REQUIRED, "slope below zero"},
    {"inplace", AE_BOOL, false, 0, 1, "write the output over the input"},
    {0},
};

static ae_status forward(ae_module *m, ae_tensor *x) {
  AEI_TRY(aei_check_input(m, x));
  if (m->option[INPLACE].number != 0) aei_set_output(m, x);
  return ae_map1(AE_LEAKY_RELU, m->output, x, m->option[NEGVAL].number, 0);
}

/* The output has the input's sign, as negval is not negative. */
static ae_status backward(ae_module *m, ae_tensor *x, ae_tensor *gy) {
  (void)x;
  if (m->option[INPLACE].number != 0) aei_set_grad_input(m, gy);
  return ae_map2(AE_LEAKY_RELU_BACKWARD, m->grad_input, gy, m->output, m->option[NEGVAL].number);
}

const ae_layer ae_layer_LeakyReLU = {
    .name = "LeakyReLU",
    .doc = "(any) -> same  y = x if x > 0, else negval * x",
    .options = options,
    .forward = forward,
    .backward = backward,
    .describe = aei_describe_numbers,
};
