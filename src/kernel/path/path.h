/* path.h - what every file of this folder begins with. The folder is compiled once per path, with
 * AEI_PATH naming it: portable, avx2 or avx512. The sources say what is computed; which
 * instructions do it is the compiler's choice, but for the register tile of the matrix product.
 */
#ifndef AEI_PATH_H
#define AEI_PATH_H

#include <math.h>
#include <stdint.h>
#include <string.h>

#include "kernel/kernel.h"

/* ON_PATH(aei_install) is aei_install_avx2 on the AVX2 path. */
#define ON_PATH_PASTE(name, path)  name##_##path
#define ON_PATH_EXPAND(name, path) ON_PATH_PASTE(name, path)
#define ON_PATH(name)              ON_PATH_EXPAND(name, AEI_PATH)

/* In front of a loop whose iterations are independent although its pointers may be equal (in-place
 * operations): the compiler need not check for overlap, and does not fall back to one element at a
 * time. */
#if defined(__clang__)
#define INDEPENDENT _Pragma("clang loop vectorize(assume_safety)")
/* Loops that call libm's fma (double on the portable path) stay scalar; that is known. */
#pragma clang diagnostic ignored "-Wpass-failed"
#else
#define INDEPENDENT _Pragma("GCC ivdep")
#endif

static inline uint32_t float_bits(float x) {
  uint32_t bits;
  memcpy(&bits, &x, sizeof bits);
  return bits;
}

static inline float float_of_bits(uint32_t bits) {
  float x;
  memcpy(&x, &bits, sizeof x);
  return x;
}

static inline uint64_t double_bits(double x) {
  uint64_t bits;
  memcpy(&bits, &x, sizeof bits);
  return bits;
}

static inline double double_of_bits(uint64_t bits) {
  double x;
  memcpy(&x, &bits, sizeof x);
  return x;
}

#if defined(__FMA__) || defined(__FP_FAST_FMAF) || defined(__ARM_FEATURE_FMA)

static inline float float_fma(float a, float b, float c) { return __builtin_fmaf(a, b, c); }
static inline double double_fma(double a, double b, double c) { return __builtin_fma(a, b, c); }

#else

/* a * b + c, rounded once, without the instruction. The product of two floats is exact in double.
 * The sum is not, and rounding it to double and again to float may round twice the same way; so it
 * is rounded to odd (Boldo and Melquiond): when inexact, to the neighbour whose last bit is set.
 * That neighbour lies on no rounding boundary of float, so the conversion rounds as the exact sum
 * would have been. */
static inline float float_fma(float a, float b, float c) {
  const double product = (double)a * (double)b, addend = (double)c;
  const double sum = product + addend;
  const double part = sum - product;
  const double error = (product - (sum - part)) + (addend - part); /* exact, by Knuth */
  const uint64_t bits = double_bits(sum);
  const uint64_t inward = (bits ^ double_bits(error)) >> 63; /* the exact sum is smaller in size */
  const uint64_t even = ~bits & 1;
  const uint64_t odd = bits + even - ((even & inward) << 1);
  /* Both comparisons fail for a NaN error: of an infinite sum. */
  return (float)(((error < 0) | (error > 0)) ? double_of_bits(odd) : sum);
}

static inline double double_fma(double a, double b, double c) { return fma(a, b, c); }

#endif

#endif
