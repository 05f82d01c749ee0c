/* integer.c - the kernels of the integer types, one copy for all paths. Everything is computed in
 * int64, wrapping around, and stored in the element's type. Scalars are int64; only comparisons
 * take them as they are. The caller has refused division by zero; here it gives zero.
 *
 * What depends on the type are macros of (type, ...), expanded once for each at the end of a
 * section.
 */
#include "kernel/kernel.h"

#define TYPES(X)      \
  X(AE_LONG, int64_t) \
  X(AE_BYTE, uint8_t) X(AE_CHAR, int8_t) X(AE_SHORT, int16_t) X(AE_INT32, int32_t)

#define MAP1_FORMULAS(X, type)                     \
  X(type, ADD_SCALAR, add(x, a))                   \
  X(type, SUB_SCALAR, sub(x, a))                   \
  X(type, MUL_SCALAR, mul(x, a))                   \
  X(type, DIV_SCALAR, quotient(x, a))              \
  X(type, RSUB_SCALAR, sub(a, x))                  \
  X(type, RDIV_SCALAR, quotient(a, x))             \
  X(type, FMOD_SCALAR, remainder_trunc(x, a))      \
  X(type, REMAINDER_SCALAR, remainder_floor(x, a)) \
  X(type, MAX_SCALAR, x < a ? a : x)               \
  X(type, MIN_SCALAR, x > a ? a : x)               \
  X(type, CLAMP, clamp(x, a, b))                   \
  X(type, NEG, sub(0, x))                          \
  X(type, ABS, size(x))                            \
  X(type, SIGN, (x > 0) - (x < 0))                 \
  X(type, SQUARE, mul(x, x))                       \
  X(type, THRESHOLD, x > a ? x : b)

#define MAP2_FORMULAS(X, type)      \
  X(type, ADD, add(x1, mul(a, x2))) \
  X(type, MUL, mul(x1, x2))         \
  X(type, DIV, quotient(x1, x2))    \
  X(type, CMAX, x1 > x2 ? x1 : x2)  \
  X(type, CMIN, x1 < x2 ? x1 : x2)

#define COMPARISONS(X, type) \
  X(type, LT, <) X(type, LE, <=) X(type, GT, >) X(type, GE, >=) X(type, EQ, ==) X(type, NE, !=)

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

/* ---- maps ---- */

#define MAP1_LOOP(type, op, formula)                                                     \
  static void op##_##type(int64_t n, void *to, const void *from, int64_t a, int64_t b) { \
    const type *source = from;                                                           \
    type *y = to;                                                                        \
    (void)a, (void)b;                                                                    \
    for (int64_t i = 0; i < n; i++) {                                                    \
      const int64_t x = source[i];                                                       \
      y[i] = (type)(formula);                                                            \
    }                                                                                    \
  }

#define MAP2_LOOP(type, op, formula)                                                               \
  static void op##2_##type(int64_t n, void *to, const void *from1, const void *from2, int64_t a) { \
    const type *source1 = from1, *source2 = from2;                                                 \
    type *y = to;                                                                                  \
    (void)a;                                                                                       \
    for (int64_t i = 0; i < n; i++) {                                                              \
      const int64_t x1 = source1[i], x2 = source2[i];                                              \
      y[i] = (type)(formula);                                                                      \
    }                                                                                              \
  }

#define MAP3_LOOP(type, name, formula)                                                \
  static void name##_##type(int64_t n, void *to, const void *from, const void *from1, \
                            const void *from2, int64_t a) {                           \
    const type *source = from, *source1 = from1, *source2 = from2;                    \
    type *y = to;                                                                     \
    for (int64_t i = 0; i < n; i++) {                                                 \
      const int64_t x = source[i], x1 = source1[i], x2 = source2[i];                  \
      y[i] = (type)(formula);                                                         \
    }                                                                                 \
  }

#define ROW1(type, op, formula) [AE_##op] = op##_##type,
#define ROW2(type, op, formula) [AE_##op] = op##2_##type,

#define MAPS(id, type)                                       \
  MAP1_FORMULAS(MAP1_LOOP, type)                             \
  MAP2_FORMULAS(MAP2_LOOP, type)                             \
  MAP3_LOOP(type, addcmul, add(x, mul(a, mul(x1, x2))))      \
  MAP3_LOOP(type, addcdiv, add(x, quotient(mul(a, x1), x2))) \
  static const aei_integer_maps maps_##type = {              \
      .map1 = {MAP1_FORMULAS(ROW1, type)},                   \
      .map2 = {MAP2_FORMULAS(ROW2, type)},                   \
      .addcmul = addcmul_##type,                             \
      .addcdiv = addcdiv_##type,                             \
  };
TYPES(MAPS)

/* ---- comparisons and sums ---- */

/* An integer compares with a fraction as its double does: fractions lie below 2^52, where doubles
 * hold every integer. */
static inline bool is_integer(ae_number v) {
  return v.integral || ((double)ae_to_int(v) == v.as.d && __builtin_fabs(v.as.d) < 0x1p63);
}

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

#define SUM_LOOPS(type)                                                          \
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
#define KERNELS(id, type)          \
  COMPARISONS(COMPARE_LOOPS, type) \
  SUM_LOOPS(type)
TYPES(KERNELS)

/* ---- conversions ---- */

/* Between integers, which wrap around: to a type of this width from any other. */
#define CONVERSION(type, width)                                                \
  static void type##_to_##width(int64_t n, void *target, const void *source) { \
    const type *from = source;                                                 \
    uint##width##_t *to = target;                                              \
    for (int64_t i = 0; i < n; i++) to[i] = (uint##width##_t)from[i];          \
  }
#define CONVERSIONS(id, type) \
  CONVERSION(type, 8) CONVERSION(type, 16) CONVERSION(type, 32) CONVERSION(type, 64)
TYPES(CONVERSIONS)

/* ---- the table ---- */

#define INSTALL_COMPARE(ctype, op, sign)      \
  .compare[AE_##op] = compare_##op##_##ctype, \
  .compare_scalar[AE_##op] = compare_scalar_##op##_##ctype,

#define INSTALL(id, ctype)                                                                \
  k->type[id] = (aei_type_kernels){COMPARISONS(INSTALL_COMPARE, ctype).sum = sum_##ctype, \
                                   .sum_abs = sum_abs_##ctype, .dot = dot_##ctype,        \
                                   .integer = &maps_##ctype};                             \
  k->convert[AE_BYTE][id] = k->convert[AE_CHAR][id] = ctype##_to_8;                       \
  k->convert[AE_SHORT][id] = ctype##_to_16;                                               \
  k->convert[AE_INT32][id] = ctype##_to_32;                                               \
  k->convert[AE_LONG][id] = ctype##_to_64;

void aei_install_integers(aei_kernels *k) { TYPES(INSTALL) }
