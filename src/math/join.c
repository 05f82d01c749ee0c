/* join.c - tensors put together: side by side, or repeated. */
#include "math/math.h"

static ae_status check_pieces(int64_t *size, int *ndim, ae_type type, int n,
                              const ae_tensor *const *x, int dim) {
  bool first = true;
  *ndim = 0;
  for (int i = 0; i < n; i++)
    if (x[i]->ndim > *ndim) *ndim = x[i]->ndim;
  if (*ndim > 0 && *ndim <= dim) *ndim = dim + 1;
  for (int i = 0; i < n; i++) {
    if (x[i]->ndim == 0) continue;
    if (x[i]->type != type)
      return aei_fail(AE_ETYPE, "cat: tensor %d is a %sTensor, the result a %sTensor", i + 1,
                      ae_type_name(x[i]->type), ae_type_name(type));
    if (first) {
      for (int d = 0; d < *ndim; d++) size[d] = d < x[i]->ndim ? x[i]->size[d] : 1;
      size[dim] = 0;
      first = false;
    }
    for (int d = 0; d < *ndim; d++) {
      int64_t here = d < x[i]->ndim ? x[i]->size[d] : 1;
      if (d == dim) {
        size[dim] += here;
      } else if (here != size[d]) {
        return aei_fail(AE_ESHAPE, "cat: tensor %d is %s and does not fit dimension %d (%lld)",
                        i + 1, AEI_SHAPE(x[i]), d + 1, (long long)size[d]);
      }
    }
  }
  return AE_OK;
}

ae_status ae_cat(ae_tensor *y, int n, const ae_tensor *const *x, int dim) {
  int64_t size[AE_MAXDIM];
  int ndim;
  if (dim < 0 || dim >= AE_MAXDIM)
    return aei_fail(AE_EARG, "cat: dimension %d is not in 1..%d", dim + 1, AE_MAXDIM);
  AEI_TRY(check_pieces(size, &ndim, y->type, n, x, dim));
  ae_tensor result = ae_tensor_local(y->type), part = ae_tensor_local(y->type);
  ae_status status = AE_OK;
  bool aliased = false;
  for (int i = 0; i < n; i++) aliased = aliased || aei_overlap(x[i], y);
  ae_tensor *target = aliased ? &result : y;
  status = ae_resize(target, ndim, size);
  int64_t at = 0;
  for (int i = 0; i < n && status == AE_OK; i++) {
    if (x[i]->ndim == 0) continue;
    int64_t count = dim < x[i]->ndim ? x[i]->size[dim] : 1;
    status = ae_narrow(&part, target, dim, at, count);
    if (status == AE_OK) status = ae_copy(&part, x[i]);
    at += count;
  }
  ae_tensor_clear(&part);
  if (status == AE_OK && aliased) status = ae_convert(y, &result);
  ae_tensor_clear(&result);
  return status;
}

ae_status ae_repeat(ae_tensor *y, const ae_tensor *x, int n, const int64_t *repeats) {
  /* y as (r0, s0, r1, s1, ...) is x as (1, s0, 1, s1, ...) expanded. */
  int64_t size[AE_MAXDIM], wide[2 * AE_MAXDIM], ones[2 * AE_MAXDIM];
  if (n < x->ndim || n > AE_MAXDIM / 2 || x->ndim == 0)
    return aei_fail(AE_EARG,
                    "repeatTensor: %d repeats of a %s tensor (1 to %d, one or more a "
                    "dimension)",
                    n, AEI_SHAPE(x), AE_MAXDIM / 2);
  for (int64_t d = 0; d < n; d++) {
    int64_t s = d < n - x->ndim ? 1 : x->size[d - (n - x->ndim)];
    if (repeats[d] < 1 || !aei_mul(&size[d], repeats[d], s))
      return aei_fail(AE_EARG, "repeatTensor: %lld times in dimension %lld", (long long)repeats[d],
                      (long long)d + 1);
    wide[2 * d] = repeats[d];
    ones[2 * d] = 1;
    wide[2 * d + 1] = ones[2 * d + 1] = s;
  }
  ae_tensor copy = ae_tensor_local(x->type), view = ae_tensor_local(x->type);
  ae_status status = ae_convert(&copy, x);
  if (status == AE_OK) status = ae_view(&view, &copy, 2 * n, ones);
  if (status == AE_OK) status = ae_expand(&view, &view, 2 * n, wide);
  if (status == AE_OK) status = aei_prepare(y, x->type, n, size);
  if (status == AE_OK) status = ae_copy(y, &view);
  ae_tensor_clear(&view);
  ae_tensor_clear(&copy);
  return status;
}
