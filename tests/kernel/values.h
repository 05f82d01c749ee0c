/* values.h - what the kernels' tests share: awkward numbers, comparison by bits, and a run of a
 * body as the engine runs kernels, with denormals flushed.
 */
#ifndef TEST_VALUES_H
#define TEST_VALUES_H

#include <math.h>

#include "core/core.h"
#include "kernel/kernel.h"
#include "test.h"

/* 64 bits of a fixed sequence (xorshift; not the generator under test). */
static inline uint64_t next_bits(uint64_t *state) {
  *state ^= *state << 13;
  *state ^= *state >> 7;
  *state ^= *state << 17;
  return *state;
}

/* Uniform in [0, 1). */
static inline double next_unit(uint64_t *state) {
  return (double)(next_bits(state) >> 11) * 0x1p-53;
}

static inline int next_int(uint64_t *state, int first, int last) {
  return first + (int)(next_bits(state) % (uint64_t)(last - first + 1));
}

/* Special values first, then ordinary and wildly scaled ones in turn. */
static inline double awkward(uint64_t *state, int i) {
  static const double special[] = {
      0,     -0.0,   1,      -1,       0.5,      -0.5,  1.5,    2.5,       -2.5,       INFINITY,
      NAN,   1e-40,  -1e-40, 1e-310,   89,       -104,  88.5,   -INFINITY, 710,        -745,
      0.25,  1e30,   -1e30,  0x1p-126, 16777217, 255.5, 256,    -255,      1e18,       -1e19,
      0.693, 0.3466, 0x1p52, 3.5,      -3.5,     1e300, -1e300, 0x1p-1022, 2147483648, 9.3e18};
  const int n = (int)(sizeof special / sizeof *special);
  if (i < n) return special[i];
  const double u = 2 * next_unit(state) - 1;
  return i % 2 ? 4 * u : ldexp(u, next_int(state, -130, 130));
}

/* x's i-th element becomes v, converted to the type. */
static inline void put_value(ae_type type, void *x, int i, double v) {
  switch (type) {
#define PUT_VALUE(id, ctype, name, real)                                     \
  case id:                                                                   \
    ((ctype *)x)[i] = real ? (ctype)v : (ctype)ae_to_int(ae_from_double(v)); \
    break;
    AE_TYPES(PUT_VALUE)
#undef PUT_VALUE
  }
}

static inline double value_at(ae_type type, const void *x, int i) {
  switch (type) {
#define VALUE_AT(id, ctype, name, real) \
  case id:                              \
    return (double)((const ctype *)x)[i];
    AE_TYPES(VALUE_AT)
#undef VALUE_AT
  }
  return 0;
}

/* First place where the elements differ in a bit, or -1. Any NaN equals any other: which operand's
 * payload survives is the compiler's affair. */
static inline int first_difference(ae_type type, int n, const void *a, const void *b) {
  const size_t size = ae_type_size(type);
  for (int i = 0; i < n; i++) {
    const size_t at = (size_t)i * size;
    if (memcmp((const char *)a + at, (const char *)b + at, size) == 0) continue;
    if (!isnan(value_at(type, a, i)) || !isnan(value_at(type, b, i))) return i;
  }
  return -1;
}

static inline void flushed(aei_body *body, void *context) { aei_parallel(1, 1, body, context); }

/* Chooses the i-th path of this CPU; past the last, restores the default and returns false:
 * for (int i = 0; use_path(i); i++) { ... } */
static inline bool use_path(int i) {
  const char *name = ae_kernels_available(i);
  CHECK_OK(ae_set_kernels(name));
  return name != NULL;
}

#endif
