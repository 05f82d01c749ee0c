/* lerp.c - between two tensors, element by element. */
#include "math/math.h"

typedef struct job {
  ae_type type;
  double weight;
} job;

static void lerp_block(void *context, int64_t first, int64_t count, void *const *ptr) {
  (void)first;
  const job *j = context;
  if (j->type == AE_FLOAT) {
    const float *a = ptr[1], *b = ptr[2], weight = (float)j->weight;
    float *y = ptr[0];
    for (int64_t i = 0; i < count; i++) y[i] = a[i] + weight * (b[i] - a[i]);
  } else {
    const double *a = ptr[1], *b = ptr[2];
    double *y = ptr[0];
    for (int64_t i = 0; i < count; i++) y[i] = a[i] + j->weight * (b[i] - a[i]);
  }
}

ae_status ae_lerp(ae_tensor *y, const ae_tensor *x1, const ae_tensor *x2, double weight) {
  AEI_TRY(aei_check_types("lerp", x1, x2));
  AEI_TRY(aei_check_types("lerp", y, x1));
  AEI_TRY(aei_check_counts("lerp", x1, x2));
  if (!ae_type_is_real(y->type))
    return aei_fail(AE_ETYPE, "lerp: not defined for a %sTensor", ae_type_name(y->type));
  AEI_TRY(ae_resize_as(y, x1));
  job j = {y->type, weight};
  aei_iterate(1, 3, (const ae_tensor *[]){y, x1, x2}, lerp_block, &j);
  return AE_OK;
}
