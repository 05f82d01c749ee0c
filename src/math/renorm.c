/* renorm.c - slices along a dimension whose norm is bounded. */
#include "math/math.h"

static ae_status bound_slice(ae_tensor *slice, double p, double limit) {
  ae_number norm;
  AEI_TRY(ae_reduce(&norm, AE_NORM, slice, p));
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
  if (y != x) AEI_TRY(ae_convert(y, x));
  ae_tensor slice = ae_tensor_local(x->type);
  ae_status status = AE_OK;
  for (int64_t i = 0; i < y->size[dim] && status == AE_OK && ae_nelement(y) > 0; i++) {
    status = ae_narrow(&slice, y, dim, i, 1);
    if (status == AE_OK) status = bound_slice(&slice, p, limit);
  }
  ae_tensor_clear(&slice);
  return status;
}
