/* convert.c - from each element type to each. C's conversions, made total: what does not fit an
 * integer type is cut to its nearest end, and NaN gives 0; Long to Byte wraps around, as C has it.
 */
#include "kernel/path/install.h"

/* One past the largest int64 is a double; the largest is not. */
static inline int64_t long_of_double(double x) {
  const bool low = x >= -0x1p63, high = x >= 0x1p63;
  return high ? INT64_MAX : low ? (int64_t)x : x < 0 ? INT64_MIN : 0;
}

static inline uint8_t byte_of_float(float x) {
  x = x > 0 ? x : 0; /* NaN too */
  return (uint8_t)(int32_t)(x < 255 ? x : 255);
}

static inline uint8_t byte_of_double(double x) {
  x = x > 0 ? x : 0;
  return (uint8_t)(int32_t)(x < 255 ? x : 255);
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

CONVERSION(double, double, float, float, x)
CONVERSION(long, int64_t, float, float, long_of_double((double)x))
CONVERSION(byte, uint8_t, float, float, byte_of_float(x))
CONVERSION(float, float, double, double, x)
CONVERSION(long, int64_t, double, double, long_of_double(x))
CONVERSION(byte, uint8_t, double, double, byte_of_double(x))
CONVERSION(float, float, long, int64_t, x)
CONVERSION(double, double, long, int64_t, x)
CONVERSION(byte, uint8_t, long, int64_t, x)
CONVERSION(float, float, byte, uint8_t, x)
CONVERSION(double, double, byte, uint8_t, x)
CONVERSION(long, int64_t, byte, uint8_t, x)

/* The same type: a copy, onto itself possibly. */
#define COPY(type, ctype)                                                     \
  static void type##_to_##type(int64_t n, void *target, const void *source) { \
    memmove(target, source, (size_t)n * sizeof(ctype));                       \
  }
COPY(float, float)
COPY(double, double)
COPY(long, int64_t)
COPY(byte, uint8_t)

#define INSTALL_ROW(to, id)                   \
  k->convert[id][AE_FLOAT] = float_to_##to;   \
  k->convert[id][AE_DOUBLE] = double_to_##to; \
  k->convert[id][AE_LONG] = long_to_##to;     \
  k->convert[id][AE_BYTE] = byte_to_##to;

void ON_PATH(aei_install_conversions)(aei_kernels *k) {
  INSTALL_ROW(float, AE_FLOAT)
  INSTALL_ROW(double, AE_DOUBLE)
  INSTALL_ROW(long, AE_LONG)
  INSTALL_ROW(byte, AE_BYTE)
}
