/* BCECriterion.c - binary cross-entropy of probabilities: each element is a yes-or-no of its own.
 * A small epsilon keeps the logarithms finite, as in Torch; computed in double. */
#include "layer/layer.h"

enum { WEIGHTS, SIZE_AVERAGE };

static const ae_option options[] = {
    {"weights", AE_TENSOR, 0, 0, 0, "of each element of a sample"},
    {"sizeAverage", AE_BOOL, true, 0, 1, "mean over all elements, else sum"},
    {0},
};

static const double epsilon = 1e-12;

/* -sum w (t log(x + eps) + (1 - t) log(1 - x + eps)) */
static double entropies(ae_type type, int64_t n, const void *x, const void *target,
                        const void *weight) {
  _Alignas(AEI_ALIGN) double p[AEI_BLOCK], q[AEI_BLOCK], t[AEI_BLOCK], w[AEI_BLOCK];
  const aei_kernels *kernels = aei_kernels_now();
  const aei_type_kernels *k = &kernels->type[AE_DOUBLE];
  kernels->convert[AE_DOUBLE][type](n, p, x);
  kernels->convert[AE_DOUBLE][type](n, t, target);
  for (int64_t i = 0; i < n; i++) q[i] = 1 - p[i] + epsilon;
  for (int64_t i = 0; i < n; i++) p[i] += epsilon;
  k->map1[AE_LOG](n, p, p, 0, 0);
  k->map1[AE_LOG](n, q, q, 0, 0);
  for (int64_t i = 0; i < n; i++) p[i] = -(t[i] * p[i] + (1 - t[i]) * q[i]);
  if (!weight) return ae_to_double(k->sum(n, p, 0));
  kernels->convert[AE_DOUBLE][type](n, w, weight);
  return ae_to_double(k->dot(n, p, w));
}

/* scale w (x - t) / ((1 - x + eps) (x + eps)) */
static void slope(ae_type type, int64_t n, void *gx, const void *x, const void *target,
                  const void *weight, double scale) {
  _Alignas(AEI_ALIGN) double p[AEI_BLOCK], t[AEI_BLOCK], w[AEI_BLOCK];
  const aei_kernels *kernels = aei_kernels_now();
  kernels->convert[AE_DOUBLE][type](n, p, x);
  kernels->convert[AE_DOUBLE][type](n, t, target);
  if (weight)
    kernels->convert[AE_DOUBLE][type](n, w, weight);
  else
    for (int64_t i = 0; i < n; i++) w[i] = 1;
  for (int64_t i = 0; i < n; i++)
    p[i] = scale * w[i] * (p[i] - t[i]) / ((1 - p[i] + epsilon) * (p[i] + epsilon));
  kernels->convert[type][AE_DOUBLE](n, gx, p);
}

static ae_status forward(ae_criterion *c, const ae_tensor *x, const ae_tensor *target,
                         double *loss) {
  double sum;
  const ae_tensor *weights;
  ae_tensor view = ae_tensor_local(c->type);
  AEI_TRY(aei_check_target(c, x, target));
  AEI_TRY(aei_loss_weights(&weights, &view, c, c->option[WEIGHTS].tensor, x));
  ae_status status = aei_loss_sum(&sum, c, x, target, weights, entropies);
  ae_tensor_clear(&view);
  if (status == AE_OK) *loss = sum * aei_mean_factor(c, SIZE_AVERAGE, x);
  return status;
}

static ae_status backward(ae_criterion *c, const ae_tensor *x, const ae_tensor *target) {
  const ae_tensor *weights;
  ae_tensor view = ae_tensor_local(c->type);
  AEI_TRY(aei_check_target(c, x, target));
  AEI_TRY(aei_loss_weights(&weights, &view, c, c->option[WEIGHTS].tensor, x));
  ae_status status =
      aei_loss_gradient(c, x, target, weights, aei_mean_factor(c, SIZE_AVERAGE, x), slope);
  ae_tensor_clear(&view);
  return status;
}

const ae_loss ae_loss_BCECriterion = {
    .name = "BCECriterion",
    .doc =
        "(any) probabilities, target (same) in 0..1  "
        "loss = -mean w (t log x + (1 - t) log(1 - x))",
    .options = options,
    .forward = forward,
    .backward = backward,
};
