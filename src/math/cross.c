/* cross.c - the cross product of vectors in space, along a dimension of size 3. */
#include "math/math.h"

/* The three products along dim, and the sum of their parts: y_i = a_j b_k - a_k b_j. */
static ae_status component(ae_tensor *y, const ae_tensor *a, const ae_tensor *b, int dim,
                           int64_t i) {
  const int64_t j = (i + 1) % 3, k = (i + 2) % 3;
  ae_tensor to = ae_tensor_local(y->type), left = ae_tensor_local(y->type);
  ae_tensor right = ae_tensor_local(y->type), product = ae_tensor_local(y->type);
  ae_status status = ae_narrow(&to, y, dim, i, 1);
  if (status == AE_OK) status = ae_narrow(&left, a, dim, k, 1);
  if (status == AE_OK) status = ae_narrow(&right, b, dim, j, 1);
  if (status == AE_OK) status = ae_map2(AE_MUL, &product, &left, &right, 0);
  if (status == AE_OK) status = ae_narrow(&left, a, dim, j, 1);
  if (status == AE_OK) status = ae_narrow(&right, b, dim, k, 1);
  if (status == AE_OK) status = ae_map2(AE_MUL, &to, &left, &right, 0);
  if (status == AE_OK) status = ae_map2(AE_ADD, &to, &to, &product, -1);
  ae_tensor_clear(&to);
  ae_tensor_clear(&left);
  ae_tensor_clear(&right);
  ae_tensor_clear(&product);
  return status;
}

static int first_of_three(const ae_tensor *a) {
  int dim = 0;
  while (dim < a->ndim && a->size[dim] != 3) dim++;
  return dim;
}

ae_status ae_cross(ae_tensor *y, const ae_tensor *a, const ae_tensor *b, int dim) {
  AEI_TRY(aei_check_types("cross", a, b));
  AEI_TRY(aei_check_types("cross", y, a));
  if (!ae_same_size(a, b))
    return aei_fail(AE_ESHAPE, "cross: a is %s and b is %s", AEI_SHAPE(a), AEI_SHAPE(b));
  if (dim < 0) dim = first_of_three(a);
  if (dim >= a->ndim || a->size[dim] != 3)
    return aei_fail(AE_ESHAPE, "cross: a dimension of size 3 is needed, a and b are %s",
                    AEI_SHAPE(a));
  ae_tensor result = ae_tensor_local(a->type); /* y may be a factor */
  ae_status status = ae_resize_as(&result, a);
  for (int64_t i = 0; i < 3 && status == AE_OK; i++) status = component(&result, a, b, dim, i);
  if (status == AE_OK) status = ae_convert(y, &result);
  ae_tensor_clear(&result);
  return status;
}
