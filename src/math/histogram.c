/* histogram.c - how many elements fall into equal intervals.
 *
 *     bin of v = floor((v - low) / (high - low) * bins), high itself in the last one
 *
 * Elements outside [low, high], and NaNs, are not counted. With low == high the extremes of x are
 * taken; where these are equal too, one less and one more. */
#include "math/math.h"

typedef struct job {
  ae_tensor x; /* (lines, length) contiguous, Double */
  int64_t bins;
  double low, high;
  int64_t *count; /* (lines, bins) */
} job;

static void count_lines(void *context, int64_t begin, int64_t end) {
  const job *j = context;
  const int64_t length = j->x.size[1];
  for (int64_t line = begin; line < end; line++) {
    const double *x = (const double *)ae_data(&j->x) + line * length;
    int64_t *count = j->count + line * j->bins;
    for (int64_t b = 0; b < j->bins; b++) count[b] = 0;
    for (int64_t i = 0; i < length; i++) {
      if (!(x[i] >= j->low && x[i] <= j->high)) continue;
      int64_t bin = (int64_t)((x[i] - j->low) / (j->high - j->low) * (double)j->bins);
      count[bin < j->bins ? bin : j->bins - 1]++;
    }
  }
}

static ae_status find_range(job *j, const char *name) {
  const double infinity = __builtin_inf();
  ae_number low, high;
  if (j->low == j->high) {
    AEI_TRY(ae_reduce(&low, AE_MIN, &j->x, 0));
    AEI_TRY(ae_reduce(&high, AE_MAX, &j->x, 0));
    j->low = ae_to_double(low);
    j->high = ae_to_double(high);
  }
  if (j->low == j->high) j->low -= 1, j->high += 1;
  if (j->low < j->high && j->high - j->low < infinity) return AE_OK;
  return aei_fail(AE_EARG, "%s: from %g to %g is not an interval", name, j->low, j->high);
}

/* x as (lines, length) into j, and y [out] its counts: (lines, bins), or (bins) when rank is 1. */
static ae_status histogram(const char *name, ae_tensor *y, job *j, const ae_tensor *x,
                           int64_t lines, int rank) {
  ae_tensor counts = ae_tensor_local(AE_LONG);
  const int64_t n = ae_nelement(x);
  ae_status status = ae_convert(&j->x, x);
  if (status == AE_OK) status = ae_view(&j->x, &j->x, 2, (int64_t[]){lines, n / lines});
  if (status == AE_OK) status = find_range(j, name);
  if (status == AE_OK) status = ae_resize(&counts, 2, (int64_t[]){lines, j->bins});
  if (status == AE_OK) {
    j->count = ae_data(&counts);
    aei_parallel(lines, 1, count_lines, j);
    if (rank == 1) status = ae_view(&counts, &counts, 1, &j->bins);
  }
  if (status == AE_OK) status = ae_convert(y, &counts);
  ae_tensor_clear(&counts);
  ae_tensor_clear(&j->x);
  return status;
}

static ae_status check(const char *name, const ae_tensor *y, const ae_tensor *x, int64_t bins) {
  AEI_TRY(aei_check_types(name, y, x));
  if (!ae_type_is_real(x->type))
    return aei_fail(AE_ETYPE, "%s: not defined for a %sTensor; convert it first", name,
                    ae_type_name(x->type));
  if (bins < 1) return aei_fail(AE_EARG, "%s: %lld bins", name, (long long)bins);
  if (ae_nelement(x) == 0) return aei_fail(AE_EARG, "%s: the tensor is empty", name);
  return AE_OK;
}

ae_status ae_histc(ae_tensor *y, const ae_tensor *x, int64_t bins, double low, double high) {
  AEI_TRY(check("histc", y, x, bins));
  job j = {.x = ae_tensor_local(AE_DOUBLE), .bins = bins, .low = low, .high = high};
  return histogram("histc", y, &j, x, 1, 1);
}

ae_status ae_bhistc(ae_tensor *y, const ae_tensor *x, int64_t bins, double low, double high) {
  AEI_TRY(check("bhistc", y, x, bins));
  if (x->ndim != 2) return aei_fail(AE_ESHAPE, "bhistc: a matrix expected, not %s", AEI_SHAPE(x));
  job j = {.x = ae_tensor_local(AE_DOUBLE), .bins = bins, .low = low, .high = high};
  return histogram("bhistc", y, &j, x, x->size[0], 2);
}
