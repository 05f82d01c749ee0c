/* LookupTable.c - a trained vector for each number: what an embedding of words is. Numbers count
 * from 1, whatever type the input has. */
#include "layer/layer.h"

#include <math.h>
#include <stdio.h>

enum { N_INDEX, N_OUTPUT, PADDING_VALUE, MAX_NORM, NORM_TYPE };
enum { WEIGHT };

static const ae_option options[] = {
    {"nIndex", AE_INT, AE_REQUIRED, 1, INT32_MAX, "numbers there are"},
    {"nOutput", AE_INT, AE_REQUIRED, 1, INT32_MAX, "size of a vector"},
    {"paddingValue", AE_INT, 0, 0, INT32_MAX, "a number whose vector is not trained; 0: none"},
    {"maxNorm", AE_NUMBER, 0, 0, AE_FINITE, "longer vectors are shortened before use; 0: none"},
    {"normType", AE_NUMBER, 2, 1e-6, 100, "p of that norm"},
    {0},
};

static int weight_shape(const ae_module *m, int64_t *size) {
  size[0] = (int64_t)m->option[N_INDEX].number;
  size[1] = (int64_t)m->option[N_OUTPUT].number;
  return 2;
}

static const ae_parameter parameters[] = {{"weight", "gradWeight", weight_shape}, {0}};

static void reset(ae_module *m, double stdv, ae_generator *g) {
  ae_normal(m->param[WEIGHT], g, 0, stdv > 0 ? stdv : 1);
}

/* ---- numbers ---- */

static ae_status read_number(int64_t *out, const ae_module *m, const ae_tensor *x, int64_t i) {
  int64_t n = (int64_t)m->option[N_INDEX].number, columns = x->size[x->ndim - 1];
  ae_number value;
  AEI_TRY(ae_get(&value, x, x->ndim == 2 ? (int64_t[]){i / columns, i % columns} : &i));
  *out = ae_to_int(value);
  if (*out >= 1 && *out <= n && (double)*out == ae_to_double(value)) return AE_OK;
  return aei_fail(AE_EARG,
                  "%s: element %lld of the input is %.17g, want a whole number in 1..%lld%s",
                  AEI_NAME(m), (long long)i + 1, ae_to_double(value), (long long)n,
                  *out == 0 ? " (numbers start at 1: add 1 to yours)" : "");
}

/* All of them, before anything is done. */
static ae_status check(const ae_module *m, const ae_tensor *x) {
  int64_t number;
  if (x->ndim < 1 || x->ndim > 2)
    return aei_fail(AE_ESHAPE, "%s: input is %s, want a vector or a matrix of numbers", AEI_NAME(m),
                    AEI_SHAPE(x));
  for (int64_t i = 0; i < ae_nelement(x); i++) AEI_TRY(read_number(&number, m, x, i));
  return AE_OK;
}

/* The vector of number i of x in y, the output or gradOutput. */
static ae_status vector_of(ae_tensor *view, const ae_tensor *y, const ae_tensor *x, int64_t i) {
  int64_t columns = x->size[x->ndim - 1];
  if (x->ndim == 1) return ae_select(view, y, 0, i);
  AEI_TRY(ae_select(view, y, 0, i / columns));
  return ae_select(view, view, 0, i % columns);
}

/* ---- forward ---- */

static ae_status shorten(const ae_module *m, ae_tensor *w) {
  double limit = m->option[MAX_NORM].number, p = m->option[NORM_TYPE].number;
  aei_line line = {w, w->offset, w->stride[0]};
  if (limit == 0) return AE_OK;
  double norm = pow(aei_line_power_sum(&line, w->size[0], p), 1 / p);
  return norm <= limit ? AE_OK : ae_map1(AE_MUL_SCALAR, w, w, limit / (norm + 1e-7), 0);
}

static ae_status look_up(const ae_module *m, const ae_tensor *x, int64_t i, ae_tensor *w,
                         ae_tensor *y) {
  int64_t number;
  AEI_TRY(read_number(&number, m, x, i));
  AEI_TRY(ae_select(w, m->param[WEIGHT], 0, number - 1));
  AEI_TRY(shorten(m, w));
  AEI_TRY(vector_of(y, m->output, x, i));
  return ae_copy(y, w);
}

static ae_status forward(ae_module *m, ae_tensor *x) {
  ae_tensor w = ae_tensor_local(m->type), y = ae_tensor_local(m->type);
  ae_status status = AE_OK;
  AEI_TRY(check(m, x));
  int64_t size[3] = {x->size[0], x->size[x->ndim - 1]};
  size[x->ndim] = (int64_t)m->option[N_OUTPUT].number;
  AEI_TRY(ae_resize(m->output, x->ndim + 1, size));
  for (int64_t i = 0; i < ae_nelement(x) && status == AE_OK; i++) status = look_up(m, x, i, &w, &y);
  ae_tensor_clear(&w);
  ae_tensor_clear(&y);
  return status;
}

/* ---- backward ---- */

/* Numbers have no gradient: zero, as in Torch. */
static ae_status backward(ae_module *m, ae_tensor *x, ae_tensor *gy) {
  (void)gy;
  AEI_TRY(ae_resize_as(m->grad_input, x));
  return ae_fill(m->grad_input, ae_from_int(0));
}

static ae_status add_gradient(const ae_module *m, const ae_tensor *x, int64_t i, ae_tensor *gw,
                              ae_tensor *gy, const ae_tensor *all_gy, double scale) {
  int64_t number;
  AEI_TRY(read_number(&number, m, x, i));
  if (number == (int64_t)m->option[PADDING_VALUE].number) return AE_OK;
  AEI_TRY(ae_select(gw, m->grad[WEIGHT], 0, number - 1));
  AEI_TRY(vector_of(gy, all_gy, x, i));
  return ae_map2(AE_ADD, gw, gw, gy, scale);
}

static ae_status accumulate(ae_module *m, ae_tensor *x, ae_tensor *gy, double scale) {
  ae_tensor gw = ae_tensor_local(m->type), row = ae_tensor_local(m->type);
  ae_status status = AE_OK;
  AEI_TRY(check(m, x));
  if (ae_nelement(x) * (int64_t)m->option[N_OUTPUT].number != ae_nelement(gy) ||
      x->size[0] != gy->size[0])
    return aei_fail_again(m, x);
  for (int64_t i = 0; i < ae_nelement(x) && status == AE_OK; i++)
    status = add_gradient(m, x, i, &gw, &row, gy, scale);
  ae_tensor_clear(&gw);
  ae_tensor_clear(&row);
  return status;
}

static void describe(const ae_module *m, char *buffer, size_t capacity) {
  snprintf(buffer, capacity, "(%g -> %g)", m->option[N_INDEX].number, m->option[N_OUTPUT].number);
}

const ae_layer ae_layer_LookupTable = {
    .name = "LookupTable",
    .doc = "(N) or (B,N) numbers in 1..nIndex -> (N,nOutput) or (B,N,nOutput)  y_n = w[x_n]",
    .options = options,
    .parameters = parameters,
    .reset = reset,
    .forward = forward,
    .backward = backward,
    .accumulate = accumulate,
    .describe = describe,
};
