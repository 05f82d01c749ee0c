/* exact.h - sums without error: a list of doubles that do not overlap, whose sum is exact
 * (Shewchuk: Adaptive precision floating-point arithmetic, 1997). Products enter as two doubles, by
 * fma. No term may be so small that its rounding error is denormal.
 */
#ifndef TEST_EXACT_H
#define TEST_EXACT_H

#include <math.h>

enum { EXACT_PARTS = 1024 }; /* at most one for every bit of the range of the terms */

typedef struct exact {
  int n;
  double part[EXACT_PARTS]; /* of growing size */
} exact;

static inline void exact_add(exact *e, double x) {
  int kept = 0;
  for (int i = 0; i < e->n; i++) {
    double big = x, small = e->part[i];
    if (fabs(big) < fabs(small)) big = e->part[i], small = x;
    const double sum = big + small, error = small - (sum - big);
    if (error != 0) e->part[kept++] = error;
    x = sum;
  }
  e->part[kept++] = x;
  e->n = kept;
}

static inline void exact_add_product(exact *e, double a, double b) {
  const double product = a * b;
  exact_add(e, fma(a, b, -product));
  exact_add(e, product);
}

/* The value, to half an ulp and a little. */
static inline double exact_value(const exact *e) {
  double sum = 0;
  for (int i = 0; i < e->n; i++) sum += e->part[i];
  return sum;
}

/* |got - the value|, of which the difference loses nothing. */
static inline double exact_error(const exact *e, double got) {
  exact difference = *e;
  exact_add(&difference, -got);
  return fabs(exact_value(&difference));
}

#endif
