/* Linear.c - the affine map. Three matrix products:
 *
 *   y (B,out) = x (B,in) W' + b     gx (B,in) = gy (B,out) W     gW (out,in) += gy' x, gb += sum gy
 *
 * A single sample (in) is a batch of one. Strides are handed to the product as they are: no input
 * is ever copied. W' is brought into the product's own order once a step when the batch is worked
 * on by rows, since every slice of it needs the whole. */
#include "layer/layer.h"

#include <math.h>
#include <stdio.h>

enum { INPUT_SIZE, OUTPUT_SIZE, BIAS };
enum { WEIGHT, BIAS_VECTOR };
enum { PACKED, PACKED_BACK };
enum {
  PACKED_ROWS = 16,        /* the smallest batch that is worth packing W' for */
  PACKED_WEIGHTS = 1 << 20 /* and the most weights: each slice reads them all, from a cache */
};

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

static const ae_buffer buffers[] = {
    {"packedWeight", NULL}, /* W' as aei_gemm_pack left it; empty when it is not packed */
    {"packedBack", NULL},   /* W likewise, where the product cannot read it as it lies */
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

/* Rows begin .. end - 1 of a. */
static matrix rows_of(matrix a, ae_type type, int64_t begin, int64_t end) {
  a.data = (char *)a.data + begin * a.row * (int64_t)ae_type_size(type);
  a.rows = end - begin;
  return a;
}

/* c = a b, not run yet */
static aei_gemm product(matrix c, matrix a, matrix b) {
  return (aei_gemm){.m = c.rows,
                    .n = c.columns,
                    .k = a.columns,
                    .alpha = 1,
                    .a = a.data,
                    .a_row = a.row,
                    .a_col = a.column,
                    .b = b.data,
                    .b_row = b.row,
                    .b_col = b.column,
                    .c = c.data,
                    .c_row = c.row,
                    .c_col = c.column};
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

static ae_status open(ae_module *m, const ae_tensor *x) {
  AEI_TRY(check(m, x));
  int64_t size[2] = {x->size[0], outputs(m)};
  return ae_resize(m->output, x->ndim, x->ndim == 2 ? size : size + 1);
}

/* y = x W' + b for some rows. */
static void affine(const ae_module *m, matrix y, matrix x) {
  const ae_tensor *bias = m->param[BIAS_VECTOR], *packed = m->buffer[PACKED];
  aei_gemm g = product(y, x, transposed(matrix_of(m->param[WEIGHT])));
  if (packed->ndim > 0) g.packed_b = ae_data(packed);
  if (bias) {
    g.beta = 1;
    g.start = ae_data(bias);
    g.start_col = bias->stride[0];
  }
  aei_gemm_run(m->type, &g);
}

static ae_status forward(ae_module *m, ae_tensor *x) {
  AEI_TRY(open(m, x));
  AEI_TRY(ae_resize(m->buffer[PACKED], 0, NULL));
  affine(m, matrix_of(m->output), matrix_of(x));
  return AE_OK;
}

static ae_status backward(ae_module *m, ae_tensor *x, ae_tensor *gy) {
  AEI_TRY(check_again(m, x));
  AEI_TRY(ae_resize_as(m->grad_input, x));
  const aei_gemm g = product(matrix_of(m->grad_input), matrix_of(gy), matrix_of(m->param[WEIGHT]));
  aei_gemm_run(m->type, &g);
  return AE_OK;
}

/* ---- by rows ---- */

static ae_status pack(ae_type type, ae_tensor *to, matrix w) {
  const int64_t count = aei_gemm_packed_count(type, w.rows, w.columns);
  AEI_TRY(ae_resize(to, 1, &count));
  const aei_gemm g = {.n = w.columns, .k = w.rows, .b = w.data, .b_row = w.row, .b_col = w.column};
  aei_gemm_pack(type, &g, ae_data(to));
  return AE_OK;
}

static ae_status open_forward(ae_module *m, ae_tensor *x, bool *able) {
  AEI_TRY(open(m, x));
  *able = x->size[0] >= PACKED_ROWS && inputs(m) * outputs(m) <= PACKED_WEIGHTS;
  if (!*able) return AE_OK;
  return pack(m->type, m->buffer[PACKED], transposed(matrix_of(m->param[WEIGHT])));
}

static void forward_rows(const ae_module *m, const ae_tensor *x, int64_t begin, int64_t end) {
  affine(m, rows_of(matrix_of(m->output), m->type, begin, end),
         rows_of(matrix_of(x), m->type, begin, end));
}

static ae_status open_backward(ae_module *m, ae_tensor *x, ae_tensor *gy, bool *able) {
  (void)gy;
  AEI_TRY(check_again(m, x));
  *able = x->size[0] >= PACKED_ROWS && inputs(m) * outputs(m) <= PACKED_WEIGHTS;
  AEI_TRY(ae_resize_as(m->grad_input, x));
  if (!aei_gemm_wants_packed(m->type)) return ae_resize(m->buffer[PACKED_BACK], 0, NULL);
  return *able ? pack(m->type, m->buffer[PACKED_BACK], matrix_of(m->param[WEIGHT])) : AE_OK;
}

static void backward_rows(const ae_module *m, const ae_tensor *x, const ae_tensor *gy,
                          int64_t begin, int64_t end) {
  (void)x;
  const ae_tensor *packed = m->buffer[PACKED_BACK];
  aei_gemm g = product(rows_of(matrix_of(m->grad_input), m->type, begin, end),
                       rows_of(matrix_of(gy), m->type, begin, end), matrix_of(m->param[WEIGHT]));
  if (packed->ndim > 0) g.packed_b = ae_data(packed);
  aei_gemm_run(m->type, &g);
}

static const aei_rows rows = {open_forward, forward_rows, open_backward, backward_rows};

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
static void accumulate_bias(ae_module *m, const ae_tensor *gy, double scale) {
  enum { COLUMNS = 256 }; /* a piece: several KB a row, whole cache lines */
  static const float one_float = 1;
  static const double one_double = 1;
  ae_tensor *gb = m->grad[BIAS_VECTOR];
  matrix g = matrix_of(gy);
  if (g.column == 1 && gb->stride[0] == 1) {
    column_sums s = {m->type, g, ae_data(gb), scale};
    aei_parallel(g.columns, COLUMNS, add_columns, &s);
    return;
  }
  const void *one = m->type == AE_FLOAT ? (const void *)&one_float : (const void *)&one_double;
  const matrix ones = {1, g.rows, 0, 0, (void *)(uintptr_t)one};
  aei_gemm sum = product(matrix_of(gb), ones, g);
  sum.alpha = scale, sum.beta = 1;
  aei_gemm_run(m->type, &sum);
}

static ae_status accumulate(ae_module *m, ae_tensor *x, ae_tensor *gy, double scale) {
  AEI_TRY(check_again(m, x));
  aei_gemm g = product(matrix_of(m->grad[WEIGHT]), transposed(matrix_of(gy)), matrix_of(x));
  g.alpha = scale, g.beta = 1;
  aei_gemm_run(m->type, &g);
  if (m->grad[BIAS_VECTOR]) accumulate_bias(m, gy, scale);
  return AE_OK;
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
    .buffers = buffers,
    .reset = reset,
    .forward = forward,
    .backward = backward,
    .accumulate = accumulate,
    .describe = describe,
    .rows = &rows,
};
