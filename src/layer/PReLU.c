/* PReLU.c - a rectifier with a trained slope below zero, one for all or one for each plane (He,
 * Zhang, Ren, Sun: Delving deep into rectifiers, ICCV 2015). */
#include "layer/layer.h"

enum { PLANES };
enum { WEIGHT };
enum { NEGATIVE };

static const ae_option options[] = {
    {"nOutputPlane", AE_INT, 0, 0, INT32_MAX, "planes with a slope each; 0: one slope"},
    {0},
};

static int weight_shape(const ae_module *m, int64_t *size) {
  int64_t planes = (int64_t)m->option[PLANES].number;
  size[0] = planes > 0 ? planes : 1;
  return 1;
}

static const ae_parameter parameters[] = {{"weight", "gradWeight", weight_shape}, {0}};

static const ae_buffer buffers[] = {{"negative", NULL}, {0}};

static void reset(ae_module *m, double stdv, ae_generator *g) {
  (void)stdv, (void)g;
  ae_fill(m->param[WEIGHT], ae_from_double(0.25));
}

/* The dimension of the planes, checked: it is too late when the output is half done. */
static ae_status planes_of(int *dim, const ae_module *m, const ae_tensor *x) {
  int64_t planes = (int64_t)m->option[PLANES].number;
  *dim = AEI_AS_IT_FITS;
  if (planes == 0) return AE_OK;
  AEI_TRY(aei_softmax_dim(dim, m, x));
  if (x->size[*dim] == planes) return AE_OK;
  return aei_fail(AE_ESHAPE, "%s: input is %s, want %lld in dimension %d", AEI_NAME(m),
                  AEI_SHAPE(x), (long long)planes, *dim + 1);
}

/* y = max(x, 0) + w min(x, 0) */
static ae_status forward(ae_module *m, ae_tensor *x) {
  ae_tensor *y = m->output, *negative = m->buffer[NEGATIVE];
  int dim;
  AEI_TRY(aei_check_input(m, x));
  AEI_TRY(planes_of(&dim, m, x));
  AEI_TRY(ae_map1(AE_MIN_SCALAR, negative, x, 0, 0));
  AEI_TRY(ae_map1(AE_MAX_SCALAR, y, x, 0, 0));
  return aei_spread_addcmul(y, m, 1, negative, m->param[WEIGHT], dim);
}

/* gx = g + w (gy - g), g: gy where x > 0, else 0 */
static ae_status backward(ae_module *m, ae_tensor *x, ae_tensor *gy) {
  ae_tensor *gx = m->grad_input, *negative = m->buffer[NEGATIVE];
  int dim;
  AEI_TRY(aei_check_again(m, x));
  AEI_TRY(planes_of(&dim, m, x));
  AEI_TRY(ae_map2(AE_RELU_BACKWARD, gx, gy, x, 0));
  AEI_TRY(ae_map2(AE_ADD, negative, gy, gx, -1));
  return aei_spread_addcmul(gx, m, 1, negative, m->param[WEIGHT], dim);
}

static ae_status accumulate(ae_module *m, ae_tensor *x, ae_tensor *gy, double scale) {
  int dim;
  AEI_TRY(aei_check_again(m, x));
  AEI_TRY(planes_of(&dim, m, x));
  AEI_TRY(ae_map1(AE_MIN_SCALAR, m->buffer[NEGATIVE], x, 0, 0));
  return aei_spread_sum(m->grad[WEIGHT], m, gy, m->buffer[NEGATIVE], dim, scale);
}

const ae_layer ae_layer_PReLU = {
    .name = "PReLU",
    .doc =
        "(any), or planes as in (C), (B,C), (C,H,W), (B,C,H,W) -> same  y = x if x > 0, else w x",
    .options = options,
    .parameters = parameters,
    .buffers = buffers,
    .reset = reset,
    .forward = forward,
    .backward = backward,
    .accumulate = accumulate,
    .describe = aei_describe_numbers,
};
