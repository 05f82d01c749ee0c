/* convolution.c - SpatialConvolution under both its names, which differ in the shape of their
 * weight only. */
#include "layer/spatial.h"

#include <math.h>
#include <stdio.h>

enum { PLANES, MAPS, KW, KH, DW, DH, PADW, PADH, BIAS };
enum { WEIGHT, BIAS_VECTOR };
enum { COLUMNS, PARTIAL, INPUT_COPY, OUTPUT_COPY, RESULT_COPY, WEIGHT_COPY };

const ae_option aei_convolution_options[] = {
    {"nInputPlane", AE_INT, AE_REQUIRED, 1, INT32_MAX, "planes of the input"},
    {"nOutputPlane", AE_INT, AE_REQUIRED, 1, INT32_MAX, "planes of the output"},
    {"kW", AE_INT, AE_REQUIRED, 1, INT32_MAX, "width of the kernel"},
    {"kH", AE_INT, AE_REQUIRED, 1, INT32_MAX, "height of the kernel"},
    {"dW", AE_INT, 1, 1, INT32_MAX, "step of the kernel across"},
    {"dH", AE_INT, 1, 1, INT32_MAX, "step of the kernel downwards"},
    {"padW", AE_INT, 0, 0, INT32_MAX, "zeros added at the left and at the right"},
    {"padH", AE_INT, AE_LIKE(PADW), 0, INT32_MAX, "zeros added above and below; default: padW"},
    {"bias", AE_BOOL, true, 0, 1, "add b"},
    {0},
};

const ae_buffer aei_convolution_buffers[] = {
    {"columns", NULL},
    {"partial", NULL},
    /* of what is not contiguous */
    {"inputCopy", NULL},
    {"gradOutputCopy", NULL},
    {"resultCopy", NULL},
    {"weightCopy", NULL},
    {0},
};

static int64_t option(const ae_module *m, int i) { return (int64_t)m->option[i].number; }

ae_status aei_convolution_check(const ae_module *m) {
  int64_t n;
  const bool fits = aei_mul(&n, option(m, KW), option(m, KH)) &&
                    aei_mul(&n, n, option(m, PLANES)) && aei_mul(&n, n, option(m, MAPS));
  return fits ? AE_OK : aei_fail(AE_EARG, "nn.%s: too many weights", m->layer->name);
}

int aei_convolution_weight(const ae_module *m, int64_t *size) {
  size[0] = option(m, MAPS);
  size[1] = option(m, PLANES);
  size[2] = option(m, KH);
  size[3] = option(m, KW);
  return 4;
}

int aei_convolution_matrix(const ae_module *m, int64_t *size) {
  size[0] = option(m, MAPS);
  size[1] = option(m, PLANES) * option(m, KH) * option(m, KW);
  return 2;
}

int aei_convolution_bias(const ae_module *m, int64_t *size) {
  size[0] = option(m, MAPS);
  return option(m, BIAS) ? 1 : 0;
}

/* Torch's: uniform in +-1/sqrt(inputs of an output element), weight first; a given stdv is the
 * distribution's own. */
void aei_convolution_reset(ae_module *m, double stdv, ae_generator *g) {
  const double inputs = m->option[PLANES].number * m->option[KW].number * m->option[KH].number;
  const double bound = stdv > 0 ? stdv * sqrt(3) : 1 / sqrt(inputs);
  aei_reset_uniform(m->param[WEIGHT], g, bound);
  aei_reset_uniform(m->param[BIAS_VECTOR], g, bound);
}

/* The shapes of a product with input x. */
static ae_status shapes(aei_convolution *c, const ae_module *m, const ae_tensor *x) {
  aei_images in;
  AEI_TRY(aei_images_of(&in, m, x, option(m, PLANES)));
  *c = (aei_convolution){.type = m->type,
                         .batch = in.batch,
                         .planes = in.planes,
                         .height = in.height,
                         .width = in.width,
                         .maps = option(m, MAPS),
                         .kw = option(m, KW),
                         .kh = option(m, KH),
                         .dw = option(m, DW),
                         .dh = option(m, DH),
                         .padw = option(m, PADW),
                         .padh = option(m, PADH),
                         .scratch = m->buffer[COLUMNS]};
  c->rows = aei_window_count(c->height, c->kh, c->dh, c->padh, false);
  c->columns = aei_window_count(c->width, c->kw, c->dw, c->padw, false);
  return AE_OK;
}

static aei_images output_of(const aei_convolution *c) {
  return (aei_images){c->batch, c->maps, c->rows, c->columns};
}

static ae_status read_weight(const void **weight, const ae_module *m) {
  return aei_read(weight, m->param[WEIGHT], m->buffer[WEIGHT_COPY]);
}

ae_status aei_convolution_forward(ae_module *m, ae_tensor *x) {
  aei_convolution c;
  const void *image, *weight;
  void *map;
  AEI_TRY(shapes(&c, m, x));
  AEI_TRY(aei_images_resize(m->output, m, x, output_of(&c)));
  AEI_TRY(aei_read(&image, x, m->buffer[INPUT_COPY]));
  AEI_TRY(read_weight(&weight, m));
  AEI_TRY(aei_write_begin(&map, m->output, m->buffer[RESULT_COPY]));
  AEI_TRY(aei_convolve(&c, map, image, weight, m->param[BIAS_VECTOR]));
  return aei_write_end(m->output, m->buffer[RESULT_COPY]);
}

ae_status aei_convolution_backward(ae_module *m, ae_tensor *x, ae_tensor *gy) {
  aei_convolution c;
  const void *map, *weight;
  void *image;
  AEI_TRY(shapes(&c, m, x));
  AEI_TRY(aei_images_again(m, x, output_of(&c)));
  AEI_TRY(ae_resize_as(m->grad_input, x));
  AEI_TRY(aei_read(&map, gy, m->buffer[OUTPUT_COPY]));
  AEI_TRY(read_weight(&weight, m));
  AEI_TRY(aei_write_begin(&image, m->grad_input, m->buffer[RESULT_COPY]));
  AEI_TRY(aei_convolve_back(&c, image, map, weight, NULL));
  return aei_write_end(m->grad_input, m->buffer[RESULT_COPY]);
}

ae_status aei_convolution_accumulate(ae_module *m, ae_tensor *x, ae_tensor *gy, double scale) {
  aei_convolution c;
  const void *image, *map;
  AEI_TRY(shapes(&c, m, x));
  AEI_TRY(aei_images_again(m, x, output_of(&c)));
  AEI_TRY(aei_read(&image, x, m->buffer[INPUT_COPY]));
  AEI_TRY(aei_read(&map, gy, m->buffer[OUTPUT_COPY]));
  AEI_TRY(aei_convolve_weights(&c, m->grad[WEIGHT], map, image, scale, m->buffer[PARTIAL]));
  if (m->grad[BIAS_VECTOR]) aei_plane_sums(m->grad[BIAS_VECTOR], map, output_of(&c), scale);
  return AE_OK;
}

void aei_convolution_describe(const ae_module *m, char *buffer, size_t capacity) {
  char steps[64] = "", pads[64] = "";
  const bool padded = option(m, PADW) || option(m, PADH);
  if (padded || option(m, DW) != 1 || option(m, DH) != 1)
    snprintf(steps, sizeof steps, ", %lld,%lld", (long long)option(m, DW),
             (long long)option(m, DH));
  if (padded)
    snprintf(pads, sizeof pads, ", %lld,%lld", (long long)option(m, PADW),
             (long long)option(m, PADH));
  snprintf(buffer, capacity, "(%lld -> %lld, %lldx%lld%s%s)%s", (long long)option(m, PLANES),
           (long long)option(m, MAPS), (long long)option(m, KW), (long long)option(m, KH), steps,
           pads, option(m, BIAS) ? "" : " without bias");
}
