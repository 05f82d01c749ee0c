/* renorm.c - slices along a dimension whose norm is bounded. */
#include "math/math.h"

/* copy has room for a slice: nothing here takes memory. */
static ae_status bound_slice(ae_tensor *slice, ae_tensor *copy, double p, double limit) {
  ae_number norm;
  const ae_tensor *c;
  AEI_TRY(aei_contiguous(&c, slice, copy));
  AEI_TRY(ae_reduce(&norm, AE_NORM, c, p));
  if (!(norm.as.d > limit)) return AE_OK;
  return ae_map1(AE_MUL_SCALAR, slice, slice, limit / (norm.as.d + 1e-7), 0);
}

ae_status ae_renorm(ae_tensor *y, const ae_tensor *x, double p, int dim, double limit) {
  AEI_TRY(aei_check_types("renorm", y, x));
  AEI_TRY(aei_check_dim("renorm", x, dim));
  if (!ae_type_is_real(x->type))
    return aei_fail(AE_ETYPE, "renorm: not defined for a %sTensor", ae_type_name(x->type));
  if (!(p > 0)) return aei_fail(AE_EARG, "renorm: p is %g, want > 0", p);
  if (!(limit >= 0)) return aei_fail(AE_EARG, "renorm: the largest norm is %g, want >= 0", limit);
  ae_tensor slice = ae_tensor_local(x->type), copy = ae_tensor_local(x->type);
  int64_t size[AE_MAXDIM];
  for (int d = 0; d < x->ndim; d++) size[d] = d == dim ? 1 : x->size[d];
  ae_status status = ae_resize(&copy, x->ndim, size);
  if (status == AE_OK && y != x) status = ae_convert(y, x);
  for (int64_t i = 0; status == AE_OK && i < y->size[dim] && ae_nelement(y) > 0; i++) {
    status = ae_narrow(&slice, y, dim, i, 1);
    if (status == AE_OK) status = bound_slice(&slice, &copy, p, limit);
  }
  ae_tensor_clear(&copy);
  ae_tensor_clear(&slice);
  return status;
}
