/* WhiteNoise.c - adds Gaussian noise in training, as a denoising autoencoder wants its input. */
#include "layer/layer.h"

enum { MEAN, STD };

static const ae_option options[] = {
    {"mean", AE_NUMBER, 0, -AE_FINITE, AE_FINITE, "of the noise"},
    {"std", AE_NUMBER, 0.1, 0, AE_FINITE, "standard deviation of the noise"},
    {0},
};

static ae_status forward(ae_module *m, ae_tensor *x) {
  AEI_TRY(aei_check_input(m, x));
  if (!m->training) return ae_convert(m->output, x);
  AEI_TRY(ae_resize_as(m->output, x));
  AEI_TRY(
      ae_normal(m->output, ae_default_generator(), m->option[MEAN].number, m->option[STD].number));
  return ae_map2(AE_ADD, m->output, x, m->output, 1);
}

static ae_status backward(ae_module *m, ae_tensor *x, ae_tensor *gy) {
  (void)x;
  aei_set_grad_input(m, gy);
  return AE_OK;
}

const ae_layer ae_layer_WhiteNoise = {
    .name = "WhiteNoise",
    .doc = "(any) -> same  training: y = x + N(mean, std); evaluation: y = x",
    .options = options,
    .forward = forward,
    .backward = backward,
    .describe = aei_describe_numbers,
};
