/* KLSparsity.c - the identity; backward adds the gradient of a penalty on how often units are
 * active: for each unit the Kullback-Leibler divergence between a wanted mean activation rho and
 * the batch's mean r (Lee, Ekanadham, Ng: Sparse deep belief net model for visual area V2, NIPS
 * 2007, in the form of Ng's lecture notes on sparse autoencoders).
 *
 *   loss = penalty sum_j rho log(rho / r_j) + (1 - rho) log((1 - rho) / (1 - r_j))
 *   d loss / d x_ij = penalty / B ((1 - rho) / (1 - r_j) - rho / r_j)
 */
#include "layer/layer.h"

#include <stdio.h>

enum { RHO, PENALTY, LOSS };
enum { MEAN, SLOPE };

static const double NEAREST = 1e-6; /* to 0 and 1 that a mean is taken to be */

static const ae_option options[] = {
    {"rho", AE_NUMBER, 0.05, 1e-6, 1 - 1e-6, "the wanted mean activation"},
    {"penalty", AE_NUMBER, 1, -AE_FINITE, AE_FINITE, "weight of the penalty"},
    {"loss", AE_NUMBER, 0, -AE_REQUIRED, AE_REQUIRED, "the last penalty; forward sets it"},
    {0},
};

static const ae_buffer buffers[] = {
    {"mean", NULL},  /* (1,...) of each unit over the last batch */
    {"slope", NULL}, /* the same sizes: d loss / d x */
    {0},
};

static int64_t batch_of(const ae_tensor *x) { return x->ndim == 1 ? 1 : x->size[0]; }

/* t [out] gets the sizes of one sample of x, as a batch of one, and is contiguous. */
static ae_status like_sample(ae_tensor *t, const ae_tensor *x) {
  int64_t size[AE_MAXDIM];
  for (int d = 0; d < x->ndim; d++) size[d] = d == 0 && x->ndim > 1 ? 1 : x->size[d];
  if (!ae_is_contiguous(t)) AEI_TRY(ae_resize(t, 0, NULL));
  return ae_resize(t, x->ndim, size);
}

static ae_status check_means(const ae_module *m, int64_t first, int64_t n, const double *r) {
  for (int64_t i = 0; i < n; i++)
    if (r[i] < 0 || r[i] > 1)
      return aei_fail(AE_EARG,
                      "%s: the mean activation of unit %lld is %g, should be in 0..1 (activations "
                      "of nn.Sigmoid are)",
                      AEI_NAME(m), (long long)(first + i + 1), r[i]);
  return AE_OK;
}

static void keep_inside(int64_t n, double *r) {
  for (int64_t i = 0; i < n; i++) {
    if (r[i] < NEAREST) r[i] = NEAREST;
    if (r[i] > 1 - NEAREST) r[i] = 1 - NEAREST;
  }
}

static double logarithm(double x) {
  double y;
  aei_kernels_of(AE_DOUBLE)->map1[AE_LOG](1, &y, &x, 0, 0);
  return y;
}

/* sum_j -rho log r_j - (1 - rho) log(1 - r_j) */
static double cross_entropy(double rho, int64_t n, const double *r) {
  const aei_type_kernels *k = aei_kernels_of(AE_DOUBLE);
  double on[AEI_BLOCK], off[AEI_BLOCK], sum = 0;
  k->map1[AE_RSUB_SCALAR](n, off, r, 1, 0);
  k->map1[AE_LOG](n, on, r, 0, 0);
  k->map1[AE_LOG](n, off, off, 0, 0);
  for (int64_t i = 0; i < n; i++) sum -= rho * on[i] + (1 - rho) * off[i];
  return sum;
}

static ae_status forward(ae_module *m, ae_tensor *x) {
  const double rho = m->option[RHO].number;
  ae_tensor *mean = m->buffer[MEAN];
  double r[AEI_BLOCK], sum = 0;
  AEI_TRY(aei_check_input(m, x));
  AEI_TRY(like_sample(mean, x));
  AEI_TRY(ae_fill(mean, ae_from_int(0)));
  AEI_TRY(aei_spread_sum(mean, m, x, NULL, AEI_AS_IT_FITS, 1 / (double)batch_of(x)));
  const int64_t units = ae_nelement(mean);
  const aei_line line = {mean, mean->offset, 1};
  for (int64_t first = 0; first < units; first += AEI_BLOCK) {
    int64_t n = units - first < AEI_BLOCK ? units - first : AEI_BLOCK;
    aei_line_load(r, &line, first, n);
    AEI_TRY(check_means(m, first, n, r));
    keep_inside(n, r);
    sum += cross_entropy(rho, n, r);
  }
  sum += (double)units * (rho * logarithm(rho) + (1 - rho) * logarithm(1 - rho));
  m->option[LOSS].number = m->option[PENALTY].number * sum;
  aei_set_output(m, x);
  return AE_OK;
}

/* The slope of each unit, from the means. */
static ae_status find_slopes(ae_module *m, const ae_tensor *x) {
  const double rho = m->option[RHO].number;
  const double scale = m->option[PENALTY].number / (double)batch_of(x);
  ae_tensor *mean = m->buffer[MEAN], *slope = m->buffer[SLOPE];
  double r[AEI_BLOCK];
  AEI_TRY(like_sample(slope, x));
  if (!ae_same_size(mean, slope) || !ae_is_contiguous(mean)) return aei_fail_again(m, x);
  const aei_line from = {mean, mean->offset, 1}, to = {slope, slope->offset, 1};
  const int64_t units = ae_nelement(mean);
  for (int64_t first = 0; first < units; first += AEI_BLOCK) {
    int64_t n = units - first < AEI_BLOCK ? units - first : AEI_BLOCK;
    aei_line_load(r, &from, first, n);
    keep_inside(n, r);
    for (int64_t i = 0; i < n; i++) r[i] = scale * ((1 - rho) / (1 - r[i]) - rho / r[i]);
    aei_line_store(&to, first, n, r);
  }
  return AE_OK;
}

static ae_status backward(ae_module *m, ae_tensor *x, ae_tensor *gy) {
  AEI_TRY(aei_check_again(m, x));
  AEI_TRY(find_slopes(m, x));
  return aei_spread_map2(AE_ADD, m->grad_input, m, gy, m->buffer[SLOPE], AEI_AS_IT_FITS, 1);
}

static void describe(const ae_module *m, char *buffer, size_t capacity) {
  snprintf(buffer, capacity, "(%g, %g)", m->option[RHO].number, m->option[PENALTY].number);
}

const ae_layer ae_layer_KLSparsity = {
    .name = "KLSparsity",
    .doc =
        "(B, any) or (D) activations in 0..1 -> same  y = x; loss = penalty * sum over units "
        "of KL(rho || mean over the batch), whose gradient backward adds",
    .options = options,
    .buffers = buffers,
    .forward = forward,
    .backward = backward,
    .describe = describe,
};
