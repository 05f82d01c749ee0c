/* functions.h - exp, expm1, log, log1p, tanh and sigmoid of one element, without a branch and
 * without a table, so that the loops around them become vector code. Only basic IEEE operations and
 * fma occur, so every path and every compiler gets the same bits. README.md in the folder above has
 * the measured errors. Included after real.h.
 *
 * The polynomials interpolate their function in Chebyshev points of the stated interval.
 */

#if REAL_BITS == 32
#define LN2_HI         0x1.62e430p-1f
#define LN2_LO         -0x1.05c610p-29f
#define LOG2_E         0x1.715476p+0f
#define ROUNDER        0x1.8p23f /* adding it rounds to an integer, left in the last bits */
#define EXP_MIN        -104.0f   /* e^x is 0 from here down, */
#define EXP_MAX        89.0f     /* infinite from here up, */
#define EXPM1_MIN      -30.0f    /* and e^x - 1 is -1 */
#define TANH_MAX       10.0f     /* tanh is 1 */
#define SQRT_HALF_BITS 0x3f3504f3u
#define INTEGER        0x1p23f /* its last bits or-ed with n make INTEGER + n */
#else
#define LN2_HI         0x1.62e42fefa39efp-1
#define LN2_LO         0x1.abc9e3b39803fp-56
#define LOG2_E         0x1.71547652b82fep+0
#define ROUNDER        0x1.8p52
#define EXP_MIN        -746.0
#define EXP_MAX        710.0
#define EXPM1_MIN      -60.0
#define TANH_MAX       22.0
#define SQRT_HALF_BITS 0x3fe6a09e667f3bcdu
#define INTEGER        0x1p52
#endif

/* (e^r - 1 - r) / r^2 for |r| <= ln(2) / 2 */
static inline REAL exp_quotient(REAL r) {
#if REAL_BITS == 32
  REAL p = 0x1.6d113cp-10f;
  p = real_fma(p, r, 0x1.120ba2p-7f);
  p = real_fma(p, r, 0x1.55551ap-5f);
  p = real_fma(p, r, 0x1.5554dcp-3f);
#else
  REAL p = 0x1.af38d53857513p-26;
  p = real_fma(p, r, 0x1.2891a8c1d838dp-22);
  p = real_fma(p, r, 0x1.71de0d9c145d0p-19);
  p = real_fma(p, r, 0x1.a019b8ef67c6cp-16);
  p = real_fma(p, r, 0x1.a01a01a7c8d47p-13);
  p = real_fma(p, r, 0x1.6c16c17893833p-10);
  p = real_fma(p, r, 0x1.11111111109adp-7);
  p = real_fma(p, r, 0x1.5555555553d4fp-5);
  p = real_fma(p, r, 0x1.5555555555556p-3);
#endif
  return real_fma(p, r, K(0.5));
}

/* x = k ln(2) + r with |r| <= ln(2) / 2; shifted = ROUNDER + k. */
typedef struct reduced {
  REAL shifted, k, r_early; /* r before the low part of k ln(2) is taken off: exact */
  REAL r;
} reduced;

static inline reduced exp_reduce(REAL x) {
  reduced d;
  d.shifted = real_fma(x, LOG2_E, ROUNDER);
  d.k = d.shifted - ROUNDER;
  d.r_early = real_fma(-d.k, LN2_HI, x);
  d.r = real_fma(-d.k, LN2_LO, d.r_early);
  return d;
}

static inline REAL real_exp(REAL x) {
  x = x > EXP_MAX ? EXP_MAX : x; /* a NaN passes both */
  x = x < EXP_MIN ? EXP_MIN : x;
  const reduced d = exp_reduce(x);
  const REAL e = K(1) + real_fma(d.r * d.r, exp_quotient(d.r), d.r);
  /* times 2^k, in two factors since k may lie beyond the exponents */
  const WORD k = real_bits(d.shifted) - real_bits(ROUNDER) + 2 * BIAS;
  const WORD half = k >> 1;
  return e * real_of_bits(half << MANTISSA) * real_of_bits((k - half) << MANTISSA);
}

/* e^x - 1 = hi + lo, lo below half an ulp of hi, for EXPM1_MIN <= x <= 2 TANH_MAX. */
typedef struct real_pair {
  REAL hi, lo;
} real_pair;

static inline real_pair expm1_pair(REAL x) {
  const reduced d = exp_reduce(x);
  const REAL r_lo = real_fma(-d.k, LN2_LO, d.r_early - d.r);
  const REAL tail = real_fma(d.r * d.r, exp_quotient(d.r), r_lo);
  const REAL scale =
      real_of_bits((real_bits(d.shifted) - real_bits(ROUNDER) + BIAS) << MANTISSA); /* 2^k */
  /* 2^k - 1 + 2^k (r + tail); the first sum's larger term comes first, so its error is exact */
  const REAL base = scale - K(1), step = scale * d.r;
  const REAL sum = base + step;
  const REAL rest = real_fma(scale, tail, (base - sum) + step);
  const REAL hi = sum + rest;
  return (real_pair){hi, rest - (hi - sum)};
}

/* e^x - 1 for x <= 0, and for NaN */
static inline REAL real_expm1_negative(REAL x) {
  x = x < EXPM1_MIN ? EXPM1_MIN : x;
  const REAL y = expm1_pair(x).hi;
  return x == 0 ? real_copysign(K(0), x) : y; /* a denormal is 0, too, and not handed on */
}

/* (n + n_lo) / (d + d_lo) with one division and the remainder put right. */
static inline REAL divide_pairs(REAL n, REAL n_lo, REAL d, REAL d_lo) {
  const REAL inverse = K(1) / d;
  const REAL q = n * inverse;
  const REAL remainder = real_fma(-q, d, n) + real_fma(-q, d_lo, n_lo);
  return real_fma(remainder, inverse, q);
}

/* tanh |x| = e / (e + 2), e = e^2|x| - 1 */
static inline REAL real_tanh(REAL x) {
  REAL size = real_abs(x);
  size = size > TANH_MAX ? TANH_MAX : size;
  const real_pair e = expm1_pair(size + size);
  const REAL d = e.hi + K(2), part = d - e.hi;
  const REAL d_lo = (e.hi - (d - part)) + (K(2) - part) + e.lo;
  return real_copysign(divide_pairs(e.hi, e.lo, d, d_lo), x);
}

/* With e = e^-|x|: 1 / (1 + e), or e / (1 + e) when x is negative; so nothing overflows. */
static inline REAL real_sigmoid(REAL x) {
  const REAL e = real_exp(-real_abs(x));
  const REAL d = K(1) + e;
  return divide_pairs(x < 0 ? e : K(1), 0, d, e - (d - K(1)));
}

/* (log(1 + f) - 2 s) / s^3 as a function of z = s^2, s = f / (2 + f), for 1 + f within a factor of
 * sqrt(2) around 1. */
static inline REAL log_quotient(REAL z) {
#if REAL_BITS == 32
  REAL p = 0x1.ddced8p-3f;
  p = real_fma(p, z, 0x1.245c44p-2f);
  p = real_fma(p, z, 0x1.9999ecp-2f);
  return real_fma(p, z, 0x1.555556p-1f);
#else
  REAL p = 0x1.2b584aae78a57p-3;
  p = real_fma(p, z, 0x1.39fe606542ddep-3);
  p = real_fma(p, z, 0x1.7462b4ab2ef6bp-3);
  p = real_fma(p, z, 0x1.c71c62e5800a1p-3);
  p = real_fma(p, z, 0x1.2492492df148dp-2);
  p = real_fma(p, z, 0x1.99999999952e2p-2);
  return real_fma(p, z, 0x1.5555555555558p-1);
#endif
}

/* e ln(2) + log(1 + f). With h = f^2 / 2 and R = z log_quotient(z), 2 s = f - s f gives
 * log(1 + f) = f - (h - s (h + R)), where only small terms are rounded. */
static inline REAL log_sum(REAL e, REAL f) {
  const REAL s = f / (K(2) + f), z = s * s, h = K(0.5) * f * f;
  const REAL inner = real_fma(s, real_fma(z, log_quotient(z), h), e * LN2_LO);
  return real_fma(e, LN2_HI, f - (h - inner));
}

/* x = 2^e m with m from sqrt(1/2) to sqrt(2); biased = e + BIAS. x is normal and positive. */
typedef struct split {
  WORD biased;
  REAL e, m;
} split;

static inline split log_split(REAL x) {
  const WORD bits = real_bits(x) + (real_bits(K(1)) - SQRT_HALF_BITS);
  split d;
  d.biased = bits >> MANTISSA;
  d.e = real_of_bits(d.biased | real_bits(INTEGER)) - (INTEGER + BIAS);
  d.m = real_of_bits((bits & (((WORD)1 << MANTISSA) - 1)) + SQRT_HALF_BITS);
  return d;
}

static inline REAL real_log(REAL x) {
  const split d = log_split(x);
  REAL y = log_sum(d.e, d.m - K(1));
  y = x < SMALLEST ? -K(INFINITY) : y; /* zero, and denormals, which count as zero */
  y = x < 0 ? K(NAN) : y;
  return x <= LARGEST ? y : x; /* infinity and NaN */
}

static inline REAL real_log1p(REAL x) {
  const REAL u = K(1) + x, part = u - K(1);
  const REAL u_lo = (K(1) - (u - part)) + (x - part); /* what 1 + x lost */
  const split d = log_split(u);
  const REAL scale = real_of_bits((2 * BIAS - d.biased) << MANTISSA); /* 2^-e */
  REAL y = log_sum(d.e, real_fma(u_lo, scale, d.m - K(1)));
  y = u < SMALLEST ? -K(INFINITY) : y;
  y = u < 0 ? K(NAN) : y;
  y = real_abs(x) < SMALLEST ? real_copysign(K(0), x) : y; /* -0, and denormals */
  return x <= LARGEST ? y : x;
}
