/* compare.c - element-wise comparisons, into bytes, and equality of whole tensors. */
#include "math/math.h"

typedef struct job {
  aei_compare2 *two;
  aei_compare1 *one;
  ae_number value;
} job;

static void block_two(void *context, int64_t first, int64_t count, void *const *ptr) {
  (void)first;
  const job *j = context;
  j->two(count, ptr[0], ptr[1], ptr[2]);
}

static void block_one(void *context, int64_t first, int64_t count, void *const *ptr) {
  (void)first;
  const job *j = context;
  j->one(count, ptr[0], ptr[1], j->value);
}

ae_status ae_compare(ae_compare_op op, ae_tensor *y, const ae_tensor *x1, const ae_tensor *x2) {
  job j = {.two = aei_kernels_of(x1->type)->compare[op]};
  AEI_TRY(aei_check_types("compare", x1, x2));
  AEI_TRY(aei_check_counts("compare", x1, x2));
  AEI_TRY(aei_prepare(y, AE_BYTE, x1->ndim, x1->size));
  aei_iterate(1, 3, (const ae_tensor *[]){y, x1, x2}, block_two, &j);
  return AE_OK;
}

ae_status ae_compare_scalar(ae_compare_op op, ae_tensor *y, const ae_tensor *x, ae_number value) {
  job j = {.one = aei_kernels_of(x->type)->compare_scalar[op], .value = value};
  AEI_TRY(aei_prepare(y, AE_BYTE, x->ndim, x->size));
  aei_iterate(1, 2, (const ae_tensor *[]){y, x}, block_one, &j);
  return AE_OK;
}

typedef struct search {
  aei_compare2 *differ;
  size_t size;
  _Atomic bool found;
} search;

static void find_difference(void *context, int64_t first, int64_t count, void *const *ptr) {
  (void)first;
  search *s = context;
  uint8_t differs[AEI_BLOCK];
  for (int64_t done = 0; done < count && !s->found; done += AEI_BLOCK) {
    int64_t n = count - done < AEI_BLOCK ? count - done : AEI_BLOCK;
    size_t at = (size_t)done * s->size;
    s->differ(n, differs, (const char *)ptr[0] + at, (const char *)ptr[1] + at);
    for (int64_t i = 0; i < n; i++)
      if (differs[i]) s->found = true;
  }
}

bool ae_equal(const ae_tensor *a, const ae_tensor *b) {
  if (a->type != b->type || !ae_same_size(a, b)) return false;
  search s = {.differ = aei_kernels_of(a->type)->compare[AE_NE], .size = ae_type_size(a->type)};
  aei_iterate(0, 2, (const ae_tensor *[]){a, b}, find_difference, &s);
  return !s.found;
}

/* ---- nearly equal ---- */

enum { STEP = 256 }; /* elements on the stack at a time */

typedef struct tolerance {
  ae_type type;
  double relative, absolute;
  _Atomic bool exceeded;
} tolerance;

static bool is_far(const tolerance *t, double a, double b) {
  double gap = a > b ? a - b : b - a;
  return !(a == b || gap <= t->absolute + t->relative * (b < 0 ? -b : b));
}

static void find_far(void *context, int64_t first, int64_t count, void *const *ptr) {
  (void)first;
  tolerance *t = context;
  double a[STEP], b[STEP];
  for (int64_t i = 0; i < count && !t->exceeded; i += STEP) {
    int64_t n = count - i < STEP ? count - i : STEP;
    size_t at = (size_t)i * ae_type_size(t->type);
    aei_kernels_now()->convert[AE_DOUBLE][t->type](n, a, (const char *)ptr[0] + at);
    aei_kernels_now()->convert[AE_DOUBLE][t->type](n, b, (const char *)ptr[1] + at);
    for (int64_t k = 0; k < n; k++)
      if (is_far(t, a[k], b[k])) t->exceeded = true;
  }
}

bool ae_all_close(const ae_tensor *a, const ae_tensor *b, double relative, double absolute) {
  if (a->type != b->type || !ae_same_size(a, b)) return false;
  tolerance t = {.type = a->type, .relative = relative, .absolute = absolute};
  aei_iterate(0, 2, (const ae_tensor *[]){a, b}, find_far, &t);
  return !t.exceeded;
}
