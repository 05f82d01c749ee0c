/* libm.c - the element-wise functions that the C library computes: one copy for all paths, so that
 * they cannot differ. Float's are computed in double and rounded.
 */
#include <float.h>
#include <math.h>

#include "kernel/kernel.h"

#define MAP1_FUNCTIONS(X)                    \
  X(FMOD_SCALAR, fmod(x, a))                 \
  X(REMAINDER_SCALAR, remainder_floor(x, a)) \
  X(SIN, sin(x))                             \
  X(COS, cos(x))                             \
  X(TAN, tan(x))                             \
  X(ASIN, asin(x))                           \
  X(ACOS, acos(x))                           \
  X(ATAN, atan(x))                           \
  X(SINH, sinh(x))                           \
  X(COSH, cosh(x))                           \
  X(POW_SCALAR, power(x, a))                 \
  X(RPOW_SCALAR, pow(a, x))

#define MAP2_FUNCTIONS(X) X(POW, pow(x1, x2)) X(ATAN2, atan2(x1, x2))

/* x - a floor(x / a), exact: fmod has x's sign, this has a's. */
static inline double remainder_floor(double x, double a) {
  const double r = fmod(x, a);
  return r != 0 && (r < 0) != (a < 0) ? r + a : r;
}

/* The library makes results of bits and hands on small arguments, past the processor's flushing. */
static inline double flush(double x) { return fabs(x) < DBL_MIN ? copysign(0, x) : x; }

static inline double power(double x, double a) { return a == 2 ? x * x : pow(x, a); }

#define MAP1_LOOP(op, formula, type)                                                             \
  static void op##_##type(int64_t n, void *to, const void *from, double scalar, double unused) { \
    const type *source = from;                                                                   \
    const double a = (double)(type)scalar;                                                       \
    type *y = to;                                                                                \
    (void)a, (void)unused;                                                                       \
    for (int64_t i = 0; i < n; i++) {                                                            \
      const double x = flush((double)source[i]);                                                 \
      y[i] = (type)flush(formula);                                                               \
    }                                                                                            \
  }
#define MAP1_LOOPS(op, formula) MAP1_LOOP(op, formula, float) MAP1_LOOP(op, formula, double)
MAP1_FUNCTIONS(MAP1_LOOPS)

#define MAP2_LOOP(op, formula, type)                                                  \
  static void op##2_##type(int64_t n, void *to, const void *from1, const void *from2, \
                           double unused) {                                           \
    const type *source1 = from1, *source2 = from2;                                    \
    type *y = to;                                                                     \
    (void)unused;                                                                     \
    for (int64_t i = 0; i < n; i++) {                                                 \
      const double x1 = flush((double)source1[i]), x2 = flush((double)source2[i]);    \
      y[i] = (type)flush(formula);                                                    \
    }                                                                                 \
  }
#define MAP2_LOOPS(op, formula) MAP2_LOOP(op, formula, float) MAP2_LOOP(op, formula, double)
MAP2_FUNCTIONS(MAP2_LOOPS)

void aei_install_libm(aei_kernels *k) {
#define INSTALL1(op, formula)                   \
  k->type[AE_FLOAT].map1[AE_##op] = op##_float; \
  k->type[AE_DOUBLE].map1[AE_##op] = op##_double;
#define INSTALL2(op, formula)                    \
  k->type[AE_FLOAT].map2[AE_##op] = op##2_float; \
  k->type[AE_DOUBLE].map2[AE_##op] = op##2_double;
  MAP1_FUNCTIONS(INSTALL1)
  MAP2_FUNCTIONS(INSTALL2)
}
