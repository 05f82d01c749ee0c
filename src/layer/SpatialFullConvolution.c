/* SpatialFullConvolution.c - convolution transposed ("deconvolution"): what SpatialConvolution does
 * backward is done forward. Each element of the input adds the kernel, times itself, to the output;
 * neighbours' kernels are d apart (Zeiler, Krishnan, Taylor, Fergus: Deconvolutional networks, CVPR
 * 2010). In the words of spatial.h the input is the map and the output the image. */
#include "layer/spatial.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { MAPS, PLANES, KW, KH, DW, DH, PADW, PADH, ADJW, ADJH, BIAS };
enum { WEIGHT, BIAS_VECTOR };
enum { COLUMNS, PARTIAL, INPUT_COPY, OUTPUT_COPY, RESULT_COPY, WEIGHT_COPY };

static const ae_option options[] = {
    {"nInputPlane", AE_INT, AE_REQUIRED, 1, INT32_MAX, "planes of the input"},
    {"nOutputPlane", AE_INT, AE_REQUIRED, 1, INT32_MAX, "planes of the output"},
    {"kW", AE_INT, AE_REQUIRED, 1, INT32_MAX, "width of the kernel"},
    {"kH", AE_INT, AE_REQUIRED, 1, INT32_MAX, "height of the kernel"},
    {"dW", AE_INT, 1, 1, INT32_MAX, "from kernel to kernel across"},
    {"dH", AE_INT, 1, 1, INT32_MAX, "from kernel to kernel downwards"},
    {"padW", AE_INT, 0, 0, INT32_MAX, "columns cut off at the left and at the right"},
    {"padH", AE_INT, 0, 0, INT32_MAX, "rows cut off above and below"},
    {"adjW", AE_INT, 0, 0, INT32_MAX, "columns added at the right, fewer than dW"},
    {"adjH", AE_INT, 0, 0, INT32_MAX, "rows added below, fewer than dH"},
    {"bias", AE_BOOL, true, 0, 1, "add b"},
    {0},
};

static int64_t option(const ae_module *m, int i) { return (int64_t)m->option[i].number; }

static ae_status check(const ae_module *m) {
  int64_t n;
  if (option(m, ADJW) >= option(m, DW) || option(m, ADJH) >= option(m, DH))
    return aei_fail(AE_EARG,
                    "nn.SpatialFullConvolution: adjW and adjH are %lld and %lld, should be less "
                    "than dW and dH, %lld and %lld",
                    (long long)option(m, ADJW), (long long)option(m, ADJH),
                    (long long)option(m, DW), (long long)option(m, DH));
  if (aei_mul(&n, option(m, KW), option(m, KH)) && aei_mul(&n, n, option(m, PLANES)) &&
      aei_mul(&n, n, option(m, MAPS)))
    return AE_OK;
  return aei_fail(AE_EARG, "nn.SpatialFullConvolution: too many weights");
}

static int weight_shape(const ae_module *m, int64_t *size) {
  size[0] = option(m, MAPS);
  size[1] = option(m, PLANES);
  size[2] = option(m, KH);
  size[3] = option(m, KW);
  return 4;
}

static int bias_shape(const ae_module *m, int64_t *size) {
  size[0] = option(m, PLANES);
  return option(m, BIAS) ? 1 : 0;
}

static const ae_parameter parameters[] = {
    {"weight", "gradWeight", weight_shape},
    {"bias", "gradBias", bias_shape},
    {0},
};

/* Torch's: as a convolution's of nInputPlane planes. */
static void reset(ae_module *m, double stdv, ae_generator *g) {
  const double inputs = m->option[MAPS].number * m->option[KW].number * m->option[KH].number;
  const double bound = stdv > 0 ? stdv * sqrt(3) : 1 / sqrt(inputs);
  aei_reset_uniform(m->param[WEIGHT], g, bound);
  aei_reset_uniform(m->param[BIAS_VECTOR], g, bound);
}

static ae_status shapes(aei_convolution *c, const ae_module *m, const ae_tensor *x) {
  aei_images in;
  AEI_TRY(aei_images_of(&in, m, x, option(m, MAPS)));
  *c = (aei_convolution){.type = m->type,
                         .batch = in.batch,
                         .planes = option(m, PLANES),
                         .maps = in.planes,
                         .rows = in.height,
                         .columns = in.width,
                         .kw = option(m, KW),
                         .kh = option(m, KH),
                         .dw = option(m, DW),
                         .dh = option(m, DH),
                         .padw = option(m, PADW),
                         .padh = option(m, PADH),
                         .scratch = m->buffer[COLUMNS]};
  c->height = (c->rows - 1) * c->dh - 2 * c->padh + c->kh + option(m, ADJH);
  c->width = (c->columns - 1) * c->dw - 2 * c->padw + c->kw + option(m, ADJW);
  return AE_OK;
}

static aei_images output_of(const aei_convolution *c) {
  return (aei_images){c->batch, c->planes, c->height, c->width};
}

static ae_status read_weight(const void **weight, const ae_module *m) {
  return aei_read(weight, m->param[WEIGHT], m->buffer[WEIGHT_COPY]);
}

static ae_status forward(ae_module *m, ae_tensor *x) {
  aei_convolution c;
  const void *map, *weight;
  void *image;
  AEI_TRY(shapes(&c, m, x));
  AEI_TRY(aei_images_resize(m->output, m, x, output_of(&c)));
  AEI_TRY(aei_read(&map, x, m->buffer[INPUT_COPY]));
  AEI_TRY(read_weight(&weight, m));
  AEI_TRY(aei_write_begin(&image, m->output, m->buffer[RESULT_COPY]));
  AEI_TRY(aei_convolve_back(&c, image, map, weight, m->param[BIAS_VECTOR]));
  return aei_write_end(m->output, m->buffer[RESULT_COPY]);
}

static ae_status backward(ae_module *m, ae_tensor *x, ae_tensor *gy) {
  aei_convolution c;
  const void *image, *weight;
  void *map;
  AEI_TRY(shapes(&c, m, x));
  AEI_TRY(aei_images_again(m, x, output_of(&c)));
  AEI_TRY(ae_resize_as(m->grad_input, x));
  AEI_TRY(aei_read(&image, gy, m->buffer[OUTPUT_COPY]));
  AEI_TRY(read_weight(&weight, m));
  AEI_TRY(aei_write_begin(&map, m->grad_input, m->buffer[RESULT_COPY]));
  AEI_TRY(aei_convolve(&c, map, image, weight, NULL));
  return aei_write_end(m->grad_input, m->buffer[RESULT_COPY]);
}

static ae_status accumulate(ae_module *m, ae_tensor *x, ae_tensor *gy, double scale) {
  aei_convolution c;
  const void *image, *map;
  AEI_TRY(shapes(&c, m, x));
  AEI_TRY(aei_images_again(m, x, output_of(&c)));
  AEI_TRY(aei_read(&map, x, m->buffer[INPUT_COPY]));
  AEI_TRY(aei_read(&image, gy, m->buffer[OUTPUT_COPY]));
  AEI_TRY(aei_convolve_weights(&c, m->grad[WEIGHT], map, image, scale, m->buffer[PARTIAL]));
  if (m->grad[BIAS_VECTOR]) aei_plane_sums(m->grad[BIAS_VECTOR], image, output_of(&c), scale);
  return AE_OK;
}

/* ", 2,1" when the pair is worth telling. */
static void append_pair(char *buffer, size_t capacity, bool told, int64_t a, int64_t b) {
  const size_t used = strlen(buffer);
  if (told && used < capacity)
    snprintf(buffer + used, capacity - used, ", %lld,%lld", (long long)a, (long long)b);
}

static void describe(const ae_module *m, char *buffer, size_t capacity) {
  const bool adjusted = option(m, ADJW) || option(m, ADJH);
  const bool padded = adjusted || option(m, PADW) || option(m, PADH);
  const bool spread = padded || option(m, DW) != 1 || option(m, DH) != 1;
  snprintf(buffer, capacity, "(%lld -> %lld, %lldx%lld", (long long)option(m, MAPS),
           (long long)option(m, PLANES), (long long)option(m, KW), (long long)option(m, KH));
  append_pair(buffer, capacity, spread, option(m, DW), option(m, DH));
  append_pair(buffer, capacity, padded, option(m, PADW), option(m, PADH));
  append_pair(buffer, capacity, adjusted, option(m, ADJW), option(m, ADJH));
  const size_t used = strlen(buffer);
  if (used < capacity)
    snprintf(buffer + used, capacity - used, ")%s", option(m, BIAS) ? "" : " without bias");
}

const ae_layer ae_layer_SpatialFullConvolution = {
    .name = "SpatialFullConvolution",
    .doc =
        "(B,nIn,H,W) -> (B,nOut,H',W'), or without B  each x[i][r][c] adds x * w[i] to y at "
        "(r dH - padH, c dW - padW); y[o] begins as b[o];  H' = (H - 1) dH - 2 padH + kH + adjH",
    .options = options,
    .parameters = parameters,
    .buffers = aei_convolution_buffers,
    .check = check,
    .reset = reset,
    .forward = forward,
    .backward = backward,
    .accumulate = accumulate,
    .describe = describe,
};
