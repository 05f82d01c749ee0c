/* WeightedMSECriterion.c - mean squared error against the target times a weight. The weight is the
 * target's, not the error's: so it is in Torch. */
#include "layer/layer.h"

enum { WEIGHT, SIZE_AVERAGE };

static const ae_option options[] = {
    {"weight", AE_TENSOR, AE_REQUIRED, 0, 0, "of each element of a sample's target"},
    {"sizeAverage", AE_BOOL, true, 0, 1, "mean over all elements, else sum"},
    {0},
};

/* As MSECriterion: the difference is rounded to the type, its square is not. */
static double squares(ae_type type, int64_t n, const void *x, const void *target,
                      const void *weight) {
  _Alignas(AEI_ALIGN) double difference[AEI_BLOCK];
  const aei_type_kernels *k = aei_kernels_of(type);
  k->addcmul(n, difference, x, target, weight, -1);
  return ae_to_double(k->sum_squares(n, difference, 0));
}

static void slope(ae_type type, int64_t n, void *gx, const void *x, const void *target,
                  const void *weight, double scale) {
  const aei_type_kernels *k = aei_kernels_of(type);
  k->addcmul(n, gx, x, target, weight, -1);
  k->map1[AE_MUL_SCALAR](n, gx, gx, scale, 0);
}

/* view [out]: the weight with x's sizes, the caller's to clear. */
static ae_status prepare(const ae_tensor **weight, ae_tensor *view, const ae_criterion *c,
                         const ae_tensor *x, const ae_tensor *target) {
  *view = ae_tensor_local(c->type);
  AEI_TRY(aei_check_target(c, x, target));
  return aei_loss_weights(weight, view, c, c->option[WEIGHT].tensor, x);
}

static ae_status forward(ae_criterion *c, const ae_tensor *x, const ae_tensor *target,
                         double *loss) {
  const ae_tensor *weight;
  ae_tensor view;
  double sum;
  AEI_TRY(prepare(&weight, &view, c, x, target));
  ae_status status = aei_loss_sum(&sum, c, x, target, weight, squares);
  ae_tensor_clear(&view);
  if (status == AE_OK) *loss = sum * aei_mean_factor(c, SIZE_AVERAGE, x);
  return status;
}

static ae_status backward(ae_criterion *c, const ae_tensor *x, const ae_tensor *target) {
  const ae_tensor *weight;
  ae_tensor view;
  AEI_TRY(prepare(&weight, &view, c, x, target));
  double scale = 2 * aei_mean_factor(c, SIZE_AVERAGE, x);
  ae_status status = aei_loss_gradient(c, x, target, weight, scale, slope);
  ae_tensor_clear(&view);
  return status;
}

const ae_loss ae_loss_WeightedMSECriterion = {
    .name = "WeightedMSECriterion",
    .doc = "(any), target (same)  loss = mean (x - w t)^2",
    .options = options,
    .forward = forward,
    .backward = backward,
};
