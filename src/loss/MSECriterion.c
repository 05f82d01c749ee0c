/* MSECriterion.c - mean squared error. */
#include "layer/layer.h"

enum { SIZE_AVERAGE };

static const ae_option options[] = {
    {"sizeAverage", AE_BOOL, true, 0, 1, "mean over all elements, else sum"},
    {0},
};

/* The difference is rounded to the type, its square is not. */
static double squares(ae_type type, int64_t n, const void *x, const void *target,
                      const void *weight) {
  (void)weight;
  _Alignas(AEI_ALIGN) double difference[AEI_BLOCK];
  const aei_type_kernels *k = aei_kernels_of(type);
  k->map2[AE_ADD](n, difference, x, target, -1);
  return ae_to_double(k->sum_squares(n, difference, 0));
}

static void slope(ae_type type, int64_t n, void *gx, const void *x, const void *target,
                  const void *weight, double scale) {
  (void)weight;
  const aei_type_kernels *k = aei_kernels_of(type);
  k->map2[AE_ADD](n, gx, x, target, -1);
  k->map1[AE_MUL_SCALAR](n, gx, gx, scale, 0);
}

static ae_status forward(ae_criterion *c, const ae_tensor *x, const ae_tensor *target,
                         double *loss) {
  double sum;
  AEI_TRY(aei_check_target(c, x, target));
  AEI_TRY(aei_loss_sum(&sum, c, x, target, NULL, squares));
  *loss = sum * aei_mean_factor(c, SIZE_AVERAGE, x);
  return AE_OK;
}

static ae_status backward(ae_criterion *c, const ae_tensor *x, const ae_tensor *target) {
  AEI_TRY(aei_check_target(c, x, target));
  return aei_loss_gradient(c, x, target, NULL, 2 * aei_mean_factor(c, SIZE_AVERAGE, x), slope);
}

const ae_loss ae_loss_MSECriterion = {
    .name = "MSECriterion",
    .doc = "(any), target (same)  loss = mean (x - t)^2",
    .options = options,
    .forward = forward,
    .backward = backward,
};
