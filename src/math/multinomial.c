/* multinomial.c - places drawn with given weights.
 *
 * With replacement: the place where the running sum of the weights passes u times the whole, u
 * uniform. Without: place j gets the key E_j / w_j, E_j exponential, and the smallest keys win, in
 * their order; this is the same as drawing one after the other among those left (Efraimidis,
 * Spirakis: Weighted random sampling with a reservoir, Information Processing Letters 97, 2006). */
#include "math/math.h"

/* Weights (rows, length), Double and contiguous: not negative, finite, and at least `least` of
 * each row not zero. */
static ae_status check_weights(const ae_tensor *weights, int64_t least) {
  const int64_t length = weights->size[1];
  for (int64_t row = 0; row < weights->size[0]; row++) {
    const double *w = (const double *)ae_data(weights) + row * length;
    int64_t positive = 0;
    double sum = 0;
    for (int64_t i = 0; i < length; i++) {
      if (!(w[i] >= 0))
        return aei_fail(AE_EARG, "multinomial: weight %lld of row %lld is %g", (long long)i + 1,
                        (long long)row + 1, w[i]);
      positive += w[i] > 0;
      sum += w[i];
    }
    if (!(sum < __builtin_inf()))
      return aei_fail(AE_EARG, "multinomial: the weights of row %lld are too large",
                      (long long)row + 1);
    if (positive < least)
      return aei_fail(AE_EARG, "multinomial: row %lld has %lld weights above 0, want %lld",
                      (long long)row + 1, (long long)positive, (long long)least);
  }
  return AE_OK;
}

/* ---- with replacement ---- */

typedef struct job {
  const ae_tensor *sums, *uniform; /* (rows, length), (rows, n) */
  int64_t *place;                  /* (rows, n) */
} job;

/* First place whose running sum exceeds the threshold; where rounding leaves none, the last with a
 * weight. */
static int64_t find_place(const double *sum, int64_t length, double threshold) {
  int64_t low = 0, high = length - 1;
  while (low < high) {
    int64_t middle = low + (high - low) / 2;
    if (sum[middle] > threshold)
      high = middle;
    else
      low = middle + 1;
  }
  while (low > 0 && sum[low] == sum[low - 1]) low--;
  return low;
}

static void find_places(void *context, int64_t begin, int64_t end) {
  const job *j = context;
  const int64_t n = j->uniform->size[1], length = j->sums->size[1];
  for (int64_t i = begin; i < end; i++) {
    const double *sum = (const double *)ae_data(j->sums) + i / n * length;
    const double u = ((const double *)ae_data(j->uniform))[i];
    j->place[i] = find_place(sum, length, u * sum[length - 1]);
  }
}

static ae_status with_replacement(ae_tensor *place, ae_generator *g, ae_tensor *weights,
                                  int64_t n) {
  const int64_t size[] = {weights->size[0], n};
  ae_tensor uniform = ae_tensor_local(AE_DOUBLE);
  ae_status status = ae_resize(&uniform, 2, size);
  if (status == AE_OK) status = ae_resize(place, 2, size);
  if (status == AE_OK) status = ae_cumulate(AE_SUM, weights, weights, 1);
  if (status == AE_OK) status = ae_uniform(&uniform, g, 0, 1);
  if (status == AE_OK) {
    job j = {weights, &uniform, ae_data(place)};
    aei_parallel(size[0] * n, 1024, find_places, &j);
  }
  ae_tensor_clear(&uniform);
  return status;
}

/* ---- without ---- */

static ae_status without_replacement(ae_tensor *place, ae_generator *g, const ae_tensor *weights,
                                     int64_t n) {
  ae_tensor key = ae_tensor_local(AE_DOUBLE), best = ae_tensor_local(AE_DOUBLE);
  ae_status status = ae_resize_as(&key, weights);
  if (status == AE_OK) status = ae_draw(&key, g, AE_EXPONENTIAL, 1, 0);
  if (status == AE_OK) status = ae_map2(AE_DIV, &key, &key, weights, 0);
  if (status == AE_OK) status = ae_topk(&best, place, &key, n, 1, false);
  ae_tensor_clear(&key);
  ae_tensor_clear(&best);
  return status;
}

/* ---- the interface ---- */

static ae_status check(const ae_tensor *index, const ae_tensor *p, int64_t n, bool replacement) {
  AEI_TRY(aei_check_index("multinomial", index));
  if (!ae_type_is_real(p->type))
    return aei_fail(AE_ETYPE, "multinomial: the weights are a %sTensor", ae_type_name(p->type));
  if (p->ndim < 1 || p->ndim > 2 || ae_nelement(p) == 0)
    return aei_fail(AE_ESHAPE, "multinomial: weights (N) or (rows, N) expected, not %s",
                    AEI_SHAPE(p));
  if (n < 1) return aei_fail(AE_EARG, "multinomial: %lld draws", (long long)n);
  if (!replacement && n > p->size[p->ndim - 1])
    return aei_fail(AE_EARG, "multinomial: %lld different places of %lld", (long long)n,
                    (long long)p->size[p->ndim - 1]);
  return AE_OK;
}

ae_status ae_multinomial(ae_tensor *index, ae_generator *g, const ae_tensor *p, int64_t n,
                         bool replacement) {
  AEI_TRY(check(index, p, n, replacement));
  ae_tensor weights = ae_tensor_local(AE_DOUBLE), place = ae_tensor_local(AE_LONG);
  const int64_t length = p->size[p->ndim - 1];
  const ae_generator before = *g;
  ae_status status = ae_convert(&weights, p);
  if (status == AE_OK)
    status = ae_view(&weights, &weights, 2, (int64_t[]){ae_nelement(p) / length, length});
  if (status == AE_OK) status = check_weights(&weights, replacement ? 1 : n);
  if (status == AE_OK)
    status = replacement ? with_replacement(&place, g, &weights, n)
                         : without_replacement(&place, g, &weights, n);
  if (status == AE_OK && p->ndim == 1) status = ae_view(&place, &place, 1, &n);
  if (status == AE_OK) status = ae_convert(index, &place);
  if (status != AE_OK) *g = before; /* what fails has drawn nothing */
  ae_tensor_clear(&weights);
  ae_tensor_clear(&place);
  return status;
}
