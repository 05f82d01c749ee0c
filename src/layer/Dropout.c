/* Dropout.c - zeroes elements at random in training (Srivastava, Hinton, Krizhevsky, Sutskever,
 * Salakhutdinov: Dropout: a simple way to prevent neural networks from overfitting, JMLR 2014). The
 * survivors are scaled up in training, so that evaluation is the identity. */
#include "layer/layer.h"

enum { P, INPLACE };
enum { NOISE };

static const ae_option options[] = {
    {"p", AE_NUMBER, 0.5, 0, 1, "probability of being zeroed, below 1"},
    {"inplace", AE_BOOL, false, 0, 1, "write the output over the input"},
    {0},
};

static const ae_buffer buffers[] = {
    {"noise", NULL}, /* 0 or 1 / (1 - p), of the last forward in training */
    {0},
};

static ae_status check(const ae_module *m) {
  if (m->option[P].number < 1) return AE_OK;
  return aei_fail(AE_EARG, "nn.Dropout: p is 1, should be below: nothing would be left");
}

static ae_status forward(ae_module *m, ae_tensor *x) {
  AEI_TRY(aei_check_input(m, x));
  if (m->option[INPLACE].number != 0)
    aei_set_output(m, x);
  else if (!m->training)
    return ae_convert(m->output, x);
  if (!m->training) return AE_OK;
  double kept = 1 - m->option[P].number;
  ae_tensor *noise = m->buffer[NOISE];
  AEI_TRY(ae_resize_as(noise, x));
  AEI_TRY(ae_resize_as(m->output, x)); /* before anything is drawn */
  AEI_TRY(ae_bernoulli(noise, ae_default_generator(), kept));
  AEI_TRY(ae_map1(AE_MUL_SCALAR, noise, noise, 1 / kept, 0));
  return ae_map2(AE_MUL, m->output, x, noise, 0);
}

static ae_status backward(ae_module *m, ae_tensor *x, ae_tensor *gy) {
  (void)x;
  if (m->option[INPLACE].number != 0)
    aei_set_grad_input(m, gy);
  else if (!m->training)
    return ae_convert(m->grad_input, gy);
  return m->training ? ae_map2(AE_MUL, m->grad_input, gy, m->buffer[NOISE], 0) : AE_OK;
}

const ae_layer ae_layer_Dropout = {
    .name = "Dropout",
    .doc =
        "(any) -> same  training: y = x * b / (1 - p), b = 0 with probability p, else 1; "
        "evaluation: y = x",
    .options = options,
    .buffers = buffers,
    .check = check,
    .forward = forward,
    .backward = backward,
    .describe = aei_describe_numbers,
};
