/* TiedLinear.c - the affine map back, with the weight of an nn.Linear: the decoder of an
 * autoencoder with tied weights (Vincent, Larochelle, Bengio, Manzagol: Extracting and composing
 * robust features with denoising autoencoders, ICML 2008).
 *
 *   y (B,out) = x (B,in) W + b     gx (B,in) = gy (B,out) W'     gW (in,out) += x' gy, gb += sum gy
 *
 * W is as the Linear (out -> in) has it, and usually the same memory, as its gradient is: then the
 * two count as one parameter, whose gradient gets both layers' parts. */
#include "layer/layer.h"

#include <math.h>
#include <stdio.h>

enum { INPUT_SIZE, OUTPUT_SIZE, BIAS };
enum { WEIGHT, BIAS_VECTOR };

static const ae_option options[] = {
    {"inputSize", AE_INT, AE_REQUIRED, 1, INT32_MAX, "features of a sample, the Linear's output"},
    {"outputSize", AE_INT, AE_REQUIRED, 1, INT32_MAX, "features of its output, the Linear's input"},
    {"bias", AE_BOOL, true, 0, 1, "add b"},
    {0},
};

static int64_t inputs(const ae_module *m) { return (int64_t)m->option[INPUT_SIZE].number; }
static int64_t outputs(const ae_module *m) { return (int64_t)m->option[OUTPUT_SIZE].number; }

static int weight_shape(const ae_module *m, int64_t *size) {
  size[0] = inputs(m);
  size[1] = outputs(m);
  return 2;
}

static int bias_shape(const ae_module *m, int64_t *size) {
  size[0] = outputs(m);
  return m->option[BIAS].number != 0 ? 1 : 0;
}

static const ae_parameter parameters[] = {
    {"weight", "gradWeight", weight_shape},
    {"bias", "gradBias", bias_shape},
    {0},
};

/* The weight as the Linear that it belongs to would, the bias as one of its own inputs; a given
 * stdv is the distribution's own. */
static void reset(ae_module *m, double stdv, ae_generator *g) {
  const double bound = stdv > 0 ? stdv * sqrt(3) : 0;
  aei_reset_uniform(m->param[WEIGHT], g, stdv > 0 ? bound : 1 / sqrt((double)outputs(m)));
  aei_reset_uniform(m->param[BIAS_VECTOR], g, stdv > 0 ? bound : 1 / sqrt((double)inputs(m)));
}

static ae_status check(const ae_module *m, const ae_tensor *x) {
  AEI_TRY(aei_check_input(m, x));
  if (x->ndim > 2)
    return aei_fail(AE_ESHAPE, "%s: input is %s, want a vector or a matrix", AEI_NAME(m),
                    AEI_SHAPE(x));
  if (x->size[x->ndim - 1] == inputs(m)) return AE_OK;
  return aei_fail(AE_ESHAPE, "%s: input has %lld features, want %lld (input %s)", AEI_NAME(m),
                  (long long)x->size[x->ndim - 1], (long long)inputs(m), AEI_SHAPE(x));
}

/* In backward: the input must be the one that gave the output. */
static ae_status check_again(const ae_module *m, const ae_tensor *x) {
  AEI_TRY(check(m, x));
  if (x->ndim == m->output->ndim && (x->ndim == 1 || x->size[0] == m->output->size[0]))
    return AE_OK;
  return aei_fail_again(m, x);
}

/* view [out] = t as a matrix: a vector is one row. */
static ae_status matrix(ae_tensor *view, const ae_tensor *t) {
  return t->ndim == 1 ? ae_unsqueeze(view, t, 0) : ae_set(view, t);
}

/* c = beta c + alpha a b for vectors, rows of a batch of one, and matrices; a_turned, b_turned: the
 * transposed ones. c has its sizes. */
typedef struct product {
  ae_tensor *c;
  const ae_tensor *a, *b;
  bool a_turned, b_turned;
  double beta, alpha;
} product;

static ae_status run(const product *p) {
  ae_tensor c = ae_tensor_local(p->c->type), a = c, b = c;
  ae_status status = matrix(&c, p->c);
  if (status == AE_OK) status = matrix(&a, p->a);
  if (status == AE_OK && p->a_turned) status = ae_transpose(&a, &a, 0, 1);
  if (status == AE_OK) status = matrix(&b, p->b);
  if (status == AE_OK && p->b_turned) status = ae_transpose(&b, &b, 0, 1);
  if (status == AE_OK) status = ae_addmm(&c, p->beta, &c, p->alpha, &a, &b);
  ae_tensor_clear(&c);
  ae_tensor_clear(&a);
  ae_tensor_clear(&b);
  return status;
}

/* Each row of y = b. */
static ae_status begin_with_bias(ae_tensor *y, const ae_tensor *bias) {
  ae_tensor view = ae_tensor_local(y->type);
  ae_status status = ae_expand(&view, bias, y->ndim, y->size);
  if (status == AE_OK) status = ae_copy(y, &view);
  ae_tensor_clear(&view);
  return status;
}

static ae_status forward(ae_module *m, ae_tensor *x) {
  const ae_tensor *bias = m->param[BIAS_VECTOR];
  const int64_t size[2] = {x->size[0], outputs(m)};
  AEI_TRY(check(m, x));
  AEI_TRY(ae_resize(m->output, x->ndim, x->ndim == 2 ? size : size + 1));
  if (bias) AEI_TRY(begin_with_bias(m->output, bias));
  return run(&(product){m->output, x, m->param[WEIGHT], .beta = bias ? 1 : 0, .alpha = 1});
}

static ae_status backward(ae_module *m, ae_tensor *x, ae_tensor *gy) {
  AEI_TRY(check_again(m, x));
  AEI_TRY(ae_resize_as(m->grad_input, x));
  return run(&(product){m->grad_input, gy, m->param[WEIGHT], .b_turned = true, .alpha = 1});
}

static ae_status accumulate(ae_module *m, ae_tensor *x, ae_tensor *gy, double scale) {
  AEI_TRY(check_again(m, x));
  AEI_TRY(run(&(product){m->grad[WEIGHT], x, gy, .a_turned = true, .beta = 1, .alpha = scale}));
  if (!m->grad[BIAS_VECTOR]) return AE_OK;
  return aei_spread_sum(m->grad[BIAS_VECTOR], m, gy, NULL, gy->ndim - 1, scale);
}

static void describe(const ae_module *m, char *buffer, size_t capacity) {
  snprintf(buffer, capacity, "(%lld -> %lld)%s", (long long)inputs(m), (long long)outputs(m),
           m->option[BIAS].number != 0 ? "" : " without bias");
}

const ae_layer ae_layer_TiedLinear = {
    .name = "TiedLinear",
    .doc =
        "(B,in) -> (B,out), or (in) -> (out)  y = x W + b, W (in,out) shared with an "
        "nn.Linear (out -> in)",
    .options = options,
    .parameters = parameters,
    .reset = reset,
    .forward = forward,
    .backward = backward,
    .accumulate = accumulate,
    .describe = describe,
};
