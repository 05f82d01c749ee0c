/* SpatialDropout.c - zeroes whole planes at random in training: neighbours in a plane are alike, so
 * that single zeros among them would drop next to nothing (Tompson, Goroshin, Jain, LeCun, Bregler:
 * Efficient object localization using convolutional networks, CVPR 2015). As in Torch, and unlike
 * Dropout, it is evaluation that scales. */
#include "layer/spatial.h"

#include <stdio.h>

enum { P };
enum { NOISE };

static const ae_option options[] = {
    {"p", AE_NUMBER, 0.5, 0, 1, "probability of a plane's being zeroed"},
    {0},
};

static const ae_buffer buffers[] = {
    {"noise", NULL}, /* (B,C,1,1) or (C,1,1): 0 or 1, of the last forward in training */
    {0},
};

/* y = x, plane by plane times the noise. */
static ae_status mask(ae_tensor *y, const ae_tensor *x, const ae_tensor *noise) {
  ae_tensor spread = ae_tensor_local(x->type);
  ae_status status = ae_expand(&spread, noise, x->ndim, x->size);
  if (status == AE_OK) status = ae_map2(AE_MUL, y, x, &spread, 0);
  ae_tensor_clear(&spread);
  return status;
}

static ae_status forward(ae_module *m, ae_tensor *x) {
  aei_images in;
  ae_tensor *noise = m->buffer[NOISE];
  AEI_TRY(aei_images_of(&in, m, x, 0));
  if (!m->training) return ae_map1(AE_MUL_SCALAR, m->output, x, 1 - m->option[P].number, 0);
  const int64_t size[4] = {in.batch, in.planes, 1, 1};
  AEI_TRY(aei_scratch_sized(noise, x->ndim, size + 4 - x->ndim));
  AEI_TRY(ae_resize_as(m->output, x)); /* before anything is drawn */
  AEI_TRY(ae_bernoulli(noise, ae_default_generator(), 1 - m->option[P].number));
  return mask(m->output, x, noise);
}

static ae_status backward(ae_module *m, ae_tensor *x, ae_tensor *gy) {
  aei_images in;
  const ae_tensor *noise = m->buffer[NOISE];
  AEI_TRY(aei_images_of(&in, m, x, 0));
  if (!m->training) return ae_map1(AE_MUL_SCALAR, m->grad_input, gy, 1 - m->option[P].number, 0);
  if (noise->ndim == 0)
    return aei_fail(AE_EARG, "%s: backward in training, but forward was not", AEI_NAME(m));
  return mask(m->grad_input, gy, noise);
}

static void describe(const ae_module *m, char *buffer, size_t capacity) {
  snprintf(buffer, capacity, "(%g)", m->option[P].number);
}

const ae_layer ae_layer_SpatialDropout = {
    .name = "SpatialDropout",
    .doc =
        "(B,C,H,W) -> same, or without B  training: y[c] = x[c] * b, b = 0 with probability p, "
        "else 1; evaluation: y = x * (1 - p)",
    .options = options,
    .buffers = buffers,
    .forward = forward,
    .backward = backward,
    .describe = describe,
};
