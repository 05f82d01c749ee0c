/* convert.c - between element types of which one is real; integer.c has the others. C's
 * conversions, made total: what does not fit an integer type is cut to its nearest end, and NaN
 * gives 0.
 */
#include "kernel/path/install.h"

/* One past the largest int64 is a double; the largest is not. */
static inline int64_t long_of(double x) {
  const bool low = x >= -0x1p63, high = x >= 0x1p63;
  return high ? INT64_MAX : low ? (int64_t)x : x < 0 ? INT64_MIN : 0;
}

static inline int32_t cut_float(float x, float low, float high) {
  x = x == x ? x : 0;
  x = x > low ? x : low;
  return (int32_t)(x < high ? x : high);
}

static inline int32_t cut_double(double x, double low, double high) {
  x = x == x ? x : 0;
  x = x > low ? x : low;
  return (int32_t)(x < high ? x : high);
}

#define CONVERSION(to, to_type, from, from_type, expression)                \
  static void from##_to_##to(int64_t n, void *target, const void *source) { \
    const from_type *restrict s = source;                                   \
    to_type *restrict d = target;                                           \
    for (int64_t i = 0; i < n; i++) {                                       \
      const from_type x = s[i];                                             \
      d[i] = (to_type)(expression);                                         \
    }                                                                       \
  }

#define TO_REALS(from, from_type)              \
  CONVERSION(float, float, from, from_type, x) \
  CONVERSION(double, double, from, from_type, x)

TO_REALS(long, int64_t)
TO_REALS(byte, uint8_t)
CONVERSION(long, int64_t, float, float, long_of((double)x))
CONVERSION(long, int64_t, double, double, long_of(x))
CONVERSION(byte, uint8_t, float, float, cut_float(x, 0, UINT8_MAX))
CONVERSION(byte, uint8_t, double, double, cut_double(x, 0, UINT8_MAX))
CONVERSION(double, double, float, float, x)
CONVERSION(float, float, double, double, x)

/* The same type: a copy, onto itself possibly. */
#define COPY(type)                                                            \
  static void type##_to_##type(int64_t n, void *target, const void *source) { \
    memmove(target, source, (size_t)n * sizeof(type));                        \
  }
COPY(float)
COPY(double)

/* The types that are seldom used have one copy for all paths. */
#ifdef AEI_PATH_portable
TO_REALS(char, int8_t)
TO_REALS(short, int16_t)
TO_REALS(int, int32_t)
CONVERSION(char, int8_t, float, float, cut_float(x, INT8_MIN, INT8_MAX))
CONVERSION(char, int8_t, double, double, cut_double(x, INT8_MIN, INT8_MAX))
CONVERSION(short, int16_t, float, float, cut_float(x, INT16_MIN, INT16_MAX))
CONVERSION(short, int16_t, double, double, cut_double(x, INT16_MIN, INT16_MAX))
/* The ends of Int are no floats. */
CONVERSION(int, int32_t, float, float, cut_double((double)x, INT32_MIN, INT32_MAX))
CONVERSION(int, int32_t, double, double, cut_double(x, INT32_MIN, INT32_MAX))
#endif

#define INSTALL(name, id)                       \
  k->convert[id][AE_FLOAT] = float_to_##name;   \
  k->convert[id][AE_DOUBLE] = double_to_##name; \
  k->convert[AE_FLOAT][id] = name##_to_float;   \
  k->convert[AE_DOUBLE][id] = name##_to_double;

void ON_PATH(aei_install_conversions)(aei_kernels *k) {
  INSTALL(float, AE_FLOAT)
  INSTALL(double, AE_DOUBLE)
  INSTALL(long, AE_LONG)
  INSTALL(byte, AE_BYTE)
#ifdef AEI_PATH_portable
  INSTALL(char, AE_CHAR)
  INSTALL(short, AE_SHORT)
  INSTALL(int, AE_INT32)
#endif
}
