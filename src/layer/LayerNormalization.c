/* LayerNormalization.c - gives each sample mean 0 and variance 1 (Ba, Kiros, Hinton: Layer
 * normalization, 2016). A group is a line along the last dimension. */
#include "layer/layer.h"

enum { N_OUTPUT, INITIAL_BIAS, EPS, AFFINE };
enum { WEIGHT, BIAS };
enum { NORMAL, MEAN, DEVIATION };

static const ae_option options[] = {
    {"nOutput", AE_INT, AE_REQUIRED, 1, INT32_MAX, "size of the last dimension"},
    {"initialBias", AE_NUMBER, 0, -AE_FINITE, AE_FINITE, "the bias after a reset"},
    {"eps", AE_NUMBER, 1e-10, 0, AE_FINITE, "added to the variance"},
    {"affine", AE_BOOL, true, 0, 1, "with weight and bias"},
    {0},
};

static int affine_shape(const ae_module *m, int64_t *size) {
  size[0] = (int64_t)m->option[N_OUTPUT].number;
  return m->option[AFFINE].number != 0 ? 1 : 0;
}

static const ae_parameter parameters[] = {
    {"weight", "gradWeight", affine_shape},
    {"bias", "gradBias", affine_shape},
    {0},
};

static const ae_buffer buffers[] = {{"normalized", NULL}, {"mean", NULL}, {"deviation", NULL}, {0}};

static void reset(ae_module *m, double stdv, ae_generator *g) {
  (void)stdv, (void)g;
  if (m->param[WEIGHT]) ae_fill(m->param[WEIGHT], ae_from_int(1));
  if (m->param[BIAS]) ae_fill(m->param[BIAS], ae_from_double(m->option[INITIAL_BIAS].number));
}

static aei_standard standard_of(const ae_module *m) {
  return (aei_standard){m->buffer[NORMAL], m->buffer[MEAN], m->buffer[DEVIATION], AEI_AS_IT_FITS};
}

static ae_status forward(ae_module *m, ae_tensor *x) {
  aei_standard s = standard_of(m);
  int64_t n = (int64_t)m->option[N_OUTPUT].number, size[AE_MAXDIM];
  AEI_TRY(aei_check_input(m, x));
  int last = x->ndim - 1;
  if (x->size[last] != n)
    return aei_fail(AE_ESHAPE, "%s: input is %s, want %lld in the last dimension", AEI_NAME(m),
                    AEI_SHAPE(x), (long long)n);
  for (int d = 0; d <= last; d++) size[d] = d == last ? 1 : x->size[d];
  AEI_TRY(ae_resize(s.mean, x->ndim, size));
  AEI_TRY(ae_resize(s.deviation, x->ndim, size));
  AEI_TRY(aei_standard_center(&s, m, x));
  AEI_TRY(aei_standard_scale(&s, m, m->option[EPS].number));
  return aei_affine_forward(m, s.normal, last);
}

static ae_status backward(ae_module *m, ae_tensor *x, ae_tensor *gy) {
  aei_standard s = standard_of(m);
  AEI_TRY(aei_check_again(m, x));
  AEI_TRY(aei_affine_backward(m, gy, x->ndim - 1));
  return aei_standard_backward(&s, m, m->grad_input);
}

static ae_status accumulate(ae_module *m, ae_tensor *x, ae_tensor *gy, double scale) {
  AEI_TRY(aei_check_again(m, x));
  return aei_affine_accumulate(m, m->buffer[NORMAL], gy, x->ndim - 1, scale);
}

const ae_layer ae_layer_LayerNormalization = {
    .name = "LayerNormalization",
    .doc =
        "(C), (B,C) or (any,C) -> same  y = (x - mean) / sqrt(variance + eps) * w + b, mean and "
        "variance of each line of C",
    .options = options,
    .parameters = parameters,
    .buffers = buffers,
    .reset = reset,
    .forward = forward,
    .backward = backward,
    .accumulate = accumulate,
    .describe = aei_describe_first,
};
