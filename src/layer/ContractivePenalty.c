/* ContractivePenalty.c - the identity behind an encoder, an nn.Linear and its activation; backward
 * adds the gradient of the encoder's squared Jacobian, so that codes change little with the input
 * (Rifai, Vincent, Muller, Glorot, Bengio: Contractive auto-encoders, ICML 2011).
 *
 *   h (B,code) = f(x W' + b) is the layer's input, W (code,in) the Linear's weight
 *   loss = weight / B  sum_ij s_ij^2 n_j     s = f' as a function of h, n_j = sum_k W_jk^2
 *   d loss / d h_ij = 2 weight / B  s_ij (ds/dh)_ij n_j
 *   d loss / d W_jk = 2 weight / B  W_jk sum_i s_ij^2
 *
 * W and its gradient are usually the Linear's own memory, and then count as one parameter. */
#include "layer/layer.h"

#include <math.h>
#include <stdio.h>

enum { INPUT_SIZE, OUTPUT_SIZE, ACTIVATION, PENALTY, LOSS };
enum { WEIGHT };
enum { SQUARES, NORMS, SUMS };
enum { SIGMOID = 1, TANH, RELU };

static const ae_option options[] = {
    {"inputSize", AE_INT, AE_REQUIRED, 1, INT32_MAX, "features of the Linear's input"},
    {"outputSize", AE_INT, AE_REQUIRED, 1, INT32_MAX, "of its output, the code"},
    {"activation", AE_INT, SIGMOID, SIGMOID, RELU, "1: sigmoid, 2: tanh, 3: relu"},
    {"penalty", AE_NUMBER, 1, -AE_FINITE, AE_FINITE, "weight of the penalty"},
    {"loss", AE_NUMBER, 0, -AE_REQUIRED, AE_REQUIRED, "the last penalty; forward sets it"},
    {0},
};

static int64_t inputs(const ae_module *m) { return (int64_t)m->option[INPUT_SIZE].number; }
static int64_t outputs(const ae_module *m) { return (int64_t)m->option[OUTPUT_SIZE].number; }

static int weight_shape(const ae_module *m, int64_t *size) {
  size[0] = outputs(m);
  size[1] = inputs(m);
  return 2;
}

static const ae_parameter parameters[] = {{"weight", "gradWeight", weight_shape}, {0}};

static const ae_buffer buffers[] = {
    {"squares", NULL}, /* like h: s^2, then d loss / d h */
    {"norms", NULL},   /* (code,1): n */
    {"sums", NULL},    /* (code): sum_i s_ij^2 */
    {0},
};

/* As the Linear does. */
static void reset(ae_module *m, double stdv, ae_generator *g) {
  aei_reset_uniform(m->param[WEIGHT], g, stdv > 0 ? stdv * sqrt(3) : 1 / sqrt((double)inputs(m)));
}

static ae_status check(const ae_module *m, const ae_tensor *h) {
  AEI_TRY(aei_check_input(m, h));
  if (h->ndim <= 2 && h->size[h->ndim - 1] == outputs(m)) return AE_OK;
  return aei_fail(AE_ESHAPE, "%s: input is %s, want a code of %lld, or (B,%lld)", AEI_NAME(m),
                  AEI_SHAPE(h), (long long)outputs(m), (long long)outputs(m));
}

static double scale_of(const ae_module *m, const ae_tensor *h) {
  return m->option[PENALTY].number / (double)(h->ndim == 1 ? 1 : h->size[0]);
}

/* ---- element by element, in doubles ---- */

typedef struct job {
  ae_type type;
  int activation;
  bool slope;
} job;

/* s^2 */
static double square(int activation, double h) {
  const double s = activation == SIGMOID ? h * (1 - h) : activation == TANH ? 1 - h * h : h > 0;
  return s * s;
}

/* s ds/dh */
static double slope(int activation, double h) {
  if (activation == SIGMOID) return h * (1 - h) * (1 - 2 * h);
  return activation == TANH ? (1 - h * h) * -2 * h : 0;
}

static void block(void *context, int64_t first, int64_t count, void *const *ptr) {
  const job *j = context;
  (void)first;
  for (int64_t i = 0; i < count; i++) {
    double h = j->type == AE_FLOAT ? (double)((const float *)ptr[1])[i] : ((double *)ptr[1])[i];
    double y = j->slope ? slope(j->activation, h) : square(j->activation, h);
    if (j->type == AE_FLOAT)
      ((float *)ptr[0])[i] = (float)y;
    else
      ((double *)ptr[0])[i] = y;
  }
}

/* to [out] = s^2, or s ds/dh, of h. */
static ae_status each(ae_tensor *to, const ae_module *m, const ae_tensor *h, bool slopes) {
  job j = {m->type, (int)m->option[ACTIVATION].number, slopes};
  AEI_TRY(ae_resize_as(to, h));
  aei_iterate(1, 2, (const ae_tensor *[]){to, h}, block, &j);
  return AE_OK;
}

/* norms [out] (code): n_j = sum_k W_jk^2 */
static ae_status find_norms(ae_tensor *norms, const ae_module *m) {
  const ae_tensor *w = m->param[WEIGHT];
  AEI_TRY(ae_resize(norms, 2, (int64_t[]){outputs(m), 1}));
  AEI_TRY(ae_fill(norms, ae_from_int(0)));
  return aei_spread_sum(norms, m, w, w, AEI_AS_IT_FITS, 1);
}

static ae_status find_sums(ae_tensor *sums, ae_module *m, const ae_tensor *h) {
  const int64_t size = outputs(m);
  AEI_TRY(each(m->buffer[SQUARES], m, h, false));
  AEI_TRY(ae_resize(sums, 1, &size));
  AEI_TRY(ae_fill(sums, ae_from_int(0)));
  return aei_spread_sum(sums, m, m->buffer[SQUARES], NULL, h->ndim - 1, 1);
}

/* ---- the layer ---- */

static ae_status forward(ae_module *m, ae_tensor *h) {
  ae_tensor norms = ae_tensor_local(m->type);
  ae_number dot = ae_from_double(0);
  AEI_TRY(check(m, h));
  AEI_TRY(find_sums(m->buffer[SUMS], m, h));
  AEI_TRY(find_norms(m->buffer[NORMS], m));
  ae_status status = ae_select(&norms, m->buffer[NORMS], 1, 0);
  if (status == AE_OK) status = ae_dot(&dot, m->buffer[SUMS], &norms);
  ae_tensor_clear(&norms);
  AEI_TRY(status);
  m->option[LOSS].number = scale_of(m, h) * ae_to_double(dot);
  aei_set_output(m, h);
  return AE_OK;
}

/* gh = gy + 2 scale * (s ds/dh) n */
static ae_status backward(ae_module *m, ae_tensor *h, ae_tensor *gy) {
  ae_tensor *slopes = m->buffer[SQUARES], norms = ae_tensor_local(m->type);
  AEI_TRY(aei_check_again(m, h));
  AEI_TRY(check(m, h));
  AEI_TRY(each(slopes, m, h, true));
  AEI_TRY(find_norms(m->buffer[NORMS], m));
  AEI_TRY(ae_select(&norms, m->buffer[NORMS], 1, 0));
  ae_status status = aei_spread_map2(AE_MUL, slopes, m, slopes, &norms, h->ndim - 1, 0);
  ae_tensor_clear(&norms);
  AEI_TRY(status);
  return ae_map2(AE_ADD, m->grad_input, gy, slopes, 2 * scale_of(m, h));
}

static ae_status accumulate(ae_module *m, ae_tensor *h, ae_tensor *gy, double scale) {
  ae_tensor column = ae_tensor_local(m->type);
  (void)gy;
  AEI_TRY(aei_check_again(m, h));
  AEI_TRY(check(m, h));
  AEI_TRY(find_sums(m->buffer[SUMS], m, h));
  AEI_TRY(ae_unsqueeze(&column, m->buffer[SUMS], 1));
  ae_status status = aei_spread_addcmul(m->grad[WEIGHT], m, 2 * scale * scale_of(m, h),
                                        m->param[WEIGHT], &column, AEI_AS_IT_FITS);
  ae_tensor_clear(&column);
  return status;
}

static void describe(const ae_module *m, char *buffer, size_t capacity) {
  static const char *const names[] = {"", "sigmoid", "tanh", "relu"};
  snprintf(buffer, capacity, "(%lld -> %lld, %s, %g)", (long long)inputs(m), (long long)outputs(m),
           names[(int)m->option[ACTIVATION].number], m->option[PENALTY].number);
}

const ae_layer ae_layer_ContractivePenalty = {
    .name = "ContractivePenalty",
    .doc =
        "(B,code) or (code) -> same, behind an nn.Linear (in -> code) and its activation  "
        "y = x; loss = penalty * mean over the batch of |dx/d(the Linear's input)|^2, whose "
        "gradient backward adds",
    .options = options,
    .parameters = parameters,
    .buffers = buffers,
    .reset = reset,
    .forward = forward,
    .backward = backward,
    .accumulate = accumulate,
    .describe = describe,
};
