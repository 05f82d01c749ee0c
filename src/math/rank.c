/* rank.c - the k-th smallest, the middle and the most frequent element of each line along a
 * dimension, all read off the sorted lines. */
#include "math/math.h"

/* value and index [out] = place `at` along dim of x sorted along dim. */
static ae_status take_rank(ae_tensor *value, ae_tensor *index, const ae_tensor *x, int dim,
                           int64_t at) {
  ae_tensor v = ae_tensor_local(x->type), i = ae_tensor_local(AE_LONG);
  ae_status status = ae_sort(&v, &i, x, dim, false);
  if (status == AE_OK) status = ae_narrow(&v, &v, dim, at, 1);
  if (status == AE_OK) status = ae_narrow(&i, &i, dim, at, 1);
  if (status == AE_OK)
    status = aei_convert_all(2, (ae_tensor *[]){value, index}, (const ae_tensor *[]){&v, &i});
  ae_tensor_clear(&v);
  ae_tensor_clear(&i);
  return status;
}

static ae_status check(const char *name, const ae_tensor *value, const ae_tensor *index,
                       const ae_tensor *x, int dim) {
  AEI_TRY(aei_check_types(name, value, x));
  AEI_TRY(aei_check_index(name, index));
  AEI_TRY(aei_check_dim(name, x, dim));
  if (x->size[dim] > 0) return AE_OK;
  return aei_fail(AE_EARG, "%s: dimension %d has no elements", name, dim + 1);
}

ae_status ae_kth(ae_tensor *value, ae_tensor *index, const ae_tensor *x, int64_t k, int dim) {
  AEI_TRY(check("kthvalue", value, index, x, dim));
  if (k < 1 || k > x->size[dim])
    return aei_fail(AE_EARG, "kthvalue: k is %lld and dimension %d has %lld elements", (long long)k,
                    dim + 1, (long long)x->size[dim]);
  return take_rank(value, index, x, dim, k - 1);
}

ae_status ae_median(ae_tensor *value, ae_tensor *index, const ae_tensor *x, int dim) {
  AEI_TRY(check("median", value, index, x, dim));
  return take_rank(value, index, x, dim, (x->size[dim] - 1) / 2);
}

/* ---- the most frequent ---- */

typedef struct job {
  ae_type type;
  const void *sorted;     /* count lines of length elements */
  int64_t length, *place; /* [out] for each line, where its last most frequent one stands */
} job;

/* Last place of the longest run of equals in a sorted line; the first run among equally long ones.
 * NaNs, which equal nothing, are runs of one. */
#define DEFINE_LONGEST_RUN(id, ctype, name, real)               \
  static int64_t longest_run_##name(int64_t n, const void *p) { \
    const ctype *x = p;                                         \
    int64_t best = 0, longest = 0, run = 0;                     \
    for (int64_t i = 0; i < n; i++) {                           \
      run = i > 0 && x[i] == x[i - 1] ? run + 1 : 1;            \
      if (run > longest) longest = run, best = i;               \
    }                                                           \
    return best;                                                \
  }
AE_TYPES(DEFINE_LONGEST_RUN)
#undef DEFINE_LONGEST_RUN

static int64_t (*const longest_run[AE_NTYPES])(int64_t, const void *) = {
#define RUN_ROW(id, ctype, name, real) [id] = longest_run_##name,
    AE_TYPES(RUN_ROW)
#undef RUN_ROW
};

static void find_runs(void *context, int64_t begin, int64_t end) {
  const job *j = context;
  size_t bytes = (size_t)j->length * ae_type_size(j->type);
  for (int64_t i = begin; i < end; i++)
    j->place[i] = longest_run[j->type](j->length, (const char *)j->sorted + (size_t)i * bytes);
}

/* value and index [out] from sorted lines and where each line came from: both have the dimension
 * in question moved to the end, and so have the results `place` (..., 1). */
static ae_status take_places(ae_tensor *value, ae_tensor *index, int dim, const ae_tensor *sorted,
                             const ae_tensor *origin, const ae_tensor *place) {
  ae_tensor v = ae_tensor_local(sorted->type), i = ae_tensor_local(AE_LONG);
  int last = sorted->ndim - 1;
  ae_status status = ae_gather(&v, sorted, last, place);
  if (status == AE_OK) status = ae_gather(&i, origin, last, place);
  if (status == AE_OK) status = ae_transpose(&v, &v, dim, last);
  if (status == AE_OK) status = ae_transpose(&i, &i, dim, last);
  if (status == AE_OK)
    status = aei_convert_all(2, (ae_tensor *[]){value, index}, (const ae_tensor *[]){&v, &i});
  ae_tensor_clear(&v);
  ae_tensor_clear(&i);
  return status;
}

ae_status ae_mode(ae_tensor *value, ae_tensor *index, const ae_tensor *x, int dim) {
  AEI_TRY(check("mode", value, index, x, dim));
  ae_tensor moved = ae_tensor_local(x->type), sorted = ae_tensor_local(x->type);
  ae_tensor origin = ae_tensor_local(AE_LONG), place = ae_tensor_local(AE_LONG);
  int last = x->ndim - 1;
  ae_status status = ae_transpose(&moved, x, dim, last);
  int64_t size[AE_MAXDIM];
  for (int d = 0; d <= last; d++) size[d] = d < last ? moved.size[d] : 1;
  if (status == AE_OK) status = ae_sort(&sorted, &origin, &moved, last, false);
  if (status == AE_OK) status = ae_resize(&place, x->ndim, size);
  if (status == AE_OK) {
    job j = {x->type, ae_data(&sorted), sorted.size[last], ae_data(&place)};
    int64_t grain = AEI_GRAIN / j.length;
    aei_parallel(ae_nelement(&place), grain > 0 ? grain : 1, find_runs, &j);
    status = take_places(value, index, dim, &sorted, &origin, &place);
  }
  ae_tensor_clear(&moved);
  ae_tensor_clear(&sorted);
  ae_tensor_clear(&origin);
  ae_tensor_clear(&place);
  return status;
}
