/* Linear.c - the affine map. Three matrix products:
 *
 *   y (B,out) = x (B,in) W' + b     gx (B,in) = gy (B,out) W     gW (out,in) += gy' x, gb += sum gy
 *
 * A single sample (in) is a batch of one. Strides are handed to the product as they are: no input
 * is ever copied. */
#include "layer/layer.h"

#include <math.h>
#include <stdio.h>

enum { INPUT_SIZE, OUTPUT_SIZE, BIAS };
enum { WEIGHT, BIAS_VECTOR };

static const ae_option options[] = {
    {"inputSize", AE_INT, AE_REQUIRED, 1, INT32_MAX, "features of a sample"},
    {"outputSize", AE_INT, AE_REQUIRED, 1, INT32_MAX, "features of its output"},
    {"bias", AE_BOOL, true, 0, 1, "add b"},
    {0},
};

static int64_t inputs(const ae_module *m) { return (int64_t)m->option[INPUT_SIZE].number; }
static int64_t outputs(const ae_module *m) { return (int64_t)m->option[OUTPUT_SIZE].number; }

static int weight_shape(const ae_module *m, int64_t *size) {
  size[0] = outputs(m);
  size[1] = inputs(m);
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

/* Torch's: uniform in +-1/sqrt(in), weight first; a given stdv is the distribution's own. */
static void reset(ae_module *m, double stdv, ae_generator *g) {
  double bound = stdv > 0 ? stdv * sqrt(3) : 1 / sqrt((double)inputs(m));
  aei_reset_uniform(m->param[WEIGHT], g, bound);
  aei_reset_uniform(m->param[BIAS_VECTOR], g, bound);
}

/* A vector or a matrix, seen as a matrix. */
typedef struct matrix {
  int64_t rows, columns, row, column; /* sizes and strides */
  void *data;
} matrix;

static matrix matrix_of(const ae_tensor *t) {
  bool batch = t->ndim == 2;
  return (matrix){.rows = batch ? t->size[0] : 1,
                  .columns = t->size[t->ndim - 1],
                  .row = batch ? t->stride[0] : 0,
                  .column = t->stride[t->ndim - 1],
                  .data = ae_data(t)};
}

static matrix transposed(matrix a) { return (matrix){a.columns, a.rows, a.column, a.row, a.data}; }

/* c = beta * c + alpha * a b */
static ae_status product(ae_type type, double beta, matrix c, double alpha, matrix a, matrix b) {
  aei_gemm g = {.m = c.rows,
                .n = c.columns,
                .k = a.columns,
                .alpha = alpha,
                .beta = beta,
                .a = a.data,
                .a_row = a.row,
                .a_col = a.column,
                .b = b.data,
                .b_row = b.row,
                .b_col = b.column,
                .c = c.data,
                .c_row = c.row,
                .c_col = c.column};
  return aei_gemm_run(type, &g);
}

static ae_status check(const ae_module *m, const ae_tensor *x) {
  AEI_TRY(aei_check_input(m, x));
  if (x->ndim > 2)
    return aei_fail(AE_ESHAPE, "%s: input is %s, want a vector or a matrix", AEI_NAME(m),
                    AEI_SHAPE(x));
  if (x->size[x->ndim - 1] != inputs(m))
    return aei_fail(AE_ESHAPE, "%s: input has %lld features, want %lld (input %s)", AEI_NAME(m),
                    (long long)x->size[x->ndim - 1], (long long)inputs(m), AEI_SHAPE(x));
  return AE_OK;
}

/* In backward: the input must be the one that gave the output. */
static ae_status check_again(const ae_module *m, const ae_tensor *x) {
  AEI_TRY(check(m, x));
  if (x->ndim == m->output->ndim && (x->ndim == 1 || x->size[0] == m->output->size[0]))
    return AE_OK;
  return aei_fail(AE_ESHAPE, "%s: input is %s in backward, but forward's output was %s",
                  AEI_NAME(m), AEI_SHAPE(x), AEI_SHAPE(m->output));
}

/* Every row of y = b. */
static ae_status spread_bias(ae_tensor *y, const ae_tensor *b) {
  ae_tensor rows = ae_tensor_local(y->type);
  ae_status status = ae_expand(&rows, b, y->ndim, y->size);
  if (status == AE_OK) status = ae_copy(y, &rows);
  ae_tensor_clear(&rows);
  return status;
}

static ae_status forward(ae_module *m, ae_tensor *x) {
  AEI_TRY(check(m, x));
  ae_tensor *y = m->output, *bias = m->param[BIAS_VECTOR];
  int64_t size[2] = {x->size[0], outputs(m)};
  AEI_TRY(ae_resize(y, x->ndim, x->ndim == 2 ? size : size + 1));
  if (bias) AEI_TRY(spread_bias(y, bias));
  return product(m->type, bias ? 1 : 0, matrix_of(y), 1, matrix_of(x),
                 transposed(matrix_of(m->param[WEIGHT])));
}

static ae_status backward(ae_module *m, ae_tensor *x, ae_tensor *gy) {
  AEI_TRY(check_again(m, x));
  AEI_TRY(ae_resize_as(m->grad_input, x));
  return product(m->type, 0, matrix_of(m->grad_input), 1, matrix_of(gy),
                 matrix_of(m->param[WEIGHT]));
}

/* ---- parameters' gradients ---- */

typedef struct column_sums {
  ae_type type;
  matrix gy;
  void *to;
  double scale;
} column_sums;

static void add_columns(void *context, int64_t begin, int64_t end) {
  const column_sums *s = context;
  size_t start = (size_t)begin * ae_type_size(s->type);
  aei_kernels_of(s->type)->add_rows(s->gy.rows, end - begin, (char *)s->to + start,
                                    (const char *)s->gy.data + start, s->gy.row, s->scale);
}

/* gb += scale * sum over rows of gy: as a product with ones where columns are not consecutive,
 * which has the same chain of fused multiply-adds. */
static ae_status accumulate_bias(ae_module *m, const ae_tensor *gy, double scale) {
  enum { COLUMNS = 256 }; /* a piece: several KB a row, whole cache lines */
  static const float one_float = 1;
  static const double one_double = 1;
  ae_tensor *gb = m->grad[BIAS_VECTOR];
  matrix g = matrix_of(gy);
  if (g.column == 1 && gb->stride[0] == 1) {
    column_sums s = {m->type, g, ae_data(gb), scale};
    aei_parallel(g.columns, COLUMNS, add_columns, &s);
    return AE_OK;
  }
  const void *one = m->type == AE_FLOAT ? (const void *)&one_float : (const void *)&one_double;
  matrix ones = {1, g.rows, 0, 0, (void *)(uintptr_t)one};
  return product(m->type, 1, matrix_of(gb), scale, ones, g);
}

static ae_status accumulate(ae_module *m, ae_tensor *x, ae_tensor *gy, double scale) {
  AEI_TRY(check_again(m, x));
  AEI_TRY(product(m->type, 1, matrix_of(m->grad[WEIGHT]), scale, transposed(matrix_of(gy)),
                  matrix_of(x)));
  return m->grad[BIAS_VECTOR] ? accumulate_bias(m, gy, scale) : AE_OK;
}

static void describe(const ae_module *m, char *buffer, size_t capacity) {
  snprintf(buffer, capacity, "(%lld -> %lld)%s", (long long)inputs(m), (long long)outputs(m),
           m->option[BIAS].number != 0 ? "" : " without bias");
}

const ae_layer ae_layer_Linear = {
    .name = "Linear",
    .doc = "(B,in) -> (B,out), or (in) -> (out)  y = x W' + b",
    .options = options,
    .parameters = parameters,
    .reset = reset,
    .forward = forward,
    .backward = backward,
    .accumulate = accumulate,
    .describe = describe,
};
