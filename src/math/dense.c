/* dense.c - what the decompositions of matrices share. */
#include "math/dense.h"

#include <math.h>
#include <string.h>

ae_status aei_dense_square(const char *operation, const ae_tensor *x) {
  if (x->ndim == 2 && x->size[0] == x->size[1]) return AE_OK;
  return aei_fail(AE_ESHAPE, "%s: a square matrix expected, not %s", operation, AEI_SHAPE(x));
}

static ae_status check_finite(const char *operation, const ae_tensor *a) {
  const double *x = ae_data(a);
  const int64_t n = ae_nelement(a), columns = a->size[1];
  for (int64_t i = 0; i < n; i++)
    if (!isfinite(x[i]))
      return aei_fail(AE_EARG, "%s: element (%lld,%lld) is %g", operation,
                      (long long)(i / columns + 1), (long long)(i % columns + 1), x[i]);
  return AE_OK;
}

ae_status aei_dense_copy(ae_tensor *copy, const char *operation, const ae_tensor *x) {
  if (!ae_type_is_real(x->type))
    return aei_fail(AE_ETYPE, "%s: not defined for a %sTensor", operation, ae_type_name(x->type));
  if (x->ndim != 2 || ae_nelement(x) == 0)
    return aei_fail(AE_ESHAPE, "%s: a matrix expected, not %s", operation, AEI_SHAPE(x));
  AEI_TRY(ae_resize(copy, 2, x->size)); /* of a fresh tensor: contiguous */
  AEI_TRY(ae_convert(copy, x));
  return check_finite(operation, copy);
}

double aei_dense_scale(ae_tensor *a) {
  double *x = ae_data(a), largest = 0;
  const int64_t n = ae_nelement(a);
  int exponent;
  for (int64_t i = 0; i < n; i++) largest = fmax(largest, fabs(x[i]));
  if (largest == 0) return 1;
  frexp(largest, &exponent);
  for (int64_t i = 0; i < n; i++) x[i] = ldexp(x[i], -exponent);
  return ldexp(1, exponent);
}

void aei_dense_subtract(int64_t n, double *restrict y, double factor, const double *restrict x) {
  for (int64_t i = 0; i < n; i++) y[i] -= factor * x[i];
}

ae_status aei_dense_result(ae_tensor *y, const ae_tensor *x, const int64_t *order, bool turned) {
  ae_tensor sorted = ae_tensor_local(AE_DOUBLE);
  const size_t row = (size_t)x->size[1] * sizeof(double);
  ae_status status = ae_resize(&sorted, 2, x->size);
  for (int64_t i = 0; i < x->size[0] && status == AE_OK; i++)
    memcpy((double *)ae_data(&sorted) + i * x->size[1],
           (const double *)ae_data(x) + (order ? order[i] : i) * x->size[1], row);
  if (status == AE_OK && turned) status = ae_transpose(&sorted, &sorted, 0, 1);
  if (status == AE_OK) status = ae_convert(y, &sorted);
  ae_tensor_clear(&sorted);
  return status;
}

void aei_dense_order(int64_t *order, int64_t n, const double *value, bool descending) {
  const double sign = descending ? -1 : 1;
  for (int64_t i = 0; i < n; i++) {
    int64_t at = i;
    for (; at > 0 && sign * value[order[at - 1]] > sign * value[i]; at--) order[at] = order[at - 1];
    order[at] = i;
  }
}
