/* along.c - what layers that work along one dimension share: which one it is, and Sum, Mean, Max
 * and Min. Their first two options are the dimension and the rank of a sample. */
#include "layer/layer.h"

enum { DIMENSION, SAMPLE_DIMS };

/* ---- which dimension ---- */

ae_status aei_find_dim(int *dim, const ae_module *m, const ae_tensor *x, double dimension,
                       double sample_dims, int ndim) {
  bool batch = sample_dims > 0 && x->ndim == (int)sample_dims + 1;
  int d = (int)dimension < 0 ? ndim + (int)dimension : (int)dimension - 1 + batch;
  AEI_TRY(aei_check_input(m, x));
  if (dimension == 0 || d < 0 || d >= ndim)
    return aei_fail(AE_ESHAPE, "%s: input is %s, there is no dimension %d", AEI_NAME(m),
                    AEI_SHAPE(x), (int)dimension + (dimension > 0 && batch));
  *dim = d;
  return AE_OK;
}

static ae_status dim_of(int *dim, const ae_module *m, const ae_tensor *x) {
  return aei_find_dim(dim, m, x, m->option[DIMENSION].number, m->option[SAMPLE_DIMS].number,
                      x->ndim);
}

/* ---- results with one element for each line ---- */

/* Sizes of the result: without the dimension, or with 1 in it; a vector's is always (1). */
static int result_size(int64_t *size, const ae_tensor *x, int dim, bool squeeze) {
  int n = 0;
  for (int d = 0; d < x->ndim; d++) {
    if (d == dim && squeeze && x->ndim > 1) continue;
    size[n++] = d == dim ? 1 : x->size[d];
  }
  return n;
}

/* The result with x's rank again, 1 in the dimension. */
static ae_status unsqueezed(ae_tensor *view, const ae_tensor *result, const ae_tensor *x, int dim) {
  return result->ndim == x->ndim ? ae_set(view, result) : ae_unsqueeze(view, result, dim);
}

static ae_status check_result(const ae_module *m, const ae_tensor *x, int dim, bool squeeze) {
  int64_t size[AE_MAXDIM];
  int n = result_size(size, x, dim, squeeze);
  if (aei_same_sizes(n, size, m->output->ndim, m->output->size)) return AE_OK;
  return aei_fail_again(m, x);
}

/* ---- sums and means ---- */

static double factor(const ae_tensor *x, int dim, bool mean) {
  return mean ? 1 / (double)x->size[dim] : 1;
}

ae_status aei_sum_forward(ae_module *m, ae_tensor *x, bool mean, bool squeeze) {
  ae_tensor view = ae_tensor_local(m->type);
  int64_t size[AE_MAXDIM];
  int dim = 0;
  AEI_TRY(dim_of(&dim, m, x));
  AEI_TRY(ae_resize(m->output, result_size(size, x, dim, squeeze), size));
  AEI_TRY(ae_fill(m->output, ae_from_int(0)));
  ae_status status = unsqueezed(&view, m->output, x, dim);
  if (status == AE_OK) status = ae_expand(&view, &view, x->ndim, x->size);
  if (status == AE_OK) aei_sum_view(&view, x, NULL, factor(x, dim, mean));
  ae_tensor_clear(&view);
  return status;
}

ae_status aei_sum_backward(ae_module *m, ae_tensor *x, ae_tensor *gy, bool mean, bool squeeze) {
  ae_tensor view = ae_tensor_local(m->type);
  int dim = 0;
  AEI_TRY(dim_of(&dim, m, x));
  AEI_TRY(check_result(m, x, dim, squeeze));
  ae_status status = unsqueezed(&view, gy, x, dim);
  if (status == AE_OK) status = ae_expand(&view, &view, x->ndim, x->size);
  if (status == AE_OK)
    status = ae_map1(AE_MUL_SCALAR, m->grad_input, &view, factor(x, dim, mean), 0);
  ae_tensor_clear(&view);
  return status;
}

/* ---- largest and smallest ---- */

typedef struct extreme {
  bool largest;
} extreme;

/* The first place of the extreme of a line, a NaN if there is one; *value is it. */
static int64_t find_extreme(double *value, const aei_line *x, int64_t n, bool largest) {
  double block[AEI_BLOCK];
  int64_t place = 0;
  aei_line_load(value, x, 0, 1);
  for (int64_t first = 0; first < n; first += AEI_BLOCK) {
    int64_t count = n - first < AEI_BLOCK ? n - first : AEI_BLOCK;
    aei_line_load(block, x, first, count);
    for (int64_t i = 0; i < count && *value == *value; i++) {
      if (!((largest ? block[i] > *value : block[i] < *value) || block[i] != block[i])) continue;
      *value = block[i];
      place = first + i;
    }
  }
  return place;
}

/* line: x, y */
static void extreme_line(void *context, int64_t number, int64_t n, const aei_line *line) {
  const extreme *e = context;
  double value;
  (void)number;
  find_extreme(&value, &line[0], n, e->largest);
  aei_line_store(&line[1], 0, 1, &value);
}

ae_status aei_extreme_forward(ae_module *m, ae_tensor *x, bool largest) {
  ae_tensor view = ae_tensor_local(m->type);
  int64_t size[AE_MAXDIM];
  int dim = 0;
  AEI_TRY(dim_of(&dim, m, x));
  if (ae_nelement(x) == 0) return aei_fail(AE_ESHAPE, "%s: input is empty", AEI_NAME(m));
  AEI_TRY(ae_resize(m->output, result_size(size, x, dim, true), size));
  ae_status status = unsqueezed(&view, m->output, x, dim);
  if (status == AE_OK)
    aei_each_line(2, (const ae_tensor *[]){x, &view}, dim, extreme_line, &(extreme){largest});
  ae_tensor_clear(&view);
  return status;
}

/* line: gx, already zero; x; gy */
static void extreme_slope(void *context, int64_t number, int64_t n, const aei_line *line) {
  const extreme *e = context;
  double value;
  (void)number;
  int64_t place = find_extreme(&value, &line[1], n, e->largest);
  aei_line_load(&value, &line[2], 0, 1);
  aei_line_store(&line[0], place, 1, &value);
}

ae_status aei_extreme_backward(ae_module *m, ae_tensor *x, ae_tensor *gy, bool largest) {
  ae_tensor view = ae_tensor_local(m->type);
  int dim = 0;
  AEI_TRY(dim_of(&dim, m, x));
  AEI_TRY(check_result(m, x, dim, true));
  AEI_TRY(ae_resize_as(m->grad_input, x));
  AEI_TRY(ae_fill(m->grad_input, ae_from_int(0)));
  ae_status status = unsqueezed(&view, gy, x, dim);
  if (status == AE_OK)
    aei_each_line(3, (const ae_tensor *[]){m->grad_input, x, &view}, dim, extreme_slope,
                  &(extreme){largest});
  ae_tensor_clear(&view);
  return status;
}
