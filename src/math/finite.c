/* finite.c - where a tensor's first NaN or infinity is, and how many there are. */
#include "math/math.h"

#include <float.h>
#include <stdatomic.h>

typedef struct search {
  ae_type type;
  _Atomic int64_t count, first;
} search;

/* A NaN fails the comparison too. The count is a loop of its own, for the compiler to make vectors
 * of; what it finds is rare. */
#define BLOCK_OF(name, ctype, largest, absolute)                           \
  static int64_t count_##name(int64_t n, const ctype *x) {                 \
    int64_t count = 0;                                                     \
    for (int64_t i = 0; i < n; i++) count += !(absolute(x[i]) <= largest); \
    return count;                                                          \
  }                                                                        \
  static int64_t first_##name(const ctype *x) {                            \
    int64_t i = 0;                                                         \
    while (absolute(x[i]) <= largest) i++;                                 \
    return i;                                                              \
  }
BLOCK_OF(float, float, FLT_MAX, __builtin_fabsf)
BLOCK_OF(double, double, DBL_MAX, __builtin_fabs)

static void search_block(void *context, int64_t first, int64_t n, void *const *ptr) {
  search *s = context;
  const bool is_float = s->type == AE_FLOAT;
  const int64_t count = is_float ? count_float(n, ptr[0]) : count_double(n, ptr[0]);
  if (count == 0) return;
  s->count += count;
  first += is_float ? first_float(ptr[0]) : first_double(ptr[0]);
  int64_t before = s->first;
  while (first < before)
    if (atomic_compare_exchange_weak(&s->first, &before, first)) break;
}

int64_t ae_nonfinite(int64_t *first, const ae_tensor *t) {
  search s = {.type = t->type, .first = INT64_MAX};
  if (ae_type_is_real(t->type) && ae_nelement(t) > 0)
    aei_iterate(0, 1, (const ae_tensor *const[]){t}, search_block, &s);
  if (s.count > 0) *first = s.first;
  return s.count;
}
