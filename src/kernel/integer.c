/* integer.c - the kernels of Long and Byte, one copy for all paths. Everything is computed in
 * int64, wrapping around, and stored in the element's type. Scalars are truncated to int64 first;
 * only comparisons take them as they are. The caller has refused division by zero; here it gives
 * zero.
 */
#include "kernel/kernel.h"

#define MAP1_FORMULAS(X)                     \
  X(ADD_SCALAR, add(x, a))                   \
  X(SUB_SCALAR, sub(x, a))                   \
  X(MUL_SCALAR, mul(x, a))                   \
  X(DIV_SCALAR, quotient(x, a))              \
  X(RSUB_SCALAR, sub(a, x))                  \
  X(RDIV_SCALAR, quotient(a, x))             \
  X(FMOD_SCALAR, remainder_trunc(x, a))      \
  X(REMAINDER_SCALAR, remainder_floor(x, a)) \
  X(MAX_SCALAR, x < a ? a : x)               \
  X(MIN_SCALAR, x > a ? a : x)               \
  X(CLAMP, clamp(x, a, b))                   \
  X(NEG, sub(0, x))                          \
  X(ABS, size(x))                            \
  X(SIGN, (x > 0) - (x < 0))                 \
  X(SQUARE, mul(x, x))                       \
  X(THRESHOLD, x > a ? x : b)

#define MAP2_FORMULAS(X)      \
  X(ADD, add(x1, mul(a, x2))) \
  X(MUL, mul(x1, x2))         \
  X(DIV, quotient(x1, x2))    \
  X(CMAX, x1 > x2 ? x1 : x2)  \
  X(CMIN, x1 < x2 ? x1 : x2)

#define COMPARISONS(X) X(LT, <) X(LE, <=) X(GT, >) X(GE, >=) X(EQ, ==) X(NE, !=)
#define TYPES(X, ...)  X(int64_t, __VA_ARGS__) X(uint8_t, __VA_ARGS__)

static inline int64_t add(int64_t x, int64_t y) { return (int64_t)((uint64_t)x + (uint64_t)y); }
static inline int64_t sub(int64_t x, int64_t y) { return (int64_t)((uint64_t)x - (uint64_t)y); }
static inline int64_t mul(int64_t x, int64_t y) { return (int64_t)((uint64_t)x * (uint64_t)y); }
static inline int64_t size(int64_t x) { return x < 0 ? sub(0, x) : x; }

/* INT64_MIN / -1 would trap. */
static inline int64_t quotient(int64_t x, int64_t y) {
  return y == 0 ? 0 : y == -1 ? sub(0, x) : x / y;
}

static inline int64_t remainder_trunc(int64_t x, int64_t y) {
  return y == 0 || y == -1 ? 0 : x % y;
}

static inline int64_t remainder_floor(int64_t x, int64_t y) {
  const int64_t r = remainder_trunc(x, y);
  return r != 0 && (r < 0) != (y < 0) ? r + y : r;
}

static inline int64_t clamp(int64_t x, int64_t a, int64_t b) {
  x = x < a ? a : x;
  return x > b ? b : x;
}

static inline int64_t scalar(double a) { return ae_to_int(ae_from_double(a)); }

#define MAP1_LOOP(type, op, formula)                                                     \
  static void op##_##type(int64_t n, void *to, const void *from, double a_, double b_) { \
    const int64_t a = scalar(a_), b = scalar(b_);                                        \
    const type *source = from;                                                           \
    type *y = to;                                                                        \
    (void)a, (void)b;                                                                    \
    for (int64_t i = 0; i < n; i++) {                                                    \
      const int64_t x = source[i];                                                       \
      y[i] = (type)(formula);                                                            \
    }                                                                                    \
  }
#define MAP1_LOOPS(op, formula) TYPES(MAP1_LOOP, op, formula)
MAP1_FORMULAS(MAP1_LOOPS)

#define MAP2_LOOP(type, op, formula)                                                               \
  static void op##2_##type(int64_t n, void *to, const void *from1, const void *from2, double a_) { \
    const int64_t a = scalar(a_);                                                                  \
    const type *source1 = from1, *source2 = from2;                                                 \
    type *y = to;                                                                                  \
    (void)a;                                                                                       \
    for (int64_t i = 0; i < n; i++) {                                                              \
      const int64_t x1 = source1[i], x2 = source2[i];                                              \
      y[i] = (type)(formula);                                                                      \
    }                                                                                              \
  }
#define MAP2_LOOPS(op, formula) TYPES(MAP2_LOOP, op, formula)
MAP2_FORMULAS(MAP2_LOOPS)

#define MAP3_LOOP(type, name, formula)                                                \
  static void name##_##type(int64_t n, void *to, const void *from, const void *from1, \
                            const void *from2, double value) {                        \
    const int64_t a = scalar(value);                                                  \
    const type *source = from, *source1 = from1, *source2 = from2;                    \
    type *y = to;                                                                     \
    for (int64_t i = 0; i < n; i++) {                                                 \
      const int64_t x = source[i], x1 = source1[i], x2 = source2[i];                  \
      y[i] = (type)(formula);                                                         \
    }                                                                                 \
  }
TYPES(MAP3_LOOP, addcmul, add(x, mul(a, mul(x1, x2))))
TYPES(MAP3_LOOP, addcdiv, add(x, quotient(mul(a, x1), x2)))

/* An integer compares with a fraction as its double does: fractions lie below 2^52, where doubles
 * hold every integer. */
#define COMPARE_LOOPS(type, op, sign)                                                              \
  static void compare_##op##_##type(int64_t n, uint8_t *y, const void *from1, const void *from2) { \
    const type *x1 = from1, *x2 = from2;                                                           \
    for (int64_t i = 0; i < n; i++) y[i] = x1[i] sign x2[i];                                       \
  }                                                                                                \
  static void compare_scalar_##op##_##type(int64_t n, uint8_t *y, const void *from,                \
                                           ae_number value) {                                      \
    const type *x = from;                                                                          \
    if (is_integer(value)) {                                                                       \
      const int64_t v = ae_to_int(value);                                                          \
      for (int64_t i = 0; i < n; i++) y[i] = (int64_t)x[i] sign v;                                 \
    } else {                                                                                       \
      for (int64_t i = 0; i < n; i++) y[i] = (double)x[i] sign value.as.d;                         \
    }                                                                                              \
  }

static inline bool is_integer(ae_number v) {
  return v.integral || ((double)ae_to_int(v) == v.as.d && __builtin_fabs(v.as.d) < 0x1p63);
}

#define COMPARE_TYPES(op, sign) TYPES(COMPARE_LOOPS, op, sign)
COMPARISONS(COMPARE_TYPES)

#define SUM_LOOPS(type, unused)                                                  \
  static ae_number sum_##type(int64_t n, const void *from, double a) {           \
    const type *x = from;                                                        \
    int64_t sum = 0;                                                             \
    (void)a;                                                                     \
    for (int64_t i = 0; i < n; i++) sum = add(sum, x[i]);                        \
    return ae_from_int(sum);                                                     \
  }                                                                              \
  static ae_number sum_abs_##type(int64_t n, const void *from, double a) {       \
    const type *x = from;                                                        \
    int64_t sum = 0;                                                             \
    (void)a;                                                                     \
    for (int64_t i = 0; i < n; i++) sum = add(sum, size(x[i]));                  \
    return ae_from_int(sum);                                                     \
  }                                                                              \
  static ae_number dot_##type(int64_t n, const void *from1, const void *from2) { \
    const type *x1 = from1, *x2 = from2;                                         \
    int64_t sum = 0;                                                             \
    for (int64_t i = 0; i < n; i++) sum = add(sum, mul(x1[i], x2[i]));           \
    return ae_from_int(sum);                                                     \
  }
TYPES(SUM_LOOPS, )

#define INSTALL1(op, formula)                    \
  k->type[AE_LONG].map1[AE_##op] = op##_int64_t; \
  k->type[AE_BYTE].map1[AE_##op] = op##_uint8_t;
#define INSTALL2(op, formula)                     \
  k->type[AE_LONG].map2[AE_##op] = op##2_int64_t; \
  k->type[AE_BYTE].map2[AE_##op] = op##2_uint8_t;
#define INSTALL_COMPARE(op, sign)                                           \
  k->type[AE_LONG].compare[AE_##op] = compare_##op##_int64_t;               \
  k->type[AE_BYTE].compare[AE_##op] = compare_##op##_uint8_t;               \
  k->type[AE_LONG].compare_scalar[AE_##op] = compare_scalar_##op##_int64_t; \
  k->type[AE_BYTE].compare_scalar[AE_##op] = compare_scalar_##op##_uint8_t;
#define INSTALL(name)                     \
  k->type[AE_LONG].name = name##_int64_t; \
  k->type[AE_BYTE].name = name##_uint8_t;

void aei_install_integers(aei_kernels *k) {
  MAP1_FORMULAS(INSTALL1)
  MAP2_FORMULAS(INSTALL2)
  COMPARISONS(INSTALL_COMPARE)
  INSTALL(addcmul)
  INSTALL(addcdiv)
  INSTALL(sum)
  INSTALL(sum_abs)
  INSTALL(dot)
}
