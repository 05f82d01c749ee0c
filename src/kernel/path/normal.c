/* normal.c - normal variates by Box and Muller, A note on the generation of random normal deviates
 * (1958): u1 in (0,1] and u2 in [0,1) give two,
 *
 *   sqrt(-2 log u1) cos(2 pi u2)  and  sqrt(-2 log u1) sin(2 pi u2).
 *
 * Both types compute in double; Float's are rounded at the end.
 */
#define REAL_BITS 64
#include "kernel/path/real.h"
#include "kernel/path/functions.h"
#include "kernel/path/fill.h"
#include "kernel/path/install.h"

enum { MOST_VALUES = 4 * PHILOX_BLOCKS };

/* sin(2 pi f) / f and cos(2 pi f) as functions of z = f^2, |f| <= 1/8, by interpolation. */
static inline double sin_quotient(double z) {
  double p = 0x1.e3f38399551bfp+1;
  p = double_fma(p, z, -0x1.e30071afc3e59p+3);
  p = double_fma(p, z, 0x1.50782fda12d96p+5);
  p = double_fma(p, z, -0x1.32d2cce2e5b19p+6);
  p = double_fma(p, z, 0x1.466bc677587f8p+6);
  p = double_fma(p, z, -0x1.4abbce625be41p+5);
  return double_fma(p, z, 0x1.921fb54442d18p+2);
}

static inline double cos_series(double z) {
  double p = -0x1.b264ba152378ap+0;
  p = double_fma(p, z, 0x1.f9cc41140bb60p+2);
  p = double_fma(p, z, -0x1.a6d1ec7906c20p+4);
  p = double_fma(p, z, 0x1.e1f5068355e15p+5);
  p = double_fma(p, z, -0x1.55d3c7e3c90f8p+6);
  p = double_fma(p, z, 0x1.03c1f081b5aacp+6);
  p = double_fma(p, z, -0x1.3bd3cc9be45dep+4);
  return double_fma(p, z, 1.0);
}

/* pair[0] and pair[1] from u1, u2. The turn u2 is q quarters and f, |f| <= 1/8, both exact. */
static inline void box_muller(double *pair, double u1, double u2) {
  const double radius = real_sqrt(-2.0 * real_log(u1));
  const double shifted = 4.0 * u2 + ROUNDER;
  const uint64_t q = double_bits(shifted);
  const double f = u2 - 0.25 * (shifted - ROUNDER), z = f * f;
  const double s = f * sin_quotient(z), c = cos_series(z);
  /* each quarter turn: (cos, sin) becomes (-sin, cos) */
  const double x = q & 1 ? s : c, y = q & 1 ? c : s;
  const uint64_t x_sign = ((q ^ (q >> 1)) & 1) << 63, y_sign = (q & 2) << 62;
  pair[0] = radius * double_of_bits(double_bits(x) ^ x_sign);
  pair[1] = radius * double_of_bits(double_bits(y) ^ y_sign);
}

/* Of 32 bits: u = w 2^-32. (2^52 + w) is w or-ed into the last bits of 2^52.) */
static inline double integer(uint32_t w) {
  return double_of_bits((uint64_t)w | double_bits(INTEGER)) - INTEGER;
}

static inline double integer53(uint32_t w0, uint32_t w1) {
  return (double)(int32_t)(w0 >> 5) * 0x1p26 + (double)(int32_t)(w1 >> 6);
}

static void normals32(int pairs, double *restrict values, const uint32_t *restrict words) {
  for (int i = 0; i < pairs; i++) {
    box_muller(values + 2 * i, (integer(words[2 * i]) + 1.0) * 0x1p-32,
               integer(words[2 * i + 1]) * 0x1p-32);
  }
}

static void normals53(int pairs, double *restrict values, const uint32_t *restrict words) {
  for (int i = 0; i < pairs; i++) {
    box_muller(values + 2 * i, (integer53(words[4 * i], words[4 * i + 1]) + 1.0) * 0x1p-53,
               integer53(words[4 * i + 2], words[4 * i + 3]) * 0x1p-53);
  }
}

void ON_PATH(aei_normal_float)(int64_t n, void *to, uint64_t key, uint64_t position, int64_t first,
                               double mean, double std) {
  double values[MOST_VALUES];
  float *y = to;
  PHILOX_FILL(n, first, key, position, 4, {
    normals32(2 * blocks, values, words);
    for (int i = 0; i < count; i++) y[done + i] = (float)(mean + std * values[skip + i]);
  });
}

void ON_PATH(aei_normal_double)(int64_t n, void *to, uint64_t key, uint64_t position, int64_t first,
                                double mean, double std) {
  double values[MOST_VALUES];
  double *y = to;
  PHILOX_FILL(n, first, key, position, 2, {
    normals53(blocks, values, words);
    for (int i = 0; i < count; i++) y[done + i] = mean + std * values[skip + i];
  });
}
